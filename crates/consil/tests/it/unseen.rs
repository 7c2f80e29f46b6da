//! Rows from which nothing can be answered, in specs whose rows have facts of their own or whose networks see several inputs.

use consil::check::check;
use consil::{BadRows, RowsOptions, SpecSource, TrainedModel};

use crate::support::Folder;

const SPEC: &str = r#"
name = "own"
[data]
train = "train.csv"
target = "answer"
[modality.x]
kind = "table"
columns = ["x"]
[network.n]
input = "x"
encoder = [{ linear = 4 }, "relu"]
[logic]
program = "own.pl"
query = "q(C)"
facts = "facts"
[train]
epochs = 2
batch-size = 2
"#;

/// A row that is told to be `known` asks no network.
const RULES: &str = "
:- dynamic known/0.
nn(n, [x], C, [a, b]) :: says(C).
q(C) :- \\+ known, says(C).
q(a) :- known.
";

const GOOD: &str = "x,facts,answer\n1,,a\n-1,,b\n,known,a\n2,known,a\n";

fn folder(train: &str) -> Folder {
    Folder::new(&[("spec.toml", SPEC), ("own.pl", RULES), ("train.csv", train)])
}

#[test]
fn a_row_with_facts_of_its_own_and_nothing_to_see_is_found_before_training() {
    let bad = folder(&format!("{GOOD},,b\n3,,a\n,,a\n"));
    let error = bad.try_open(&[]).err().unwrap().to_string();
    for line in [6, 8] {
        assert!(error.contains(&format!("train.csv:{line}: all of its inputs are absent")), "{error}");
    }
    assert!(!error.contains("train.csv:4") && !error.contains("train.csv:7"), "{error}");
    let source = SpecSource::new(&bad.path().join("spec.toml"), None).unwrap();
    let problems = check(&source, &[]).problems;
    assert_eq!(
        problems.iter().filter(|problem| problem.contains("train.csv:6: all of its inputs")).count(),
        1,
        "{problems:?}"
    );

    let good = folder(GOOD);
    let (run, _) = good.train(&good.open(&[]));
    let trained = TrainedModel::load(&run).unwrap();
    let rows = good.path().join("new.csv");
    // Line 3 sees nothing, and line 5 has facts that do not parse.
    std::fs::write(&rows, "x,facts\n1,\n,\n,known\n1,known(\n").unwrap();
    let error = trained.open_manifest(&rows).unwrap_err().to_string();
    assert!(
        error.contains("2 rows cannot be used") && error.contains("new.csv:3") && error.contains("new.csv:5"),
        "{error}"
    );
    let options = RowsOptions { bad_rows: BadRows::Skip, ignores_targets: true };
    let opened = trained.open_rows(&rows, options).unwrap();
    assert_eq!((opened.split.len(), opened.skipped.len()), (2, 2));
    assert_eq!(trained.predict(&opened.split, &[0, 1]).unwrap().len(), 2);
}

#[test]
fn a_network_of_two_inputs_sees_nothing_where_one_is_absent() {
    let spec = SPEC
        .replace(
            "[network.n]\ninput = \"x\"",
            "[modality.y]\nkind = \"table\"\ncolumns = [\"y\"]\n[network.n]\ninput = [\"x\", \"y\"]",
        )
        .replace("facts = \"facts\"\n", "");
    let rules = "nn(n, [x, y], C, [a, b]) :: q(C).";
    let train = "x,y,answer\n1,1,a\n-1,,b\n1,2,a\n,,b\n";
    let folder = Folder::new(&[("spec.toml", &spec), ("own.pl", rules), ("train.csv", train)]);
    let error = folder.try_open(&[]).err().unwrap().to_string();
    assert!(error.contains("train.csv:5: all of its inputs are absent"), "{error}");
    std::fs::write(folder.path().join("train.csv"), "x,y,answer\n1,1,a\n-1,,b\n1,2,a\n").unwrap();
    let error = folder.try_open(&[]).err().unwrap().to_string();
    assert!(error.contains("train.csv:3: no network sees anything"), "{error}");
}
