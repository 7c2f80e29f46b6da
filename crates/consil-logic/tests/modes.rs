//! All ways to evaluate agree, on every program of `tests/programs`.
//!
//! A program's answers are compared between circuits in logarithms (double and single precision), circuits read in the semiring of probabilities, bounds
//! that have closed, one and two threads, and, where there are few worlds, the derivations read in every semiring that is exact: Boolean and
//! max-product over all worlds, the minimal proofs over all worlds, counting. What of it is Datalog once every choice comes true is also evaluated
//! forward, through magic sets, and by inserting and deleting its facts one after the other.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::print_stdout, reason = "how many programs each way covers, with --nocapture")]

#[path = "modes/certain.rs"]
mod certain;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use consil_logic::{
    Boolean, Budget, Count, Counting, Engine, Given, Goal, LeafGroup, Loaded, MaxProduct, Plan, Probability, Program,
    Request, Term, TopK, Workspace,
};

/// Rounding of doubles; single precision has its own.
const TOLERANCE: f64 = 1e-9;
/// Worlds above which they are not enumerated.
const MOST_WORLDS: usize = 1 << 12;

fn programs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let entries = |folder: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    let mut files: Vec<PathBuf> = entries(&folder).iter().flat_map(|subject| entries(subject)).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "pl"));
    files.sort();
    files
}

/// The program of a text that stands in a file, whose neighbours it may load; `None` where it has errors.
fn program(path: &Path, text: &str) -> Option<Program> {
    let mut beside = |request: &Request| {
        let file = Path::new(request.from).parent().unwrap().join(request.name);
        let text = std::fs::read_to_string(&file).map_err(|error| error.to_string())?;
        Ok(Loaded::text(file.display().to_string(), text))
    };
    Program::parse_with(&path.display().to_string(), text, &mut beside).ok()
}

fn budget() -> Budget {
    Budget { max_steps: 1_000_000, ..Budget::default() }
}

/// How many programs each way of evaluation was tried on.
type Tried = BTreeMap<&'static str, usize>;

#[test]
fn all_ways_to_evaluate_agree() {
    let mut tried = Tried::new();
    let files = programs();
    for path in &files {
        let text = std::fs::read_to_string(path).unwrap();
        if text.contains("%! error") {
            continue;
        }
        *tried.entry("a program with answers").or_default() += 1;
        let Some(engine) = program(path, &text).map(|program| Engine::new(program).unwrap()) else {
            panic!("{} has errors", path.display());
        };
        for query in engine.program().queries().to_vec() {
            let goal = Goal::new(query.clone());
            let Ok(plan) = engine.plan(&goal, &budget()) else { continue };
            let weights = plan.default_log_weights();
            if weights.iter().any(|weight| weight.is_nan()) {
                continue;
            }
            let place = format!("{} {query}", path.display());
            let exact = circuits(&engine, &goal, &plan, &weights, &mut tried, &place);
            // Derivations are read without evidence and constraints.
            if plan.log_evidence(&weights) == 0.0 {
                derivations(&plan, &weights, &exact, &mut tried, &place);
            }
        }
        certain::ways_agree(path, &text, &mut tried);
    }
    println!("{tried:#?} of {} files", files.len());
    // Floors, so that no way is dropped without notice.
    for (way, least) in [
        ("a program with answers", 240),
        ("circuit in single precision", 400),
        ("bounds that closed", 400),
        ("Boolean over all worlds", 550),
        ("minimal proofs over all worlds", 400),
        ("forward, 1 thread", 100),
        ("magic sets", 170),
        ("incremental", 60),
    ] {
        assert!(tried.get(way).is_some_and(|n| *n >= least), "{way}: {tried:#?}");
    }
}

/// The circuit read in several ways, by one thread and by two at once; gives the probabilities.
fn circuits(engine: &Engine, goal: &Goal, plan: &Plan, weights: &[f64], tried: &mut Tried, place: &str) -> Vec<f64> {
    let n = plan.answers().len();
    let forward = |weights: &[f64]| -> Vec<f64> {
        let mut ws = Workspace::new();
        plan.forward_f64(weights, &mut ws);
        (0..n).map(|answer| ws.log_prob(answer, 0).exp()).collect()
    };
    let exact = forward(weights);
    let compare = |way: &str, found: &[f64], tolerance: f64| {
        for (answer, (found, exact)) in plan.answers().iter().zip(found.iter().zip(&exact)) {
            let same = (found - exact).abs() <= tolerance || (found.is_nan() && exact.is_nan());
            assert!(same, "{place}: {way} gives {found} for {answer}, not {exact}");
        }
    };
    let by_threads: Vec<Vec<f64>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(|| forward(weights))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    by_threads.iter().for_each(|found| compare("a thread beside another", found, 0.0));

    let single: Vec<f32> = weights.iter().map(|weight| *weight as f32).collect();
    let mut ws = Workspace::new();
    plan.forward(&single, 1, &mut ws);
    let found: Vec<f64> = (0..n).map(|answer| ws.log_prob(answer, 0).exp()).collect();
    compare("single precision", &found, 1e-4);
    *tried.entry("circuit in single precision").or_default() += 1;

    // The circuit of an answer holds its evidence as well.
    let probabilities: Vec<f64> = weights.iter().map(|weight| weight.exp()).collect();
    let evidence = plan.log_evidence(weights).exp();
    let found = (0..n).map(|answer| plan.evaluate(answer, &Probability, &probabilities) / evidence);
    compare("the semiring of probabilities", &found.collect::<Vec<_>>(), TOLERANCE);
    *tried.entry("semiring of probabilities").or_default() += 1;
    let bounds = engine.bounds(goal, &budget()).unwrap();
    if bounds.is_exact() {
        let values = bounds.evaluate(&bounds.default_log_weights(), &mut Workspace::new());
        assert_eq!(bounds.answers(), plan.answers(), "{place}");
        compare("bounds that closed", &values.iter().map(|value| value.0).collect::<Vec<_>>(), TOLERANCE);
        *tried.entry("bounds that closed").or_default() += 1;
    }
    exact
}

