//! The nearest change that would give another answer.

use super::Plan;
use crate::circuit::Workspace;

/// A change of one group's class that changes the most probable answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Flip {
    /// The group, by its index in [`Plan::groups`].
    pub group: usize,
    /// The slot of the most probable class now.
    pub from: usize,
    /// The slot of the class it would have to be.
    pub to: usize,
    /// The probability of that class under the sample's weights.
    pub probability: f64,
    /// The most probable answer now.
    pub answer: usize,
    /// The most probable answer after the change.
    pub flipped: usize,
    /// The probability of `flipped` after the change.
    pub flipped_probability: f64,
}

/// The nearest flip of what `best` says of a column of the evaluated circuit, among the groups that are candidates.
pub(super) fn nearest_flip(
    plan: &Plan,
    log_weights: &[f32],
    ws: &mut Workspace,
    is_candidate: impl Fn(usize) -> bool,
    best_of: impl Fn(&Workspace, usize) -> Option<(usize, f64)>,
) -> Option<Flip> {
    let n_slots = plan.n_slots();
    assert_eq!(log_weights.len(), n_slots, "the log weights of one sample");
    // One column for each slot, its group fixed to it, and a last one with the weights as they are.
    let batch = n_slots + 1;
    let mut columns: Vec<f32> = log_weights.iter().flat_map(|&weight| std::iter::repeat_n(weight, batch)).collect();
    for group in &plan.groups {
        for fixed in group.slots.clone() {
            for slot in group.slots.clone() {
                columns[slot * batch + fixed] = if slot == fixed { 0.0 } else { f32::NEG_INFINITY };
            }
        }
    }
    plan.forward(&columns, batch, ws);
    let (answer, _) = best_of(ws, n_slots)?;
    let mut best: Option<Flip> = None;
    for (index, group) in plan.groups.iter().enumerate().filter(|(index, _)| is_candidate(*index)) {
        // The first among equals.
        let from = group.slots.clone().rev().max_by(|&a, &b| log_weights[a].total_cmp(&log_weights[b]))?;
        for to in group.slots.clone().filter(|&to| to != from && log_weights[to] > f32::NEG_INFINITY) {
            let probability = f64::from(log_weights[to]).exp();
            if best.as_ref().is_some_and(|best| best.probability >= probability) {
                continue;
            }
            if let Some((flipped, log)) = best_of(ws, to).filter(|(flipped, _)| *flipped != answer) {
                let flipped_probability = log.exp();
                best = Some(Flip { group: index, from, to, probability, answer, flipped, flipped_probability });
            }
        }
    }
    best
}

/// The most probable answer of a sample, the first among equals; nothing if every answer is impossible.
pub(super) fn best_answer(plan: &Plan, ws: &Workspace, b: usize) -> Option<(usize, f64)> {
    let mut best: Option<(usize, f64)> = None;
    for answer in 0..plan.answers.len() {
        let log = ws.log_prob(answer, b);
        if log > best.map_or(f64::NEG_INFINITY, |(_, best)| best) {
            best = Some((answer, log));
        }
    }
    best
}
