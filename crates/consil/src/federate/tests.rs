//! Federations from a spec, with tiny models.

use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::Path;

use super::*;
use crate::run::RunKind;
use crate::train::new_run;
use consil_diagnostic::Report;

/// Rows of two numbers that say the same thing: some sites lack the first, some the second.
fn write_rows(folder: &Path, name: &str, n_rows: usize) {
    let mut text = "left,right,site,label\n".to_owned();
    for i in 0..n_rows {
        let size = 0.5 + (i * 7 % 10) as f64 / 10.0;
        let (label, value) = if i % 2 == 0 { ("up", size) } else { ("down", -size) };
        let (left, right, site) = match i / 2 % 3 {
            0 => (value.to_string(), String::new(), "pictures"),
            1 => (String::new(), (2.0 * value).to_string(), "voices"),
            _ => (value.to_string(), (2.0 * value).to_string(), "both"),
        };
        writeln!(text, "{left},{right},{site},{label}").unwrap();
    }
    std::fs::write(folder.join(name), text).unwrap();
}

const SPEC: &str = r#"
name = "sides"
seed = 5
[data]
train = "train.csv"
valid = "valid.csv"
test = "test.csv"
target = "label"
[modality.left]
kind = "table"
columns = ["left"]
[modality.right]
kind = "table"
columns = ["right"]
[head.encoder]
left = [{ linear = 6 }, "relu", { dropout = 0.5 }]
right = [{ linear = 6 }, "relu", { dropout = 0.5 }]
[head]
layers = [{ linear = 6 }, "relu"]
[train]
batch-size = 8
optimizer = { sgd = { lr = 0.05, momentum = 0.5 } }
[federate]
sites = 3
rounds = 6
local-epochs = 2
partition = { column = "site" }
"#;

/// A folder with the spec and its rows.
fn spec_and_rows(n_rows: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, n_rows) in [("train.csv", n_rows), ("valid.csv", 30), ("test.csv", 30)] {
        write_rows(folder.path(), name, n_rows);
    }
    std::fs::write(folder.path().join("sides.toml"), SPEC).unwrap();
    folder
}

/// The spec's federation with these settings changed; its records and its outcome.
fn simulated(changes: &[&str]) -> Result<(Vec<Record>, Outcome), String> {
    let folder = spec_and_rows(120);
    let path = folder.path().join("sides.toml");
    let overrides: Vec<crate::Override> = changes.iter().map(|change| change.parse().unwrap()).collect();
    let project = Project::load(&path, &overrides).map_err(|error| Report::of(&error).to_string())?;
    let run = new_run(&project, RunKind::Federated, folder.path()).unwrap();
    let workers = Workers::new(NonZeroUsize::new(2).unwrap()).unwrap();
    let outcome = simulate(&project, &run, &mut RunContext::new(&workers));
    let outcome = outcome.map_err(|error| Report::of(&error).to_string())?.unwrap();
    Ok((run.records().unwrap(), outcome))
}

fn losses(records: &[Record]) -> Vec<f64> {
    let loss = |record: &Record| match record {
        Record::Round { loss, .. } => *loss,
        other => panic!("{other:?}"),
    };
    records.iter().map(loss).collect()
}

#[test]
fn sites_with_different_modalities_learn_one_model() {
    for strategy in ["\"fed-avg\"", "\"fed-nova\"", "\"scaffold\"", "{ fed-dyn = { alpha = 0.5 } }"] {
        let (records, outcome) = simulated(&["federate.rounds=15", &format!("federate.strategy={strategy}")]).unwrap();
        assert!(outcome.test.result_accuracy > 0.9, "{strategy}: {}", outcome.test.result_accuracy);
        let Record::Round { sites, partly_covered, .. } = &records[0] else { panic!("{records:?}") };
        let mut names: Vec<&str> = sites.iter().map(|site| site.name.as_deref().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, ["both", "pictures", "voices"]);
        let of = |side: &str| partly_covered.keys().filter(|name| name.starts_with(&format!("head.{side}."))).count();
        assert!(of("left") > 0 && of("right") > 0, "{partly_covered:?}");
        assert_eq!(of("left") + of("right"), partly_covered.len(), "all sites train what follows the fusion");
        assert!(partly_covered.values().all(|n_sites| *n_sites == 2), "{partly_covered:?}");
    }
}

