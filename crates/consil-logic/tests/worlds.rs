//! Random programs against a naive reference: every possible world in turn, with the least model of each stratum.

#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not what they call")]

#[path = "worlds/enumerate.rs"]
mod enumerate;
#[path = "worlds/generate.rs"]
mod generate;

use consil_logic::{Budget, Engine, Goal, Program, ReasonError, Workspace};
use enumerate::World;
use generate::{Case, first_order, propositional};
use proptest::prelude::*;

/// A few dozen roundings of doubles, and of the single-precision weights never, as the pass runs in double precision.
const TOLERANCE: f64 = 1e-9;

fn check(case: &Case) -> Result<(), TestCaseError> {
    let text = case.to_string();
    let program =
        Program::parse("random.pl", &text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
    let engine = Engine::new(program).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
    let mut ws = Workspace::new();
    for query in &case.queries {
        let expected = World::probability(case, query);
        let plan = engine.plan(&Goal::new(query.parse().unwrap()), &Budget::default());
        let plan = match (plan, expected) {
            (Ok(plan), Some(_)) => plan,
            (Ok(plan), None) => {
                // Evidence with probability zero that only the weights rule out.
                plan.forward_f64(&plan.default_log_weights(), &mut ws);
                prop_assert_eq!(ws.log_evidence(0), f64::NEG_INFINITY, "{}", text);
                continue;
            }
            (Err(ReasonError::ImpossibleEvidence), None) => continue,
            (Err(error), _) => return Err(TestCaseError::fail(format!("{query}: {error}\n{text}"))),
        };
        plan.forward_f64(&plan.default_log_weights(), &mut ws);
        let (got, expected) = (ws.log_prob(0, 0).exp(), expected.unwrap());
        prop_assert!((got - expected).abs() < TOLERANCE, "{} is {} but should be {}\n{}", query, got, expected, text);
    }
    Ok(())
}

// `PROPTEST_CASES` raises the number of programs.
proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn propositional_programs(case in propositional()) {
        check(&case)?;
    }

    #[test]
    fn first_order_programs(case in first_order()) {
        check(&case)?;
    }
}
