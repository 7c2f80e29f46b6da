//! A check passes exactly what a training begins with.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use consil::check::check;
use consil::{Override, Progress, Project, RunContext, RunKind, SpecSource, Workers, federate, train};
use proptest::prelude::*;

/// A spec that trains in a moment.
const SPEC: &str = r#"
name = "small"
[data]
train = "train.csv"
test = "test.csv"
target = "y"
[modality.numbers]
kind = "table"
columns = ["a", "b"]
[modality.note]
kind = "text"
[head]
[train]
epochs = 1
batch-size = 8
[federate]
sites = 2
rounds = 1
"#;

/// What may be changed, and to what: values that are fine stand beside values that are not.
const CHANGES: &[(&str, &[&str])] = &[
    ("train.epochs", &["1", "2", "0"]),
    ("train.batch-size", &["1", "7", "64", "0"]),
    ("train.optimizer", &["sgd", "{adam={lr=1e-3}}", "{adam={lr=-1.0}}", "{adam={beta2=2.0}}", "{sgd={momentum=1.0}}"]),
    ("train.schedule", &["cosine", "{step={every=2}}", "{step={every=0}}"]),
    ("train.clip-norm", &["1.0", "nan", "-1.0"]),
    ("train.validate-every", &["1", "3", "0"]),
    ("train.early-stopping", &["{patience=2}", "{min-delta=nan}", "{metric=\"accuracy\"}", "{metric=\"nothing\"}"]),
    ("data.split", &["{valid=0.25}", "{valid=1.5}", "{valid=0.5,test=0.5}"]),
    ("data.test", &["test.csv", "train.csv", "./train.csv", "nowhere.csv"]),
    ("data.valid", &["valid.csv", "test.csv"]),
    ("data.target", &["y", "z", "a", "nothing", "{y={kind=\"labels\"},a={kind=\"number\"}}", "{y={kind=\"number\"}}"]),
    ("data.classes", &["[\"no\",\"yes\"]", "[\"no\"]", "[\"no\",\"yes\",\"else\"]"]),
    ("data.id", &["a", "nothing"]),
    ("data.absent", &["\"-\"", "\"0\""]),
    ("data.group", &["g", "nothing"]),
    ("data.separator", &[",", "é"]),
    ("modality.numbers.columns", &["[\"a\"]", "[\"a\",\"y\"]", "[\"c\"]"]),
    ("modality.numbers.kind", &["text", "sensor", "vision"]),
    ("modality.note.length", &["1", "4"]),
    ("modality.note.max-length", &["1", "2", "0"]),
    ("modality.note.kind", &["table", "audio"]),
    ("head.encoder.note", &["text-embedding", "transformer", "mlp", "image-cnn"]),
    ("head.encoder.numbers", &["mlp", "[{linear=4},\"relu\"]", "[{conv=2,kernel=3}]"]),
    ("head.fusion", &["mean", "attention", "concat"]),
    ("head.width", &["4", "0"]),
    ("head.dropout", &["0.5", "1.0", "nan"]),
    ("head.layers", &["[{linear=4},\"relu\"]", "[{linear=0}]", "[{conv=2,kernel=3}]"]),
    ("head.lora", &["1", "0"]),
    ("head.frozen", &["[\"numbers\"]", "[\"*\"]", "[\"nothing\"]"]),
    ("head.local", &["[\"classify\"]", "[\"*\"]"]),
    ("fine-tune.weights", &["nowhere.safetensors"]),
    ("train.groups", &["[{params=\"head.classify\",lr-factor=0.5}]", "[{params=\"nothing\",lr-factor=0.5}]"]),
    (
        "train.stages",
        &["[{epochs=1,freeze=[\"head.note\"]}]", "[{epochs=1,freeze=[\"nothing\"]}]", "[{epochs=1,freeze=[\"head\"]}]"],
    ),
    ("head.inputs", &["[\"note\"]", "[\"nothing\"]", "[\"note\",\"note\"]"]),
    ("head.adapter", &["[\"classify\"]"]),
    ("train.checkpoint-every", &["1", "2", "100"]),
    ("logic.integration", &["gate"]),
    ("network.extra.input", &["note", "nothing"]),
    ("modality.note.augment", &["{jitter=0.1}", "{shift=1}"]),
    ("federate.rounds", &["1", "3", "0"]),
    ("federate.sites", &["1", "3", "0", "400"]),
    ("federate.min-clients", &["1", "2", "9"]),
    ("federate.strategy", &["{fed-prox={mu=0.1}}", "{fed-prox={mu=-1.0}}", "{fed-dyn={alpha=0.0}}"]),
    ("federate.partition", &["{column=\"g\"}", "{column=\"nope\"}", "{dirichlet=0.5}", "{dirichlet=-1.0}", "groups"]),
    ("federate.fraction", &["0.5", "0.0"]),
];

