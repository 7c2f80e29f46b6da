//! Interventions and counterfactuals, against the enumeration of worlds and figures from the literature.

use crate::worlds::enumerate::World;
use crate::worlds::generate::{Case, first_order, propositional};
use consil_logic::{Budget, Engine, Goal, Plan, Program, ReasonError, Term, Workspace};
use proptest::prelude::*;

const TOLERANCE: f64 = 1e-9;

fn engine(text: &str) -> Engine {
    Engine::new(Program::parse("test.pl", text).unwrap_or_else(|error| panic!("{error}\n{text}"))).unwrap()
}

fn probability(plan: &Plan) -> f64 {
    let mut ws = Workspace::new();
    plan.forward_f64(&plan.default_log_weights(), &mut ws);
    ws.log_prob(0, 0).exp()
}

fn atoms(forced: &[(String, bool)]) -> Vec<(Term, bool)> {
    forced.iter().map(|(atom, holds)| (atom.parse().unwrap(), *holds)).collect()
}

fn check(case: &Case, forced: &[(String, bool)]) -> Result<(), TestCaseError> {
    let text = case.to_string();
    let engine = engine(&text);
    for query in case.queries.iter().step_by(3) {
        let (mut observed, mut changed, mut observed_after, mut after) = (0.0, 0.0, 0.0, 0.0);
        World::each_twice(case, forced, &mut |model, changed_model, weight| {
            let agrees = |model: &std::collections::BTreeSet<&str>| {
                case.evidence.iter().all(|(atom, holds)| model.contains(atom.as_str()) == *holds)
            };
            let holds = changed_model.contains(query.as_str());
            if agrees(model) {
                observed += weight;
                changed += if holds { weight } else { 0.0 };
            }
            if agrees(changed_model) {
                observed_after += weight;
                after += if holds { weight } else { 0.0 };
            }
        });
        let goal = Goal::new(query.parse().unwrap());
        let counterfactual = engine.counterfactual(&goal, &atoms(forced), &Budget::default());
        let intervened = engine.intervene(&atoms(forced)).unwrap().plan(&goal, &Budget::default());
        for (name, plan, joint, total) in
            [("counterfactual", counterfactual, changed, observed), ("intervention", intervened, after, observed_after)]
        {
            match plan {
                Err(error) if *error.root() == ReasonError::ImpossibleEvidence => prop_assert_eq!(total, 0.0),
                Err(error) => return Err(TestCaseError::fail(format!("{error}\n{text}"))),
                Ok(_) if total == 0.0 => {}
                Ok(plan) => {
                    let (got, expected) = (probability(&plan), joint / total);
                    prop_assert!(
                        (got - expected).abs() < TOLERANCE,
                        "{name} {query} {got} {expected} {forced:?}\n{text}"
                    );
                }
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn propositional_programs(case in propositional(), first in (0..12usize, any::<bool>()), second in (0..12usize, any::<bool>())) {
        let mut forced = vec![(case.queries[first.0].clone(), first.1)];
        if second.0 != first.0 {
            forced.push((case.queries[second.0].clone(), second.1));
        }
        check(&case, &forced)?;
    }

    /// On what paths rest on; on paths themselves the reference's rules, ground to one spelling, have other causes.
    #[test]
    fn first_order_programs(case in first_order(), (x, y) in (0..4u8, 0..4u8), holds in any::<bool>(), edge in any::<bool>()) {
        let name = if edge { "edge" } else { "link" };
        check(&case, &[(format!("{name}({x}, {y})"), holds)])?;
    }
}

/// Pearl's firing squad (*Causality*, section 7.1.2): the prisoner is dead; had rifleman A not fired, he would be dead all
/// the same, since the captain's signal made B fire too.
#[test]
fn the_firing_squad() {
    let engine = engine(
        "0.7::order. captain :- order. a :- captain. 0.1::nervous. a :- nervous. b :- captain. dead :- a. dead :- b.",
    );
    let goal = Goal { evidence: vec![("dead".parse().unwrap(), true)], ..Goal::new("dead".parse().unwrap()) };
    let plan = engine.counterfactual(&goal, &[("a".parse().unwrap(), false)], &Budget::default()).unwrap();
    // p / (1 − (1 − p)(1 − q)) for the probabilities p of the order and q of nerves.
    assert!((probability(&plan) - 0.7 / (1.0 - 0.3 * 0.9)).abs() < 1e-12);
}

#[test]
fn what_cannot_be_changed_is_refused() {
    let engine = engine("0.7::a(1).");
    for atom in ["a(X)", "b(1)", "7"] {
        let error = engine.intervene(&[(atom.parse().unwrap(), true)]).err().unwrap();
        assert!(matches!(error, ReasonError::BadGoal { what: "an intervention", .. }), "{error}");
    }
}
