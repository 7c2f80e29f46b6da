//! Training that begins from the weights of an earlier run, some of them frozen.

use std::num::NonZeroUsize;
use std::path::Path;

use consil::{Outcome, Project, RunContext, RunKind, Workers, train};
use consil_diagnostic::Report;

const SPEC: &str = r#"
name = "sign"
seed = 5

[data]
source = "demo"
[data.compose]
train = 400
test = 200

[modality.wave]
kind = "sensor"

[network.sign]
input = "wave"
encoder = [{ conv = 8, kernel = 5, stride = 2 }, "relu", "global-average-pool"]

[logic]
program = "sign.pl"
query = "seen(S)"

[train]
epochs = 6
batch-size = 32
optimizer = { adam = { lr = 1e-2 } }
"#;

const RULES: &str = "nn(sign, [wave], S, [plus, minus]) :: seen(S).";

/// Opens the spec with a `[fine-tune]` table.
fn open(folder: &Path, table: &str) -> Result<Project, String> {
    std::fs::write(folder.join("sign.toml"), format!("{SPEC}\n{table}")).unwrap();
    std::fs::write(folder.join("sign.pl"), RULES).unwrap();
    Project::load(&folder.join("sign.toml"), &[]).map_err(|error| Report::of(&error).to_string())
}

fn train_in(folder: &Path, project: &Project) -> (Outcome, Vec<u8>) {
    let run = train::new_run(project, RunKind::Central, folder).unwrap();
    let workers = Workers::new(NonZeroUsize::MIN).unwrap();
    let outcome = train::train(project, &run, &mut RunContext::new(&workers)).unwrap().unwrap();
    (outcome, std::fs::read(run.folder().join("model.safetensors")).unwrap())
}

#[test]
fn training_begins_with_given_weights_and_leaves_the_frozen_ones() {
    let folder = tempfile::tempdir().unwrap();
    let (first, file) = train_in(folder.path(), &open(folder.path(), "").unwrap());
    assert!(first.test.result_accuracy > 0.9, "{:?}", first.test);
    std::fs::write(folder.path().join("before.safetensors"), &file).unwrap();

    let table = "[fine-tune]\nweights = \"before.safetensors\"\nfreeze = [\"sign.1.conv\"]";
    let project = open(folder.path(), table).unwrap();
    let (begin, report) = project.initial_weights().unwrap();
    assert!(report.unwrap().missing.is_empty());
    let (_, file) = train_in(folder.path(), &project);
    let mut end = begin.clone();
    end.load(&file, &Default::default()).unwrap();
    for entry in begin.layout().entries() {
        let stays = entry.name.starts_with("sign.1.conv");
        assert_eq!(begin.get(&entry.name) == end.get(&entry.name), stays, "{}", entry.name);
    }
}

#[test]
fn weights_that_do_not_fit_are_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |table: &str| open(folder.path(), &format!("[fine-tune]\n{table}")).err().unwrap();
    let (_, file) = train_in(folder.path(), &open(folder.path(), "").unwrap());
    std::fs::write(folder.path().join("before.safetensors"), &file).unwrap();
    std::fs::write(folder.path().join("text.safetensors"), "no weights").unwrap();
    let cases = [
        ("weights = \"nowhere.safetensors\"", ["nowhere.safetensors", "No such file"]),
        ("weights = \"text.safetensors\"", ["text.safetensors", "safetensors"]),
        ("weights = \"before.safetensors\"\nnames = { \"*\" = \"x.*\" }", ["0 parameters loaded", "fine-tune.names"]),
        (
            "weights = \"before.safetensors\"\nnames = { \"sign.1.conv.bias\" = \"sign.1.conv.weight\" }",
            ["of another shape: sign.1.conv.bias", "the file's sizes"],
        ),
        ("weights = \"before.safetensors\"\nfreeze = [\"sing.1\"]", ["begins with `sing.1`", "help:"]),
        ("weight = \"before.safetensors\"", ["unknown key `weight`", "did you mean `weights`?"]),
    ];
    for (table, parts) in cases {
        let text = refused(table);
        for part in parts {
            assert!(text.contains(part), "{part:?} is not in:\n{text}");
        }
    }
}

#[test]
fn names_that_change_nothing_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_, file) = train_in(folder.path(), &open(folder.path(), "").unwrap());
    std::fs::write(folder.path().join("before.safetensors"), &file).unwrap();
    let opened = |names: &str| {
        open(folder.path(), &format!("[fine-tune]\nweights = \"before.safetensors\"\nnames = {{ {names} }}"))
    };
    for (names, parts) in [
        ("\"sing.*\" = \"features.*\"", ["sign.toml:29:1: fine-tune.names", "no parameter is called `sing.*`"]),
        ("\"sign.clasify.*\" = \"last.*\"", ["no parameter is called `sign.clasify.*`", "help:"]),
        ("\"sign.*\" = \"sign.*\"", ["`sign.*` is called so without it", "fine-tune.names"]),
    ] {
        let text = opened(names).err().unwrap_or_else(|| panic!("{names} is not refused"));
        for part in parts {
            assert!(text.contains(part), "{part:?} is not in:\n{text}");
        }
    }
    // A name that the file does not have keeps a layer as it begins.
    let project = opened("\"sign.classify.*\" = \"none.*\"").unwrap();
    let (_, report) = project.initial_weights().unwrap();
    let missing = report.unwrap().missing;
    assert_eq!(missing, ["sign.classify.weight", "sign.classify.bias"]);
}
