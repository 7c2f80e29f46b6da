//! An option of the command line that would change nothing is refused, with what to do.

use crate::project::Project;

/// That a command is refused with a text that holds both.
#[track_caller]
fn refused(project: &Project, command: &str, parts: [&str; 2]) {
    let text = project.refused(command);
    for part in parts {
        assert!(text.contains(part), "{command}: {part:?} is not in:\n{text}");
    }
}

#[test]
fn of_commands_over_a_run() {
    let project = Project::new();
    project.consil("train tiny.toml").assert().success();
    let run = "runs/tiny-001";
    project.write("new.csv", "image,voice\n0.png,1.wav\n");
    refused(
        &project,
        &format!("predict {run} --data new.csv --format csv --json"),
        ["--format", "--json prints one object"],
    );
    for command in ["eval", "explain"] {
        refused(&project, &format!("{command} {run} --data test.csv --base ."), ["--data", "--base"]);
    }
    let text = project.consil(&format!("explain {run} --row 0 --proofs 1 --json")).assert().success();
    let answer: serde_json::Value = serde_json::from_slice(&text.get_output().stdout).unwrap();
    assert_eq!(answer["explanations"][0]["proofs"].as_array().unwrap().len(), 1);

    let spec = project.read("tiny.toml");
    let begin = spec.find("[network.digit]").unwrap()..spec.find("[train]").unwrap();
    project.write("head.toml", &spec.replace(&spec[begin], "[head]\n").replace("name = \"tiny\"", "name = \"head\""));
    project.consil("train head.toml").assert().success();
    refused(&project, "explain runs/head-001 --proofs 5", ["--proofs has no effect here", "no rules"]);
}

#[test]
fn of_pathways() {
    let project = Project::new();
    project.write("runs.csv", "parameters,tokens,loss\n1e6,1e8,3.0\n");
    for (command, parts) in [
        ("pathways allocate runs.csv --flop 1e20 --peak 1e15", ["--usd", "required"]),
        ("pathways trend runs.csv --value loss --ahead 10", ["--reach", "required"]),
        ("pathways capability runs.csv --level 0.5", ["--task", "required"]),
        ("pathways compare --law kaplan", ["--runs", "required"]),
        ("pathways report page.html --seed 3", ["--runs", "required"]),
        ("pathways ablate rows.toml --runs there", ["--runs", "cannot be used with"]),
    ] {
        refused(&project, command, parts);
    }
    project.consil("train tiny.toml").assert().success();
    refused(
        &project,
        "pathways fit runs/tiny-001 --tokens d",
        ["--tokens has no effect here", "run folders say themselves"],
    );
}

/// More proofs than three are shown where they are asked for.
#[test]
fn as_many_proofs_as_are_asked_for() {
    let project = Project::new();
    // Of four ways to the sum 1, all are likely while nothing is learned.
    project.write(
        "sum.pl",
        &(project.read("sum.pl") + "0.5::way(a). 0.5::way(b). 0.5::way(c). 0.5::way(d).\nsum(9) :- way(_).\n"),
    );
    project.edit("tiny.toml", "query = \"sum(R)\"", "query = \"sum(R)\"\nanswer = \"labels\"");
    project.edit("tiny.toml", "target = \"sum\"", "[data.target.sum]\nkind = \"labels\"");
    project.consil("train tiny.toml").assert().success();
    let proofs = |option: &str| {
        let shown = project.consil(&format!("explain runs/tiny-001 --row 0 --json {option}")).assert().success();
        let answer: serde_json::Value = serde_json::from_slice(&shown.get_output().stdout).unwrap();
        answer["explanations"][0]["proofs"].as_array().unwrap().len()
    };
    assert!(proofs("--proofs 8") > proofs(""), "{} and {}", proofs("--proofs 8"), proofs(""));
}
