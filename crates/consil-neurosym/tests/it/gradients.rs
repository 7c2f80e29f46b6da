//! Losses and input gradients of every kind of target against central differences.

use std::sync::Arc;

use consil_logic::Term;
use consil_neurosym::{
    AllAbsent, AnswerTask, AnsweredBy, Example, HeadKind, HeadOutput, Integration, QueryKind, RowQuery, Target, Truth,
};
use consil_nn::{Gradients, Task};
use consil_random::Key;

use crate::support::{PIXELS, Rows, networks, query};

const SUM: &str = "sum(S) :- digit(left, A), digit(right, B), S is A + B.";

fn rows() -> Rows {
    Rows(vec![
        [Some([0.5, -1.0, 2.0, 0.25]), Some([1.0, 0.0, -0.5, 1.5])],
        [Some([-0.75, 0.5, 0.0, 1.0]), None],
        [None, Some([0.25, 0.25, -1.0, 0.5])],
    ])
}

fn target(by: AnsweredBy, truths: Vec<Truth>) -> Target {
    Target { name: "t".into(), weight: 0.5, by, truths }
}

fn head_classes() -> HeadOutput {
    let classes: Arc<[Term]> = (0..5).map(Term::Int).collect();
    HeadOutput { output: "log-probabilities".into(), kind: HeadKind::Class(classes) }
}

/// A name, what gives the answer, the rules and the targets.
type TestedTask = (&'static str, AnsweredBy, Option<Arc<consil_neurosym::CompiledQuery>>, Vec<Truth>);

/// Every kind of query and every integration.
fn tasks() -> Vec<TestedTask> {
    let sum = || Some(query(SUM, "sum(S)", QueryKind::Class));
    let both = |integration| AnsweredBy::Both { head: head_classes(), integration };
    let of = |classes: [usize; 3]| classes.map(Truth::Class).to_vec();
    let partial = query("sum(S) :- digit(left, A), digit(right, B), A < 2, S is A + B.", "sum(S)", QueryKind::Class);
    let equal = query("equal :- digit(left, D), digit(right, D).", "equal", QueryKind::Class);
    let seen = query("seen(D) :- digit(left, D). seen(D) :- digit(right, D).", "seen(D)", QueryKind::Labels);
    let places = query("at(0, D) :- digit(left, D). at(1, D) :- digit(right, D).", "at(P, D)", QueryKind::Sequence);
    vec![
        ("class", AnsweredBy::Rules, sum(), of([1, 3, 4])),
        ("truth", AnsweredBy::Rules, Some(equal), of([0, 1, 0])),
        (
            "labels",
            AnsweredBy::Rules,
            Some(seen),
            vec![Truth::Labels(vec![0]), Truth::Labels(vec![1, 2]), Truth::Absent],
        ),
        (
            "sequence",
            AnsweredBy::Rules,
            Some(places),
            vec![Truth::Sequence(vec![0, 2]), Truth::Sequence(vec![1, 1]), Truth::Sequence(vec![2, 0])],
        ),
        ("product", both(Integration::Product), sum(), of([1, 3, 4])),
        ("gate", both(Integration::Gate), sum(), of([1, 3, 4])),
        ("rules first", both(Integration::RulesFirst), Some(partial), of([1, 3, 0])),
    ]
}

#[test]
fn the_gradient_of_each_kind_of_loss_is_that_of_finite_differences() {
    let (networks, weights) = networks();
    for (name, by, asked, truths) in tasks() {
        let examples = asked.map(|query| vec![Example { asked: RowQuery::closed(query), learned: None }; 3]);
        let task =
            AnswerTask::new(&networks, Box::new(rows()), 3, vec![target(by, truths)], examples.unwrap_or_default());
        let task = task.unwrap();
        let batch = [0, 1, 2];
        let step = |weights: &consil_graph::Weights| {
            let mut gradients = Gradients::zeros(weights.layout());
            let step = task.gradient(weights, &batch, Key::new(1), &mut gradients).unwrap();
            (step.loss, gradients)
        };
        let (_, gradients) = step(&weights);
        let mut largest = 0.0f64;
        for i in 0..weights.values().len() {
            const STEP: f32 = 1.0 / 128.0;
            let at = |by: f32| {
                let mut moved = weights.clone();
                moved.values_mut()[i] += by;
                step(&moved).0
            };
            let expected = (at(STEP) - at(-STEP)) / f64::from(2.0 * STEP);
            let got = f64::from(gradients.values()[i]);
            largest = largest.max(expected.abs());
            assert!((got - expected).abs() < 2e-4 + 1e-3 * expected.abs(), "{name}, weight {i}: {got} for {expected}");
        }
        assert!(largest > 1e-3, "{name}: no weight matters");
    }
}

#[test]
fn input_gradients_are_those_of_finite_differences() {
    let (networks, weights) = networks();
    for (name, by, asked, truths) in tasks() {
        let is_both = matches!(by, AnsweredBy::Both { .. });
        let example = Example { asked: RowQuery::closed(asked.unwrap()), learned: None };
        let task = |rows: Rows| {
            let target = target(by.clone(), truths.clone());
            AnswerTask::new(&networks, Box::new(rows), 3, vec![target], vec![example.clone(); 3]).unwrap()
        };
        let of_rows = task(rows()).input_gradients(&weights, 0).unwrap();
        assert_eq!(of_rows.len(), if is_both { 3 } else { 2 }, "{name}");
        if is_both {
            continue;
        }
        let answer = task(rows()).predict(&weights, &[0]).unwrap()[0].answer().unwrap().value.text();
        let log_p = |rows: Rows| {
            let said = task(rows).predict(&weights, &[0]).unwrap().remove(0);
            assert_eq!(said.answer().unwrap().value.text(), answer, "{name}: the step is too large");
            said.answer().unwrap().value.probability().unwrap().ln()
        };
        for gradient in &of_rows {
            let side = usize::from(gradient.inputs != [Term::atom("left")]);
            for pixel in 0..PIXELS {
                const STEP: f32 = 1.0 / 256.0;
                let at = |by: f32| {
                    let mut rows = rows();
                    rows.0[0][side].as_mut().unwrap()[pixel] += by;
                    log_p(rows)
                };
                let expected = (at(STEP) - at(-STEP)) / f64::from(2.0 * STEP);
                let got = f64::from(gradient.arrays["input"].data()[pixel]);
                assert!((got - expected).abs() < 1e-3, "{name}, side {side}, pixel {pixel}: {got} for {expected}");
            }
        }
    }
}

#[test]
fn a_row_without_any_input_is_an_error_by_its_name() {
    let (networks, weights) = networks();
    let asked = RowQuery::closed(query(SUM, "sum(S)", QueryKind::Class));
    let rows = Rows(vec![[Some([0.0; PIXELS]), None], [None, None]]);
    let targets = vec![target(AnsweredBy::Rules, vec![Truth::Class(0); 2])];
    let examples = vec![Example { asked, learned: None }; 2];
    let task = AnswerTask::new(&networks, Box::new(rows), 2, targets, examples).unwrap();
    assert!(task.predict(&weights, &[0]).is_ok());
    let error = task.predict(&weights, &[0, 1]).unwrap_err().into_inner();
    assert_eq!(error.downcast_ref::<AllAbsent>().unwrap().row, "row 1");
}
