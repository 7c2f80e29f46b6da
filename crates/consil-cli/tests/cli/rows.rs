//! Rows that a trained model is asked about: what is written of them, and what becomes of those that cannot be used.

use crate::project::Project;

/// A table of labels x and y that a head learns.
fn labels() -> (Project, String) {
    let project = Project::new();
    let spec = "name = \"m\"\n[data]\ntrain = \"t.csv\"\ntarget = \"label\"\nid = \"patient\"\n[modality.a]\nkind = \"table\"\ncolumns = [\"a\", \"b\"]\n[head]\n[train]\nepochs = 20\n";
    project.write("m.toml", spec);
    let line =
        |i: usize| format!("p{i},{},{},{}\n", i % 7, if i.is_multiple_of(2) { 3 } else { -3 }, ["x", "y"][i % 2]);
    project.write("t.csv", &("patient,a,b,label\n".to_owned() + &(0..40).map(line).collect::<String>()));
    project.consil("train m.toml --quiet").assert().success();
    (project, "m-001".to_owned())
}

#[test]
fn labels_that_the_model_does_not_know_are_counted_apart() {
    let (project, run) = labels();
    project.write("e.csv", "patient,a,b,label\n1,1,3,x\n2,2,3,z\n3,3,-3,Y\n4,4,3,\n");
    let eval = project.consil(&format!("eval {run} --data e.csv")).assert().success();
    let text = String::from_utf8_lossy(&eval.get_output().stdout).into_owned();
    let unknown = "2 rows have labels of label that the model does not know, and are not judged: `Y` 1, `z` 1\n";
    assert!(text.contains(unknown), "{text}");
    assert_eq!(text.matches("does not know").count(), 1, "once: {text}");
    assert!(text.contains("1 row has no label, and is not judged\n"), "{text}");
    let json = project.json(&format!("eval {run} --data e.csv"));
    assert_eq!(json["score"]["targets"][0]["n_judged"], 1, "{json}");
    assert_eq!((&json["accuracies"]["result"]["n"], &json["unlabelled"]["label"]), (&1.into(), &1.into()), "{json}");
    project.write("none.csv", "patient,a,b,label\n2,2,3,z\n");
    let refused = project.refused(&format!("eval {run} --data none.csv"));
    assert!(
        refused.contains("knows none of the labels") && refused.contains("`z` 1") && refused.contains("x, y"),
        "{refused}"
    );
}

#[test]
fn bad_rows_are_left_out_on_request_and_listed_once() {
    let (project, run) = labels();
    project.write("bad.csv", "patient,a,b,label\n1,1,3,x\n2,one,two,y\n3,3,-3,y\n4,inf,3,x\n");
    for command in ["predict", "eval"] {
        let refused = project.refused(&format!("{command} {run} --data bad.csv"));
        assert_eq!(refused.matches("bad.csv:3").count(), 2, "two cells of one row: {refused}");
        assert_eq!(refused.matches("bad.csv:5").count(), 1, "{refused}");
        assert!(refused.contains("2 rows") && refused.contains("--skip-bad"), "{refused}");
        let skipped = project.consil(&format!("{command} {run} --data bad.csv --skip-bad")).assert().success();
        let said = String::from_utf8_lossy(&skipped.get_output().stderr).into_owned();
        assert!(said.contains("2 rows left out") && said.contains("bad.csv:3") && said.contains("bad.csv:5"), "{said}");
    }
    let json = project.json(&format!("predict {run} --data bad.csv --skip-bad"));
    assert_eq!((&json["n_samples"], json["skipped"].as_array().unwrap().len()), (&2.into(), 3), "{json}");
}

#[test]
fn predictions_carry_the_row_s_name_and_every_probability() {
    let (project, run) = labels();
    project.write("new.csv", "patient,a,b\nanna,1,3\nben,2,-3\n");
    let csv = project.consil(&format!("predict {run} --data new.csv")).assert().success();
    let csv = String::from_utf8_lossy(&csv.get_output().stdout).into_owned();
    let lines: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(lines[0], ["patient", "answer", "probability", "probability.x", "probability.y"]);
    for (line, (name, answer)) in lines[1..].iter().zip([("anna", "x"), ("ben", "y")]) {
        assert_eq!(line[..2], [name, answer], "{csv}");
        let p: Vec<f64> = line[2..].iter().map(|cell| cell.parse().unwrap()).collect();
        assert!((p[1] + p[2] - 1.0).abs() < 1e-6 && p[0] == p[1].max(p[2]), "{csv}");
    }
    let json = project.json(&format!("predict {run} --data new.csv"));
    let first = &json["predictions"][0];
    assert_eq!((&first["id"], &first["answers"]["label"]["value"]), (&"anna".into(), &"x".into()), "{json}");
    assert!(first["answers"]["label"]["probabilities"]["y"].is_number(), "{json}");
}