fn write_rows(folder: &Path, name: &str, rows: std::ops::Range<usize>) {
    let line = |i: usize| {
        let class = ["no", "yes"][i % 2];
        format!("{i},{},word{} or {class},{class},{},{}\n", (i * 7) % 5, i % 3, i % 4, i % 6)
    };
    let text = "a,b,note,y,z,g\n".to_owned() + &rows.map(line).collect::<String>();
    std::fs::write(folder.join(name), text).unwrap();
}

/// Whether a central training takes a first step, and looks at its validation rows.
fn begins(source: &SpecSource, overrides: &[Override], runs: &Path) -> Result<Project, String> {
    let project = Project::load_from(source, overrides).map_err(|error| error.to_string())?;
    let workers = Workers::new(NonZeroUsize::MIN).unwrap();
    let stepped = AtomicBool::new(false);
    let mut observer =
        |progress: Progress| stepped.store(matches!(progress, Progress::Epoch { .. }), Ordering::Relaxed);
    let stop = || stepped.load(Ordering::Relaxed);
    let mut context = RunContext::new(&workers).observed_by(&mut observer).interrupted_by(&stop);
    let run = train::new_run(&project, RunKind::Central, runs).map_err(|error| error.to_string())?;
    train::train(&project, &run, &mut context).map_err(|error| error.to_string())?;
    assert!(stop(), "a training that begins ends an epoch");
    Ok(project)
}

/// Whether a federation takes a first round, and what is said if not.
fn federates(project: &Project, runs: &Path) -> Result<(), String> {
    let workers = Workers::new(NonZeroUsize::MIN).unwrap();
    federate::check_project(project).map_err(|error| error.to_string())?;
    let run = train::new_run(project, RunKind::Federated, runs).map_err(|error| error.to_string())?;
    federate::simulate(project, &run, &mut RunContext::new(&workers)).map_err(|error| error.to_string())?;
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_check_passes_exactly_what_a_training_begins_with(
        picked in prop::collection::btree_map(0..CHANGES.len(), any::<prop::sample::Index>(), 0..4)
    ) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("small.toml"), SPEC).unwrap();
        write_rows(folder.path(), "train.csv", 0..48);
        write_rows(folder.path(), "valid.csv", 48..60);
        write_rows(folder.path(), "test.csv", 60..72);
        let overrides: Vec<Override> = picked
            .iter()
            .map(|(change, value)| {
                let (key, values) = CHANGES[*change];
                format!("{key}={}", value.get(values)).parse().unwrap()
            })
            .collect();
        let shown: Vec<&str> = overrides.iter().map(Override::text).collect();
        let source = SpecSource::new(&folder.path().join("small.toml"), None).unwrap();
        let report = check(&source, &overrides);
        let runs = folder.path().join("runs");
        match (report.problems.as_slice(), begins(&source, &overrides, &runs)) {
            ([], Ok(project)) => {
                let warned = report.warnings.iter().any(|warning| warning.starts_with("`consil federate` refuses"));
                let federated = federates(&project, &runs);
                prop_assert_eq!(warned, federated.is_err(), "{:?} with {:?}", federated, shown);
            }
            ([], Err(error)) => prop_assert!(false, "check passed {shown:?}, and training says: {error}"),
            (problems, Ok(_)) => prop_assert!(false, "training began with {shown:?}, and check says: {problems:?}"),
            (_, Err(_)) => prop_assert!(!runs.exists(), "a refused spec leaves no run folder: {shown:?}"),
        }
    }
}
