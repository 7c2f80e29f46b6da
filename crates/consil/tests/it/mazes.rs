//! Rows with facts of their own: mazes whose walls differ from row to row, against brute force, and learned.

use consil::{Learner, example};
use consil_logic::{LeafKind, Term, Workspace};
use consil_random::Key;

use crate::support::Folder;

/// The example's files in a folder, its spec under the name that the tests open.
fn drawn() -> Folder {
    let folder = Folder::new(&[]);
    let spec = example::find("maze").unwrap().write(folder.path()).unwrap();
    std::fs::rename(spec, folder.path().join("spec.toml")).unwrap();
    folder
}

/// The borders of a row's walls and doors, read from its facts.
fn facts(cell: &str, name: &str) -> Vec<(usize, usize)> {
    let of = |fact: &str| {
        let term: Term = fact.trim().parse().unwrap();
        let (functor, args) = term.functor().unwrap();
        let at = |i: usize| match &args[i] {
            Term::Int(cell) => *cell as usize,
            other => panic!("{other}"),
        };
        (functor == name).then(|| (at(0), at(1)))
    };
    cell.split(';').filter_map(of).collect()
}

/// Whether one gets from 0 to 15, by growing the set of cells reached until it grows no more.
fn escapes(closed: &[(usize, usize)]) -> bool {
    let mut reached = [false; 16];
    reached[0] = true;
    loop {
        let before = reached;
        for a in 0..16 {
            for b in [(a % 4 < 3).then_some(a + 1), (a < 12).then_some(a + 4)].into_iter().flatten() {
                if !closed.contains(&(a, b)) && (reached[a] || reached[b]) {
                    (reached[a], reached[b]) = (true, true);
                }
            }
        }
        if before == reached {
            return reached[15];
        }
    }
}

/// Every maze's own plan against all 256 states of its doors, to 1e-9.
#[test]
fn reachability_in_each_rows_own_maze_is_that_of_brute_force() {
    let folder = drawn();
    let project = folder.open(&[]);
    let split = &project.data().test;
    let learner = Learner::new(project.model(), split);
    let mut workspace = Workspace::new();
    let mut stream = Key::new(1).child("door probabilities").stream();
    for row in 0..100 {
        let cell = split.text(row, "maze", "a test").unwrap().unwrap();
        let (walls, doors) = (facts(cell, "wall"), facts(cell, "door"));
        let open: Vec<f64> = doors.iter().map(|_| stream.uniform()).collect();
        let mut expected = 0.0;
        for state in 0..1 << doors.len() {
            let is_open = |door: usize| state >> door & 1 == 1;
            let p: f64 = open.iter().enumerate().map(|(i, p)| if is_open(i) { *p } else { 1.0 - p }).product();
            let shut = doors.iter().enumerate().filter(|(i, _)| !is_open(*i)).map(|(_, door)| *door);
            let closed: Vec<(usize, usize)> = walls.iter().copied().chain(shut).collect();
            expected += if escapes(&closed) { p } else { 0.0 };
        }
        let query = learner.question(row).unwrap();
        let plan = query.plan();
        let mut log_weights = plan.default_log_weights();
        for leaf in plan.groups() {
            let LeafKind::Neural { inputs, classes, .. } = &leaf.kind else { panic!("{:?}", leaf.kind) };
            let (_, [Term::Int(door)]) = inputs[0].functor().unwrap() else { panic!("{}", inputs[0]) };
            for (class, slot) in classes.iter().zip(leaf.slots.clone()) {
                let p = open[*door as usize];
                log_weights[slot] = if *class == Term::atom("open") { p.ln() } else { (1.0 - p).ln() };
            }
        }
        plan.forward_f64(&log_weights, &mut workspace);
        let said = workspace.log_prob(0, 0).exp();
        assert!((said - expected).abs() < 1e-9, "row {row}: {said} for {expected}");
    }
}

/// Doors are learned from whether one gets out alone.
#[test]
fn doors_are_learned_from_escapes() {
    let folder = drawn();
    let project = folder.open(&[]);
    let (_, outcome) = folder.train(&project);
    assert!(outcome.test.result_accuracy > 0.95, "{:?}", outcome.test);
    assert!(outcome.test.concepts["door"] > 0.95, "{:?}", outcome.test);
}