/// Every world: a slot for each group, with its probability.
fn worlds(groups: &[LeafGroup], weights: &[f64]) -> Option<Vec<(Vec<usize>, f64)>> {
    let n: usize = groups.iter().try_fold(1usize, |n, group| n.checked_mul(group.slots.len()))?;
    if n > MOST_WORLDS {
        return None;
    }
    let mut worlds = vec![(Vec::new(), 1.0)];
    for group in groups {
        let extended = worlds.iter().flat_map(|(slots, probability): &(Vec<usize>, f64)| {
            group.slots.clone().map(move |slot| {
                let mut slots = slots.clone();
                slots.push(slot);
                (slots, probability * weights[slot].exp())
            })
        });
        worlds = extended.collect();
    }
    Some(worlds)
}

/// The derivations, read in each semiring that is exact in a world or over all of them.
fn derivations(plan: &Plan, weights: &[f64], exact: &[f64], tried: &mut Tried, place: &str) {
    let Some(worlds) = worlds(plan.groups(), weights) else { return };
    let probabilities: Vec<f64> = weights.iter().map(|weight| weight.exp()).collect();
    let mut group_of = vec![0; plan.n_slots()];
    for (at, group) in plan.groups().iter().enumerate() {
        group.slots.clone().for_each(|slot| group_of[slot] = at);
    }
    let proofs = TopK {
        k: usize::MAX,
        probabilities: probabilities.clone(),
        groups: group_of,
        failures: plan.failures(weights),
    };
    for (answer, exact) in exact.iter().enumerate() {
        let term = &plan.answers()[answer];
        let mut by_world = 0.0;
        let mut best = 0.0f64;
        let mut holding = Vec::with_capacity(worlds.len());
        for (slots, probability) in &worlds {
            let mut holds = vec![false; plan.n_slots()];
            slots.iter().for_each(|slot| holds[*slot] = true);
            let is_true = plan.provenance(answer, &Boolean { holds });
            holding.push(is_true);
            if is_true {
                by_world += probability;
                best = best.max(*probability);
            }
        }
        assert!((by_world - exact).abs() <= TOLERANCE, "{place}: {term} in {by_world} of all worlds, not {exact}");
        *tried.entry("Boolean over all worlds").or_default() += 1;

        if *exact > 0.0 {
            let world = plan.most_probable_world(Given::Answer(answer), weights).unwrap();
            let found = world.log_probability.exp();
            assert!((found - best).abs() <= TOLERANCE, "{place}: the best world of {term} has {found}, not {best}");
            *tried.entry("most probable world").or_default() += 1;
            // Relative to the largest weight of each group, as the semiring wants them.
            let largest: Vec<f64> = plan
                .groups()
                .iter()
                .map(|group| probabilities[group.slots.clone()].iter().copied().fold(0.0, f64::max))
                .collect();
            let relative: Vec<f64> =
                probabilities.iter().enumerate().map(|(slot, p)| p / largest[proofs.groups[slot]]).collect();
            let found = plan.evaluate(answer, &MaxProduct, &relative) * largest.iter().product::<f64>();
            assert!((found - best).abs() <= TOLERANCE, "{place}: max-product gives {found} for {term}, not {best}");
        }

        let minimal = plan.provenance(answer, &proofs);
        if minimal.iter().all(|set| set.negated.is_empty()) {
            for ((slots, _), is_true) in worlds.iter().zip(&holding) {
                let proven = minimal.iter().any(|set| set.slots.iter().all(|slot| slots.contains(slot)));
                assert_eq!(proven, *is_true, "{place}: {term} by its minimal proofs {minimal:?} in {slots:?}");
            }
            *tried.entry("minimal proofs over all worlds").or_default() += 1;
            let is_derived = plan.provenance(answer, &Counting) != Count::Finite(0);
            assert_eq!(is_derived, holding.contains(&true) || !minimal.is_empty(), "{place}: {term} by its count");
            *tried.entry("counting").or_default() += 1;
        }
    }
}

/// Terms in their order, each once.
fn sorted(mut terms: Vec<Term>) -> Vec<Term> {
    terms.sort();
    terms.dedup();
    terms
}
