//! A goal whose exact circuit would exceed the budget, compiled to bounds.

use std::sync::Arc;

use super::{Certificate, LeafGroup, default_log_weights};
use crate::circuit::{Circuit, Workspace};
use crate::term::Term;

/// A goal compiled within a budget: for each answer a circuit that bounds its probability from below and one that bounds it
/// from above, under any weights.
///
/// With evidence E, of which only bounds L and U are known as well, P(Q | E) lies between
/// L(Q ∧ E) / (L(Q ∧ E) + U(¬Q ∧ E)) and U(Q ∧ E) / (U(Q ∧ E) + L(¬Q ∧ E)).
pub struct Bounds {
    pub(crate) answers: Vec<Term>,
    pub(crate) groups: Vec<LeafGroup>,
    /// Four roots for each answer: with the evidence from below and above, its negation with the evidence likewise.
    pub(crate) circuit: Arc<Circuit>,
    pub(crate) is_exact: bool,
}

impl Bounds {
    /// The ground instances of the query that can be true, in the standard order.
    pub fn answers(&self) -> &[Term] {
        &self.answers
    }

    /// The random variables, as in a [`Plan`](crate::Plan).
    pub fn groups(&self) -> &[LeafGroup] {
        &self.groups
    }

    /// Rows of the log weights.
    pub fn n_slots(&self) -> usize {
        self.circuit.n_slots()
    }

    /// Whether nothing had to be cut, so that each interval is a point.
    pub fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// Sums of the circuit, and products under them.
    pub fn size(&self) -> (usize, usize) {
        (self.circuit.n_nodes(), self.circuit.n_edges())
    }

    /// The log weights that the program itself knows, as [`Plan::default_log_weights`](crate::Plan::default_log_weights).
    pub fn default_log_weights(&self) -> Vec<f64> {
        default_log_weights(&self.groups, self.n_slots())
    }

    /// For each answer a probability and what it is: the exact one, or the middle of the interval in the certificate. NaN,
    /// and an interval of everything, where the evidence is impossible.
    ///
    /// # Panics
    /// If `log_weights` is not `n_slots` long.
    pub fn evaluate(&self, log_weights: &[f64], ws: &mut Workspace) -> Vec<(f64, Certificate)> {
        ws.forward(&self.circuit, log_weights, 1);
        let value = |root: usize| ws.log_prob(root, 0).exp();
        (0..self.answers.len())
            .map(|answer| {
                let [below, above, negation_below, negation_above] = [0, 1, 2, 3].map(|side| value(4 * answer + side));
                if above + negation_above == 0.0 {
                    return (f64::NAN, Certificate::Bounds { lower: 0.0, upper: 1.0 });
                }
                let part =
                    |one: f64, other: f64, unknown: f64| if one + other > 0.0 { one / (one + other) } else { unknown };
                let (lower, upper) = (part(below, negation_above, 0.0), part(above, negation_below, 1.0));
                if self.is_exact {
                    return (lower, Certificate::Exact);
                }
                let (lower, upper) = (lower.clamp(0.0, 1.0), upper.clamp(lower, 1.0));
                (0.5 * (lower + upper), Certificate::Bounds { lower, upper })
            })
            .collect()
    }
}
