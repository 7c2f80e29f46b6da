//! The way back: vector–Jacobian products step by step, in reverse.

use std::mem::take;
use std::ops::Range;

use rayon::prelude::*;

use super::{Batch, Memory, Rows, Share, Workspace, each_share};
use crate::gradients::GradientPart;
use crate::op::{Backward, Part, Target, WholeBackward};
use crate::plan::{Place, Plan, Step, Stretch};

/// What is done on the way back: which steps run, and which gradients are added to what is there.
///
/// A step whose result no cotangent reaches does not run, and a parameter that none reaches is left alone.
#[derive(Debug)]
pub(crate) struct Back {
    /// For each step that runs, for each operand: `None` where its gradient is not wanted, else whether it is added.
    pub steps: Vec<Option<Vec<Option<bool>>>>,
    /// Whether each value has a gradient.
    pub reached: Vec<bool>,
}

impl Back {
    /// What follows from cotangents of some outputs, where only some values [lead](Plan::leads) to what is wanted.
    pub fn new(plan: &Plan, has_cotangent: &[bool], leads: &[bool]) -> Self {
        let mut reached = vec![false; plan.values.len()];
        for ((value, _), has) in plan.outputs.iter().zip(has_cotangent) {
            reached[*value] |= *has && leads[*value];
        }
        let mut steps: Vec<Option<Vec<Option<bool>>>> = plan.steps.iter().map(|_| None).collect();
        for (s, step) in plan.steps.iter().enumerate().rev() {
            if !reached[step.result] {
                continue;
            }
            let mut seen: Vec<Option<bool>> = Vec::with_capacity(step.operands.len());
            for (i, operand) in step.operands.iter().enumerate() {
                let wanted = leads[*operand] && step.kernel.is_differentiable(i);
                seen.push(wanted.then(|| std::mem::replace(&mut reached[*operand], true)));
            }
            steps[s] = Some(seen);
        }
        Self { steps, reached }
    }
}

/// Where gradients of what all rows share go.
pub(super) struct Sink<'a, 'g> {
    plan: &'a Plan,
    batch: Batch<'a>,
    gradients: &'a mut GradientPart<'g>,
    /// Whether the gradient of each shared value has begun.
    begun: Vec<bool>,
}

impl<'a, 'g> Sink<'a, 'g> {
    pub fn new(batch: Batch<'a>, gradients: &'a mut GradientPart<'g>) -> Self {
        Self { plan: batch.plan, batch, gradients, begun: vec![false; batch.plan.values.len()] }
    }

    pub fn target<'b>(&'b mut self, value: usize, common: &'b mut Memory) -> Target<'b> {
        let of = &self.plan.values[value];
        match of.place {
            Place::Param(param) => self.gradients.target(&self.batch.slots[param]),
            _ => {
                let add = std::mem::replace(&mut self.begun[value], true);
                Target { values: &mut common.buffers[of.gradient][..of.size], add }
            }
        }
    }

    pub fn add(&mut self, value: usize, common: &mut Memory, gradient: &[f32]) {
        let Target { values, add } = self.target(value, common);
        match add {
            true => values.iter_mut().zip(gradient).for_each(|(a, b)| *a += b),
            // What a buffer holds beyond is left over from a larger value.
            false => values.copy_from_slice(&gradient[..values.len()]),
        }
    }
}

/// Runs the plan back from the cotangents that lie in the gradient buffers of the outputs; adds to the gradients of parameters.
pub(crate) fn backward(batch: Batch<'_>, workspace: &mut Workspace, back: &Back, gradients: &mut GradientPart<'_>) {
    let plan = batch.plan;
    let Workspace { shares, common, whole, prepared } = workspace;
    prepare(batch, back, common, prepared);
    let batch = Batch { prepared, ..batch };
    let mut sink = Sink::new(batch, gradients);
    // The partial gradients that have begun, the same for all shares.
    let mut partial = vec![false; plan.values.len()];
    for stretch in plan.stretches().into_iter().rev() {
        match stretch {
            Stretch::Whole(s) => {
                if let Some(wanted) = &back.steps[s] {
                    let kept = whole.get(&s).map_or(&[][..], Vec::as_slice);
                    whole_backward(batch, &plan.steps[s], wanted, shares, common, kept, &mut sink);
                }
            }
            Stretch::Shares(steps) => {
                let mut end = steps.end;
                for s in steps.clone().rev() {
                    let deferred = deferred(plan, back, s);
                    if s > steps.start && deferred.is_empty() {
                        continue;
                    }
                    shares_backward(batch, back, s..end, shares, common, &mut partial);
                    end = s;
                    for operand in deferred {
                        weight_gradient(batch, &plan.steps[s], operand, shares, common, &mut sink);
                    }
                }
            }
        }
    }
    for (value, _) in partial.iter().enumerate().filter(|(_, has)| **has) {
        add_up(value, shares, common, &mut sink);
    }
    all_shared_backward(batch, back, common, &mut sink);
}

