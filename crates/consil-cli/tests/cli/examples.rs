//! Every spec below `examples/` runs as it stands, for a moment. How well each learns stands in docs/figures.md, with the command that
//! measures it.

use std::path::{Path, PathBuf};

use crate::project::Project;

/// What makes an example take seconds.
const SMALL: &str = "--set train.epochs=1 --set data.compose.train=128 --set data.compose.test=64";

/// The specs of all examples.
fn specs() -> Vec<PathBuf> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let folders = std::fs::read_dir(examples).unwrap().map(|entry| entry.unwrap().path().join("consil.toml"));
    let mut specs: Vec<PathBuf> = folders.filter(|spec| spec.exists()).collect();
    specs.sort();
    specs
}

#[test]
fn every_example_runs() {
    let specs = specs();
    assert!(specs.len() >= 3, "{specs:?}");
    for spec in specs {
        let text = std::fs::read_to_string(&spec).unwrap();
        let path = spec.display().to_string();
        if text.contains("$CONSIL_DATA") && std::env::var_os("CONSIL_DATA").is_none() {
            println!("{path} skipped: CONSIL_DATA not set");
            continue;
        }
        let project = Project::new();
        project.consil(&format!("check {path}")).assert().success();
        let train = project.json(&format!("train {path} {SMALL}"));
        assert_eq!(train["test"]["n_samples"], 64, "{path}: {train}");
        assert!(project.path(train["report"].as_str().unwrap()).exists(), "{path}");
        if text.contains("[federate]") {
            let federated = project.json(&format!("federate simulate {path} {SMALL} --set federate.rounds=1"));
            assert_eq!(federated["steps"], 1, "{path}");
        }
    }
}
