//! The programs of `examples/reason` give what their own comments say: `% expect ATOM PROBABILITY`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use consil_logic::{Budget, Certificate, Change, DecisionProblem, Engine, Goal, LiveEngine, Program, Term, Workspace};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/reason")
}

fn engine(name: &str) -> Engine {
    let text = std::fs::read_to_string(folder().join(name)).unwrap();
    Engine::new(Program::parse(name, &text).unwrap_or_else(|error| panic!("{error}"))).unwrap()
}

#[test]
fn programs_give_what_they_say() {
    let mut n_checked = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.extension().is_none_or(|extension| extension != "pl") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let solutions = engine(&name).solve(&Budget::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let found: BTreeMap<String, f64> =
            solutions.iter().map(|one| (one.answer.to_string(), one.probability)).collect();
        assert!(solutions.iter().all(|one| one.certificate == Certificate::Exact), "{name}");
        for line in text.lines().filter_map(|line| line.strip_prefix("% expect ")) {
            let (atom, value) = line.rsplit_once(' ').unwrap();
            let expected: f64 = value.parse().unwrap();
            // The comment has four digits.
            assert!((found[atom] - expected).abs() <= 0.5e-4, "{name}: {atom} is {}", found[atom]);
            n_checked += 1;
        }
    }
    assert!(n_checked >= 6, "only {n_checked} expectations were found");
}

#[test]
fn the_umbrella_is_taken() {
    let strategy = engine("umbrella.pl").decide(&DecisionProblem::default(), &Budget::default()).unwrap();
    let holds: Vec<(String, bool)> = strategy.decisions.iter().map(|one| (one.atom.to_string(), one.holds)).collect();
    assert_eq!(holds, [("raincoat".to_owned(), false), ("umbrella".to_owned(), true)]);
    assert!((strategy.expected_utility - 43.0).abs() < 1e-9);
}

/// Numbers of any length: the circuit grows by the same amount with each digit, and the probability of a sum is that of
/// convolved digits.
#[test]
fn carry_chains_are_linear_in_their_digits() {
    let engine = engine("carry-chain.pl");
    let plan = |n: usize| {
        let names = |side: &str| (0..n).map(|i| format!("{side}{i}")).collect::<Vec<_>>().join(", ");
        let query = format!("adds_up([{}], [{}])", names("x"), names("y"));
        let facts =
            (0..=n).flat_map(|i| (0..10).map(move |d| format!("_::total({i}, {d})").parse().unwrap())).collect();
        engine.plan(&Goal { facts, ..Goal::new(query.parse().unwrap()) }, &Budget::default()).unwrap()
    };
    let sizes: Vec<usize> = [3, 4, 5, 6].map(|n| plan(n).size().1).to_vec();
    assert!(sizes.windows(3).all(|three| three[2] - three[1] == three[1] - three[0]), "{sizes:?}");
    // Two digits each: the probability of every total, against all 10,000 combinations.
    let plan = plan(2);
    let digit = |name: &str, d: usize| {
        let weight =
            1.0 + ((d * 7 + name.len() + usize::from(name.as_bytes()[1]) * usize::from(name.as_bytes()[0])) % 5) as f64;
        let all: f64 = (0..10)
            .map(|d| {
                1.0 + ((d * 7 + name.len() + usize::from(name.as_bytes()[1]) * usize::from(name.as_bytes()[0])) % 5)
                    as f64
            })
            .sum();
        weight / all
    };
    let mut ws = Workspace::new();
    for total in [0usize, 7, 43, 99, 100, 157, 198] {
        let mut weights = plan.default_log_weights();
        for group in plan.groups() {
            for (class, slot) in group.slots.clone().enumerate() {
                weights[slot] = match &group.kind {
                    consil_logic::LeafKind::Neural { inputs, .. } => digit(&inputs[0].to_string(), class).ln(),
                    consil_logic::LeafKind::Fact { atom } => {
                        let [Term::Int(place), Term::Int(value)] = atom.args_of::<2>("total").unwrap() else {
                            panic!("{atom}")
                        };
                        let holds = total / 10usize.pow(*place as u32) % 10 == *value as usize;
                        if holds == (class == 0) { 0.0 } else { f64::NEG_INFINITY }
                    }
                    other => panic!("{other:?}"),
                };
            }
        }
        plan.forward_f64(&weights, &mut ws);
        let mut expected = 0.0;
        for (a, b) in (0..100usize).flat_map(|a| (0..100usize).map(move |b| (a, b))).filter(|(a, b)| a + b == total) {
            expected += digit("x0", a % 10) * digit("x1", a / 10) * digit("y0", b % 10) * digit("y1", b / 10);
        }
        assert!((ws.log_prob(0, 0).exp() - expected).abs() < 1e-12, "{total}");
    }
}

/// All pairs of numbers below 10^N are equally likely, so 2 · 10^N − 1 − s of them have a sum s of at least 10^N.
#[test]
fn long_sums_are_as_likely_as_their_pairs_are_many() {
    let engine = engine("long-addition.pl");
    let mut ws = Workspace::new();
    for n in [2, 15, 100] {
        let plan = engine.plan(&Goal::new(format!("adds_up({n})").parse().unwrap()), &Budget::default()).unwrap();
        plan.forward_f64(&plan.default_log_weights(), &mut ws);
        // s / 10^N − 1, digit by digit.
        let above: f64 = (0..n).map(|place| f64::from(7 * place % 10) * 10f64.powi(place - n)).sum();
        let expected = (1.0 - above - 10f64.powi(-n)).ln() - f64::from(n) * 10f64.ln();
        // A hundred sums of products of rounded digits.
        assert!((ws.log_prob(0, 0) - expected).abs() < 1e-9, "{n} digits: {} for {expected}", ws.log_prob(0, 0));
    }
}

#[test]
fn a_road_that_is_closed_is_open_again() {
    let text = std::fs::read_to_string(folder().join("roads.pl")).unwrap();
    let budget = Budget::default();
    let mut live = LiveEngine::new(Program::parse("roads.pl", &text).unwrap(), &budget).unwrap();
    let term = |text: &str| text.parse::<Term>().unwrap();
    for (change, expected) in [
        (Change::Delete(term("road(b, c)")), [0.9, 0.0, 0.0]),
        (Change::Insert(term("road(a, c)")), [0.9, 1.0, 0.5]),
        (Change::Insert(term("0.8::road(b, c)")), [0.9, 1.0, 0.5]),
        (Change::Delete(term("road(a, c)")), [0.9, 0.72, 0.36]),
    ] {
        live.apply(&[change], &budget).unwrap();
        for (place, expected) in ["b", "c", "d"].iter().zip(expected) {
            let got = live.probability(0, &term(&format!("path(a, {place})"))).unwrap();
            assert!((got - expected).abs() < 1e-12, "{place}: {got}");
        }
    }
}