/// What steps make of shared operands before the way back.
pub(super) fn prepare(batch: Batch<'_>, back: &Back, common: &Memory, prepared: &mut [Vec<f32>]) {
    for (step, wanted) in batch.plan.steps.iter().zip(&back.steps) {
        if let Some([Some(_), ..]) = wanted.as_deref() {
            let into = &mut prepared[step.result];
            into.clear();
            step.kernel.prepare_back(&batch.read_common(step, common), into);
        }
    }
}

/// The steps that ran once for all rows, back.
pub(super) fn all_shared_backward(batch: Batch<'_>, back: &Back, common: &mut Memory, sink: &mut Sink<'_, '_>) {
    for s in (0..batch.plan.n_shared_steps).rev() {
        if back.steps[s].is_some() && sink.begun[batch.plan.steps[s].result] {
            shared_backward(batch, back, s, common, sink);
        }
    }
}

/// The operands of a step whose gradient is computed for all rows at once.
fn deferred(plan: &Plan, back: &Back, s: usize) -> Vec<usize> {
    let Some(wanted) = &back.steps[s] else { return Vec::new() };
    let step = &plan.steps[s];
    let defers =
        |i: &usize| wanted[*i].is_some() && plan.values[step.operands[*i]].is_common() && step.kernel.defers(*i);
    (0..wanted.len()).filter(defers).collect()
}

/// Runs some steps back in every share.
fn shares_backward(
    batch: Batch<'_>,
    back: &Back,
    steps: Range<usize>,
    shares: &mut [Share],
    common: &Memory,
    partial: &mut [bool],
) {
    let plan = batch.plan;
    let mut runs: Vec<(usize, Vec<Option<bool>>)> = Vec::new();
    for s in steps.rev() {
        let Some(wanted) = &back.steps[s] else { continue };
        let step = &plan.steps[s];
        let mut wanted = wanted.clone();
        for (i, wanted) in wanted.iter_mut().enumerate() {
            let operand = step.operands[i];
            if wanted.is_some() && plan.values[operand].is_common() {
                *wanted = (!step.kernel.defers(i)).then(|| std::mem::replace(&mut partial[operand], true));
            }
        }
        runs.push((s, wanted));
    }
    let run = |share: &mut Share| {
        let Share { rows, memory, partial } = share;
        for (s, wanted) in &runs {
            step_backward(batch, &plan.steps[*s], wanted, Rows::of(rows), memory, Some(common), partial);
        }
        Ok(())
    };
    each_share(shares, run).expect("the way back does not fail");
}

/// A gradient buffer that was taken out of its place.
struct Taken {
    values: Vec<f32>,
    /// Which of them.
    range: Range<usize>,
    /// Whether it is a spare one, to be added to the operand's own.
    spare: bool,
}

