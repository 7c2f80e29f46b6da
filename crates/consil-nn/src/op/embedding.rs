//! Rows of a table.

use consil_graph::op::Embedding;
use rayon::prelude::*;

use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, Part, Target, target};
use crate::run_error::RunError;

impl Lower for Embedding {
    fn lower(&self, to: &mut Lowering, data: &[Operand], weights: &[Operand], out: &[usize]) -> Operand {
        let kernel = Rows { vocabulary: self.vocabulary, width: self.width, node: to.node().to_owned() };
        to.step(kernel, &[&data[..1], weights].concat(), out)
    }
}

#[derive(Clone, Debug)]
struct Rows {
    vocabulary: usize,
    width: usize,
    node: String,
}

impl Rows {
    fn add(&self, indices: &[f32], dy: &[f32], into: &mut [f32]) {
        for (index, dy) in indices.iter().zip(dy.chunks_exact(self.width)) {
            let row = &mut into[*index as usize * self.width..][..self.width];
            row.iter_mut().zip(dy).for_each(|(row, dy)| *row += dy);
        }
    }
}

impl Kernel for Rows {
    fn forward(&self, Forward { x, y, .. }: Forward<'_>) -> Result<(), RunError> {
        for (index, y) in x[0].iter().zip(y.chunks_exact_mut(self.width)) {
            let index = *index;
            if !(index >= 0.0 && index < self.vocabulary as f32 && index.fract() == 0.0) {
                return Err(RunError::IndexOutOfRange { node: self.node.clone(), index, vocabulary: self.vocabulary });
            }
            y.copy_from_slice(&x[1][index as usize * self.width..][..self.width]);
        }
        Ok(())
    }

    fn backward(&self, Backward { x, dy, dx, .. }: Backward<'_>) {
        if let Some(into) = target(dx, 1) {
            if !into.add {
                into.values.fill(0.0);
            }
            self.add(x[0], dy, into.values);
        }
    }

    fn reads_operand(&self, operand: usize) -> bool {
        operand == 0
    }

    fn is_differentiable(&self, operand: usize) -> bool {
        operand == 1
    }

    fn adds(&self) -> bool {
        true
    }

    /// A table is large and a batch names few of its rows.
    fn defers(&self, _: usize) -> bool {
        true
    }

    fn weight_gradient(&self, _: usize, parts: &[Part<'_>], into: Target<'_>) {
        if !into.add {
            into.values.par_chunks_mut(1 << 18).for_each(|values| values.fill(0.0));
        }
        parts.iter().for_each(|part| self.add(part.x[0], part.dy, into.values));
    }
}
