//! Sums of numbers whose digits are pictures: places as a sequence, learned through open facts.

use consil::{AnswerValue, Learner};

use crate::support::Folder;

const SPEC: &str = r#"
name = "addition"
seed = 2
[data]
source = "demo"
[data.compose]
train = 800
test = 200
[modality.image]
kind = "vision"
count = 4
[network.digit]
input = "image"
encoder = ["flatten", { linear = 48 }, "relu"]
[logic]
program = "addition.pl"
query = "sum(P, D)"
answer = "sequence"
learn = { query = "adds_up", given = "total(P, D)" }
[train]
epochs = 12
batch-size = 16
optimizer = { adam = { lr = 3e-3 } }
"#;

const RULES: &str = include_str!("../../../../examples/mnist-addition/addition.pl");

/// Two numbers of two digits each, from the embedded digits.
#[test]
fn numbers_are_learned_from_the_digits_of_their_sum() {
    let folder = Folder::new(&[("spec.toml", SPEC), ("addition.pl", RULES)]);
    let project = folder.open(&[]);
    // The targets are the sums of the true digits.
    let split = &project.data().test;
    for row in 0..20 {
        let digit = |i: usize| {
            let item = consil_data::Item::at("image", i);
            split.concept(row, &item).unwrap().parse::<usize>().unwrap()
        };
        let sum = 10 * (digit(0) + digit(2)) + digit(1) + digit(3);
        let expected = format!("{} {} {}", sum / 100, sum / 10 % 10, sum % 10);
        assert_eq!(split.target(row), Some(expected.as_str()));
    }
    let (_, outcome) = folder.train(&project);
    assert!(outcome.test.result_accuracy > 0.6, "{:?}", outcome.test);
    assert!(outcome.test.targets[0].metrics["place-accuracy"] > outcome.test.result_accuracy);
    assert!(outcome.test.concepts["image"] > 0.85, "{:?}", outcome.test);
}

/// What is asked and what is learned are one distribution: P(places) by the marginals of a sum of one place.
#[test]
fn the_places_of_an_answer_are_distributions() {
    let folder = Folder::new(&[("spec.toml", SPEC), ("addition.pl", RULES)]);
    let project = folder.open(&["modality.image.count=2"]);
    let learner = Learner::new(project.model(), &project.data().test);
    let (weights, _) = project.initial_weights().unwrap();
    let said = learner.predict(&weights, &[0]).unwrap().remove(0);
    let p = |network: usize, digit: usize| f64::from(said.networks[network].probabilities[digit]);
    let AnswerValue::Sequence(places) = &said.answer().unwrap().value else { panic!("a sequence") };
    assert_eq!(places.len(), 2);
    for (place, of_sum) in [(0, 10), (1, 1)] {
        for (class, said) in places[place].1.probabilities.iter().enumerate() {
            let pairs = (0..10).flat_map(|a| (0..10).map(move |b| (a, b)));
            let expected: f64 =
                pairs.filter(|(a, b)| (a + b) / of_sum % 10 == class).map(|(a, b)| p(0, a) * p(1, b)).sum();
            assert!((said - expected).abs() < 1e-6, "place {place}, {class}: {said} for {expected}");
        }
    }
}
