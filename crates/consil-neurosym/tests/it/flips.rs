//! The nearest change that gives another answer, against every change tried by hand.

use std::sync::Arc;

use consil_logic::Term;
use consil_neurosym::{
    AnswerTask, AnswerValue, AnsweredBy, Example, HeadKind, HeadOutput, Integration, QueryKind, RowQuery, Target, Truth,
};

use crate::support::{Rows, networks, query};

const SUM: &str = "sum(S) :- digit(left, A), digit(right, B), S is A + B.";

fn rows() -> Rows {
    Rows(vec![
        [Some([0.5, -1.0, 2.0, 0.25]), Some([1.0, 0.0, -0.5, 1.5])],
        [Some([-0.75, 0.5, 0.0, 1.0]), None],
        [Some([1.5, 0.25, -1.0, 0.5]), Some([0.25, 0.25, -1.0, 0.5])],
        [Some([2.0, 2.0, -1.0, 0.0]), Some([-1.0, 0.5, 0.5, 2.0])],
    ])
}

/// What rules and head together say of the sums 0 to 4, from the digits' distributions and the head's: by the formulas, every pair of digits in turn.
fn joint(by: &AnsweredBy, digits: &[Vec<f64>], head: &[f64]) -> Vec<f64> {
    let mut rules = vec![0.0; 5];
    for (a, p) in digits[0].iter().enumerate() {
        for (b, q) in digits[1].iter().enumerate() {
            rules[a + b] += p * q;
        }
    }
    match by {
        AnsweredBy::Both { integration: Integration::Product, .. } => {
            let joint: Vec<f64> = rules.iter().zip(head).map(|(r, h)| r * h).collect();
            let total: f64 = joint.iter().sum();
            joint.iter().map(|p| p / total).collect()
        }
        // These rules leave nothing open.
        _ => rules,
    }
}

fn best(distribution: &[f64]) -> usize {
    (0..distribution.len()).rev().max_by(|a, b| distribution[*a].total_cmp(&distribution[*b])).unwrap()
}

#[test]
fn the_nearest_flip_is_that_of_the_answer_that_is_given() {
    let (networks, weights) = networks();
    let classes: Arc<[Term]> = (0..5).map(Term::Int).collect();
    let head = || HeadOutput { output: "log-probabilities".into(), kind: HeadKind::Class(classes.clone()) };
    let task = |by: AnsweredBy| {
        let example = Example { asked: RowQuery::closed(query(SUM, "sum(S)", QueryKind::Class)), learned: None };
        let examples = if matches!(by, AnsweredBy::Head(_)) { Vec::new() } else { vec![example; 4] };
        let target = Target { name: "t".into(), weight: 1.0, by, truths: vec![Truth::Class(0); 4] };
        AnswerTask::new(&networks, Box::new(rows()), 4, vec![target], examples).unwrap()
    };
    let by_head = task(AnsweredBy::Head(head()));
    let mut n_flips = 0;
    let mut n_by_head = 0;
    let both = |integration| AnsweredBy::Both { head: head(), integration };
    for by in [AnsweredBy::Rules, both(Integration::Product), both(Integration::RulesFirst)] {
        let task = task(by.clone());
        for row in 0..4 {
            let said = by_head.predict(&weights, &[row]).unwrap().remove(0);
            let Some(AnswerValue::Class(said)) = said.answer().map(|answer| answer.value.clone()) else { panic!() };
            let predicted = task.predict(&weights, &[row]).unwrap().remove(0);
            let networks = &predicted.networks;
            let digits: Vec<Vec<f64>> =
                networks.iter().map(|seen| seen.probabilities.iter().map(|p| f64::from(*p)).collect()).collect();
            let now = best(&joint(&by, &digits, &said.probabilities));
            assert_eq!(predicted.best_index(), now);
            let mut expected: Option<(f64, usize, usize, usize)> = None;
            for (network, seen) in networks.iter().enumerate().filter(|(_, seen)| seen.present) {
                for class in (0..seen.classes.len()).filter(|class| *class != seen.argmax()) {
                    let mut changed = digits.clone();
                    changed[network].fill(0.0);
                    changed[network][class] = 1.0;
                    let answer = best(&joint(&by, &changed, &said.probabilities));
                    let p = digits[network][class];
                    if answer != now && expected.is_none_or(|expected| p > expected.0) {
                        expected = Some((p, network, class, answer));
                    }
                }
            }
            let found = task.nearest_flip(&weights, row).unwrap();
            assert_eq!(found.is_some(), expected.is_some(), "{by:?}, row {row}");
            if let (Some(found), Some((p, network, class, answer))) = (found, expected) {
                n_flips += 1;
                n_by_head += usize::from(answer != class + best(&digits[1 - network]));
                assert!((found.flip.probability - p).abs() < 1e-6, "{by:?}, row {row}");
                assert_eq!((found.flip.flipped, found.answer), (answer, answer.to_string()), "{by:?}, row {row}");
            }
        }
    }
    assert!(n_flips >= 6 && n_by_head > 0, "{n_flips} flips, {n_by_head} of them with the head's word in them");
    assert_eq!(by_head.nearest_flip(&weights, 0).unwrap(), None);
}
