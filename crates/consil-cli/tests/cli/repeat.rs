//! The same seed gives the same run, however many threads there are.

use crate::project::{Project, essence};

#[test]
fn training_repeats_itself_and_does_not_depend_on_workers() {
    let project = Project::new();
    let runs = ["--workers 1", "--workers 1", "--workers 2"].map(|workers| project.train(workers));
    let [first, second, third] = runs.map(|run| essence(&project, &run));
    assert!(first == second, "the same command twice");
    assert!(first == third, "one worker and two");
    let other = essence(&project, &project.train("--set seed=8"));
    assert!(first.0 != other.0, "another seed gives other weights");
}

#[test]
fn federation_does_not_depend_on_workers() {
    let project = Project::new();
    let simulate = |workers: &str| {
        let run = project.json(&format!("federate simulate tiny.toml {workers}"));
        essence(&project, run["run"].as_str().unwrap().strip_prefix("runs/").unwrap())
    };
    assert!(simulate("--workers 1") == simulate("--workers 2"));
}
