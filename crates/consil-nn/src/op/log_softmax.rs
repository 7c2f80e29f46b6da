//! The logarithm of softmax over the last axis.

use consil_graph::op::LogSoftmax;

use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, target};
use crate::kernel::math::exp;
use crate::kernel::simd::vectorised;
use crate::kernel::softmax::log_sum_exp;
use crate::kernel::sums::sum;
use crate::run_error::RunError;

impl Lower for LogSoftmax {
    fn lower(&self, to: &mut Lowering, data: &[Operand], _: &[Operand], out: &[usize]) -> Operand {
        to.step(LogShares { width: data[0].shape.last().copied().unwrap_or(1) }, data, out)
    }
}

#[derive(Clone, Debug)]
struct LogShares {
    width: usize,
}

impl Kernel for LogShares {
    fn forward(&self, Forward { x, y, .. }: Forward<'_>) -> Result<(), RunError> {
        vectorised(
            #[inline(always)]
            || {
                for (x, y) in x[0].chunks_exact(self.width).zip(y.chunks_exact_mut(self.width)) {
                    let total = log_sum_exp(x);
                    y.iter_mut().zip(x).for_each(|(y, x)| *y = x - total);
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
                    let total = sum(dy);
                    for ((dx, y), dy) in dx.iter_mut().zip(y).zip(dy) {
                        *dx = dy - exp(*y) * total;
                    }
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
