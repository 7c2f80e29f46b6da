//! A plan: a graph at chosen lengths as a list of kernels, with the memory of every value.
//!
//! Values that differ from row to row lie row after row in buffers of each share of the batch; buffers are taken again once their value has been
//! read for the last time, on the way forward or back. Values that all rows share (parameters, and what is computed of parameters alone)
//! exist once. A plan depends on the graph, the lengths of its time axes and what is asked for, and is made once for them.

mod buffers;

use crate::kernel::step::Kernel;
use crate::slot::Slot;

/// What is asked of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Purpose {
    /// Dropout drops, and batch normalisation uses the batch.
    pub training: bool,
    /// There will be a way back, to the parameters.
    pub back: bool,
    /// There will be a way back to the inputs too.
    pub to_inputs: bool,
    /// The way back will be gone row by row, so that no buffer may be taken again: what one row is done with, another needs.
    pub by_rows: bool,
}

/// Where a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// An input of the batch, by its number.
    Input(usize),
    /// A parameter, by its number.
    Param(usize),
    /// Computed for each row.
    Local,
    /// Computed once for all rows.
    Shared,
}

/// A value of the plan.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub place: Place,
    /// How many values it has: of one row of the batch, or in all where rows share it.
    pub size: usize,
    /// Whether its gradient is wanted.
    pub wanted: bool,
    /// The buffer of its values, of the share or of what is shared.
    pub buffer: usize,
    /// The buffer of its gradient.
    pub gradient: usize,
}

impl Value {
    /// Whether all rows share it.
    pub fn is_common(&self) -> bool {
        matches!(self.place, Place::Param(_) | Place::Shared)
    }
}

/// A kernel at its place.
#[derive(Debug)]
pub(crate) struct Step {
    pub kernel: Box<dyn Kernel>,
    pub operands: Vec<usize>,
    pub result: usize,
    /// Rows of the kernel for each row of the batch.
    pub fold: usize,
    /// Whether it runs once for all rows.
    pub shared: bool,
    /// The buffer of what is kept for the way back, and how much of it belongs to a row.
    pub kept: Option<(usize, usize)>,
}

/// A graph as kernels.
#[derive(Debug)]
pub(crate) struct Plan {
    pub values: Vec<Value>,
    /// In the order of execution, those that are shared first.
    pub steps: Vec<Step>,
    /// How many of the steps are shared.
    pub n_shared_steps: usize,
    /// The values of the graph's outputs, which all vary, and their per-row shapes.
    pub outputs: Vec<(usize, Vec<usize>)>,
    /// The values of the graph's inputs.
    pub inputs: Vec<usize>,
    /// The size of each buffer of a share, in values of one row.
    pub buffers: Vec<usize>,
    /// The size of each buffer of what is shared.
    pub shared_buffers: Vec<usize>,
    /// Floating-point operations of one row, forwards.
    pub flops: u64,
    pub purpose: Purpose,
}

impl Plan {
    /// The plan with what its steps alone decide: which gradients are wanted, and where every value lies.
    pub fn finished(mut self, slots: &[Slot]) -> Self {
        self.mark_wanted(slots);
        buffers::assign(&mut self);
        self
    }

    /// Marks the values whose gradient leads to something that is trained or asked for.
    fn mark_wanted(&mut self, slots: &[Slot]) {
        let Purpose { back, to_inputs, .. } = self.purpose;
        for value in &mut self.values {
            value.wanted = match value.place {
                Place::Input(_) => back && to_inputs,
                Place::Param(param) => back && slots[param].role.is_trained(),
                Place::Local | Place::Shared => false,
            };
        }
        for step in &self.steps {
            let leads = |(i, id): (usize, &usize)| self.values[*id].wanted && step.kernel.is_differentiable(i);
            let leads = step.operands.iter().enumerate().any(leads);
            self.values[step.result].wanted = leads;
        }
    }

    /// The values whose gradient leads to a parameter that is not left out, or to an input.
    pub fn leads(&self, is_left_out: impl Fn(usize) -> bool) -> Vec<bool> {
        let of_source = |value: &Value| match value.place {
            Place::Param(param) => value.wanted && !is_left_out(param),
            _ => value.wanted,
        };
        let mut leads: Vec<bool> = self.values.iter().map(of_source).collect();
        for step in &self.steps {
            let mut operands = step.operands.iter().enumerate();
            let any = operands.any(|(i, id)| leads[*id] && step.kernel.is_differentiable(i));
            leads[step.result] &= any;
        }
        leads
    }

    /// Into how many shares a batch is cut: by the work alone, never by the number of threads, as sums over the rows depend on it.
    pub fn n_shares(&self, rows: usize) -> usize {
        /// Operations below which waking a second thread costs more than it gives.
        const WORTH_SHARING: u64 = 4_000_000;
        const MOST_SHARES: usize = 8;
        let passes = if self.purpose.back { 3 } else { 1 };
        let work = self.flops.saturating_mul(passes).saturating_mul(rows as u64);
        let by_work = usize::try_from(work / WORTH_SHARING).unwrap_or(usize::MAX);
        let even = |n: usize| if n > 1 { n / 2 * 2 } else { 1 };
        even(by_work.min(rows / 2).clamp(1, MOST_SHARES))
    }

    /// What runs together: stretches of steps that each share takes by itself, with the steps between that need the whole batch.
    pub fn stretches(&self) -> Vec<Stretch> {
        let mut stretches = Vec::new();
        let mut begin = self.n_shared_steps;
        for (i, step) in self.steps.iter().enumerate().skip(self.n_shared_steps) {
            if step.kernel.as_whole().is_some() {
                stretches.extend((begin < i).then_some(Stretch::Shares(begin..i)));
                stretches.push(Stretch::Whole(i));
                begin = i + 1;
            }
        }
        stretches.extend((begin < self.steps.len()).then_some(Stretch::Shares(begin..self.steps.len())));
        stretches
    }
}

/// Steps that run together.
#[derive(Clone, Debug)]
pub(crate) enum Stretch {
    /// Every share runs them by itself.
    Shares(std::ops::Range<usize>),
    /// One step for the whole batch.
    Whole(usize),
}
