//! A run that was interrupted, politely or not, goes on to the very same end.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::project::{Project, essence};

/// Long enough to be interrupted; checkpoints fall within epochs (of five steps).
const LONG: &str = "--set train.epochs=120 --set train.checkpoint-every=3";

/// Waits until a file is there, while the command runs.
fn wait_for(file: &Path, child: &mut Child) {
    let begin = Instant::now();
    while !file.exists() {
        assert!(child.try_wait().unwrap().is_none(), "the run ended before it could be interrupted");
        assert!(begin.elapsed() < Duration::from_secs(60), "no {}", file.display());
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn send(signal: &str, child: &Child) {
    let status = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

#[test]
#[cfg(unix)]
fn ctrl_c_saves_and_resuming_ends_the_same() {
    let project = Project::new();
    let whole = essence(&project, &project.train(LONG));
    let mut child = project.start(&format!("train tiny.toml {LONG} --json"));
    wait_for(&project.path("runs/tiny-002/checkpoint.safetensors"), &mut child);
    send("-INT", &child);
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("consil train --resume runs/tiny-002"), "{stderr}");
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["interrupted"], true);
    assert!(!project.path("runs/tiny-002/result.json").exists());
    let list = project.json("runs list");
    assert_eq!(list["runs"][1]["finished"], false);

    project.consil("train --resume runs/tiny-002").assert().success();
    assert!(essence(&project, "tiny-002") == whole);
}

#[test]
#[cfg(unix)]
fn a_second_ctrl_c_leaves_at_once() {
    let project = Project::new();
    let slow_rounds = "--set federate.rounds=1000 --set federate.local-epochs=300";
    let mut child = project.start(&format!("federate simulate tiny.toml {slow_rounds}"));
    wait_for(&project.path("runs/tiny-federated-001/federation.state"), &mut child);
    send("-INT", &child);
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(stderr.any(|line| line.unwrap().contains("press Ctrl-C again to leave at once")));
    send("-INT", &child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let rest: Vec<String> = stderr.map(Result::unwrap).collect();
    assert!(!rest.iter().any(|line| line.contains("the state is saved")), "{rest:?}");
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_a_command_that_has_nothing_to_save() {
    let project = Project::new();
    let run = project.train("");
    project.many_rows("many.csv");
    let mut child = project.start(&format!("predict {run} --data many.csv"));
    // After the first line the pipe fills up, so that the command waits for a reader.
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    send("-INT", &child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
#[cfg(unix)]
fn a_killed_run_goes_on_from_its_last_checkpoint() {
    let project = Project::new();
    let whole = essence(&project, &project.train(LONG));
    let mut child = project.start(&format!("train tiny.toml {LONG}"));
    wait_for(&project.path("runs/tiny-002/checkpoint.safetensors"), &mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!project.path("runs/tiny-002/result.json").exists());
    project.consil("train tiny.toml --resume tiny-002").args(LONG.split(' ')).assert().success();
    assert!(essence(&project, "tiny-002") == whole);
}

#[test]
#[cfg(unix)]
fn a_killed_federation_goes_on_from_its_last_round() {
    const ROUNDS: &str = "--set federate.rounds=40";
    let project = Project::new();
    project.json(&format!("federate simulate tiny.toml {ROUNDS}"));
    let whole = essence(&project, "tiny-federated-001");
    let mut child = project.start(&format!("federate simulate tiny.toml {ROUNDS}"));
    wait_for(&project.path("runs/tiny-federated-002/federation.state"), &mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!project.path("runs/tiny-federated-002/result.json").exists());
    project.consil("federate simulate --resume tiny-federated-002").assert().success();
    assert!(essence(&project, "tiny-federated-002") == whole);
}

#[test]
#[cfg(unix)]
fn a_run_has_one_writer() {
    let project = Project::new();
    let mut first = project.start(&format!("train tiny.toml {LONG}"));
    wait_for(&project.path("runs/tiny-001/checkpoint.safetensors"), &mut first);
    // Stopped, not ended: it holds its lock.
    send("-STOP", &first);
    let second = project.consil("train --resume runs/tiny-001").assert().code(2);
    let text = String::from_utf8_lossy(&second.get_output().stderr).into_owned();
    let holder = format!("in use by consil train (process {})", first.id());
    assert!(text.contains(&holder) && text.contains("help: wait until it has ended"), "{text}");
    send("-KILL", &first);
    first.wait().unwrap();
    // The lock went with its process.
    project.consil("train --resume runs/tiny-001").assert().success();
    let steps = std::fs::read_to_string(project.path("runs/tiny-001/metrics.jsonl")).unwrap();
    let n_steps = steps.lines().filter(|line| line.contains("\"kind\":\"step\"")).count();
    assert_eq!(n_steps, 120 * 5, "no record is there twice");
}

#[test]
fn a_run_that_has_ended_stays_as_it_is() {
    let project = Project::new();
    let run = project.train("");
    let result = format!("runs/{run}/result.json");
    let before = project.read(&result);
    project.consil(&format!("train --resume {run}")).assert().success();
    assert_eq!(project.read(&result), before, "its seconds too");

    // Its weights are made again from the checkpoint, but never silently replaced by those of the checkpoint.
    let (model, predict) = (format!("runs/{run}/model.safetensors"), format!("predict {run} --data test.csv"));
    let bytes = std::fs::read(project.path(&model)).unwrap();
    std::fs::remove_file(project.path(&model)).unwrap();
    let refused = project.refused(&predict);
    assert!(refused.contains("the run has ended") && refused.contains("consil train --resume"), "{refused}");
    project.consil(&format!("train --resume {run}")).assert().success();
    assert_eq!(std::fs::read(project.path(&model)).unwrap(), bytes);

    // Without a result it has not ended, and that is said.
    std::fs::remove_file(project.path(&result)).unwrap();
    std::fs::remove_file(project.path(&model)).unwrap();
    let said = project.consil(&predict).assert().success();
    let said = String::from_utf8_lossy(&said.get_output().stderr).into_owned();
    assert!(said.contains("has not ended: its latest checkpoint answers"), "{said}");
}
