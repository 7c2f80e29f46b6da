//! `consil demo`, at smoke scale: that it runs through and says what it promises. How well it learns is tested where it has time to.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::project::Project;

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn the_demo_answers_as_scripts_expect() {
    let project = Project::new();
    let demo = project.json("demo --smoke");
    assert_eq!(keys(&demo), BTreeSet::from(["seconds", "central", "federated", "distinct_test", "run"]));
    let modalities = BTreeSet::from(["image", "speech", "gesture"]);
    for side in ["central", "federated"] {
        assert_eq!(keys(&demo[side]), BTreeSet::from(["result_accuracy", "concepts"]));
        assert_eq!(keys(&demo[side]["concepts"]), modalities);
        let accuracies = demo[side]["concepts"].as_object().unwrap().values().chain([&demo[side]["result_accuracy"]]);
        for accuracy in accuracies {
            let accuracy = accuracy.as_f64().unwrap();
            assert!((0.0..=1.0).contains(&accuracy), "{accuracy}");
        }
    }
    assert_eq!(keys(&demo["distinct_test"]), modalities);
    for (modality, n) in demo["distinct_test"].as_object().unwrap() {
        assert!((1..=128).contains(&n.as_u64().unwrap()), "128 samples hold {n} distinct {modality} items");
    }
    let run = demo["run"].as_str().unwrap();
    assert!(project.path(run).join("report.html").exists());
}

#[test]
fn the_demo_for_people_shows_a_proof_and_what_to_do_next() {
    let project = Project::new();
    let assert = project.consil("demo --smoke --seed 3 --quiet").assert().success().stderr("");
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    for part in
        ["result", "image", "speech", "gesture", "95 % interval", "because", "└─", "report.html", "consil explain"]
    {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
    assert_eq!(project.json("runs show demo-001")["seed"], 3);
}