pub(super) fn step_backward(
    batch: Batch<'_>,
    step: &Step,
    wanted: &[Option<bool>],
    rows: Rows,
    memory: &mut Memory,
    common: Option<&Memory>,
    partial: &mut [Vec<f32>],
) {
    if wanted.iter().all(Option::is_none) {
        return;
    }
    let plan = batch.plan;
    let n = rows.n;
    let is_partial = |operand: usize| plan.values[operand].is_common();
    let mut taken: Vec<Option<Taken>> = Vec::with_capacity(wanted.len());
    for (i, add) in wanted.iter().enumerate() {
        let Some(add) = *add else {
            taken.push(None);
            continue;
        };
        let operand = step.operands[i];
        let value = &plan.values[operand];
        let of_rows = if is_partial(operand) { 0..value.size } else { rows.range(value.size) };
        // A kernel that only sets, or that has the operand twice, writes beside it.
        let again = step.operands[..i].contains(&operand);
        let spare = add && (again || !step.kernel.adds());
        let mut values = match spare {
            true => memory.spare.pop().unwrap_or_default(),
            false if is_partial(operand) => take(&mut partial[operand]),
            false => take(&mut memory.buffers[value.gradient]),
        };
        let range = if spare { 0..of_rows.len() } else { of_rows };
        if values.len() < range.end {
            values.resize(range.end, 0.0);
        }
        taken.push(Some(Taken { values, range, spare }));
    }
    let mut scratch = take(&mut memory.scratch);
    {
        let mut dx: Vec<Option<Target<'_>>> = (taken.iter_mut().zip(wanted))
            .map(|(taken, add)| {
                taken.as_mut().map(|Taken { values, range, spare }| Target {
                    values: &mut values[range.clone()],
                    add: *add == Some(true) && !*spare,
                })
            })
            .collect();
        let result = &plan.values[step.result];
        let x: Vec<&[f32]> = (step.operands.iter().enumerate())
            .map(|(i, operand)| match step.kernel.reads_operand(i) {
                true => batch.read(*operand, rows, memory, common),
                false => &[],
            })
            .collect();
        let y = if step.kernel.reads_result() { batch.read(step.result, rows, memory, common) } else { &[] };
        step.kernel.backward(Backward {
            rows: n * step.fold,
            x: &x,
            y,
            kept: step.kept.map_or(&[], |(buffer, size)| &memory.buffers[buffer][rows.range(size)]),
            prepared: &batch.prepared[step.result],
            dy: &memory.buffers[result.gradient][rows.range(result.size)],
            dx: &mut dx,
            scratch: &mut scratch,
        });
    }
    memory.scratch = scratch;
    for (taken, operand) in taken.into_iter().zip(&step.operands) {
        let Some(Taken { values, range, spare }) = taken else { continue };
        let value = &plan.values[*operand];
        let own = if is_partial(*operand) { &mut partial[*operand] } else { &mut memory.buffers[value.gradient] };
        if spare {
            let place = if is_partial(*operand) { 0..value.size } else { rows.range(value.size) };
            own[place].iter_mut().zip(&values[range]).for_each(|(a, b)| *a += b);
            memory.spare.push(values);
        } else {
            *own = values;
        }
    }
}

/// The parts of the batch as a deferred gradient sees them.
fn weight_gradient(
    batch: Batch<'_>,
    step: &Step,
    operand: usize,
    shares: &[Share],
    common: &mut Memory,
    sink: &mut Sink<'_, '_>,
) {
    let result = &batch.plan.values[step.result];
    // What is shared is not read for it: its gradient lies in the same memory.
    let nothing = Memory::default();
    let parts: Vec<Part<'_>> = (shares.iter())
        .map(|share| Part {
            x: (step.operands.iter().enumerate())
                .map(|(i, id)| {
                    match i != operand && !batch.plan.values[*id].is_common() && step.kernel.reads_operand(i) {
                        true => batch.read(*id, Rows::of(&share.rows), &share.memory, Some(&nothing)),
                        false => &[],
                    }
                })
                .collect(),
            dy: &share.memory.buffers[result.gradient][..share.rows.len() * result.size],
        })
        .collect();
    step.kernel.weight_gradient(operand, &parts, sink.target(step.operands[operand], common));
}

