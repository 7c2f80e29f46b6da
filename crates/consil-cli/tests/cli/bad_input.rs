//! Whatever is wrong with what was given: exit code 2, and a message that says what, where, and how to mend it.

use crate::project::Project;

/// Asserts that `text` holds each of `parts`.
#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}

/// What `check` and `train` say of a project; both must refuse it.
#[track_caller]
fn both_say(project: &Project, parts: &[&str]) {
    let check = project.consil("check tiny.toml").assert().code(2);
    says(&String::from_utf8_lossy(&check.get_output().stderr), parts);
    says(&project.refused("train tiny.toml"), parts);
    assert!(!project.path("runs").exists(), "a refused project leaves no run behind");
}

#[test]
fn a_missing_spec() {
    let project = Project::new();
    says(&project.refused("train nowhere.toml"), &["error:", "nowhere.toml", "No such file"]);
}

#[test]
fn a_missing_manifest() {
    let project = Project::new();
    std::fs::remove_file(project.path("train.csv")).unwrap();
    both_say(&project, &["error:", "train.csv", "it does not exist"]);
}

#[test]
fn a_missing_data_file() {
    let project = Project::new();
    std::fs::remove_file(project.path("3.png")).unwrap();
    both_say(&project, &["train.csv:5", "column \"image\"", "3.png does not exist", "put the file there"]);
}

#[test]
fn every_bad_row_is_listed() {
    let project = Project::new();
    project.write("3.png", "this is no image");
    project.write("5.wav", "this is no sound");
    let parts = [
        "train.csv:5",
        "column \"image\"",
        "3.png is not a readable",
        "train.csv:7",
        "column \"voice\"",
        "5.wav is not a readable",
        "export the file again",
    ];
    let check = project.consil("check tiny.toml").assert().code(2);
    says(&String::from_utf8_lossy(&check.get_output().stderr), &parts);
}

#[test]
fn a_corrupt_png_stops_training() {
    let project = Project::new();
    project.write("3.png", "this is no image");
    says(&project.refused("train tiny.toml"), &["3.png is not a readable", "export the file again"]);
}

#[test]
fn a_corrupt_wav_stops_training() {
    let project = Project::new();
    project.write("5.wav", "RIFF????WAVEfmt ");
    says(&project.refused("train tiny.toml"), &["5.wav is not a readable", "export the file again"]);
}

#[test]
fn a_row_with_a_missing_cell() {
    let project = Project::new();
    project.edit("train.csv", "4.png,4.wav,", "4.png,");
    both_say(&project, &["train.csv:6", "4 cells where the header has 5", "give each row one cell for each column"]);
}

#[test]
fn a_missing_column() {
    let project = Project::new();
    project.edit("train.csv", "image,", "imgae,");
    both_say(&project, &["train.csv has no column \"image\"", "did you mean \"imgae\"?"]);
}

#[test]
fn an_unknown_key() {
    let project = Project::new();
    project.edit("tiny.toml", "epochs = 3", "epoch = 3");
    both_say(&project, &["tiny.toml:31:1", "unknown key `epoch`", "epoch = 3", "did you mean `epochs`?"]);
}

#[test]
fn an_override_of_an_unknown_key() {
    let project = Project::new();
    says(&project.refused("train tiny.toml --set train.epoch=3"), &["unknown key `epoch`", "did you mean `epochs`?"]);
    says(&project.refused("train tiny.toml --set train"), &["there is no `=`", "--set train.epochs=5"]);
}

#[test]
fn layers_that_do_not_fit() {
    let project = Project::new();
    project.edit("tiny.toml", "{ conv = 4, kernel = 3 }", "{ conv = 4, kernel = 9 }");
    both_say(&project, &["layer 1", "conv = 4, kernel = 9", "\"digit\"", "at least 9", "smaller kernel"]);
}

#[test]
fn an_unknown_layer() {
    let project = Project::new();
    project.edit("tiny.toml", "\"flatten\", { linear = 8 }", "\"flaten\", { linear = 8 }");
    both_say(&project, &["tiny.toml:20:11", "layer 3", "no layer \"flaten\"", "did you mean \"flatten\"?"]);
}

