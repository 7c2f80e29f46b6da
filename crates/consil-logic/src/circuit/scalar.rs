//! One sample at a time in double precision, by logarithm: what tasks other than training need.

use super::Circuit;

/// How the edges of a node are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Join {
    Sum,
    Max,
}

impl Circuit {
    /// The logarithm of every row, the slots' first.
    pub(crate) fn log_rows(&self, slots: &[f64], join: impl Fn(usize) -> Join) -> Vec<f64> {
        let mut rows = Vec::with_capacity(self.n_rows());
        rows.extend_from_slice(slots);
        let mut edges: Vec<f64> = Vec::new();
        for node in 0..self.n_nodes() {
            edges.clear();
            edges.extend(self.edges(node).map(|factors| factors.iter().map(|&row| rows[row as usize]).sum::<f64>()));
            let largest = edges.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            rows.push(match join(node) {
                Join::Max => largest,
                Join::Sum if largest == f64::NEG_INFINITY => largest,
                Join::Sum => largest + edges.iter().map(|edge| (edge - largest).exp()).sum::<f64>().ln(),
            });
        }
        rows
    }

    /// ∂ log root / ∂ log weight of every slot: the probability, given the root, that a term with this slot is the true one.
    pub(crate) fn flows(&self, rows: &[f64], root: u32) -> Vec<f64> {
        let mut flows = vec![0.0; self.n_rows()];
        flows[root as usize] = 1.0;
        for node in (0..self.n_nodes()).rev() {
            let (flow, value) = (flows[self.n_slots + node], rows[self.n_slots + node]);
            if flow == 0.0 || value == f64::NEG_INFINITY {
                continue;
            }
            for factors in self.edges(node) {
                let edge: f64 = factors.iter().map(|&row| rows[row as usize]).sum();
                let share = flow * (edge - value).exp();
                factors.iter().for_each(|&row| flows[row as usize] += share);
            }
        }
        flows.truncate(self.n_slots);
        flows
    }

    /// The slots of one term of a root: `choose` picks an edge of each node on the way by the logarithms of all its edges.
    pub(crate) fn term(&self, rows: &[f64], root: u32, mut choose: impl FnMut(&[f64]) -> usize) -> Vec<u32> {
        let mut slots = Vec::new();
        let mut pending = vec![root];
        let mut logs = Vec::new();
        while let Some(row) = pending.pop() {
            let Some(node) = (row as usize).checked_sub(self.n_slots) else {
                slots.push(row);
                continue;
            };
            logs.clear();
            logs.extend(self.edges(node).map(|factors| factors.iter().map(|&row| rows[row as usize]).sum::<f64>()));
            if !logs.is_empty() {
                pending.extend(self.edges(node).nth(choose(&logs)).into_iter().flatten());
            }
        }
        slots
    }
}
