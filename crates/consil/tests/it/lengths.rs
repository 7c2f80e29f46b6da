//! Rows of different lengths: batches padded to their own longest row, rows longer than any in training.

use consil::{RowsOptions, TrainedModel};

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

/// Nine words, of which the last two tell; no training text has more than six.
fn long(word: &str) -> String {
    format!("{}{word} {word}", "day ".repeat(7))
}

/// The word that tells stands behind the longest training text's length. A transformer has learned positions, of which the spec says how many there are.
#[test]
fn a_text_longer_than_any_in_training_is_read_to_its_end() {
    for (encoder, limit) in [("text-embedding", None), ("transformer", Some("modality.text.max-length=12"))] {
        let folder = Folder::new(&[("spec.toml", SPEC), ("train.csv", &texts(60))]);
        let encoder = format!("head.encoder.text={encoder}");
        let set: Vec<&str> = [Some(encoder.as_str()), limit].into_iter().flatten().collect();
        let (run, outcome) = folder.train(&folder.open(&set));
        assert_eq!(outcome.test.result_accuracy, 1.0, "{encoder}");
        let trained = TrainedModel::load(&run).unwrap();
        std::fs::write(folder.path().join("long.csv"), format!("text\n{}\n{}\n", long("sun"), long("rain"))).unwrap();
        let rows = trained.open_rows(&folder.path().join("long.csv"), RowsOptions::default()).unwrap();
        assert_eq!(rows.inspection.counts["text"].cut, 0, "{encoder}");
        let p =
            |row: usize| trained.predict(&rows.split, &[row]).unwrap()[0].answer().unwrap().value.probabilities()[1].1;
        assert!(p(0) > p(1) + 0.1, "{encoder}: the end of the text changes nothing: {} and {}", p(0), p(1));
    }
}

/// Without a number of positions in the spec there are as many as the longest training text has words: the rest is cut, and it is said at which length.
#[test]
fn a_transformer_says_which_texts_it_cuts() {
    let folder = Folder::new(&[("spec.toml", SPEC), ("train.csv", &texts(60))]);
    let (run, _) = folder.train(&folder.open(&["head.encoder.text=transformer", "train.epochs=1"]));
    let trained = TrainedModel::load(&run).unwrap();
    let texts = format!("text\n{}\nsun day\n{}\n", long("sun"), long("rain"));
    std::fs::write(folder.path().join("long.csv"), texts).unwrap();
    let rows = trained.open_rows(&folder.path().join("long.csv"), RowsOptions::default()).unwrap();
    let counts = rows.inspection.counts["text"];
    assert_eq!((counts.values, counts.cut, counts.cut_steps, counts.limit), (3, 2, 2 * 3, Some(6)));
    let notes = rows.inspection.notes();
    assert!(notes[0].starts_with("2 of 3 values of modality text are longer than 6 steps and were cut"), "{notes:?}");
    assert!(notes[0].contains("modality.text.max-length"), "{notes:?}");
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