#[test]
fn several_targets_are_answered_each_by_its_kind() {
    let project = Project::new();
    let spec = "name = \"m\"\n[data]\ntrain = \"t.csv\"\n[data.target.size]\nkind = \"number\"\n[data.target.tags]\nkind = \"labels\"\n[data.target.label]\nkind = \"class\"\n[modality.a]\nkind = \"table\"\ncolumns = [\"a\", \"b\"]\n[head]\n[train]\nepochs = 3\n";
    project.write("m.toml", spec);
    let line =
        |i: usize| format!("{},{},{}.5,{},{}\n", i % 7, i % 5, i % 7, ["u;v", "u", ""][i % 3], ["x", "y"][i % 2]);
    project.write("t.csv", &("a,b,size,tags,label\n".to_owned() + &(0..40).map(line).collect::<String>()));
    project.consil("train m.toml --quiet").assert().success();
    project.write("new.csv", "a,b\n1,2\n");
    let csv = project.consil("predict m-001 --data new.csv").assert().success();
    let csv = String::from_utf8_lossy(&csv.get_output().stdout).into_owned();
    let header: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    for column in ["size", "tags", "tags.probability.u", "label", "label.probability", "label.probability.x"] {
        assert!(header.contains(&column), "{column} is not in {header:?}");
    }
    assert!(!header.contains(&"size.probability"), "a number has no probability: {header:?}");
    let json = project.json("predict m-001 --data new.csv");
    let answers = &json["predictions"][0]["answers"];
    assert!(answers["size"]["value"].is_number() && answers["tags"]["value"].is_array(), "{json}");
}

#[test]
fn rows_of_nothing_are_bad_rows_like_any_other() {
    let (project, run) = labels();
    project.write("bad.csv", "patient,a,b,label\n1,1,3,x\n2,,,y\n3,3,-3,y\n");
    for command in ["predict", "eval"] {
        let refused = project.refused(&format!("{command} {run} --data bad.csv"));
        assert!(
            refused.contains("bad.csv:3: all of its inputs are absent") && refused.contains("--skip-bad"),
            "{refused}"
        );
        let skipped = project.consil(&format!("{command} {run} --data bad.csv --skip-bad")).assert().success();
        let said = String::from_utf8_lossy(&skipped.get_output().stderr).into_owned();
        assert!(said.contains("1 row left out") && said.contains("bad.csv:3"), "{said}");
    }
    // Before training they are found alike, and no run folder is made.
    project.write("t.csv", &project.read("t.csv").replace("p3,3,-3,", "p3,,,"));
    for command in ["check m.toml", "train m.toml"] {
        let refused = project.consil(command).assert().code(2);
        let refused = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
        assert!(refused.contains("t.csv:5: all of its inputs are absent"), "{command}: {refused}");
    }
    assert!(!project.path("runs/m-002").exists());
}

#[test]
fn a_file_without_rows_says_which_it_is() {
    let (project, run) = labels();
    project.write("header.csv", "patient,a,b\n");
    project.write("empty.csv", "");
    for command in ["predict", "eval"] {
        let refused = project.refused(&format!("{command} {run} --data header.csv"));
        assert!(
            refused.contains("header.csv has no rows: below its line of column names there is nothing"),
            "{refused}"
        );
        let refused = project.refused(&format!("{command} {run} --data empty.csv"));
        assert!(refused.contains("empty.csv has no rows: it is empty"), "{refused}");
    }
    project.write("worst.csv", "patient,a,b\n1,x,y\n");
    let refused = project.refused(&format!("predict {run} --data worst.csv --skip-bad"));
    assert!(refused.contains("no row of") && refused.contains("1 were left out"), "{refused}");
    let refused = project.refused("new mine --from header.csv");
    assert!(refused.contains("header.csv has no rows: below"), "{refused}");
}

#[test]
fn a_key_that_no_object_has_is_absent_from_all() {
    let (project, _) = labels();
    let spec = "name = \"j\"\n[data]\ntrain = \"t.jsonl\"\ntarget = \"label\"\n[modality.a]\nkind = \"table\"\n[modality.motion]\nkind = \"sensor\"\n[head]\n[train]\nepochs = 2\n";
    project.write("j.toml", spec);
    let line = |i: usize| {
        format!("{{\"a\": {}, \"motion\": [{}, {}], \"label\": \"{}\"}}\n", i % 7, i, i + 1, ["x", "y"][i % 2])
    };
    project.write("t.jsonl", &(0..40).map(line).collect::<String>());
    project.consil("train j.toml --quiet").assert().success();
    project.write("one.jsonl", "{\"a\": 1}\n");
    let alone = project.consil("predict j-001 --data one.jsonl").assert().success();
    let said = String::from_utf8_lossy(&alone.get_output().stderr).into_owned();
    assert!(said.contains("no row has a value of modality motion"), "{said}");
    // The same row in company has the same answer.
    project.write("two.jsonl", "{\"a\": 1}\n{\"a\": 2, \"motion\": [1, 2]}\n");
    let (one, two) = (project.json("predict j-001 --data one.jsonl"), project.json("predict j-001 --data two.jsonl"));
    let probability = |json: &serde_json::Value| json["predictions"][0]["probability"].as_f64().unwrap();
    assert!((probability(&one) - probability(&two)).abs() < 1e-6, "{one} {two}");
    // A table of columns lacks a column, and says what to do; a slip of the pen is no absence.
    project.write("one.csv", "a\n1\n");
    let refused = project.refused("predict j-001 --data one.csv");
    assert!(
        refused.contains("no column \"motion\"") && refused.contains("add the column with empty cells"),
        "{refused}"
    );
    project.write("slip.jsonl", "{\"a\": 1, \"moton\": [1, 2]}\n");
    assert!(project.refused("predict j-001 --data slip.jsonl").contains("did you mean \"moton\"?"));
}