#[test]
fn every_round_has_its_own_order_and_dropout() {
    // At such a rate nothing moves: only the draws differ.
    let (records, _) = simulated(&["train.optimizer={ sgd = { lr = 1e-30 } }"]).unwrap();
    let mut losses = losses(&records);
    losses.sort_unstable_by(f64::total_cmp);
    losses.dedup();
    assert_eq!(losses.len(), 6);
}

#[test]
fn a_schedule_moves_the_rate_from_round_to_round() {
    // After the second round the rate is 0.05 · 1e-30, so that nothing moves any more.
    let schedule = "train.schedule={ step = { every = 2, factor = 1e-30 } }";
    let (records, _) = simulated(&[schedule]).unwrap();
    let norms: Vec<f64> = records
        .iter()
        .map(|record| match record {
            Record::Round { update_norm, .. } => *update_norm,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(norms[..2].iter().all(|norm| *norm > 1e-3), "{norms:?}");
    assert!(norms[2..].iter().all(|norm| *norm < 1e-20), "{norms:?}");
}

#[test]
fn a_federation_may_have_a_schedule_of_its_own() {
    let norms = |changes: &[&str]| -> Vec<f64> {
        let (records, _) = simulated(changes).unwrap();
        let norm = |record: &Record| match record {
            Record::Round { update_norm, .. } => *update_norm,
            other => panic!("{other:?}"),
        };
        records.iter().map(norm).collect()
    };
    let falls = "{ step = { every = 2, factor = 1e-30 } }";
    let (train, federate) = (format!("train.schedule={falls}"), format!("federate.schedule={falls}"));
    assert_eq!(norms(&[&train, "federate.schedule=\"constant\""]), norms(&[]), "the table's own goes before");
    assert_eq!(norms(&[&federate]), norms(&[&train]));
    let error = simulated(&["federate.schedule=\"step\""]).unwrap_err();
    assert!(error.contains("federate.schedule.step.every: it has no effect"), "{error}");
    let error = simulated(&["federate.schedule={ cosine = { floor = 2.0 } }"]).unwrap_err();
    assert!(error.contains("set federate.schedule.cosine.floor to"), "{error}");
}

#[test]
fn early_stopping_ends_with_the_best_round() {
    let stopping = "train.early-stopping={ metric = \"loss\", patience = 1 }";
    // Nothing moves: the first look is the best, and two more are borne in vain.
    let (records, outcome) = simulated(&[stopping, "train.optimizer={ sgd = { lr = 1e-30 } }"]).unwrap();
    assert_eq!((records.len(), outcome.steps), (3, 3));
    // Every second round is looked at, and the last.
    let (records, _) =
        simulated(&[stopping, "train.validate-every=2", "train.optimizer={ sgd = { lr = 1e-30 } }"]).unwrap();
    assert_eq!(records.len(), 6);
}

#[test]
fn a_metric_that_is_not_there_is_found_before_anything_is_trained() {
    // An open project is what `check` and every training begin with.
    let opened = |metric: &str| {
        let folder = spec_and_rows(120);
        let change = format!("train.early-stopping={metric}").parse().unwrap();
        Project::load(&folder.path().join("sides.toml"), &[change])
            .map(drop)
            .map_err(|error| Report::of(&error).to_string())
    };
    let error = opened("{ metric = \"acuracy\" }").unwrap_err();
    assert!(error.contains("there is no metric `acuracy`") && error.contains("loss, accuracy"), "{error}");
    assert_eq!(opened("{ metric = \"accuracy\" }"), Ok(()));
    assert_eq!(opened("{ patience = 3 }"), Ok(()));
}

#[test]
fn sites_evaluate_the_model_each_on_its_own_rows() {
    let folder = spec_and_rows(120);
    let project = Project::load(&folder.path().join("sides.toml"), &[]).unwrap();
    let run = new_run(&project, RunKind::Federated, folder.path()).unwrap();
    let workers = Workers::new(NonZeroUsize::new(2).unwrap()).unwrap();
    let outcome = simulate(&project, &run, &mut RunContext::new(&workers)).unwrap().unwrap();
    let weights = Checkpoint::load(&run.path("model.safetensors")).unwrap().into_weights();
    let scores = outcome.at_sites.unwrap();
    let mut names: Vec<&str> = scores.by_site.iter().map(|site| site.site.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["both", "pictures", "voices"]);
    // The counts of all sites together are those of all rows in one place, but for the rounding of the sum of losses.
    let all: Vec<usize> = (0..120).collect();
    let pooled = crate::Score::from(&project.train_learner().evaluation(&weights, &all).unwrap());
    let mut merged = scores.all.clone();
    assert!((merged.loss - pooled.loss).abs() < 1e-12 * pooled.loss, "{} {}", merged.loss, pooled.loss);
    merged.loss = pooled.loss;
    merged.targets[0].loss = pooled.targets[0].loss;
    assert_eq!(merged, pooled);
    // And those of a site are those of its rows.
    let pictures: Vec<usize> = all.iter().copied().filter(|row| row / 2 % 3 == 0).collect();
    let own = crate::Score::from(&project.train_learner().evaluation(&weights, &pictures).unwrap());
    let told = scores.by_site.iter().find(|site| site.site == "pictures").unwrap();
    assert_eq!((told.n_samples, told.loss, told.result_accuracy), (40, own.loss, own.result_accuracy));
}

#[test]
fn a_federation_without_a_table_has_one_of_defaults_that_its_run_keeps() {
    let folder = spec_and_rows(60);
    let path = folder.path().join("sides.toml");
    std::fs::write(&path, SPEC.split("[federate]").next().unwrap()).unwrap();
    let source = crate::SpecSource::new(&path, None).unwrap();
    let central = Project::load_from(&source, &[]).unwrap();
    let error = Report::of(&check_project(&central).unwrap_err()).to_string();
    assert!(error.contains("has no [federate] table") && error.contains("--set federate.sites=5"), "{error}");
    let project = Project::load_for(RunKind::Federated, &source, &[]).unwrap();
    check_project(&project).unwrap();
    let run = new_run(&project, RunKind::Federated, folder.path()).unwrap();
    let kept = std::fs::read_to_string(run.path("spec.toml")).unwrap();
    assert!(kept.contains("[federate]\nsites = 5\n"), "{kept}");
}

#[test]
fn what_would_have_no_effect_is_refused_before_anything_is_trained() {
    let cases = [
        ("train.checkpoint-every=3", "train.checkpoint-every: it has no effect"),
        ("train.schedule=\"step\"", "it has no effect"),
        ("train.schedule={ cosine = { warmup = 6 } }", "train.schedule.cosine.warmup: it has no effect"),
        ("federate.aggregate={ trimmed-mean = { trim = 0.1 } }", "leaves nothing out"),
        ("federate.buffers=\"local\"", "the model has no buffers"),
    ];
    for (change, expected) in cases {
        let error = simulated(&[change]).unwrap_err();
        assert!(error.contains(expected), "{change}: {error}");
    }
    let adam = ["federate.strategy=\"scaffold\"", "train.optimizer=\"adam\""];
    let error = simulated(&adam).unwrap_err();
    assert!(error.contains("set train.optimizer = { sgd"), "{error}");
    for strategy in ["scaffold", "fed-nova"] {
        let error = simulated(&[&format!("federate.strategy={strategy:?}"), "train.clip-norm=1.0"]).unwrap_err();
        assert!(error.contains("remove train.clip-norm"), "{strategy}: {error}");
    }
}

#[test]
fn the_number_of_workers_changes_nothing() {
    let run = |n: usize| {
        let folder = spec_and_rows(60);
        let project = Project::load(&folder.path().join("sides.toml"), &[]).unwrap();
        let run = new_run(&project, RunKind::Federated, folder.path()).unwrap();
        let workers = Workers::new(NonZeroUsize::new(n).unwrap()).unwrap();
        simulate(&project, &run, &mut RunContext::new(&workers)).unwrap().unwrap();
        std::fs::read(run.path(STATE)).unwrap()
    };
    assert_eq!(run(1), run(3));
}

/// A network over two inputs is trained by the sites that have both in one row, and by no other.
#[test]
fn a_site_trains_what_its_rows_show_together() {
    let folder = tempfile::tempdir().unwrap();
    for (name, n_rows) in [("train.csv", 60), ("test.csv", 12)] {
        let mut text = "left,right,site,label\n".to_owned();
        for i in 0..n_rows {
            let (label, value) = if i % 2 == 0 { ("up", 1.0) } else { ("down", -1.0) };
            let right = if i / 2 % 3 == 0 { String::new() } else { value.to_string() };
            let site = ["lefts", "both", "more"][i / 2 % 3];
            writeln!(text, "{value},{right},{site},{label}").unwrap();
        }
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let rules = "nn(alone, [left], C, [up, down]) :: alone(C). nn(pair, [left, right], C, [up, down]) :: pair(C).
        label(C) :- alone(C), pair(C).";
    std::fs::write(folder.path().join("pair.pl"), rules).unwrap();
    let networks = "[network.alone]\ninput = \"left\"\nencoder = [{ linear = 3 }]\n[network.pair]\ninput = [\"left\", \"right\"]\nencoder = [{ linear = 3 }]\n[logic]\nprogram = \"pair.pl\"\nquery = \"label(C)\"\n[train]";
    let head = SPEC.find("[head.encoder]").unwrap()..SPEC.find("[train]").unwrap() + "[train]".len();
    let mut spec = SPEC.replace("valid = \"valid.csv\"\n", "");
    spec = spec.replace(&SPEC[head], networks);
    std::fs::write(folder.path().join("pair.toml"), spec).unwrap();
    let project = Project::load(&folder.path().join("pair.toml"), &[]).unwrap();
    let run = new_run(&project, RunKind::Federated, folder.path()).unwrap();
    let workers = Workers::new(NonZeroUsize::MIN).unwrap();
    simulate(&project, &run, &mut RunContext::new(&workers)).unwrap().unwrap();
    let records = run.records().unwrap();
    let Record::Round { partly_covered, .. } = &records[0] else { panic!("{records:?}") };
    assert!(!partly_covered.is_empty());
    for (name, n_sites) in partly_covered {
        assert!(name.starts_with("pair.") && *n_sites == 2, "{partly_covered:?}");
    }
}

/// What never leaves the sites is untrained at the server: such a model is judged where it is whole, and answers nowhere else.
#[test]
fn a_model_whose_layers_stay_at_the_sites_is_judged_there_alone() {
    let folder = spec_and_rows(120);
    let path = folder.path().join("sides.toml");
    let workers = Workers::new(NonZeroUsize::new(2).unwrap()).unwrap();
    let simulated = |change: &str| {
        let project = Project::load(&path, &[change.parse().unwrap()]).unwrap();
        let run = new_run(&project, RunKind::Federated, folder.path()).unwrap();
        let outcome = simulate(&project, &run, &mut RunContext::new(&workers)).unwrap().unwrap();
        (run, outcome)
    };
    let (run, outcome) = simulated("head.local=[\"classify\"]");
    assert_eq!(outcome.test.n_samples, 0, "no test row is answered by layers that nobody trained");
    let at_sites = outcome.at_sites.unwrap();
    assert_eq!((at_sites.all.n_samples, at_sites.by_site.len()), (120, 3));
    assert!(at_sites.all.result_accuracy > 0.6, "{}", at_sites.all.result_accuracy);
    let records = run.records().unwrap();
    let without_metrics = |record: &Record| matches!(record, Record::Round { metrics, .. } if metrics.is_empty());
    assert!(records.len() == 6 && records.iter().all(without_metrics), "{records:?}");
    let trained = crate::TrainedModel::load(&run).unwrap();
    assert!(!trained.kept_at_sites().is_empty());
    assert!(trained.kept_at_sites().iter().all(|name| name.starts_with("`head.classify.")));
    let error = Report::of(&crate::TrainedModel::load_to_ask(&run).map(drop).unwrap_err()).to_string();
    assert!(error.contains("`head.classify.weight`") && error.contains("result.json"), "{error}");

    let (run, outcome) = simulated("federate.rounds=1");
    assert_eq!(outcome.test.n_samples, 30);
    assert!(crate::TrainedModel::load_to_ask(&run).is_ok());

    let both = ["head.local=[\"classify\"]", "train.early-stopping={ metric = \"loss\", patience = 2 }"];
    let overrides: Vec<crate::Override> = both.iter().map(|change| change.parse().unwrap()).collect();
    let project = Project::load(&path, &overrides).unwrap();
    let refusal = project.federation_refusal().unwrap().to_string();
    assert!(refusal.contains("train.early-stopping"), "{refusal}");
}
