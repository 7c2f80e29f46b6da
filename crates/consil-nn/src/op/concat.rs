//! Concatenation.

use consil_graph::op::Concat;

use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, target};
use crate::run_error::RunError;

impl Lower for Concat {
    fn lower(&self, to: &mut Lowering, data: &[Operand], _: &[Operand], out: &[usize]) -> Operand {
        let data = to.alike(data);
        let blocks = data.iter().map(|x| x.shape[self.axis..].iter().product()).collect();
        to.step(Join { blocks }, &data, out)
    }
}

/// Blocks of the operands in turn: along the axis of concatenation and those after it, a block of each.
#[derive(Clone, Debug)]
pub(super) struct Join {
    pub blocks: Vec<usize>,
}

impl Kernel for Join {
    fn forward(&self, Forward { x, y, .. }: Forward<'_>) -> Result<(), RunError> {
        let whole: usize = self.blocks.iter().sum();
        let mut begin = 0;
        for (x, block) in x.iter().zip(&self.blocks) {
            for (x, y) in x.chunks_exact(*block).zip(y.chunks_exact_mut(whole)) {
                y[begin..begin + block].copy_from_slice(x);
            }
            begin += block;
        }
        Ok(())
    }

    fn backward(&self, Backward { dy, dx, .. }: Backward<'_>) {
        let whole: usize = self.blocks.iter().sum();
        let mut begin = 0;
        for (i, block) in self.blocks.iter().enumerate() {
            if let Some(dx) = target(dx, i) {
                for (dx, dy) in dx.values.chunks_exact_mut(*block).zip(dy.chunks_exact(whole)) {
                    dx.copy_from_slice(&dy[begin..begin + block]);
                }
            }
            begin += block;
        }
    }

    fn reads_operand(&self, _: usize) -> bool {
        false
    }
}