#[test]
fn a_syntax_error_in_a_rule() {
    let project = Project::new();
    project.edit("sum.pl", "seen(A), heard(B), R", "seen(A) heard(B), R");
    both_say(&project, &["sum.pl:3:", "error:", "sum(R) :- seen(A) heard(B), R is A + B.", "^"]);
}

#[test]
fn an_unsafe_rule() {
    let project = Project::new();
    project.edit("sum.pl", "heard(B), R is A + B", "heard(B), R is A + C");
    both_say(&project, &["sum.pl:3:", "error:", "C", "^", "help:"]);
}

#[test]
fn an_undeclared_network() {
    let project = Project::new();
    project.edit("sum.pl", "nn(digit, ", "nn(digits,");
    both_say(&project, &["sum.pl:1:", "digits", "digit"]);
}

#[test]
fn a_label_outside_the_classes() {
    let project = Project::new();
    project.edit("train.csv", "4.png,4.wav,0,", "4.png,4.wav,9,");
    both_say(&project, &["train", "train.csv:6", "`9`", "outside the classes", "0, 1, 2"]);
}

#[test]
fn a_checkpoint_of_another_spec() {
    let project = Project::new();
    let narrow = project.train("");
    let wide = project.train("--set network.digit.encoder=[\"flatten\"]");
    for file in ["checkpoint.safetensors", "model.safetensors"] {
        let from = project.path(&format!("runs/{narrow}/{file}"));
        std::fs::copy(from, project.path(&format!("runs/{wide}/{file}"))).unwrap();
    }
    let parts = ["made by another spec", "fingerprint", &wide, "help:"];
    says(&project.refused(&format!("train --resume {wide}")), &parts);
    says(&project.refused(&format!("predict {wide} --data test.csv")), &parts);
}

#[test]
fn a_run_resumed_with_another_spec() {
    let project = Project::new();
    let run = project.train("");
    let text = project.refused(&format!("train tiny.toml --resume {run} --set train.epochs=9"));
    says(&text, &["begun with another spec", "train.epochs: 3 there, 9 here", "without --resume"]);
}

#[test]
fn a_run_resumed_by_the_wrong_command() {
    let project = Project::new();
    let run = project.train("");
    let text = project.refused(&format!("federate simulate --resume {run}"));
    says(&text, &["is a central run", "consil train --resume"]);
}

#[test]
fn a_run_of_another_derivation_of_random_numbers_is_read_but_not_resumed() {
    let project = Project::new();
    let run = project.train("");
    let about = project.path(&format!("runs/{run}/run.json"));
    let text = std::fs::read_to_string(&about).unwrap();
    // Version 0.1 did not name its derivation.
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json.as_object_mut().unwrap().remove("randomness").unwrap();
    std::fs::write(&about, json.to_string()).unwrap();
    // One that has ended has nothing left to draw.
    project.consil(&format!("train --resume {run}")).assert().success();
    std::fs::remove_file(project.path(&format!("runs/{run}/result.json"))).unwrap();
    says(&project.refused(&format!("train --resume {run}")), &["drew its random numbers otherwise", "train anew"]);
    project.consil(&format!("eval {run}")).assert().success();
}

#[test]
fn a_damaged_checkpoint() {
    let project = Project::new();
    let run = project.train("");
    project.write(&format!("runs/{run}/model.safetensors"), "nothing of worth");
    says(&project.refused(&format!("predict {run} --data test.csv")), &["model.safetensors"]);
}

#[test]
fn what_is_no_run() {
    let project = Project::new();
    says(&project.refused("eval nowhere"), &["nowhere", "run folder", "consil train"]);
}

#[test]
fn a_row_that_is_not_there() {
    let project = Project::new();
    let run = project.train("");
    says(&project.refused(&format!("explain {run} --row 12")), &["no row 12", "12 rows", "--row"]);
}

