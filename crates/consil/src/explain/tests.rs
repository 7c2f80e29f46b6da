//! Explanations of a model trained a little on the embedded data, against a naive reading of its rules.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use super::*;
use crate::{Project, Run, RunContext, RunKind, Spec, TrainedModel, Workers, train};

const SPEC: &str = r#"
name = "both"
seed = 5
[data]
source = "demo"
[data.compose]
train = 600
test = 60
[modality.image]
kind = "vision"
[modality.speech]
kind = "audio"
features = { log-mel = 16 }
[modality.gesture]
kind = "sensor"
[network.digit]
input = "image"
encoder = ["flatten", { linear = 32 }, "relu"]
[network.spoken]
input = "speech"
encoder = ["flatten", { linear = 32 }, "relu"]
[network.sign]
input = "gesture"
encoder = ["flatten", { linear = 16 }, "relu"]
[logic]
program = "result.pl"
query = "result(R)"
[train]
epochs = 2
batch-size = 32
optimizer = { adam = { lr = 5e-3 } }
"#;

const RULES: &str = "
nn(digit,  [image],   D, [0,1,2,3,4,5,6,7,8,9]) :: seen(D).
nn(spoken, [speech],  D, [0,1,2,3,4,5,6,7,8,9]) :: heard(D).
nn(sign,   [gesture], S, [plus, minus])         :: signed(S).
result(R) :- seen(A), heard(B), signed(plus),  R is A + B.
result(R) :- seen(A), heard(B), signed(minus), R is A - B.
";

fn project(folder: &std::path::Path) -> Project {
    std::fs::write(folder.join("result.pl"), RULES).unwrap();
    let spec = Spec::parse("both.toml", SPEC, &[]).unwrap();
    Project::open(&spec, folder, folder).unwrap()
}

fn trained(project: &Project, folder: &std::path::Path) -> Run {
    let run = train::new_run(project, RunKind::Central, &folder.join("runs")).unwrap();
    let workers = Workers::new(NonZeroUsize::MIN).unwrap();
    train::train(project, &run, &mut RunContext::new(&workers)).unwrap().unwrap();
    run
}

/// The distribution of `A ± B`, by going through every combination of classes.
fn naive(modalities: &[ModalityView]) -> BTreeMap<i64, f64> {
    let mut answers = BTreeMap::new();
    let of = |item: &str| modalities.iter().find(|modality| modality.item == item).unwrap();
    for (a, p) in (0..).zip(&of("image").probabilities) {
        for (b, q) in (0..).zip(&of("speech").probabilities) {
            for (sign, r) in of("gesture").classes.iter().zip(&of("gesture").probabilities) {
                *answers.entry(if sign == "plus" { a + b } else { a - b }).or_default() += p * q * r;
            }
        }
    }
    answers
}

fn best(answers: &BTreeMap<i64, f64>) -> i64 {
    *answers.iter().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0
}

/// The probability of the most probable single change that gives another answer.
fn naive_flip(modalities: &[ModalityView]) -> Option<f64> {
    let now = best(&naive(modalities));
    let mut nearest: Option<f64> = None;
    for (i, modality) in modalities.iter().enumerate() {
        for class in 0..modality.classes.len() {
            let mut changed = modalities.to_vec();
            changed[i].probabilities.fill(0.0);
            changed[i].probabilities[class] = 1.0;
            let p = modality.probabilities[class];
            if modality.predicted.as_ref() != Some(&modality.classes[class]) && best(&naive(&changed)) != now {
                nearest = Some(nearest.map_or(p, |q| q.max(p)));
            }
        }
    }
    nearest
}

fn leaves<'a>(tree: &'a ProofTree, found: &mut Vec<&'a ProofTree>) {
    if tree.because.is_some() {
        found.push(tree);
    }
    tree.children.iter().for_each(|child| leaves(child, found));
}

