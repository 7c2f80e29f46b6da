//! A goal whose exact circuit would exceed the budget, compiled to bounds.

use std::sync::Arc;

use super::{Certificate, LeafGroup, default_log_weights};
use crate::circuit::{Circuit, Workspace};
use crate::term::Term;

/// A goal derived and compiled within a budget: for each answer a circuit that bounds its probability from below and one that
/// bounds it from above, under any weights.
///
/// With evidence E, of which only bounds L and U are known as well, P(Q | E) lies between
/// L(Q ∧ E) / (L(Q ∧ E) + U(¬Q ∧ E)) and U(Q ∧ E) / (U(Q ∧ E) + L(¬Q ∧ E)).
pub struct Bounds {
    pub(crate) answers: Vec<Term>,
    pub(crate) groups: Vec<LeafGroup>,
    /// Two roots for each answer, from below and above; if it is conditional, four: with the evidence, and its negation with the
    /// evidence likewise. Then those of any answer that is not listed.
    pub(crate) circuit: Arc<Circuit>,
    pub(crate) is_conditional: bool,
    pub(crate) is_exact: Vec<bool>,
    pub(crate) is_derived: bool,
}

impl Bounds {
    /// The ground instances of the query that can be true, in the standard order, as far as they were found: see
    /// [`further`](Self::further).
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

    /// Whether nothing had to be cut, so that each interval is a point and no answer is missing.
    pub fn is_exact(&self) -> bool {
        self.is_exact.iter().all(|&is_exact| is_exact)
    }

    /// Whether every derivation was found, so that more nodes or time to compile would make the bounds exact.
    pub fn is_derived(&self) -> bool {
        self.is_derived
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
        (0..self.answers.len()).map(|answer| self.value(answer, ws)).collect()
    }

    /// What the probability is at most that an answer holds which is not listed: 0 if all are.
    ///
    /// # Panics
    /// If `log_weights` is not `n_slots` long.
    pub fn further(&self, log_weights: &[f64], ws: &mut Workspace) -> f64 {
        ws.forward(&self.circuit, log_weights, 1);
        match self.value(self.answers.len(), ws) {
            (_, Certificate::Bounds { upper, .. }) => upper,
            (probability, _) => probability,
        }
    }

    fn value(&self, root: usize, ws: &Workspace) -> (f64, Certificate) {
        if !self.is_conditional {
            let [lower, upper] = [0, 1].map(|side| ws.log_prob(2 * root + side, 0).exp());
            return self.within(root, lower, upper);
        }
        let logs = [0, 1, 2, 3].map(|side: usize| ws.log_prob(4 * root + side, 0));
        // Relative to the largest, as all may be too small for a double.
        let largest = logs[1].max(logs[3]);
        if !largest.is_finite() {
            return (f64::NAN, Certificate::Bounds { lower: 0.0, upper: 1.0 });
        }
        let [below, above, negation_below, negation_above] = logs.map(|log| (log - largest).exp());
        // The evidence being possible, the query is certain where its negation is impossible, and the other way round.
        let part = |one: f64, other: f64, neither: f64| if one + other > 0.0 { one / (one + other) } else { neither };
        self.within(root, part(below, negation_above, 1.0), part(above, negation_below, 0.0))
    }

    fn within(&self, root: usize, lower: f64, upper: f64) -> (f64, Certificate) {
        if self.is_exact[root] {
            return (lower, Certificate::Exact);
        }
        let (lower, upper) = (lower.clamp(0.0, 1.0), upper.clamp(lower, 1.0));
        (0.5 * (lower + upper), Certificate::Bounds { lower, upper })
    }
}