#[test]
fn a_manifest_without_targets_can_be_predicted_but_not_tested_on() {
    let project = Project::new();
    let run = project.train("");
    project.write("new.csv", "image,voice\n0.png,1.wav\n");
    project.consil(&format!("predict {run} --data new.csv")).assert().success();
    says(&project.refused(&format!("eval {run} --data new.csv")), &["new.csv", "target"]);
}

#[test]
fn runs_below_a_regular_file() {
    let project = Project::new();
    project.write("file", "");
    let parts = ["file/x", "cannot be made"];
    says(&project.refused("train tiny.toml --runs file/x"), &parts);
    says(&project.refused("demo --smoke --runs file/x"), &["file/x", "cannot be made"]);
}

#[test]
#[cfg(unix)]
fn runs_in_a_folder_that_is_read_only() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new();
    let folder = project.path("locked");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o555)).unwrap();
    if std::fs::write(folder.join("probe"), "").is_ok() {
        println!("skipped: permissions do not bind this user");
        return;
    }
    says(&project.refused("train tiny.toml --runs locked"), &["locked", "cannot be written", "--runs"]);
}

/// A folder that not even root may write to.
#[test]
#[cfg(target_os = "linux")]
fn runs_in_a_file_system_that_takes_no_files() {
    let project = Project::new();
    says(&project.refused("train tiny.toml --runs /proc/consil"), &["/proc/consil", "cannot be made"]);
}

#[test]
fn a_new_project_overwrites_nothing() {
    let project = Project::new();
    std::fs::create_dir(project.path("taken")).unwrap();
    project.write("taken/notes.txt", "mine");
    says(&project.refused("new taken"), &["taken is not empty"]);
    says(&project.refused("new other --example dmo"), &["no example `dmo`", "did you mean `demo`?"]);
    assert!(!project.path("other").exists());
}

#[test]
fn a_name_that_leads_elsewhere_or_steers_a_terminal() {
    for name in ["../../x", "/abs/x", "a\\u001b[2Jb", "a\\nb", ""] {
        let project = Project::new();
        let spec = std::fs::read_to_string(project.path("tiny.toml")).unwrap();
        project.write("tiny.toml", &spec.replace("name = \"tiny\"", &format!("name = \"{name}\"")));
        both_say(&project, &["cannot be the name of a run", "help:"]);
    }
}

#[test]
#[cfg(unix)]
fn a_device_or_a_pipe_is_neither_read_nor_replaced() {
    use std::os::unix::fs::{FileTypeExt, symlink};

    let project = Project::new();
    let run = project.train("");
    let pipe = project.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    symlink("/dev/null", project.path("device")).unwrap();
    for out in ["pipe", "device"] {
        for command in [
            format!("predict {run} --data test.csv --out {out}"),
            format!("describe tiny.toml --svg {out}"),
            format!("pathways fit runs --write-runs {out}"),
        ] {
            says(&project.refused(&command), &[out, "cannot be written", "not a regular file", "help:"]);
        }
        assert!(!std::fs::metadata(project.path(out)).unwrap().is_file(), "{out} was replaced");
    }
    assert!(std::fs::metadata(&pipe).unwrap().file_type().is_fifo());
    for given in ["/dev/zero", "pipe"] {
        for command in [
            format!("train {given}"),
            format!("train tiny.toml --set logic.program={given}"),
            format!("reason {given}"),
            format!("pathways fit {given}"),
            format!("pathways profile {given}"),
            format!("data list --catalogue {given}"),
        ] {
            says(&project.refused(&command), &[given, "not a regular file", "help:"]);
        }
        project.write("asks.pl", &format!(":- consult('{given}').\nquery(a).\n"));
        says(&project.refused("reason asks.pl"), &["asks.pl:1", given, "not a regular file"]);
    }
}

