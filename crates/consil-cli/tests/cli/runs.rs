//! Earlier runs, shown and compared.

use serde_json::json;

use crate::project::Project;

#[test]
fn compare_lists_what_differs_and_nothing_else() {
    let project = Project::new();
    let (a, b) = (project.train(""), project.train("--set train.epochs=1 --set seed=9"));
    let compare = project.json(&format!("runs compare {a} {b}"));
    let expected = json!([{ "key": "seed", "a": 7, "b": 9 }, { "key": "train.epochs", "a": 3, "b": 1 }]);
    assert_eq!(compare["spec"], expected);
    assert_eq!(compare["same_rules"], true);
    let show = |run: &str| project.json(&format!("runs show {run}"))["outcome"]["test"]["loss"].clone();
    assert_eq!(compare["metrics"]["loss"], json!({ "a": show(&a), "b": show(&b) }));

    let text = project.consil(&format!("runs compare {a} {b}")).assert().success();
    let text = String::from_utf8_lossy(&text.get_output().stdout).into_owned();
    assert!(text.lines().any(|line| line.split_whitespace().eq(["train.epochs", "3", "1"])), "{text}");
}

#[test]
fn settings_read_as_they_were_written() {
    let project = Project::new();
    let (a, b) = (project.train("--set train.clip-norm=0.1"), project.train("--set train.clip-norm=0.3"));
    let compare = project.json(&format!("runs compare {a} {b}"));
    assert_eq!(compare["spec"], json!([{ "key": "train.clip-norm", "a": 0.1, "b": 0.3 }]));
    let text = project.consil(&format!("runs compare {a} {b}")).assert().success();
    let text = String::from_utf8_lossy(&text.get_output().stdout).into_owned();
    assert!(text.lines().any(|line| line.split_whitespace().eq(["train.clip-norm", "0.1", "0.3"])), "{text}");
}

#[test]
fn a_run_is_named_by_its_folder_or_its_name() {
    let project = Project::new();
    let run = project.train("--runs elsewhere");
    let by_folder = project.json(&format!("runs show elsewhere/{run}"));
    assert_eq!(project.json(&format!("runs show {run} --runs elsewhere"))["outcome"], by_folder["outcome"]);
    let records = by_folder["records"].as_array().unwrap();
    assert_eq!(records.len(), 3, "one record for each epoch");
}

#[test]
fn no_runs_is_no_error() {
    let project = Project::new();
    project.consil("runs list").assert().success().stdout("").stderr("no runs in runs\n");
}

#[test]
fn one_damaged_run_hides_no_other() {
    let project = Project::new();
    let (damaged, whole) = (project.train(""), project.train(""));
    let result = project.path(&format!("runs/{damaged}/result.json"));
    let text = std::fs::read_to_string(&result).unwrap();
    let (before, rest) = text.split_once("\"result_accuracy\":").unwrap();
    let rest = &rest[rest.find([',', '\n']).unwrap()..];
    std::fs::write(&result, format!("{before}\"result_accuracy\": 8e5{rest}")).unwrap();
    let list = project.consil("runs list").assert().success();
    let (out, err) = (&list.get_output().stdout, &list.get_output().stderr);
    let (out, err) = (String::from_utf8_lossy(out), String::from_utf8_lossy(err));
    let line = |run: &str| out.lines().find(|line| line.starts_with(run)).unwrap_or_else(|| panic!("{out}")).to_owned();
    assert!(line(&damaged).contains("damaged") && line(&whole).contains('%'), "{out}");
    assert!(err.contains("800000 is no share between 0 and 1"), "{err}");

    std::fs::write(project.path(&format!("runs/{damaged}/run.json")), "{").unwrap();
    let list = project.consil("runs list").assert().success();
    let err = String::from_utf8_lossy(&list.get_output().stderr).into_owned();
    assert!(err.contains("run.json"), "what cannot be listed is said: {err}");
}