const OWN: &str = r#"
name = "own"
[data]
train = "train.csv"
test = "test.csv"
target = "y"
[modality.a]
kind = "table"
[network.n]
input = "a"
encoder = [{ linear = 4 }, "relu"]
[logic]
program = "own.pl"
query = { column = "question" }
facts = "given"
[train]
epochs = 1
batch-size = 4
"#;

const RULES: &str = "
:- dynamic edge/2.
nn(n, [X], C, [yes, no]) :: up(X, C).
path(A, B) :- edge(A, B), up(a, yes).
path(A, C) :- edge(A, B), up(a, yes), path(B, C).
";

/// Rows whose ground programs differ in names alone share a circuit; others have their own.
#[test]
fn rows_of_one_ground_structure_share_a_circuit() {
    let rows = "a,question,given,y\n1,\"path(x,y)\",\"edge(x,y)\",true\n2,\"path(u,'V w')\",\"edge(u,'V w')\",true\n3,\"path(x,z)\",\"0.5::edge(x,y); edge(y,z)\",true\n";
    let folder = Folder::new(&[("spec.toml", OWN), ("own.pl", RULES), ("train.csv", rows)]);
    let project = folder.open(&[]);
    let learner = project.train_learner();
    let plan = |row: usize| learner.question(row).unwrap().plan();
    assert!(plan(0).shares_circuit(plan(1)));
    assert!(!plan(0).shares_circuit(plan(2)));
    folder.train(&project);
}

/// A row's query or facts that cannot be used have their place, and all of them are named.
#[test]
fn bad_queries_and_facts_are_named_with_their_rows() {
    let rows = "a,question,given,y\n1,\"path(x,\",\"edge(x,y)\",true\n2,\"path(x,y)\",\"edge(X,y)\",true\n3,\"path(x,y)\",\"hedge(x,y)\",true\n";
    let folder = Folder::new(&[("spec.toml", OWN), ("own.pl", RULES), ("train.csv", rows)]);
    let error = folder.try_open(&[]).err().unwrap().to_string();
    for says in ["train.csv:2", "train.csv:3", "train.csv:4", "without variables", "hedge"] {
        assert!(error.contains(says), "{says}: {error}");
    }
}

/// Each row brings a rule file of its own.
#[test]
fn a_rule_file_for_each_row() {
    let spec = OWN.replace("facts = \"given\"", "rules = \"file\"");
    let rows = "a,question,file,y\n1,seen,one.pl,true\n2,seen,two.pl,true\n";
    let folder = Folder::new(&[
        ("spec.toml", &spec),
        ("own.pl", RULES),
        ("one.pl", "seen :- up(a, yes)."),
        ("two.pl", "0.5::seen :- up(a, yes)."),
        ("train.csv", rows),
    ]);
    let project = folder.open(&[]);
    let learner = project.train_learner();
    let sizes: Vec<usize> = [0, 1].map(|row| learner.question(row).unwrap().plan().groups().len()).to_vec();
    assert_eq!(sizes, [1, 2]);
}

/// Open facts are leaves of one plan that rows weigh: the answer is that of the row's own facts.
#[test]
fn open_facts_share_one_plan() {
    let spec =
        OWN.replace("{ column = \"question\" }", "\"path(x, z)\"").replace("facts = \"given\"", "open = \"given\"");
    let rows = "a,given,y\n1,\"edge(x,y); edge(y,z)\",true\n2,\"edge(x,z)\",true\n3,\"edge(x,y)\",false\n4,\"0.5::edge(x,z)\",true\n";
    let folder = Folder::new(&[("spec.toml", &spec), ("own.pl", RULES), ("train.csv", rows)]);
    let project = folder.open(&[]);
    let learner = project.train_learner();
    let plan = |row: usize| learner.question(row).unwrap().plan();
    assert!((1..4).all(|row| std::sync::Arc::ptr_eq(plan(0), plan(row))));
    let (weights, _) = project.initial_weights().unwrap();
    let said = learner.predict(&weights, &[0, 1, 2, 3]).unwrap();
    let p = |row: usize| said[row].answer().unwrap().value.probabilities()[0].1;
    let up = |row: usize| f64::from(said[row].networks[0].probabilities[0]);
    for (row, expected) in [(0, up(0)), (1, up(1)), (2, 0.0), (3, 0.5 * up(3))] {
        assert!((p(row) - expected).abs() < 1e-6, "row {row}: {} for {expected}", p(row));
    }
}
