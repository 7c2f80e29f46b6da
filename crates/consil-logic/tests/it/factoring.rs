//! Answers that are a function of independent variables: any function has the right probabilities, and one of few classes a
//! small circuit.

use std::collections::BTreeMap;
use std::sync::Arc;

use consil_logic::{Budget, Engine, Goal, LeafKind, Plan, Program, ReasonError, Term, Workspace};
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

/// Two numbers of N digits read whole and a given sum: 10^N steps, not 10^2N; and the probability by adding digits.
#[test]
fn a_given_sum_of_numbers_takes_as_many_steps_as_there_are_numbers() {
    let weight = |name: usize, digit: usize| 1.0 + ((name * 5 + digit * 3) % 7) as f64;
    for n in 1..=4 {
        let mut text = String::new();
        let mut sums: Vec<Vec<f64>> = Vec::new();
        for (side, name) in [(0, "x"), (1, "y")] {
            let mut numbers = vec![1.0];
            for at in 0..n {
                let raw = |digit: usize| weight(2 * at + side, digit);
                let all: f64 = (0..10).map(raw).sum();
                let digit = |digit: usize| raw(digit) / all;
                let heads: Vec<String> = (0..10).map(|d| format!("{}::digit({name}{at}, {d})", digit(d))).collect();
                text += &format!("{}.\n", heads.join("; "));
                // The distribution of the number so far, a digit longer.
                numbers =
                    numbers.iter().flat_map(|p| (0..10).map(move |d| (p, d))).map(|(p, d)| p * digit(d)).collect();
            }
            sums.push(numbers);
        }
        let names = |side: &str| (0..n).map(|at| format!("{side}{at}")).collect::<Vec<_>>().join(", ");
        text += "number([], N, N).\nnumber([X | Xs], A, N) :- digit(X, D), B is 10 * A + D, number(Xs, B, N).\n\
            sum(Xs, Ys, S) :- number(Xs, 0, A), number(Ys, 0, B), S is A + B.\n";
        let engine = Engine::new(Program::parse("numbers.pl", &text).unwrap()).unwrap();
        let largest = 10usize.pow(n as u32);
        for sum in [0, largest - 1, largest, 2 * largest - 2, 2 * largest] {
            let query = format!("sum([{}], [{}], {sum})", names("x"), names("y")).parse().unwrap();
            let budget = Budget { max_steps: 20 * n as u64 * largest as u64 + 100, ..Budget::default() };
            let plan = engine.plan(&Goal::new(query), &budget).unwrap();
            let mut ws = Workspace::new();
            plan.forward_f64(&plan.default_log_weights(), &mut ws);
            let pairs = (0..largest).filter_map(|a| Some((a, sum.checked_sub(a).filter(|b| *b < largest)?)));
            let expected: f64 = pairs.map(|(a, b)| sums[0][a] * sums[1][b]).sum();
            let got = ws.log_prob(0, 0).exp();
            assert!((got - expected).abs() < 1e-12, "{n} digits, {sum}: {got} for {expected}");
        }
    }
}

/// The answers, or the error, of pairs of a table's values whose sum or the like is given; `test` says how the goal is written.
fn joined(values: &[String], test: &str) -> Result<Vec<String>, String> {
    let facts: String = values.iter().map(|value| format!("value({value}). ")).collect();
    let text = format!(
        "{facts}\nb(X) :- value(X).\na(X) :- between(-3, 3, X).\ns(X) :- between(-9, 9, X).\npair(S, A, B) :- s(S), a(A), b(B), {test}."
    );
    let engine = Engine::new(Program::parse("joined.pl", &text).unwrap()).unwrap();
    let plan = engine.plan(&Goal::new("pair(S, A, B)".parse().unwrap()), &Budget::default());
    match plan {
        Ok(plan) => Ok(plan.answers().iter().map(Term::to_string).collect()),
        // The two goals are written differently; what is wrong with them is not.
        Err(ReasonError::Arithmetic { error, .. }) => Err(error.to_string()),
        Err(error) => Err(error.to_string().split('`').next().unwrap().to_owned()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// A goal that is turned round holds of the same values as one that is not.
    #[test]
    fn turning_a_sum_round_changes_nothing(
        values in prop::collection::btree_set(-60..60i64, 30..60),
        [c, d, e] in prop::array::uniform3(-4..5i64),
        form in 0..5usize,
        odd in prop_oneof![8 => Just(None), 1 => Just(Some("apple".to_owned())), 1 => Just(Some("2.0".to_owned())),
            1 => Just(Some(i64::MAX.to_string())), 1 => Just(Some("2 + 3".to_owned()))],
    ) {
        let expression = match form {
            0 => "A + B".to_owned(),
            1 => format!("{c} * B - {d} * A"),
            2 => format!("{c} - (B + {d}) * {e} + A"),
            3 => format!("B * {c} + A - B"),
            _ => format!("A * B + B * {d}"),
        };
        let values: Vec<String> = values.iter().map(ToString::to_string).chain(odd).collect();
        let turned = joined(&values, &format!("S is {expression}"));
        let plain = joined(&values, &format!("R is {expression}, R == S"));
        prop_assert_eq!(turned, plain, "{}", expression);
    }
}
