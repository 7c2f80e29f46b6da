//! Rows of different lengths: batches padded to their own longest row, rows longer than any in training.

use consil::TrainedModel;

use crate::support::Folder;

const SPEC: &str = r#"
name = "words"
seed = 1
[data]
train = "train.csv"
test = "test.csv"
target = "y"
[modality.text]
kind = "text"
[head]
[train]
epochs = 30
batch-size = 16
optimizer = { adam = { lr = 1e-2 } }
"#;

/// Texts of 2 to 6 words, of which one tells the class.
fn texts(n: usize) -> String {
    let mut text = "text,y\n".to_owned();
    for i in 0..n {
        let (word, class) = if i % 2 == 0 { ("sun", "good") } else { ("rain", "bad") };
        text.push_str(&format!("{}{word},{class}\n", "day ".repeat(1 + i % 5)));
    }
    text
}

/// The word that tells stands behind the longest training text's length.
#[test]
fn a_text_longer_than_any_in_training_is_read_to_its_end() {
    // A transformer has learned no position beyond its longest training text: there the rest is cut, and counted.
    for encoder in ["text-embedding"] {
        let folder = Folder::new(&[("spec.toml", SPEC), ("train.csv", &texts(60))]);
        let project = folder.open(&[&format!("head.encoder.text={encoder}")]);
        let (run, outcome) = folder.train(&project);
        assert_eq!(outcome.test.result_accuracy, 1.0, "{encoder}");
        let trained = TrainedModel::load(&run).unwrap();
        let long = |word: &str| format!("{}{word} {word}", "day ".repeat(7));
        std::fs::write(folder.path().join("long.csv"), format!("text\n{}\n{}\n", long("sun"), long("rain"))).unwrap();
        let split = trained.open_manifest(&folder.path().join("long.csv")).unwrap();
        let p = |row: usize| trained.predict(&split, &[row]).unwrap()[0].answer().unwrap().value.probabilities()[1].1;
        assert!(p(0) > p(1) + 0.1, "{encoder}: the end of the text changes nothing: {} and {}", p(0), p(1));
    }
}

/// The prediction of a row does not depend on which rows it is predicted with.
#[test]
fn padding_changes_no_answer() {
    let folder = Folder::new(&[("spec.toml", SPEC), ("train.csv", &texts(40))]);
    for encoder in ["text-embedding", "transformer"] {
        let project = folder.open(&[&format!("head.encoder.text={encoder}"), "train.epochs=1"]);
        let (weights, _) = project.initial_weights().unwrap();
        let learner = project.test_learner();
        let together = learner.predict(&weights, &(0..40).collect::<Vec<_>>()).unwrap();
        for row in 0..10 {
            let alone = learner.predict(&weights, &[row]).unwrap();
            let (a, b) = (alone[0].best().unwrap().1, together[row].best().unwrap().1);
            assert!((a - b).abs() < 1e-5, "{encoder}, row {row}: {a} alone, {b} among others");
        }
    }
}
