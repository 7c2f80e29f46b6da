//! The memory of a run, kept from one to the next.

use std::collections::HashMap;
use std::ops::Range;

use crate::op::Scratch;
use crate::plan::Plan;

/// Buffers, of a share or of what all rows share.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub buffers: Vec<Vec<f32>>,
    pub scratch: Scratch,
    /// For gradients that are to be added where a kernel only sets.
    pub spare: Vec<Vec<f32>>,
}

/// Neighbouring rows of a batch.
#[derive(Debug, Default)]
pub(crate) struct Share {
    pub rows: Range<usize>,
    pub memory: Memory,
    /// The gradients that this share gives to values that all rows share, by value.
    pub partial: Vec<Vec<f32>>,
}

/// All memory of a run.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    pub shares: Vec<Share>,
    pub common: Memory,
    /// What steps that see the whole batch keep for the way back, by step.
    pub whole: HashMap<usize, Vec<f32>>,
    /// What steps made of shared operands, by the value that they result in.
    pub prepared: Vec<Vec<f32>>,
}

impl Memory {
    fn fit(&mut self, sizes: &[usize], rows: usize) {
        self.buffers.resize_with(self.buffers.len().max(sizes.len()), Vec::new);
        for (buffer, size) in self.buffers.iter_mut().zip(sizes) {
            if buffer.len() < rows * size {
                // What is in it is of no matter, so that nothing is copied.
                buffer.clear();
                buffer.resize(rows * size, 0.0);
            }
        }
    }
}

impl Workspace {
    /// Makes room for a run of `plan` over `rows` rows.
    pub fn fit(&mut self, plan: &Plan, rows: usize) {
        let n = plan.n_shares(rows);
        self.shares.resize_with(n, Share::default);
        for (i, share) in self.shares.iter_mut().enumerate() {
            share.rows = rows * i / n..rows * (i + 1) / n;
            share.memory.fit(&plan.buffers, share.rows.len());
            share.partial.resize_with(plan.values.len(), Vec::new);
        }
        self.common.fit(&plan.shared_buffers, 1);
        self.prepared.resize_with(plan.values.len().max(self.prepared.len()), Vec::new);
    }
}