#[test]
fn an_explanation_agrees_with_the_rules_read_naively() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path());
    let run = trained(&project, folder.path());
    let trained = TrainedModel::load(&run).unwrap();
    let test = &project.data().test;
    for row in 0..20 {
        let explanation = explain(&trained, test, row).unwrap();
        let expected = naive(&explanation.modalities);
        for Likelihood { label, probability } in &explanation.answers {
            let expected = expected[&label.parse().unwrap()];
            assert!((probability - expected).abs() < 1e-5, "{label}: {probability} for {expected}");
        }
        assert_eq!(explanation.answer, best(&expected).to_string());
        assert_eq!(explanation.truth.as_deref(), test.target(row));

        let first = &explanation.proofs[0];
        for proof in &explanation.proofs {
            let mut chosen = Vec::new();
            leaves(proof, &mut chosen);
            assert_eq!(chosen.len(), 3, "{proof:?}");
            let product: f64 = chosen.iter().map(|leaf| leaf.probability.unwrap()).product();
            assert!((proof.probability.unwrap() - product).abs() < 1e-6 * product.max(1e-3));
            assert!(product <= first.probability.unwrap() + 1e-9 && product <= explanation.probability + 1e-5);
            let sum = proof.children.iter().find(|child| child.text.contains(" is ")).unwrap();
            assert!(sum.text.starts_with(&explanation.answer) && sum.probability.is_none(), "{}", sum.text);
        }

        let flip = explanation.flip.as_ref();
        match (flip.map(|flip| flip.probability), naive_flip(&explanation.modalities)) {
            (Some(found), Some(expected)) => assert!((found - expected).abs() < 1e-6, "{found} for {expected}"),
            (found, expected) => assert_eq!(found.is_some(), expected.is_some()),
        }
        if let Some(flip) = flip {
            let mut changed = explanation.modalities.clone();
            let modality = changed.iter_mut().find(|modality| modality.item == flip.item).unwrap();
            let class = modality.classes.iter().position(|class| *class == flip.to).unwrap();
            modality.probabilities.fill(0.0);
            modality.probabilities[class] = 1.0;
            assert_eq!(best(&naive(&changed)).to_string(), flip.answer);
        }
    }
}

#[test]
fn a_sample_is_shown_as_it_came_and_written_into_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(folder.path());
    let run = trained(&project, folder.path());
    let trained = TrainedModel::load(&run).unwrap();
    let test = &project.data().test;
    let rows = choose(&trained, test).unwrap();
    assert!((2..=3).contains(&rows.len()), "{rows:?}");
    let samples: Vec<Explanation> = rows.iter().map(|row| explain(&trained, test, *row).unwrap()).collect();
    for sample in &samples {
        for modality in &sample.modalities {
            match &modality.view {
                View::Image(Image { width: 8, height: 8, channels: 1, pixels }) => assert_eq!(pixels.len(), 64),
                View::Spectrogram { frames, bands: 16, values } => assert_eq!(values.len(), 16 * frames),
                View::Series { channels: 6, steps: 32, values } => assert_eq!(values.len(), 6 * 32),
                other => panic!("{}: {other:?}", modality.item),
            }
            assert!(modality.present && modality.truth.is_some(), "{}", modality.item);
        }
        let shown = sample.to_string();
        for part in [&sample.id, &sample.answer, "seen by digit", "← truth", "because", "├─ seen(", "└─ "] {
            assert!(shown.contains(part), "{part} in\n{shown}");
        }
        let json = serde_json::to_value(sample).unwrap();
        assert_eq!(json["modalities"].as_array().unwrap().len(), 3);
        assert_eq!(json["modalities"][1]["kind"], "vision");
    }
    assert!(matches!(explain(&trained, test, 60), Err(ExplainError::Row { row: 60, n_rows: 60 })));

    let drawing = crate::describe::describe(trained.model()).svg;
    let path = crate::report::write(&[("central", &run)], Some(&drawing), &samples).unwrap();
    let html = std::fs::read_to_string(path).unwrap();
    crate::report::tests::check(&html);
    assert_eq!(html.matches("<article").count(), samples.len());
    assert!(html.contains("Trained on nothing but the result, the system answers"));
}
