//! Softmax over the last axis.

use consil_graph::op::Softmax;

use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, target};
use crate::kernel::simd::vectorised;
use crate::kernel::softmax::softmax;
use crate::kernel::sums::dot;
use crate::run_error::RunError;

impl Lower for Softmax {
    fn lower(&self, to: &mut Lowering, data: &[Operand], _: &[Operand], out: &[usize]) -> Operand {
        to.step(Shares { width: data[0].shape.last().copied().unwrap_or(1) }, data, out)
    }
}

#[derive(Clone, Debug)]
struct Shares {
    width: usize,
}

impl Kernel for Shares {
    fn forward(&self, Forward { x, y, .. }: Forward<'_>) -> Result<(), RunError> {
        vectorised(
            #[inline(always)]
            || {
                for (x, y) in x[0].chunks_exact(self.width).zip(y.chunks_exact_mut(self.width)) {
                    softmax(x, 1.0, y);
                }
            },
        );
        Ok(())
    }

    fn backward(&self, Backward { y, dy, dx, .. }: Backward<'_>) {
        let Some(dx) = target(dx, 0) else { return };
        let width = self.width;
        vectorised(
            #[inline(always)]
            || {
                let rows = y.chunks_exact(width).zip(dy.chunks_exact(width)).zip(dx.values.chunks_exact_mut(width));
                for ((y, dy), dx) in rows {
                    let mean = dot(y, dy);
                    dx.iter_mut().zip(y).zip(dy).for_each(|((dx, y), dy)| *dx = y * (dy - mean));
                }
            },
        );
    }

    fn reads_operand(&self, _: usize) -> bool {
        false
    }

    fn reads_result(&self) -> bool {
        true
    }
}
