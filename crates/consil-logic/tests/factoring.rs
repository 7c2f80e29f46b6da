//! Answers that are a function of independent variables: any function has the right probabilities, and one of few classes a
//! small circuit.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::sync::Arc;

use consil_logic::{Budget, Engine, Goal, LeafKind, Plan, Program, Term, Workspace};
use proptest::prelude::*;

/// A plan for `answer(O)`, with the outcome of each combination as a fact; none for some.
fn plan(arities: &[usize], outcomes: &[Option<u32>]) -> Arc<Plan> {
    let mut text = String::new();
    let mut body = Vec::new();
    for (at, arity) in arities.iter().enumerate() {
        let classes: Vec<String> = (0..*arity).map(|class| class.to_string()).collect();
        text += &format!("nn(net{at}, [x], C, [{}]) :: d{at}(C).\n", classes.join(", "));
        body.push(format!("d{at}(C{at})"));
    }
    let names: Vec<String> = (0..arities.len()).map(|at| format!("C{at}")).collect();
    text += &format!("answer(O) :- {}, t({}, O).\n", body.join(", "), names.join(", "));
    for (at, outcome) in outcomes.iter().enumerate() {
        if let Some(outcome) = outcome {
            let classes: Vec<String> = combination(arities, at).iter().map(ToString::to_string).collect();
            text += &format!("t({}, {outcome}).\n", classes.join(", "));
        }
    }
    let engine =
        Engine::new(Program::parse("table.pl", &text).unwrap_or_else(|error| panic!("{error}\n{text}"))).unwrap();
    engine.plan(&Goal::new("answer(O)".parse().unwrap()), &Budget::default()).unwrap()
}

fn combination(arities: &[usize], mut at: usize) -> Vec<usize> {
    let mut classes: Vec<usize> = arities.iter().rev().map(|arity| (at % arity, at /= arity).0).collect();
    classes.reverse();
    classes
}

fn check(plan: &Plan, arities: &[usize], outcomes: &[Option<u32>]) -> Result<(), TestCaseError> {
    // Distinct weights for each variable and class, each variable's summing to one.
    let weight = |variable: usize, class: usize| {
        let raw = |class: usize| 1.0 + ((variable * 5 + class * 3) % 7) as f64;
        raw(class) / (0..arities[variable]).map(raw).sum::<f64>()
    };
    let mut logs = vec![f64::NAN; plan.n_slots()];
    for group in plan.groups() {
        let LeafKind::Neural { network, .. } = &group.kind else { panic!("{:?}", group.kind) };
        let variable: usize = network.trim_start_matches("net").parse().unwrap();
        group.slots.clone().enumerate().for_each(|(class, slot)| logs[slot] = weight(variable, class).ln());
    }
    let mut ws = Workspace::new();
    plan.forward_f64(&logs, &mut ws);
    let mut expected: BTreeMap<u32, f64> = BTreeMap::new();
    for (at, outcome) in outcomes.iter().enumerate() {
        if let Some(outcome) = outcome {
            let classes = combination(arities, at);
            let mass: f64 = classes.iter().enumerate().map(|(variable, &class)| weight(variable, class)).product();
            *expected.entry(*outcome).or_insert(0.0) += mass;
        }
    }
    prop_assert_eq!(plan.answers().len(), expected.len());
    for (outcome, mass) in expected {
        let answer = plan.find_answer(&Term::compound("answer", vec![Term::Int(outcome.into())])).unwrap();
        let got = ws.log_prob(answer, 0).exp();
        prop_assert!((got - mass).abs() < 1e-12, "answer {outcome}: {got} {mass}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Outcomes of a linear form modulo a number, with some combinations that have none: from all classes merged to none.
    #[test]
    fn functions_of_independent_variables(
        arities in prop::collection::vec(2..5usize, 2..5),
        factors in prop::collection::vec(0..6usize, 4),
        modulus in 2..40u32,
        missing in prop::collection::btree_set(0..256usize, 0..3),
    ) {
        let size: usize = arities.iter().product();
        let outcomes: Vec<Option<u32>> = (0..size)
            .map(|at| {
                let sum: usize = combination(&arities, at).iter().zip(&factors).map(|(class, factor)| class * factor).sum();
                (!missing.contains(&at)).then_some(sum as u32 % modulus)
            })
            .collect();
        check(&plan(&arities, &outcomes), &arities, &outcomes)?;
    }

    #[test]
    fn arbitrary_functions(arities in prop::collection::vec(2..4usize, 2..4), outcomes in prop::collection::vec(prop::option::of(0..4u32), 27)) {
        let size: usize = arities.iter().product();
        let mut outcomes = outcomes[..size].to_vec();
        outcomes[0] = Some(0);
        check(&plan(&arities, &outcomes), &arities, &outcomes)?;
    }
}

/// Two numbers of two digits, most significant first: 10,000 combinations, 199 sums. The tens and the units have 19 sums
/// each, over 100 pairs; and 19 · 19 pairs of those make the whole.
#[test]
fn sums_of_digits_are_convolved() {
    let text = "nn(digit, [X], D, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) :: digit(X, D).
        number([], R, R).
        number([H | T], A, R) :- digit(H, D), B is D + 10 * A, number(T, B, R).
        sum(X, Y, S) :- number(X, 0, A), number(Y, 0, B), S is A + B.";
    let engine = Engine::new(Program::parse("sum.pl", text).unwrap()).unwrap();
    let plan = engine.plan(&Goal::new("sum([a, b], [c, d], S)".parse().unwrap()), &Budget::default()).unwrap();
    assert_eq!(plan.answers().len(), 199);
    // One more for the product of nothing that every circuit has.
    assert!(plan.size().1 <= 100 + 100 + 19 * 19 + 1, "{:?}", plan.size());
}