fn whole_backward(
    batch: Batch<'_>,
    step: &Step,
    wanted: &[Option<bool>],
    shares: &mut [Share],
    common: &mut Memory,
    kept: &[f32],
    sink: &mut Sink<'_, '_>,
) {
    let plan = batch.plan;
    let (first, result) = (&plan.values[step.operands[0]], &plan.values[step.result]);
    let kernel = step.kernel.as_whole().expect("the stretch of a whole kernel");
    let mut gradients: Vec<Option<Vec<f32>>> = (shares.iter_mut())
        .map(|share| match wanted[0] {
            None => None,
            Some(false) => Some(take(&mut share.memory.buffers[first.gradient])),
            Some(true) => Some(share.memory.spare.pop().unwrap_or_default()),
        })
        .collect();
    for (gradient, share) in gradients.iter_mut().zip(shares.iter()) {
        let length = share.rows.len() * first.size;
        if let Some(gradient) = gradient.as_mut().filter(|gradient| gradient.len() < length) {
            gradient.resize(length, 0.0);
        }
    }
    let mut of_weights: Vec<Option<Vec<f32>>> = (step.operands[1..].iter().zip(&wanted[1..]))
        .map(|(operand, wanted)| wanted.map(|_| vec![0.0; plan.values[*operand].size]))
        .collect();
    {
        let weights: Vec<&[f32]> =
            step.operands[1..].iter().map(|operand| batch.read(*operand, Rows::ONCE, common, Some(common))).collect();
        let mut parts: Vec<WholeBackward<'_>> = (shares.iter().zip(&mut gradients))
            .map(|(share, dx)| WholeBackward {
                x: batch.read(step.operands[0], Rows::of(&share.rows), &share.memory, Some(common)),
                dy: &share.memory.buffers[result.gradient][..share.rows.len() * result.size],
                dx: dx.as_mut().map(|dx| &mut dx[..share.rows.len() * first.size]),
            })
            .collect();
        let targets = of_weights.iter_mut().map(|values| values.as_mut().map(|values| Target { values, add: false }));
        kernel.backward(&mut parts, &weights, kept, targets.collect());
    }
    for (gradient, share) in gradients.into_iter().zip(shares) {
        let Some(gradient) = gradient else { continue };
        let own = &mut share.memory.buffers[first.gradient];
        if wanted[0] == Some(true) {
            own.iter_mut().zip(&gradient[..share.rows.len() * first.size]).for_each(|(a, b)| *a += b);
            share.memory.spare.push(gradient);
        } else {
            *own = gradient;
        }
    }
    for (operand, gradient) in step.operands[1..].iter().zip(of_weights) {
        if let Some(gradient) = gradient {
            sink.add(*operand, common, &gradient);
        }
    }
}

/// The sum of the shares' gradients of one value, in their order.
fn add_up(value: usize, shares: &[Share], common: &mut Memory, sink: &mut Sink<'_, '_>) {
    /// Values that one thread adds up at least.
    const BLOCK: usize = 1 << 14;
    let size = sink.plan.values[value].size;
    let Target { values, add } = sink.target(value, common);
    let sum = |(block, into): (usize, &mut [f32])| {
        for (s, share) in shares.iter().enumerate() {
            let part = &share.partial[value][block * BLOCK..][..into.len()];
            match s == 0 && !add {
                true => into.copy_from_slice(part),
                false => into.iter_mut().zip(part).for_each(|(a, b)| *a += b),
            }
        }
    };
    if size > 4 * BLOCK {
        values.par_chunks_mut(BLOCK).enumerate().for_each(sum);
    } else {
        values.chunks_mut(BLOCK).enumerate().for_each(sum);
    }
}

/// A step that ran once for all rows, back.
fn shared_backward(batch: Batch<'_>, back: &Back, s: usize, common: &mut Memory, sink: &mut Sink<'_, '_>) {
    let plan = batch.plan;
    let step = &plan.steps[s];
    let Some(wanted) = &back.steps[s] else { return };
    // Written beside, then added: an operand may be a parameter, whose gradient lies elsewhere.
    let mut partial: Vec<Vec<f32>> = vec![Vec::new(); plan.values.len()];
    let mut begun: Vec<usize> = Vec::new();
    let fresh: Vec<Option<bool>> = (step.operands.iter().zip(wanted))
        .map(|(operand, wanted)| {
            wanted.map(|_| {
                let again = begun.contains(operand);
                begun.push(*operand);
                again
            })
        })
        .collect();
    step_backward(batch, step, &fresh, Rows::ONCE, common, None, &mut partial);
    begun.sort_unstable();
    begun.dedup();
    for operand in begun {
        let gradient = take(&mut partial[operand]);
        sink.add(operand, common, &gradient);
    }
}

#[cfg(test)]
mod tests;
