//! Data on stdout, messages on stderr, JSON where it is asked for.

use std::io::{BufRead, BufReader};

use serde_json::{Value, json};

use crate::project::Project;

#[test]
fn every_command_answers_in_json() {
    let project = Project::new();
    let check = project.json("check tiny.toml");
    assert_eq!(check["problems"], json!([]));
    assert!(check["facts"].as_array().unwrap().contains(&json!(["train rows", "24"])), "{check}");

    let train = project.json("train tiny.toml");
    assert_eq!(train["test"]["n_samples"], 12);
    assert!(project.path(train["report"].as_str().unwrap()).exists());
    let run = train["run"].as_str().unwrap();

    let eval = project.json(&format!("eval {run}"));
    assert_eq!(eval["score"], train["test"]);
    let elsewhere = project.json(&format!("eval {run} --data test.csv"));
    assert_eq!(elsewhere["score"], eval["score"]);

    let predict = project.json(&format!("predict {run} --data test.csv"));
    assert_eq!(predict["predictions"].as_array().unwrap().len(), 12);

    let explain = project.json(&format!("explain {run} --row 1 --row 2"));
    assert_eq!(explain["explanations"].as_array().unwrap().len(), 2);
    assert_eq!(explain["explanations"][0]["answer"], predict["predictions"][1]["answer"]);

    let describe = project.json(&format!("describe {run} --svg model.svg"));
    assert_eq!(describe["components"].as_array().unwrap().len(), 2);
    assert!(project.read("model.svg").starts_with("<svg"));
    assert_eq!(project.json("describe tiny.toml")["components"], describe["components"]);

    let federated = project.json("federate simulate tiny.toml");
    assert_eq!(federated["steps"], 2);

    let list = project.json("runs list");
    assert_eq!(list["runs"].as_array().unwrap().len(), 2);
    assert_eq!(project.json(&format!("runs show {run}"))["outcome"]["test"], train["test"]);
    let compare = project.json(&format!("runs compare {run} {run}"));
    assert_eq!(compare["spec"], json!([]));

    assert_eq!(project.json("schema")["type"], "object");
    assert_eq!(project.json("new fresh")["spec"], "fresh/consil.toml");
}

#[test]
fn check_reports_its_problems_in_json_too() {
    let project = Project::new();
    project.edit("tiny.toml", "epochs = 3", "epoch = 3");
    let assert = project.consil("check tiny.toml --json").assert().code(2);
    let report: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert!(report["problems"][0].as_str().unwrap().contains("unknown key `epoch`"), "{report}");
}

#[test]
fn predictions_go_to_stdout_or_a_file_alike() {
    let project = Project::new();
    let run = project.train("");
    let stdout = project.consil(&format!("predict {run} --data test.csv")).assert().success();
    let csv = String::from_utf8(stdout.get_output().stdout.clone()).unwrap();
    let mut lines = csv.lines();
    assert_eq!(
        lines.next(),
        Some(
            "id,answer,probability,image,image.probability,voice,voice.probability,probability.0,probability.1,probability.2"
        )
    );
    assert_eq!(lines.count(), 12);
    project.consil(&format!("predict {run} --data test.csv --out answers.csv")).assert().success().stdout("");
    assert_eq!(project.read("answers.csv"), csv);

    project.consil(&format!("predict {run} --data test.csv --out answers.jsonl")).assert().success();
    let answers = project.read("answers.jsonl");
    for (line, row) in answers.lines().zip(csv.lines().skip(1)) {
        let object: Value = serde_json::from_str(line).unwrap();
        let cells: Vec<&str> = row.split(',').collect();
        assert_eq!([object["id"].as_str(), object["answer"].as_str()], [Some(cells[0]), Some(cells[1])]);
        assert_eq!(object["concepts"]["image"]["class"], cells[3]);
    }
    assert_eq!(answers.lines().count(), 12);
}

#[test]
fn an_absent_sense_is_left_blank() {
    let project = Project::new();
    let run = project.train("");
    project
        .write("new.jsonl", "{\"image\": null, \"voice\": \"1.wav\"}\n{\"image\": \"0.png\", \"voice\": \"1.wav\"}\n");
    let predicted = project.json(&format!("predict {run} --data new.jsonl"));
    assert_eq!(predicted["predictions"][0]["concepts"]["image"], Value::Null);
    assert!(predicted["predictions"][1]["concepts"]["image"]["class"].is_string(), "{predicted}");
}

#[test]
fn quiet_says_nothing_and_results_still_come() {
    let project = Project::new();
    let assert = project.consil("train tiny.toml --quiet").assert().success().stderr("");
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(text.contains("95 % interval") && text.contains("runs/tiny-001/report.html"), "{text}");
}

#[test]
fn nobody_reading_is_no_error() {
    let project = Project::new();
    let run = project.train("");
    project.many_rows("many.csv");
    let mut child = project.start(&format!("predict {run} --data many.csv --quiet"));
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert!(line.starts_with("id,answer"));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn colour_only_where_it_is_wanted() {
    let project = Project::new();
    let stderr = |args: &str, no_color: bool| {
        let mut command = project.consil(args);
        if !no_color {
            command.env_remove("NO_COLOR");
        }
        String::from_utf8(command.assert().code(2).get_output().stderr.clone()).unwrap()
    };
    assert!(!stderr("train nowhere.toml", false).contains('\u{1b}'), "a pipe is no terminal");
    assert!(!stderr("train nowhere.toml --color never", false).contains('\u{1b}'));
    assert!(stderr("train nowhere.toml --color always", false).contains("\u{1b}[1m\u{1b}[31merror:"));
    assert!(stderr("train --color=always", true).contains('\u{1b}'), "usage errors too");
}
