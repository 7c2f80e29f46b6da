//! Typed targets: a class, a number and a set of labels, from one table; classes as terms; labels that a model does not know.

use consil::{AnswerValue, Learner, ScoreKind, TrainedModel};
use consil_diagnostic::Report;

use crate::support::Folder;

const SPEC: &str = r#"
name = "three"
seed = 3
[data]
train = "train.csv"
test = "test.csv"
[data.target.city]
kind = "class"
[data.target.price]
kind = "number"
[data.target.tags]
kind = "labels"
[modality.x]
kind = "table"
columns = ["a", "b"]
[head]
layers = [{ linear = 32 }, "relu"]
[train]
epochs = 150
batch-size = 32
optimizer = { adam = { lr = 1e-2 } }
schedule = "cosine"
"#;

/// A city by a, a price that is linear in both, and two tags. Prices are far from 0 and 1.
fn table(n: usize, seed: u64) -> String {
    let mut stream = consil::Key::new(seed).child("table").stream();
    let mut text = "a,b,city,price,tags\n".to_owned();
    for _ in 0..n {
        let (a, b) = (stream.between(-1.0, 1.0), stream.between(-1.0, 1.0));
        let city = if a > 0.0 { "New York" } else { "paris" };
        let tags = [(b > 0.0, "dear"), (a + b > 0.0, "large")];
        let tags: Vec<&str> = tags.into_iter().filter(|(holds, _)| *holds).map(|(_, tag)| tag).collect();
        text.push_str(&format!("{a},{b},{city},{},{}\n", 5000.0 + 800.0 * a - 300.0 * b, tags.join(";")));
    }
    text
}