#[test]
#[cfg(unix)]
fn a_link_laid_out_beside_a_file_is_not_written_through() {
    let project = Project::new();
    let run = project.train("");
    project.write("precious", "mine");
    for name in ["out.csv.partial", ".out.csv.partial"] {
        std::os::unix::fs::symlink(project.path("precious"), project.path(name)).unwrap();
    }
    project.consil(&format!("predict {run} --data test.csv --out out.csv")).assert().success();
    assert_eq!(std::fs::read_to_string(project.path("precious")).unwrap(), "mine");
    assert!(std::fs::read_to_string(project.path("out.csv")).unwrap().lines().count() > 1);
}

#[test]
#[cfg(unix)]
fn a_full_disk_is_not_the_users_fault() {
    let project = Project::new();
    let run = project.train("");
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_consil"));
    command.current_dir(project.path("")).args(["eval", &run]).stdout(full);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    says(&String::from_utf8_lossy(&output.stderr), &["cannot be written to stdout", "space"]);
}

#[test]
fn counts_beyond_any_memory() {
    let project = Project::new();
    for command in [
        "pathways evolve --population 18446744073709551615",
        "pathways evolve --budget 18446744073709551615",
        "pathways evolve --seeds 18446744073709551615",
        "pathways fit runs --bootstrap 18446744073709551615",
        "check tiny.toml --workers 9223372036854775807",
    ] {
        let option = command.split_whitespace().find(|word| word.starts_with("--")).unwrap();
        says(&project.refused(command), &["invalid value", option]);
    }
}

#[test]
fn what_files_hold_does_not_steer_the_terminal() {
    let project = Project::new();
    // An escape in a file's name, in a label and in a rule: each comes back in a message.
    project.write("train.csv", "image,voice,sum,digit,word\n\u{1b}[2J.png,0.wav,0,0,0\n");
    let text = project.refused("train tiny.toml");
    assert!(!text.contains('\u{1b}') && text.contains("\\u{1b}[2J"), "{text}");
    let project = Project::new();
    let table = std::fs::read_to_string(project.path("train.csv")).unwrap();
    project.write("train.csv", &table.replacen(",0,0,0", ",\u{1b}]0;title\u{7},0,0", 1));
    let text = project.refused("train tiny.toml");
    assert!(!text.contains(['\u{1b}', '\u{7}']) && text.contains("\\u{1b}]0;title\\u{7}"), "{text}");
    let project = Project::new();
    project.write("sum.pl", "sum(R) :- \u{1b}[2J.\n");
    let text = project.refused("train tiny.toml");
    assert!(!text.contains('\u{1b}') && text.contains("sum.pl"), "{text}");
}

#[test]
#[cfg(unix)]
fn paths_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt;

    let project = Project::new();
    let folder = project.path("").join(std::ffi::OsStr::from_bytes(b"caf\xe9"));
    std::fs::create_dir(&folder).unwrap();
    let run = |args: &[&std::ffi::OsStr]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_consil"));
        let output = command.current_dir(project.path("")).args(args).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        (output.status.code(), text)
    };
    let word = std::ffi::OsStr::new;
    // What JSON cannot name is refused before anything is trained.
    let (code, text) = run(&[word("train"), word("tiny.toml"), word("--json"), word("--runs"), folder.as_os_str()]);
    assert_eq!(code, Some(2), "{text}");
    says(&text, &["--json cannot name", "not UTF-8", "leave out --json"]);
    assert!(std::fs::read_dir(&folder).unwrap().next().is_none(), "no run was begun");
    let (code, text) = run(&[word("train"), word("tiny.toml"), word("--quiet"), word("--runs"), folder.as_os_str()]);
    assert_eq!(code, Some(0), "{text}");
    // A run keeps where its project lies.
    for file in std::fs::read_dir(project.path("")).unwrap().map(Result::unwrap) {
        if file.file_type().unwrap().is_file() {
            std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
        }
    }
    let spec = folder.join("tiny.toml");
    let (code, text) = run(&[word("train"), spec.as_os_str()]);
    assert_eq!(code, Some(2), "{text}");
    says(&text, &["is not UTF-8", "rename the folder"]);
    assert!(!project.path("runs").exists(), "no run was begun");
}
