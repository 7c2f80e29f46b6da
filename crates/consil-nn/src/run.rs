//! Running a plan over a batch: forwards, and back in reverse.
//!
//! The batch is cut into shares of neighbouring rows, as many as its work asks for, and threads of the pool at hand take them one by one. Whatever is a sum
//! over rows is added up share by share in their order, or computed for all rows at once; so the bits do not depend on the number
//! of threads.

mod back;
mod memory;
mod row;

use std::ops::Range;

use rayon::prelude::*;

use consil_random::Key;

use crate::kernel::step::Statistic;
use crate::op::{Forward, WholeForward};
use crate::plan::{Place, Plan, Step, Stretch};
use crate::run_error::RunError;
use crate::slot::Slot;

pub(crate) use back::{Back, backward};
pub(crate) use memory::{Memory, Share, Workspace};
pub(crate) use row::backward_clipped;

/// What a plan runs over.
#[derive(Clone, Copy)]
pub(crate) struct Batch<'a> {
    pub plan: &'a Plan,
    pub slots: &'a [Slot],
    pub weights: &'a [f32],
    /// The inputs in the graph's order.
    pub inputs: &'a [&'a [f32]],
    /// What steps made of shared operands, by the value that they result in.
    pub prepared: &'a [Vec<f32>],
    pub key: Key,
}

/// Rows of a batch, and where they lie in the memory of their share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows {
    /// The first of them in the batch.
    pub first: usize,
    /// How many there are.
    pub n: usize,
    /// How many rows lie before them in their memory.
    pub at: usize,
}

impl Rows {
    /// All rows of a share.
    pub fn of(share: &Range<usize>) -> Self {
        Self { first: share.start, n: share.len(), at: 0 }
    }

    /// What is not of rows at all, as one row.
    pub const ONCE: Self = Self { first: 0, n: 1, at: 0 };

    /// Where a value of this size lies in its buffer.
    pub fn range(&self, size: usize) -> Range<usize> {
        self.at * size..(self.at + self.n) * size
    }
}

impl Batch<'_> {
    /// A value as rows `rows` see it; `common` is the memory of what is shared, where that is not `memory` itself.
    pub(crate) fn read<'a>(
        &'a self,
        value: usize,
        rows: Rows,
        memory: &'a Memory,
        common: Option<&'a Memory>,
    ) -> &'a [f32] {
        let value = &self.plan.values[value];
        match value.place {
            Place::Input(i) => &self.inputs[i][rows.first * value.size..(rows.first + rows.n) * value.size],
            Place::Param(i) => &self.weights[self.slots[i].range.clone()],
            Place::Local => &memory.buffers[value.buffer][rows.range(value.size)],
            Place::Shared => &common.unwrap_or(memory).buffers[value.buffer][..value.size],
        }
    }

    /// The operands of a step that all rows share; the others are empty.
    pub(crate) fn read_common<'a>(&'a self, step: &Step, common: &'a Memory) -> Vec<&'a [f32]> {
        let read = |operand: &usize| match self.plan.values[*operand].is_common() {
            true => self.read(*operand, Rows::ONCE, common, Some(common)),
            false => &[],
        };
        step.operands.iter().map(read).collect()
    }
}