#[test]
fn a_number_a_set_of_labels_and_a_class_are_learned_from_one_table() {
    let folder = Folder::new(&[("spec.toml", SPEC), ("train.csv", &table(400, 1)), ("test.csv", &table(200, 2))]);
    let project = folder.open(&[]);
    let (run, outcome) = folder.train(&project);
    let targets = &outcome.test.targets;
    assert_eq!(targets.iter().map(|target| target.name.as_str()).collect::<Vec<_>>(), ["city", "price", "tags"]);
    assert_eq!(
        targets.iter().map(|target| target.kind).collect::<Vec<_>>(),
        [ScoreKind::Class, ScoreKind::Numbers, ScoreKind::Labels]
    );
    assert!(outcome.test.result_accuracy > 0.95, "{:?}", outcome.test);
    let (price, tags) = (&targets[1].metrics, &targets[2].metrics);
    assert!(price["r2"] > 0.98 && price["mae"] < 100.0 && price["rmse"] >= price["mae"], "{price:?}");
    assert!(tags["f1"] > 0.95 && tags["accuracy"] > 0.9, "{tags:?}");

    // What was trained is read back, and says the same of rows without targets.
    let trained = TrainedModel::load(&run).unwrap();
    std::fs::write(folder.path().join("new.csv"), "a,b\n0.9,0.8\n-0.9,-0.8\n").unwrap();
    let split = trained.open_manifest(&folder.path().join("new.csv")).unwrap();
    let said = trained.predict(&split, &[0, 1]).unwrap();
    let text = |row: usize, nth: usize| said[row].answers[nth].1.value.text();
    assert_eq!([text(0, 0), text(0, 2)], ["New York", "dear;large"]);
    assert_eq!([text(1, 0), text(1, 2)], ["paris", ""]);
    let AnswerValue::Class(city) = &said[0].answers[0].1.value else { panic!("a class") };
    assert_eq!(city.classes.len(), 2);
    assert!((city.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-6);
    let AnswerValue::Numbers(price) = &said[0].answers[1].1.value else { panic!("a number") };
    assert!((price[0] - (5000.0 + 720.0 - 240.0)).abs() < 250.0, "{price:?}");
}

/// Rows "New York" of a program that declares 'New York': classes are compared as terms.
#[test]
fn a_class_of_two_words_is_the_atom_of_its_text() {
    let spec = r#"
name = "cities"
[data]
train = "train.csv"
test = "test.csv"
target = "city"
[modality.a]
kind = "table"
[network.city]
input = "a"
encoder = [{ linear = 8 }, "relu"]
[logic]
program = "city.pl"
query = "city(C)"
[train]
epochs = 300
batch-size = 16
optimizer = { adam = { lr = 2e-2 } }
"#;
    let rules = "nn(city, [a], C, ['New York', paris, 7]) :: city(C).";
    let rows = "a,city\n1,New York\n-1,paris\n5,7\n1.1,New York\n-1.2,paris\n5.5,7.0\n";
    let folder = Folder::new(&[("spec.toml", spec), ("city.pl", rules), ("train.csv", rows), ("test.csv", rows)]);
    let project = folder.open(&[]);
    assert_eq!(project.model().labels(), ["7", "New York", "paris"]);
    let (_, outcome) = folder.train(&project);
    assert_eq!((outcome.test.result_accuracy, outcome.test.targets[0].n_judged), (1.0, 6));
    assert_eq!(outcome.result.labels, ["7", "New York", "paris"]);
}

const LETTERS: &str = r#"
name = "letters"
[data]
train = "train.csv"
test = "test.csv"
target = "label"
[modality.a]
kind = "table"
[head]
[train]
epochs = 1
"#;

/// A label that the model does not know is counted apart, and the rows that are judged are as many as it says.
#[test]
fn unknown_labels_are_counted_apart() {
    let folder = Folder::new(&[("spec.toml", LETTERS), ("train.csv", "a,label\n1,x\n2,y\n1,x\n2,y\n")]);
    let project = folder.open(&[]);
    let (run, _) = folder.train(&project);
    let trained = TrainedModel::load(&run).unwrap();
    std::fs::write(folder.path().join("e.csv"), "a,label\n1,x\n2,z\n3,Y\n2,z\n").unwrap();
    let split = trained.open_manifest(&folder.path().join("e.csv")).unwrap();
    let score = consil::Score::from(&trained.evaluate(&split).unwrap());
    assert_eq!(score.n_samples, 4);
    assert_eq!(score.targets[0].n_judged, 1);
    let unknown: Vec<(&str, usize)> = score.targets[0].unknown.iter().map(|(label, n)| (label.as_str(), *n)).collect();
    assert_eq!(unknown, [("Y", 1), ("z", 2)]);
}

/// In training such a row is refused, with its place.
#[test]
fn unknown_labels_are_refused_in_training() {
    let rows = "a,label\n1,x\n2,y\n";
    let folder = Folder::new(&[("spec.toml", LETTERS), ("train.csv", rows), ("test.csv", "a,label\n1,x\n2,z\n")]);
    let error = folder.try_open(&[]).err().unwrap().to_string();
    assert!(error.contains("test.csv:3") && error.contains("`z`"), "{error}");
}

/// A row without any modality has no answer, and says so; half a row has one.
#[test]
fn all_modalities_absent_is_an_error_with_its_row() {
    let spec = LETTERS
        .replace("[modality.a]\nkind = \"table\"", "[modality.a]\nkind = \"table\"\n[modality.b]\nkind = \"table\"");
    let folder = Folder::new(&[("spec.toml", &spec), ("train.csv", "a,b,label\n1,1,x\n2,2,y\n1,,x\n,2,y\n")]);
    let project = folder.open(&[]);
    let (run, _) = folder.train(&project);
    let trained = TrainedModel::load(&run).unwrap();
    std::fs::write(folder.path().join("new.csv"), "a,b\n1,\n,\n").unwrap();
    let error = trained.open_manifest(&folder.path().join("new.csv")).unwrap_err().to_string();
    assert!(error.contains("new.csv:3: all of its inputs are absent") && !error.contains("new.csv:2"), "{error}");
    let options = consil::RowsOptions { bad_rows: consil::BadRows::Skip, ..Default::default() };
    let rows = trained.open_rows(&folder.path().join("new.csv"), options).unwrap();
    assert_eq!((rows.split.len(), rows.skipped.len(), rows.skipped[0].row), (1, 1, Some(3)));
    assert!(trained.predict(&rows.split, &[0]).is_ok());
    // Such a row is refused before anything is trained.
    std::fs::write(folder.path().join("train.csv"), "a,b,label\n1,1,x\n2,2,y\n,,x\n2,1,y\n").unwrap();
    let error = folder.try_open(&[]).err().unwrap().to_string();
    assert!(error.contains("train.csv:4: all of its inputs are absent"), "{error}");
}

/// The rules answer one of two targets, the head the other.
#[test]
fn rules_and_head_answer_a_target_each() {
    let spec = SPEC.replace("[data.target.tags]\nkind = \"labels\"\n", "").replace(
        "[head]",
        "[network.place]\ninput = \"x\"\nencoder = [{ linear = 8 }, \"relu\"]\n[logic]\nprogram = \"city.pl\"\nquery = \"city(C)\"\ntarget = \"city\"\n[head]",
    );
    let rules = "nn(place, [x], C, ['New York', paris]) :: city(C).";
    let files =
        [("spec.toml", spec.as_str()), ("city.pl", rules), ("train.csv", &table(200, 1)), ("test.csv", &table(100, 2))];
    let folder = Folder::new(&files);
    let project = folder.open(&["train.epochs=60"]);
    let (_, outcome) = folder.train(&project);
    assert!(outcome.test.result_accuracy > 0.9, "{:?}", outcome.test);
    assert!(outcome.test.targets[1].metrics["r2"] > 0.9, "{:?}", outcome.test);
    let learner = Learner::new(project.model(), &project.data().test);
    assert!(learner.spent().is_some());
    let error = Report::of(&folder.try_open(&["logic.target=price"]).err().unwrap()).to_string();
    assert!(error.contains("rules derive classes, labels and sequences"), "{error}");
    let error = folder.try_open(&["logic.target=cty"]).err().unwrap().to_string();
    assert!(error.contains("city, price"), "{error}");
}

/// The run's spec says what the data decided, and is the same when it is read and resolved again.
#[test]
fn a_run_keeps_the_spec_with_every_choice_written_out() {
    let spec = r#"
name = "resolved"
[data]
source = "demo"
[data.compose]
train = 40
test = 10
pairing = "same-label"
[modality.image]
kind = "vision"
[modality.speech]
kind = "audio"
[head]
[train]
epochs = 1
"#;
    let folder = Folder::new(&[("spec.toml", spec)]);
    let project = folder.open(&[]);
    let (run, _) = folder.train(&project);
    let kept = std::fs::read_to_string(run.folder().join("spec.toml")).unwrap();
    for says in [
        "size = [8, 8]",
        "channels = 1",
        "rate = 8000",
        "image = \"image-cnn\"",
        "speech = \"audio-cnn\"",
        "width = 64",
    ] {
        assert!(kept.contains(says), "{says}: {kept}");
    }
    let again = consil::train::reopen(&run, None).unwrap();
    assert_eq!(again.model().fingerprint(), project.model().fingerprint());
    assert_eq!(&again.model().resolved_spec(), again.spec());
    assert!(TrainedModel::load(&run).is_ok());
}
