//! Random programs against a naive reference: every possible world in turn, with the least model of each stratum.

pub mod enumerate;
pub mod generate;

use std::collections::BTreeMap;

use consil_logic::{Budget, Certificate, Engine, Goal, Program, ReasonError, Workspace};
use enumerate::World;
use generate::{Case, acyclic, first_order, propositional};
use proptest::prelude::*;

/// A few dozen roundings of doubles, and of the single-precision weights never, as the pass runs in double precision.
const TOLERANCE: f64 = 1e-9;

/// The probability of each query; nothing if the evidence is impossible.
fn exact(case: &Case) -> Option<Vec<f64>> {
    World::probabilities(case, &case.queries.iter().map(String::as_str).collect::<Vec<_>>())
}

fn check(case: &Case) -> Result<(), TestCaseError> {
    let text = case.to_string();
    let program =
        Program::parse("random.pl", &text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
    let engine = Engine::new(program).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
    let mut ws = Workspace::new();
    let exact = exact(case);
    // With few nodes for diagrams, what has no cycle goes along a tree decomposition at once.
    let narrow = Engine::new(Program::parse("random.pl", &text).unwrap()).unwrap();
    let budgets = [(&engine, Budget::default()), (&narrow, Budget { max_nodes: 1 << 13, ..Budget::default() })];
    let each = case.queries.iter().enumerate().flat_map(|asked| budgets.iter().map(move |way| (asked, way)));
    for ((index, query), (engine, budget)) in each {
        let expected = exact.as_ref().map(|exact| exact[index]);
        let plan = engine.plan(&Goal::new(query.parse().unwrap()), budget);
        let plan = match (plan, expected) {
            (Ok(plan), Some(_)) => plan,
            (Ok(plan), None) => {
                // Evidence with probability zero that only the weights rule out.
                plan.forward_f64(&plan.default_log_weights(), &mut ws);
                prop_assert_eq!(ws.log_evidence(0), f64::NEG_INFINITY, "{}", text);
                continue;
            }
            (Err(error), None) if *error.root() == ReasonError::ImpossibleEvidence => continue,
            (Err(error), _) => return Err(TestCaseError::fail(format!("{query}: {error}\n{text}"))),
        };
        plan.forward_f64(&plan.default_log_weights(), &mut ws);
        let (got, expected) = (ws.log_prob(0, 0).exp(), expected.unwrap());
        prop_assert!((got - expected).abs() < TOLERANCE, "{} is {} but should be {}\n{}", query, got, expected, text);
    }
    Ok(())
}

/// Bounds hold the exact probability however small the budget is, and close on it when there is room.
fn check_bounds(case: &Case) -> Result<(), TestCaseError> {
    let text = case.to_string();
    let engine = Engine::new(Program::parse("random.pl", &text).unwrap()).unwrap();
    let mut ws = Workspace::new();
    let exact = exact(case);
    for (index, query) in case.queries.iter().enumerate() {
        let expected = exact.as_ref().map(|exact| exact[index]);
        for max_nodes in [3 + 40 * index, 4_000_000] {
            let budget = Budget { max_nodes, ..Budget::default() };
            let bounds = engine.bounds(&Goal::new(query.parse().unwrap()), &budget).unwrap();
            let (value, certificate) = bounds.evaluate(&bounds.default_log_weights(), &mut ws)[0];
            let Some(expected) = expected else {
                prop_assert!(value.is_nan() || !bounds.is_exact(), "{} of impossible evidence is {}", query, value);
                continue;
            };
            match certificate {
                Certificate::Exact => {
                    prop_assert!((value - expected).abs() < TOLERANCE, "{query} {value} {expected}\n{text}")
                }
                Certificate::Bounds { lower, upper } => {
                    let inside = lower - TOLERANCE <= expected && expected <= upper + TOLERANCE;
                    prop_assert!(inside, "{query}: {expected} is not in [{lower}, {upper}]\n{text}");
                    prop_assert!(max_nodes < 1000, "the default budget is enough for exact bounds");
                }
                other => return Err(TestCaseError::fail(format!("{other}"))),
            }
        }
    }
    Ok(())
}

/// However little of a program is derived, the bounds hold the exact probability, and no answer is lost: it is listed, or
/// counted among those that are not.
fn check_cut(case: &Case, budget: &Budget, open: &[&str]) -> Result<(), TestCaseError> {
    let text = case.to_string();
    let engine = Engine::new(Program::parse("random.pl", &text).unwrap()).unwrap();
    let mut ws = Workspace::new();
    let truth = Truth::of(case);
    for query in &case.queries {
        let expected = truth.probability(query);
        let bounds = engine.bounds(&Goal::new(query.parse().unwrap()), budget).unwrap();
        let (value, certificate) = bounds.evaluate(&bounds.default_log_weights(), &mut ws)[0];
        let Some(expected) = expected else {
            prop_assert!(value.is_nan() || !bounds.is_exact(), "{} of impossible evidence is {}", query, value);
            continue;
        };
        let (lower, upper) = ends(value, certificate);
        let inside = lower - TOLERANCE <= expected && expected <= upper + TOLERANCE;
        prop_assert!(inside, "{query}: {expected} is not in [{lower}, {upper}] within {budget:?}\n{text}");
    }
    for &query in open {
        let bounds = engine.bounds(&Goal::new(query.parse().unwrap()), budget).unwrap();
        let weights = bounds.default_log_weights();
        let (values, further) = (bounds.evaluate(&weights, &mut ws), bounds.further(&weights, &mut ws));
        for (x, y) in (0..4).flat_map(|x| (0..4).map(move |y| (x, y))) {
            let answer = query.replace('X', &x.to_string()).replace('Y', &y.to_string());
            let Some(expected) = truth.probability(&answer) else { continue };
            let listed = bounds.answers().iter().position(|other| *other == answer.parse().unwrap());
            let (lower, upper) = match listed {
                Some(index) => ends(values[index].0, values[index].1),
                None => (0.0, further),
            };
            let inside = lower - TOLERANCE <= expected && expected <= upper + TOLERANCE;
            prop_assert!(inside, "{answer}: {expected} is not in [{lower}, {upper}] within {budget:?}\n{text}");
        }
    }
    Ok(())
}

/// The probability of every atom, by one visit to all worlds.
struct Truth {
    joint: BTreeMap<String, f64>,
    given: f64,
}

impl Truth {
    fn of(case: &Case) -> Self {
        let mut truth = Truth { joint: BTreeMap::new(), given: 0.0 };
        World::each(case, &mut |_, model, weight| {
            if case.evidence.iter().all(|(atom, holds)| model.contains(atom.as_str()) == *holds) {
                truth.given += weight;
                for &atom in model {
                    *truth.joint.entry(atom.to_owned()).or_default() += weight;
                }
            }
        });
        truth
    }

    fn probability(&self, atom: &str) -> Option<f64> {
        (self.given > 0.0).then(|| self.joint.get(atom).map_or(0.0, |joint| joint / self.given))
    }
}

fn ends(value: f64, certificate: Certificate) -> (f64, f64) {
    match certificate {
        Certificate::Bounds { lower, upper } => (lower, upper),
        _ => (value, value),
    }
}

/// Budgets of a few steps, answers and levels, of which any may be short.
fn short() -> impl Strategy<Value = Budget> {
    (4..2000u64, 2..100usize, 1..12usize, 3..4000usize).prop_map(|(max_steps, max_answers, max_depth, max_nodes)| {
        Budget { max_steps, max_answers: max_answers * max_answers, max_depth, max_nodes, ..Budget::default() }
    })
}

/// Bounds take many budgets for each program.
fn few() -> u32 {
    ProptestConfig::default().cases.div_ceil(24)
}

// `PROPTEST_CASES` raises the number of programs.
proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn propositional_programs(case in propositional()) {
        check(&case)?;
    }

    #[test]
    fn acyclic_programs(case in acyclic()) {
        check(&case)?;
    }

    #[test]
    fn first_order_programs(case in first_order()) {
        check(&case)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: few(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bounds_of_propositional_programs(case in propositional()) {
        check_bounds(&case)?;
    }

    #[test]
    fn bounds_of_first_order_programs(case in first_order()) {
        check_bounds(&case)?;
    }

    #[test]
    fn cut_propositional_programs(case in propositional(), budget in short()) {
        check_cut(&case, &budget, &[])?;
    }

    #[test]
    fn cut_first_order_programs(case in first_order(), budget in short()) {
        check_cut(&case, &budget, &["path(X, Y)", "stuck(X, Y)", "meets(0, Y)"])?;
    }
}
