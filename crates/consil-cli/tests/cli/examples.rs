//! Every spec below `examples/` runs as it stands, for a moment. How well each learns stands in docs/figures.md, with the command that
//! measures it.

use std::path::Path;

use crate::project::Project;

/// What makes an example take seconds.
const SMALL: &str = "--set train.epochs=1";
/// And fewer samples, where they are composed.
const FEW: &str = "--set data.compose.train=128 --set data.compose.test=64";

/// The names of all examples that have a spec, and its text.
fn examples() -> Vec<(String, String)> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let folders = std::fs::read_dir(examples).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<(String, String)> = folders
        .filter_map(|folder| {
            let text = std::fs::read_to_string(folder.join("consil.toml")).ok()?;
            Some((folder.file_name()?.to_str()?.to_owned(), text))
        })
        .collect();
    found.sort();
    found
}

#[test]
fn every_example_runs() {
    let examples = examples();
    assert!(examples.len() >= 3, "{examples:?}");
    for (name, text) in examples {
        if text.contains("$CONSIL_DATA") && std::env::var_os("CONSIL_DATA").is_none() {
            println!("{name} skipped: CONSIL_DATA not set");
            continue;
        }
        let project = Project::new();
        // The example of pathways is for searches, and not to start from.
        let path = match project.consil(&format!("new mine --example {name}")).ok() {
            Ok(_) => "mine/consil.toml".to_owned(),
            Err(_) => Path::new(env!("CARGO_MANIFEST_DIR"))
                .join(format!("../../examples/{name}/consil.toml"))
                .display()
                .to_string(),
        };
        project.consil(&format!("check {path}")).assert().success();
        let is_composed = text.contains("[data.compose]") || text.contains("source = \"demo\"");
        let small = if is_composed { format!("{SMALL} {FEW}") } else { SMALL.to_owned() };
        let train = project.json(&format!("train {path} {small}"));
        let n_samples = train["test"]["n_samples"].as_u64().unwrap();
        assert!(if is_composed { n_samples == 64 } else { n_samples > 0 }, "{name}: {train}");
        assert!(project.path(train["report"].as_str().unwrap()).exists(), "{name}");
        if text.contains("[federate]") {
            let federated = project.json(&format!("federate simulate {path} {small} --set federate.rounds=1"));
            assert_eq!(federated["steps"], 1, "{name}");
        }
    }
}
