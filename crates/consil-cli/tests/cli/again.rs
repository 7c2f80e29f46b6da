//! A run can be repeated from what it keeps, from anywhere; and what it keeps cannot be changed on the way.

use crate::project::Project;

fn weights(project: &Project, run: &str) -> Vec<u8> {
    std::fs::read(project.path(&format!("{run}/model.safetensors"))).unwrap()
}

#[test]
fn a_run_is_repeated_by_naming_its_spec_from_anywhere() {
    let project = Project::new();
    project.train("--set seed=3");
    let elsewhere = tempfile::tempdir().unwrap();
    let spec = project.path("runs/tiny-001/spec.toml");
    for command in ["check", "train"] {
        let mut consil = project.consil(command);
        consil.arg(&spec).args(["--quiet"]).current_dir(elsewhere.path()).assert().success();
    }
    let again = std::fs::read(elsewhere.path().join("runs/tiny-001/model.safetensors")).unwrap();
    assert_eq!(again, weights(&project, "runs/tiny-001"), "equal runs write equal bytes");
    // A repeated run is as good a start as the first.
    let third = elsewhere.path().join("runs/tiny-001/spec.toml");
    project.consil("train --quiet").arg(&third).assert().success();
    assert_eq!(weights(&project, "runs/tiny-002"), again);
    let mut describe = project.consil("describe");
    describe.arg(&spec).current_dir(elsewhere.path()).assert().success();
}

#[test]
fn a_federated_run_is_repeated_likewise() {
    let project = Project::new();
    project.consil("federate simulate tiny.toml --quiet").assert().success();
    project.consil("federate simulate runs/tiny-federated-001/spec.toml --quiet").assert().success();
    assert_eq!(weights(&project, "runs/tiny-federated-001"), weights(&project, "runs/tiny-federated-002"));
}

#[test]
fn a_project_that_has_moved_is_found_by_its_new_place() {
    let project = Project::new();
    project.train("--runs runs");
    let moved = project.path("moved");
    std::fs::create_dir(&moved).unwrap();
    for entry in std::fs::read_dir(project.path(".")).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            std::fs::rename(entry.path(), moved.join(entry.file_name())).unwrap();
        }
    }
    for command in
        ["train runs/tiny-001/spec.toml", "check runs/tiny-001/spec.toml", "eval tiny-001", "explain tiny-001"]
    {
        let refused = project.consil(command).assert().code(2);
        let text = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
        assert!(
            text.contains("train.csv") && text.contains("has moved") && text.contains("--base DIR"),
            "{command}: {text}"
        );
        project.consil(&format!("{command} --base moved")).assert().success();
    }
    assert_eq!(weights(&project, "runs/tiny-001"), weights(&project, "runs/tiny-002"));
}

#[test]
fn a_spec_edited_in_the_run_folder_is_not_gone_on_with() {
    for (command, run, file) in [
        ("train", "tiny-001", "checkpoint.safetensors"),
        ("federate simulate", "tiny-federated-001", "federation.state"),
    ] {
        let project = Project::new();
        project.consil(&format!("{command} tiny.toml --quiet")).assert().success();
        assert!(project.path(&format!("runs/{run}/{file}")).exists());
        let spec = format!("runs/{run}/spec.toml");
        project.edit(&spec, "seed = 7", "seed = 8");
        project.edit(&spec, "lr = 0.01", "lr = 0.02");
        let refused = project.refused(&format!("{command} --resume {run}"));
        assert!(refused.contains("seed: 7 there, 8 here"), "{refused}");
        assert!(refused.contains("train.optimizer.adam.lr: 0.01 there, 0.02 here"), "{refused}");
        assert!(refused.contains("begun with another spec") && refused.contains("restore these values"), "{refused}");
        project.edit(&spec, "seed = 8", "seed = 7");
        project.edit(&spec, "lr = 0.02", "lr = 0.01");
        project.consil(&format!("{command} --resume {run} --quiet")).assert().success();
    }
}
