//! A modality that is a list: rules recurse over its items, whose number only the spec knows.

use std::num::NonZeroUsize;
use std::path::Path;

use consil::{Project, RunContext, RunKind, Workers, train};

const SPEC: &str = r#"
name = "count"
seed = 5

[data]
source = "demo"
[data.compose]
train = 600
test = 200

[modality.wave]
kind = "sensor"
count = 3

[network.sign]
input = "wave"
encoder = [{ conv = 8, kernel = 5, stride = 2 }, "relu", "global-average-pool"]

[logic]
program = "count.pl"
query = "count(N)"

[train]
epochs = 6
batch-size = 32
optimizer = { adam = { lr = 1e-2 } }
"#;

/// How many of the items are a plus.
const RULES: &str = "
:- dynamic items/2.
nn(sign, [X], S, [plus, minus]) :: sign(X, S).
plus([], 0).
plus([X | Xs], N) :- plus(Xs, M), sign(X, plus), N is M + 1.
plus([X | Xs], N) :- plus(Xs, N), sign(X, minus).
count(N) :- items(wave, Waves), plus(Waves, N).
";

fn open(folder: &Path, rules: &str) -> Project {
    std::fs::write(folder.join("count.toml"), SPEC).unwrap();
    std::fs::write(folder.join("count.pl"), rules).unwrap();
    Project::load(&folder.join("count.toml"), &[]).unwrap()
}

#[test]
fn rules_recurse_over_the_items_of_a_list() {
    let folder = tempfile::tempdir().unwrap();
    let project = open(folder.path(), RULES);
    assert_eq!(project.model().labels(), ["0", "1", "2", "3"]);
    let run = train::new_run(&project, RunKind::Central, folder.path()).unwrap();
    let workers = Workers::new(NonZeroUsize::MIN).unwrap();
    let outcome = train::train(&project, &run, &mut RunContext::new(&workers)).unwrap().unwrap();
    // Guessing the most frequent count is right in 3 of 8.
    assert!(outcome.test.result_accuracy > 0.8, "{:?}", outcome.test);
}

#[test]
fn a_program_need_not_ask_for_the_items() {
    let folder = tempfile::tempdir().unwrap();
    let rules = "nn(sign, [X], S, [plus, minus]) :: sign(X, S). count(S) :- sign(wave(0), S), sign(wave(2), _).";
    let project = open(folder.path(), rules);
    assert_eq!(project.model().labels(), ["minus", "plus"]);
}
