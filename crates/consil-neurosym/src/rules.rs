//! The rules' part of a batch: what a circuit's answers say of a row, and the loss of a target by log P(answer).

use std::sync::Arc;

use consil_logic::{Plan, Workspace};

use crate::answer::{AnswerValue, Distribution};
use crate::query::{CompiledQuery, QueryForm};
use crate::target::Truth;

/// No probability of the opposite is taken for less: networks compute in single precision, where `1 − p` may vanish.
const LEAST_OPPOSITE: f64 = 1e-7;

/// One row of an evaluated circuit.
pub(crate) struct Evaluated<'w> {
    pub plan: &'w Plan,
    pub workspace: &'w Workspace,
    /// The row's lane.
    pub b: usize,
}

impl Evaluated<'_> {
    fn log_prob(&self, answer: usize) -> f64 {
        self.workspace.log_prob(answer, self.b)
    }

    fn prob(&self, answer: usize) -> f64 {
        self.log_prob(answer).exp()
    }

    /// `−log (1 − p)` and its slope by log p: infinite for an answer that is certain.
    fn opposite(&self, answer: usize) -> (f64, f64) {
        if self.plan.is_certain(answer) {
            return (f64::INFINITY, 0.0);
        }
        let log_prob = self.log_prob(answer);
        let opposite = (-log_prob.exp_m1()).max(LEAST_OPPOSITE);
        (-opposite.ln(), log_prob.exp() / opposite)
    }
}

/// `−log (1 − p)` of an answer, and its slope by log p.
pub(crate) fn opposite(evaluated: &Evaluated<'_>, answer: usize) -> (f64, f64) {
    evaluated.opposite(answer)
}

impl CompiledQuery {
    /// What the answers say of sample `b` of the batch that the plan was last evaluated on, by [`Plan::forward`].
    pub fn answer(&self, workspace: &Workspace, b: usize) -> AnswerValue {
        answer(self, &Evaluated { plan: self.plan(), workspace, b })
    }
}

/// What the rules say of a row.
pub(crate) fn answer(query: &CompiledQuery, evaluated: &Evaluated<'_>) -> AnswerValue {
    let all = |n: usize| (0..n).map(|answer| evaluated.prob(answer)).collect::<Vec<f64>>();
    match query.form() {
        QueryForm::Class { classes } => {
            AnswerValue::Class(Distribution { classes: Arc::clone(classes), probabilities: all(classes.len()) })
        }
        QueryForm::Truth { classes } => {
            let p = evaluated.prob(0);
            AnswerValue::Class(Distribution { classes: Arc::clone(classes), probabilities: vec![p, 1.0 - p] })
        }
        QueryForm::Labels { labels } => {
            AnswerValue::Labels { labels: Arc::clone(labels), probabilities: all(labels.len()) }
        }
        QueryForm::Sequence { places } => {
            let at = |place: &crate::query::Place| {
                let probabilities = place.answers.iter().map(|answer| evaluated.prob(*answer)).collect();
                (place.name.clone(), Distribution { classes: Arc::clone(&place.classes), probabilities })
            };
            AnswerValue::Sequence(places.iter().map(at).collect())
        }
    }
}

/// The loss of one row, its slopes by log P(answer) written to `slopes`. Infinite where the rules exclude the truth; none where it is not known.
///
/// A class: `−log p`. Labels: the mean over labels of `−log p` for those that hold, `−log (1 − p)` for the others. A sequence: the sum of `−log p` over places.
pub(crate) fn loss(query: &CompiledQuery, evaluated: &Evaluated<'_>, truth: &Truth, slopes: &mut [f64]) -> Option<f64> {
    slopes.fill(0.0);
    match (query.form(), truth) {
        (QueryForm::Class { .. }, Truth::Class(right)) => {
            slopes[*right] = -1.0;
            Some(-evaluated.log_prob(*right))
        }
        (QueryForm::Truth { .. }, Truth::Class(0)) => {
            slopes[0] = -1.0;
            Some(-evaluated.log_prob(0))
        }
        (QueryForm::Truth { .. }, Truth::Class(_)) => {
            let (loss, slope) = evaluated.opposite(0);
            slopes[0] = slope;
            Some(loss)
        }
        (QueryForm::Labels { labels }, Truth::Labels(right)) => {
            let n = labels.len().max(1) as f64;
            let mut total = 0.0;
            for (answer, slope) in slopes.iter_mut().enumerate() {
                let (loss, by_log_prob) = match right.binary_search(&answer) {
                    Ok(_) => (-evaluated.log_prob(answer), -1.0),
                    Err(_) => evaluated.opposite(answer),
                };
                total += loss;
                *slope = by_log_prob / n;
            }
            Some(total / n)
        }
        (QueryForm::Sequence { places }, Truth::Sequence(right)) => {
            let mut total = 0.0;
            for (place, class) in places.iter().zip(right) {
                let answer = place.answers[*class];
                slopes[answer] = -1.0;
                total -= evaluated.log_prob(answer);
            }
            Some(total)
        }
        _ => None,
    }
}

/// The probability of each class, for rules that answer together with a head: r of [`Integration`](crate::Integration).
pub(crate) fn class_probabilities(evaluated: &Evaluated<'_>, class_of: &[Option<usize>], n_classes: usize) -> Vec<f64> {
    let mut rules = vec![0.0; n_classes];
    match class_of {
        // A query without variables: its one answer is `true`, and what is missing to it `false`.
        [Some(yes), Some(no)] if evaluated.plan.answers().len() == 1 => {
            rules[*yes] = evaluated.prob(0);
            rules[*no] = 1.0 - rules[*yes];
        }
        _ => {
            for (answer, class) in class_of.iter().enumerate() {
                if let Some(class) = class {
                    rules[*class] += evaluated.prob(answer);
                }
            }
        }
    }
    rules
}

/// From slopes by the log-probabilities of classes to slopes by those of the circuit's answers.
pub(crate) fn answer_slopes(
    evaluated: &Evaluated<'_>,
    class_of: &[Option<usize>],
    by_class: &[f64],
    rules: &[f64],
    slopes: &mut [f64],
) {
    slopes.fill(0.0);
    match class_of {
        [Some(yes), Some(no)] if evaluated.plan.answers().len() == 1 => {
            // d log (1 − p) / d log p = −p / (1 − p).
            let odds = rules[*yes] / rules[*no].max(LEAST_OPPOSITE);
            slopes[0] = by_class[*yes] - by_class[*no] * odds;
        }
        _ => {
            for (slope, class) in slopes.iter_mut().zip(class_of) {
                *slope = class.map_or(0.0, |class| by_class[class]);
            }
        }
    }
}
