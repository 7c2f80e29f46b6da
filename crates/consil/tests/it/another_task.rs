//! A task that is not the demo, from a spec alone: two other modalities, another operator, three sites, an encoder of its own.

use std::num::NonZeroUsize;
use std::path::Path;

use consil::{Project, RunContext, RunKind, Workers, federate, train};

const SPEC: &str = r#"
name = "times"
seed = 3

[data]
source = "demo"
[data.compose]
train = 900
test = 300

[modality.picture]
kind = "vision"
[modality.wave]
kind = "sensor"

[network.number]
input = "picture"
encoder = [
    { conv = 8, kernel = 3, padding = 1 }, "gelu", { batch-norm = {} }, { average-pool = 2 },
    "flatten", { linear = 48 }, "tanh", { dropout = 0.1 },
]
[network.factor]
input = "wave"
encoder = [{ conv = 8, kernel = 5, stride = 2 }, "relu", "global-average-pool"]

[logic]
program = "times.pl"
query = "times(R)"

[train]
epochs = 12
batch-size = 32
optimizer = { adamw = { lr = 5e-3 } }

[federate]
sites = 3
partition = "iid"
rounds = 10
local-epochs = 2
"#;

const RULES: &str = "
nn(number, [picture], N, [0,1,2,3,4,5,6,7,8,9]) :: digit(N).
nn(factor, [wave],    F, [plus, minus])         :: factor(F).
times(R) :- digit(N), factor(plus),  R is N * 3.
times(R) :- digit(N), factor(minus), R is N * -2.
";

/// The share of the most frequent answer: what a guess without looking reaches.
fn chance(project: &Project) -> f64 {
    let test = &project.data().test;
    let count = |label: &str| (0..test.len()).filter(|row| test.target(*row) == Some(label)).count();
    let most = project.model().labels().iter().map(|label| count(label)).max().unwrap();
    most as f64 / test.len() as f64
}

fn open(folder: &Path) -> Project {
    std::fs::write(folder.join("times.toml"), SPEC).unwrap();
    std::fs::write(folder.join("times.pl"), RULES).unwrap();
    Project::load(&folder.join("times.toml"), &[]).unwrap()
}

#[test]
fn another_task_learns_centrally_and_federated() {
    let folder = tempfile::tempdir().unwrap();
    let project = open(folder.path());
    let floor = chance(&project);
    assert!(floor < 0.2, "the task is no task if guessing reaches {floor}");

    let run = train::new_run(&project, RunKind::Central, folder.path()).unwrap();
    let workers = Workers::new(NonZeroUsize::MIN).unwrap();
    let central = train::train(&project, &run, &mut RunContext::new(&workers)).unwrap().unwrap();
    assert!(central.test.result_accuracy > 3.0 * floor, "central {:?} against {floor}", central.test);

    let run = train::new_run(&project, RunKind::Federated, folder.path()).unwrap();
    let workers = Workers::new(NonZeroUsize::new(2).unwrap()).unwrap();
    let federated = federate::simulate(&project, &run, &mut RunContext::new(&workers)).unwrap().unwrap();
    assert!(federated.test.result_accuracy > 3.0 * floor, "federated {:?} against {floor}", federated.test);
    assert_eq!(run.records().unwrap().len(), 10);
}
