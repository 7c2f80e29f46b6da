//! Marginals of the leaves, and the most probable world.

use super::{Given, World};
use crate::circuit::Join;
use crate::plan::Plan;

impl Plan {
    /// log P(evidence) of one sample; 0 without evidence.
    ///
    /// # Panics
    /// If `log_weights` is not `n_slots` long.
    pub fn log_evidence(&self, log_weights: &[f64]) -> f64 {
        assert_eq!(log_weights.len(), self.n_slots(), "the log weights of one sample");
        self.circuit.evidence().map_or(0.0, |row| self.circuit.log_rows(log_weights, |_| Join::Sum)[row as usize])
    }

    /// P(slot | given) of every slot; nothing if what is given is impossible.
    ///
    /// With the circuit's derivative g of log P(given) by a log weight, P(slot | given) = g(slot) + w(slot) · (1 − Σ g) over
    /// the slots of a group: in the share of worlds whose term leaves the group open it keeps its prior (Darwiche, "A
    /// differential approach to inference in Bayesian networks", J. ACM 2003, section 4).
    ///
    /// # Panics
    /// If there is no such answer or `log_weights` is not `n_slots` long.
    pub fn posteriors(&self, given: Given, log_weights: &[f64]) -> Option<Vec<f64>> {
        assert_eq!(log_weights.len(), self.n_slots(), "the log weights of one sample");
        let priors = log_weights.iter().map(|weight| weight.exp());
        let Some(root) = self.given(given) else { return Some(priors.collect()) };
        let rows = self.circuit.log_rows(log_weights, |_| Join::Sum);
        if rows[root as usize] == f64::NEG_INFINITY {
            return None;
        }
        let mut posteriors = self.circuit.flows(&rows, root);
        let priors: Vec<f64> = priors.collect();
        for group in &self.groups {
            let decided: f64 = posteriors[group.slots.clone()].iter().sum();
            for slot in group.slots.clone() {
                posteriors[slot] += priors[slot] * (1.0 - decided).max(0.0);
            }
        }
        Some(posteriors)
    }

    /// The most probable explanation: of all worlds in which what is given holds, the most probable one; nothing if there is
    /// none. The first class is taken among equals.
    ///
    /// # Panics
    /// If there is no such answer or `log_weights` is not `n_slots` long.
    pub fn most_probable_world(&self, given: Given, log_weights: &[f64]) -> Option<World> {
        assert_eq!(log_weights.len(), self.n_slots(), "the log weights of one sample");
        let best: Vec<usize> = self.groups.iter().map(|group| largest(log_weights, group.slots.clone())).collect();
        if best.iter().any(|&slot| log_weights[slot] == f64::NEG_INFINITY) {
            return None;
        }
        let open = |group: usize| best[group];
        let Some(root) = self.given(given) else { return Some(self.world(&[], log_weights, open)) };
        // Relative to the largest weight of each group, a group left open counts 1, as it should.
        let mut relative = log_weights.to_vec();
        for (group, &slot) in self.groups.iter().zip(&best) {
            relative[group.slots.clone()].iter_mut().for_each(|weight| *weight -= log_weights[slot]);
        }
        let rows = self.circuit.log_rows(&relative, |_| Join::Max);
        if rows[root as usize] == f64::NEG_INFINITY {
            return None;
        }
        let term = self.circuit.term(&rows, root, |edges| largest(edges, 0..edges.len()));
        Some(self.world(&term, log_weights, open))
    }
}

/// The first of the largest.
fn largest(values: &[f64], range: std::ops::Range<usize>) -> usize {
    let first = range.start;
    range.fold(first, |best, at| if values[at] > values[best] { at } else { best })
}
