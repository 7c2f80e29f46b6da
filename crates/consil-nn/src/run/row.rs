//! Gradients of single rows, each clipped to a norm before they are added: what differentially private training needs (Abadi et al., 2016).

use rayon::prelude::*;

use super::back::{Sink, all_shared_backward, prepare, step_backward};
use super::{Back, Batch, Memory, Rows, Share, Workspace};
use crate::gradients::Gradients;

/// Adds `Σ g · min(1, limit / ‖g‖)` over the gradients g of the rows; gives their norms.
///
/// Each share goes back row by row with buffers of its own, and the shares' sums are added in their order. The plan must have no step that sees the
/// whole batch.
pub(crate) fn backward_clipped(
    batch: Batch<'_>,
    workspace: &mut Workspace,
    back: &Back,
    limit: f64,
    gradients: &mut Gradients,
) -> Vec<f64> {
    let Workspace { shares, common, prepared, .. } = workspace;
    let common = &*common;
    prepare(batch, back, common, prepared);
    let batch = Batch { prepared, ..batch };
    let empty = gradients.empty_copy();
    let of_share = |share: &mut Share| {
        let mut sum = empty.clone();
        let mut norms = Vec::with_capacity(share.rows.len());
        let mut of_row = empty.clone();
        // Gradients of what is computed once are written there, by every share for itself.
        let mut once = Memory { buffers: common.buffers.clone(), ..Memory::default() };
        for at in 0..share.rows.len() {
            of_row.restart();
            row_backward(batch, share, back, at, &mut once, &mut of_row);
            of_row.settle();
            let norm = of_row.norm();
            sum.add_scaled(&of_row, if norm > limit { (limit / norm) as f32 } else { 1.0 });
            norms.push(norm);
        }
        (sum, norms)
    };
    let sums: Vec<(Gradients, Vec<f64>)> = match &mut shares[..] {
        [share] => vec![of_share(share)],
        shares => shares.par_iter_mut().map(of_share).collect(),
    };
    let mut norms = Vec::new();
    for (sum, of_share) in sums {
        gradients.add(&sum);
        norms.extend(of_share);
    }
    norms
}

/// The gradient of the row that is the share's row number `at`.
fn row_backward(
    batch: Batch<'_>,
    share: &mut Share,
    back: &Back,
    at: usize,
    once: &mut Memory,
    gradients: &mut Gradients,
) {
    let plan = batch.plan;
    let Share { rows, memory, partial } = share;
    let row = Rows { first: rows.start + at, n: 1, at };
    let mut begun = vec![false; plan.values.len()];
    for s in (plan.n_shared_steps..plan.steps.len()).rev() {
        let Some(wanted) = &back.steps[s] else { continue };
        let step = &plan.steps[s];
        let mut wanted = wanted.clone();
        for (wanted, operand) in wanted.iter_mut().zip(&step.operands) {
            if wanted.is_some() && plan.values[*operand].is_common() {
                *wanted = Some(std::mem::replace(&mut begun[*operand], true));
            }
        }
        step_backward(batch, step, &wanted, row, memory, Some(once), partial);
    }
    let mut part = gradients.whole();
    let mut sink = Sink::new(batch, &mut part);
    for value in (0..begun.len()).filter(|value| begun[*value]) {
        sink.add(value, once, &partial[value]);
    }
    all_shared_backward(batch, back, once, &mut sink);
}
