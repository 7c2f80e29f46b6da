//! Laws of scale from one's own trainings: run folders of tiny networks, and twelve recorded trainings on MNIST.

use std::path::Path;

use serde_json::Value;

use crate::project::Project;

/// Nine trainings of the tiny project in three widths and three numbers of epochs, in the folder `runs`.
fn nine_runs(project: &Project) {
    for width in [2, 4, 8] {
        for epochs in [1, 2, 4] {
            let encoder = format!("network.digit.encoder=['flatten',{{linear={width}}},'relu']");
            let set = format!("--set {encoder} --set train.epochs={epochs} --quiet");
            project.consil(&format!("train tiny.toml {set}")).assert().success();
        }
    }
}

#[test]
fn own_runs_carry_their_sizes_to_a_law_and_a_prediction() {
    let project = Project::new();
    nine_runs(&project);
    let report =
        project.json("pathways fit runs --law power-compute --hold-out largest --bootstrap 200 --write-runs runs.csv");
    assert_eq!((&report["n_runs"], &report["datum"]), (&8.into(), &"sample".into()));
    let held = &report["held_out"][0];
    assert_eq!(held["origin"], "tiny-009");
    // 24 training rows, four times.
    assert_eq!(held["design"]["tokens"], 96.0);
    assert_eq!(held["design"]["unique_tokens"], 24.0);
    // The image is 8×8: a linear layer to 8 and one to 2 classes. The network of the tone is the same in all runs.
    let describe = project.json("describe runs/tiny-009");
    assert_eq!(held["design"]["parameters"], describe["total"]["trainable"].as_f64().unwrap());
    assert_eq!(held["design"]["compute"], 3.0 * 96.0 * describe["total"]["flops"].as_f64().unwrap());
    let interval = &held["prediction"]["interval"];
    let within = |value: &Value| {
        (interval["low"].as_f64().unwrap()..=interval["high"].as_f64().unwrap()).contains(&value.as_f64().unwrap())
    };
    assert_eq!(held["inside"], within(&held["loss"]));
    // The table says what the folders say.
    let table = project.json("pathways fit runs.csv --law power-compute --hold-out largest --bootstrap 200");
    assert_eq!((&table["held_out"][0]["design"], &table["datum"]), (&held["design"], &"sample".into()));
    assert_eq!(table["estimates"], report["estimates"]);
}

#[test]
fn runs_that_are_no_data_for_a_law_are_refused_with_what_is_needed() {
    let project = Project::new();
    project.consil("train tiny.toml --quiet").assert().success();
    let few = project.refused("pathways fit runs --law power-compute");
    assert!(few.contains("needs at least 5 runs, but there are 1"), "{few}");
    for seed in 1..5 {
        project.consil(&format!("train tiny.toml --quiet --set seed={seed}")).assert().success();
    }
    let one_size = project.refused("pathways fit runs --law power-compute");
    assert!(one_size.contains("needs runs that differ in compute"), "{one_size}");

    project.consil("train tiny.toml --quiet --set modality.voice.features.log-mel=6").assert().success();
    let mixed = project.refused("pathways fit runs");
    assert!(
        mixed.contains("`modality.voice.features.log-mel` is 8 there and 6 here") && mixed.contains("one task"),
        "{mixed}"
    );

    let result = project.path("runs/tiny-001/result.json");
    let text = std::fs::read_to_string(&result).unwrap();
    let mut value: Value = serde_json::from_str(&text).unwrap();
    value["test"]["loss"] = (-0.5).into();
    std::fs::write(&result, value.to_string()).unwrap();
    let negative =
        project.refused("pathways fit runs/tiny-001 runs/tiny-002 runs/tiny-003 runs/tiny-004 runs/tiny-005");
    assert!(negative.contains("tiny-001: the loss is -0.5; a number above zero is needed"), "{negative}");
    value.as_object_mut().unwrap().remove("size");
    std::fs::write(&result, value.to_string()).unwrap();
    let sizeless = project.refused("pathways fit runs/tiny-001 runs/tiny-002");
    assert!(sizeless.contains("tiny-001 does not record its size"), "{sizeless}");
    std::fs::remove_file(&result).unwrap();
    let unfinished = project.refused("pathways fit runs/tiny-001 runs/tiny-002");
    assert!(
        unfinished.contains("has not ended") && unfinished.contains("train --resume runs/tiny-001"),
        "{unfinished}"
    );

    std::fs::create_dir(project.path("empty")).unwrap();
    assert!(project.refused("pathways fit empty").contains("empty holds no run folders"));
    assert!(project.refused("pathways fit runs/tiny-002 tiny.toml").contains("tiny.toml"));
    project.consil("federate simulate tiny.toml --quiet").assert().success();
    let federated = project.refused("pathways fit runs/tiny-federated-001 runs/tiny-002");
    assert!(federated.contains("is a federated run"), "{federated}");
    let table = project.refused("pathways fit train.csv --write-runs again.csv");
    assert!(table.contains("give run folders"), "{table}");
}

/// What twelve trainings by `examples/pathways/train.sh` came to.
fn recorded() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/pathways/runs.csv");
    path.canonicalize().unwrap().display().to_string()
}

#[test]
fn the_largest_of_twelve_recorded_trainings_is_predicted_from_the_others() {
    let project = Project::new();
    let report = project.json(&format!("pathways fit {} --hold-out largest", recorded()));
    assert_eq!(report["n_runs"], 11);
    let held = &report["held_out"][0];
    assert_eq!(
        (&held["origin"], &held["design"]["unique_tokens"]),
        (&format!("{}:13", recorded()).into(), &60_000.0.into())
    );
    assert_eq!(held["inside"], true, "{held}");
    let interval = &held["prediction"]["interval"];
    assert_eq!(interval["level"], 0.8);
    // An interval that holds all losses would say nothing: the runs themselves range over more than a factor of ten.
    let width = interval["high"].as_f64().unwrap() / interval["low"].as_f64().unwrap();
    assert!(width < 4.0, "{interval}");
    let allocate = project.refused(&format!("pathways allocate {} --flop 1e13 --bootstrap 100", recorded()));
    assert!(allocate.contains("these runs count samples"), "{allocate}");
    for law in ["saturating-compute", "saturating-parameters", "power-compute"] {
        let report = project.json(&format!("pathways fit {} --law {law} --bootstrap 100", recorded()));
        assert_eq!(report["n_runs"], 12, "{law}");
    }
}
