//! Some positions of an axis.

use consil_graph::op::Slice;

use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, target};
use crate::run_error::RunError;

impl Lower for Slice {
    fn lower(&self, to: &mut Lowering, data: &[Operand], _: &[Operand], out: &[usize]) -> Operand {
        let inner: usize = data[0].shape[self.axis + 1..].iter().product();
        let block = data[0].shape[self.axis] * inner;
        let kernel = Cut { block, start: self.start * inner, length: out[self.axis] * inner };
        to.step(kernel, data, out)
    }
}

/// Of each block of values some neighbours.
#[derive(Clone, Debug)]
struct Cut {
    block: usize,
    start: usize,
    length: usize,
}

impl Kernel for Cut {
    fn forward(&self, Forward { x, y, .. }: Forward<'_>) -> Result<(), RunError> {
        for (x, y) in x[0].chunks_exact(self.block).zip(y.chunks_exact_mut(self.length)) {
            y.copy_from_slice(&x[self.start..self.start + self.length]);
        }
        Ok(())
    }

    fn backward(&self, Backward { dy, dx, .. }: Backward<'_>) {
        if let Some(dx) = target(dx, 0) {
            dx.values.fill(0.0);
            for (dx, dy) in dx.values.chunks_exact_mut(self.block).zip(dy.chunks_exact(self.length)) {
                dx[self.start..self.start + self.length].copy_from_slice(dy);
            }
        }
    }

    fn reads_operand(&self, _: usize) -> bool {
        false
    }
}