/// Runs the plan forwards; gives the statistics of batch normalisations by the number of the parameter they are of.
pub(crate) fn forward(batch: Batch<'_>, workspace: &mut Workspace) -> Result<Vec<(usize, Statistic)>, RunError> {
    let Workspace { shares, common, whole, prepared } = workspace;
    let plan = batch.plan;
    let made_before = |step: &Step, common: &Memory, prepared: &mut [Vec<f32>]| {
        let into = &mut prepared[step.result];
        into.clear();
        step.kernel.prepare(&batch.read_common(step, common), into);
    };
    for step in &plan.steps[..plan.n_shared_steps] {
        made_before(step, common, prepared);
        step_forward(Batch { prepared, ..batch }, step, Rows::ONCE, common, None)?;
    }
    plan.steps[plan.n_shared_steps..].iter().for_each(|step| made_before(step, common, prepared));
    let batch = Batch { prepared, ..batch };
    let mut statistics = Vec::new();
    for stretch in plan.stretches() {
        match stretch {
            Stretch::Shares(steps) => each_share(shares, |share| {
                let Share { rows, memory, .. } = share;
                steps
                    .clone()
                    .try_for_each(|s| step_forward(batch, &plan.steps[s], Rows::of(rows), memory, Some(common)))
            })?,
            Stretch::Whole(s) => {
                let kept = whole.entry(s).or_default();
                statistics.extend(whole_forward(batch, &plan.steps[s], shares, common, kept)?);
            }
        }
    }
    Ok(statistics)
}

/// Runs `f` on all shares, at once where there are several.
fn each_share(
    shares: &mut [Share],
    f: impl Fn(&mut Share) -> Result<(), RunError> + Sync + Send,
) -> Result<(), RunError> {
    match shares {
        [share] => f(share),
        shares => {
            // Of several errors the one of the first share, whoever came first.
            let results: Vec<Result<(), RunError>> = shares.par_iter_mut().map(f).collect();
            results.into_iter().collect()
        }
    }
}

fn step_forward(
    batch: Batch<'_>,
    step: &Step,
    rows: Rows,
    memory: &mut Memory,
    common: Option<&Memory>,
) -> Result<(), RunError> {
    let result = &batch.plan.values[step.result];
    let n = rows.n;
    let mut y = std::mem::take(&mut memory.buffers[result.buffer]);
    let mut kept = step.kept.map(|(buffer, _)| std::mem::take(&mut memory.buffers[buffer])).unwrap_or_default();
    let mut scratch = std::mem::take(&mut memory.scratch);
    let x: Vec<&[f32]> = step.operands.iter().map(|operand| batch.read(*operand, rows, memory, common)).collect();
    let ran = step.kernel.forward(Forward {
        rows: n * step.fold,
        first_row: rows.first * step.fold,
        x: &x,
        y: &mut y[..n * result.size],
        kept: &mut kept[..n * step.kept.map_or(0, |(_, size)| size)],
        prepared: &batch.prepared[step.result],
        key: batch.key,
        scratch: &mut scratch,
    });
    memory.scratch = scratch;
    memory.buffers[result.buffer] = y;
    if let Some((buffer, _)) = step.kept {
        memory.buffers[buffer] = kept;
    }
    ran
}

fn whole_forward(
    batch: Batch<'_>,
    step: &Step,
    shares: &mut [Share],
    common: &Memory,
    kept: &mut Vec<f32>,
) -> Result<Vec<(usize, Statistic)>, RunError> {
    let result = &batch.plan.values[step.result];
    let kernel = step.kernel.as_whole().expect("the stretch of a whole kernel");
    let mut results: Vec<Vec<f32>> =
        shares.iter_mut().map(|share| std::mem::take(&mut share.memory.buffers[result.buffer])).collect();
    let weights: Vec<&[f32]> =
        step.operands[1..].iter().map(|operand| batch.read(*operand, Rows::ONCE, common, Some(common))).collect();
    let mut parts: Vec<WholeForward<'_>> = (shares.iter().zip(&mut results))
        .map(|(share, y)| WholeForward {
            x: batch.read(step.operands[0], Rows::of(&share.rows), &share.memory, Some(common)),
            y: &mut y[..share.rows.len() * result.size],
        })
        .collect();
    let ran = kernel.forward(&mut parts, &weights, kept);
    for (share, y) in shares.iter_mut().zip(results) {
        share.memory.buffers[result.buffer] = y;
    }
    let of_param = |(operand, statistic): (usize, Statistic)| match batch.plan.values[step.operands[operand]].place {
        Place::Param(param) => Some((param, statistic)),
        _ => None,
    };
    Ok(ran?.into_iter().filter_map(of_param).collect())
}
