//! `check` finds what `train` refuses, all of it at once, and says what it understood.

use crate::project::Project;

/// What `check` prints, on stdout and stderr, where it finds nothing to refuse.
fn passed(project: &Project, args: &str) -> (String, String) {
    let assert = project.consil(&format!("check tiny.toml {args}")).assert().success();
    let output = assert.get_output();
    (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn every_setting_that_no_training_could_use_is_named_at_once() {
    let project = Project::new();
    project.edit("tiny.toml", "epochs = 3\nbatch-size = 5", "epochs = 0\nbatch-size = 0");
    project.edit("tiny.toml", "lr = 1e-2", "lr = -1.0");
    project.edit("tiny.toml", "sites = 2", "sites = 0\nstrategy = { fed-prox = { mu = -1.0 } }");
    let faults = [
        "tiny.toml:31:1: train.epochs: 0 is not at least 1",
        "tiny.toml:32:1: train.batch-size: 0 is not at least 1",
        "tiny.toml:33:24: train.optimizer.adam.lr: -1 is not a finite number above 0",
        "tiny.toml:36:1: federate.sites: 0 is not at least 1",
        "tiny.toml:37:27: federate.strategy.fed-prox.mu: -1 is not at least 0",
    ];
    let check = project.consil("check tiny.toml").assert().code(2);
    let check = String::from_utf8_lossy(&check.get_output().stderr).into_owned();
    let train = project.refused("train tiny.toml");
    for text in [&check, &train, &project.refused("federate simulate tiny.toml")] {
        for fault in faults {
            assert!(text.contains(fault), "{fault:?} is not in:\n{text}");
        }
    }
    assert_eq!(check.matches("help: set").count(), 5, "{check}");
    assert!(!project.path("runs").exists(), "a refused spec leaves no run folder behind");
}

#[test]
fn a_partition_by_a_column_that_is_not_there_is_refused_before_there_is_a_run() {
    let project = Project::new();
    project.edit("tiny.toml", "partition = \"iid\"", "partition = { column = \"nope\" }");
    for text in [project.refused("train tiny.toml"), project.refused("federate simulate tiny.toml")] {
        assert!(
            text.contains("tiny.toml:38:1: federate.partition") && text.contains("there is no column \"nope\""),
            "{text}"
        );
    }
    let too_many = project.refused("federate simulate tiny.toml --set federate.partition=iid --set federate.sites=25");
    assert!(too_many.contains("--set federate.sites=25: 24 rows cannot be"), "{too_many}");
    assert!(!project.path("runs").exists());
}

#[test]
fn a_federation_without_a_table_of_its_own_is_checked_too() {
    let project = Project::new();
    let text = project.read("tiny.toml");
    project.write("tiny.toml", text.split("[federate]").next().unwrap());
    project.write("train.csv", &project.read("train.csv").lines().take(5).collect::<Vec<_>>().join("\n"));
    // Five sites by default, and four rows.
    let refused = project.refused("federate simulate tiny.toml");
    assert!(refused.contains("federate.sites: 4 rows cannot be"), "{refused}");
    assert!(!project.path("runs").exists());
}

#[test]
fn rows_to_train_on_are_not_those_that_judge() {
    let project = Project::new();
    let same = project.refused("train tiny.toml --set data.test=./train.csv");
    assert!(same.contains("--set data.test=./train.csv: data.train and data.test are one file"), "{same}");
    let valid = project.refused("train tiny.toml --set data.valid=test.csv");
    assert!(valid.contains("data.valid and data.test are one file"), "{valid}");
}

#[test]
fn the_target_is_not_shown_to_the_model() {
    let project = Project::new();
    let inputs = project.refused("train tiny.toml --set modality.voice={kind=\"text\",column=\"sum\"}");
    assert!(
        inputs.contains("the column \"sum\" is the target") && inputs.contains("--set modality.voice="),
        "{inputs}"
    );
    let table = project.refused("train tiny.toml --set modality.voice={kind=\"table\",columns=[\"digit\",\"sum\"]}");
    assert!(table.contains("the column \"sum\" is the target"), "{table}");
}

#[test]
fn numbers_of_words_are_no_quantities() {
    let project = Project::new();
    let set = "--set modality.voice={kind=\"text\"} --set network.spoken.encoder";
    let preset = project.refused(&format!("train tiny.toml {set}=mlp"));
    assert!(
        preset.contains("network.spoken.encoder") && preset.contains("it would take the numbers of the words"),
        "{preset}"
    );
    assert!(preset.contains("\"text-embedding\""), "{preset}");
    let layers = project.refused(&format!("train tiny.toml {set}=[\"flatten\",{{linear=4}}]"));
    assert!(layers.contains("network.spoken.encoder"), "{layers}");
}

#[test]
fn early_stopping_without_rows_to_watch_is_refused() {
    let project = Project::new();
    let text = project.refused("train tiny.toml --set train.early-stopping={patience=2}");
    assert!(text.contains("it has no effect") && text.contains("data.split.valid"), "{text}");
    assert!(!project.path("runs").exists());
}

#[test]
fn check_says_how_many_steps_and_how_the_classes_are_spread() {
    let project = Project::new();
    let (facts, _) = passed(&project, "");
    let has = |label: &str, value: &str| {
        facts.lines().any(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).eq([label, value]))
    };
    // 24 rows in batches of 5 are 5 steps.
    assert!(has("training", "15 steps: 3 epochs of 5 batches of 5 rows"), "{facts}");
    assert!(has("federation", "2 sites, 2 rounds of 1 epoch"), "{facts}");
    assert!(has("training rows by class", "1 12, 0 6, 2 6"), "{facts}");
    assert!(has("always the most frequent", "`1`, right for 50.0 % of the training rows"), "{facts}");
}

#[test]
fn without_a_number_of_epochs_a_small_set_is_learned_in_many_steps() {
    let project = Project::new();
    project.edit("tiny.toml", "epochs = 3\nbatch-size = 5\n", "");
    let (facts, _) = passed(&project, "");
    // 24 rows are one batch of 64.
    assert!(facts.contains("600 steps: 600 epochs of 1 batch of 24 rows"), "{facts}");
    let train = project.consil("train tiny.toml --set data.split.valid=0.25").assert().success();
    let said = String::from_utf8_lossy(&train.get_output().stderr).into_owned();
    assert!(
        said.contains("training: 600 steps") && said.contains("ends early once the validation rows' loss"),
        "{said}"
    );
    let kept = project.read("runs/tiny-001/spec.toml");
    assert!(kept.contains("epochs = 600") && kept.contains("[train.early-stopping]"), "{kept}");
}

#[test]
fn one_class_and_classes_far_from_balanced_are_warned_of() {
    let project = Project::new();
    let rows = |n_ones: usize| {
        let cells = |row: usize| if row < n_ones { (1, 1, 0) } else { (0, 0, 0) };
        let line = |row: usize| {
            let (sum, digit, word) = cells(row);
            format!("{row}.png,{row}.wav,{sum},{digit},{word}\n")
        };
        "image,voice,sum,digit,word\n".to_owned() + &(0..24).map(line).collect::<String>()
    };
    project.write("train.csv", &rows(24));
    let (_, one) = passed(&project, "");
    assert!(one.contains("all 24 training rows are of one class, `1`"), "{one}");
    project.write("train.csv", &rows(1));
    let (facts, far) = passed(&project, "");
    assert!(far.contains("`0` has 23 training rows and `1` 1; always answering `0` is right for 95.8 %"), "{far}");
    assert!(facts.contains("`0`, right for 95.8 % of the training rows"), "{facts}");
    let train = project.consil("train tiny.toml").assert().success();
    assert!(String::from_utf8_lossy(&train.get_output().stderr).contains("far from balanced"));
}
