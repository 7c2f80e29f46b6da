//! Every way to evaluate a program gives what the program expects.
//!
//! The expected values come from another implementation, so that no way is compared with another of ours. A program outside of
//! what a way can do is counted with its reason, and each way has a floor below which the number of programs must not fall.

#[path = "databases.rs"]
mod databases;
#[path = "exact.rs"]
mod exact;
#[path = "live.rs"]
mod live;

use std::collections::BTreeMap;
use std::path::Path;

use consil_logic::{Budget, Program, Term};

use super::{TOLERANCE, beside, compare, programs, split};

/// Answers with their probabilities, or why there are none.
type Outcome = Result<Vec<(Term, f64)>, Refused>;

enum Refused {
    /// The way does not reach this program.
    Outside(&'static str),
    Wrong(String),
}

use Refused::{Outside, Wrong};

/// A way to evaluate, and how many programs it has to reach.
struct Way {
    name: &'static str,
    floor: usize,
    run: fn(&Program) -> Outcome,
    tolerance: f64,
}

const fn way(name: &'static str, floor: usize, run: fn(&Program) -> Outcome) -> Way {
    Way { name, floor, run, tolerance: TOLERANCE }
}

const WAYS: [Way; 18] = [
    way("tabling, circuit", 255, exact::circuit),
    way("circuit, two threads at once", 255, exact::two_threads),
    // Rounding of logarithms to 24 bits, a few dozen of them.
    Way { tolerance: 1e-4, ..way("circuit in single precision", 255, exact::single_precision) },
    way("tabling, bounds that closed", 255, exact::bounds),
    way("semiring of probabilities on the circuit", 255, exact::semiring),
    way("every world in the Boolean semiring", 210, exact::worlds),
    way("most probable world, max-product", 210, exact::best_world),
    way("minimal proofs, counting", 210, exact::minimal_proofs),
    way("live engine", 255, live::whole),
    way("live engine, all facts gone and back", 200, live::without_facts_and_back),
    // Most programs of the suite have probabilities, built-ins or functions, which Datalog has not.
    way("bottom-up, 1 thread", 9, |program| databases::whole(program, 1)),
    way("bottom-up, 2 threads", 9, |program| databases::whole(program, 2)),
    way("magic sets, 1 thread", 9, |program| databases::magic(program, 1)),
    way("magic sets, 2 threads", 9, |program| databases::magic(program, 2)),
    way("fact by fact, 1 thread", 9, |program| databases::incremental(program, 1)),
    way("fact by fact, 2 threads", 9, |program| databases::incremental(program, 2)),
    way("every world bottom-up, by updates", 45, |program| databases::updated_worlds(program, 1)),
    way("the same on 2 threads", 45, |program| databases::updated_worlds(program, 2)),
];

fn budget() -> Budget {
    Budget { max_steps: 1_000_000, max_nodes: 20_000, ..Budget::default() }
}

#[test]
fn all_ways_give_what_is_expected() {
    let mut failures = Vec::new();
    let mut covered = [0; WAYS.len()];
    let mut outside: [BTreeMap<&str, usize>; WAYS.len()] = Default::default();
    let files = programs();
    for path in &files {
        let text = std::fs::read_to_string(path).unwrap();
        let Some((program, expected)) = expectation(path, &text) else {
            outside.iter_mut().for_each(|reasons| *reasons.entry("expects an error").or_default() += 1);
            continue;
        };
        for (index, way) in WAYS.iter().enumerate() {
            let result = (way.run)(&program).and_then(|got| compare(&got, &expected, way.tolerance).map_err(Wrong));
            match result {
                Ok(()) => covered[index] += 1,
                Err(Outside(reason)) => *outside[index].entry(reason).or_default() += 1,
                Err(Wrong(message)) => failures.push(format!("{}, {}: {message}", path.display(), way.name)),
            }
        }
    }
    for ((way, covered), outside) in WAYS.iter().zip(covered).zip(&outside) {
        let reasons: Vec<String> = outside.iter().map(|(reason, n)| format!("{n} {reason}")).collect();
        println!("{}: {covered} of {} programs; outside: {}", way.name, files.len(), reasons.join(", "));
        if covered < way.floor {
            failures.push(format!("{} reaches {covered} programs, fewer than {}", way.name, way.floor));
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// A program and the answers it expects; nothing where it expects an error.
fn expectation(path: &Path, text: &str) -> Option<(Program, Vec<(Term, f64)>)> {
    let lines: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("%! ")).collect();
    if lines.iter().any(|line| line.starts_with("error: ")) {
        return None;
    }
    let program = Program::parse_with(&path.display().to_string(), text, &mut beside).unwrap();
    let expected = lines.into_iter().map(split).map(|(answer, p)| (answer.parse().unwrap(), p.parse().unwrap()));
    Some((program, expected.collect()))
}

fn wrong(error: impl std::fmt::Display) -> Refused {
    Wrong(error.to_string())
}

/// The stated queries; a program may ask by rules as well.
fn queries(program: &Program) -> Result<&[Term], Refused> {
    let by_rule = |line: &str| line.starts_with("query(") && line.contains(":-");
    if program.to_string().lines().any(by_rule) {
        return Err(Outside("ask by a rule"));
    }
    Ok(program.queries())
}
