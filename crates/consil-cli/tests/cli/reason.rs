//! `consil reason`: rules alone, without a spec.

use serde_json::{Value, json};

use crate::project::Project;

const BURGLARY: &str = "0.1::burglary. 0.2::earthquake.
0.9::alarm :- burglary. 0.3::alarm :- earthquake.
calls(mary) :- alarm. calls(john) :- alarm, burglary.
query(alarm).
";

/// The probability of each answer.
fn probabilities(value: &Value) -> Vec<(String, f64)> {
    let answers = value["answers"].as_array().unwrap().iter();
    answers.map(|a| (a["query"].as_str().unwrap().to_owned(), a["probability"].as_f64().unwrap())).collect()
}

#[track_caller]
fn near(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
}

#[test]
fn a_rule_file_answers_its_queries() {
    let project = Project::new();
    project.write("burglary.pl", BURGLARY);
    let found = project.json("reason burglary.pl");
    // 1 − (1 − 0.1 · 0.9)(1 − 0.2 · 0.3)
    let alarm = 1.0 - 0.91 * 0.94;
    let answer = &found["answers"][0];
    assert_eq!((&answer["query"], &answer["certificate"]), (&json!("alarm"), &json!("exact")));
    for key in ["probability", "lower", "upper"] {
        near(answer[key].as_f64().unwrap(), alarm);
    }
    assert!(found["seconds"]["read"].is_f64() && found["seconds"]["answer"].is_f64(), "{found}");

    let found = project.json("reason burglary.pl --query calls(X) --evidence alarm");
    let [(john, p), (mary, one)] = &probabilities(&found)[..] else { panic!("{found}") };
    assert_eq!([john, mary], ["calls(john)", "calls(mary)"]);
    near(*one, 1.0);
    // P(burglary | alarm): an earthquake may ring the alarm while a burglar is about.
    near(*p, 0.1 * (1.0 - 0.1 * 0.94) / alarm);

    // Ringing the alarm by hand says nothing of burglars.
    let mut done = project.consil("reason burglary.pl --query calls(john) --do alarm --json");
    let found: Value = serde_json::from_slice(&done.assert().success().get_output().stdout).unwrap();
    near(probabilities(&found)[0].1, 0.1);
}

#[test]
fn proofs_worlds_estimates_and_what_matters() {
    let project = Project::new();
    project.write("burglary.pl", BURGLARY);
    let text =
        |args: &str| String::from_utf8(project.consil(args).assert().success().get_output().stdout.clone()).unwrap();
    let why = text("reason burglary.pl --why calls(john)");
    assert!(why.contains("burglary") && why.contains("0.09"), "{why}");
    let why_not = text("reason burglary.pl --why-not calls(john) --do \\+alarm");
    assert!(why_not.contains("no world has calls(john)") && why_not.contains("fails: alarm"), "{why_not}");

    let mpe = project.json("reason burglary.pl --task mpe");
    near(mpe["worlds"][0]["probability"].as_f64().unwrap(), 0.1 * 0.9 * 0.8 * 0.7);
    let matters = project.json("reason burglary.pl --task sensitivity");
    assert!(matters["sensitivities"].as_array().unwrap().len() >= 4, "{matters}");
    let sample = &project.json("reason burglary.pl --task sample --samples 2000 --seed 3")["answers"][0];
    assert_eq!(sample["certificate"], "estimate");
    let (lower, upper) = (sample["lower"].as_f64().unwrap(), sample["upper"].as_f64().unwrap());
    assert!(lower < 0.1446 && 0.1446 < upper && upper - lower < 0.05, "{sample}");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let project = Project::new();
    project.write("broken.pl", "0.5::a.\nb :- a\nc.\nquery(b).\n");
    project.write("silent.pl", "0.5::a.\n");
    project.write("seen.pl", "0.5::a. evidence(a). evidence(\\+ a). query(a).\n");
    let cases = [
        ("reason broken.pl", vec!["broken.pl:3:1", "error:", "^"]),
        ("reason silent.pl", vec!["asks nothing", "--query"]),
        ("reason silent.pl --query a(", vec!["query `a(`:", "term:1:2"]),
        ("reason silent.pl --query b", vec!["no clause defines `b/0`"]),
        ("reason nowhere.pl", vec!["nowhere.pl cannot be read"]),
        ("reason seen.pl", vec!["evidence"]),
    ];
    for (args, parts) in cases {
        let text = project.refused(args);
        for part in parts {
            assert!(text.contains(part), "{part:?} is not in:\n{text}");
        }
    }
}
