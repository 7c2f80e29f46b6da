//! Functions of single values: the exponential and multiplication by a constant.

use consil_graph::op::{Exp, Scale};

use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, target};
use crate::kernel::math;
use crate::kernel::simd::vectorised;
use crate::run_error::RunError;

impl Lower for Exp {
    fn lower(&self, to: &mut Lowering, data: &[Operand], _: &[Operand], out: &[usize]) -> Operand {
        to.step(Exponential, data, out)
    }
}

#[derive(Clone, Debug)]
struct Exponential;

impl Kernel for Exponential {
    fn forward(&self, Forward { x, y, .. }: Forward<'_>) -> Result<(), RunError> {
        vectorised(
            #[inline(always)]
            || {
                for (y, x) in y.iter_mut().zip(x[0]) {
                    *y = math::exp(*x);
                }
            },
        );
        Ok(())
    }

    fn backward(&self, Backward { y, dy, dx, .. }: Backward<'_>) {
        if let Some(dx) = target(dx, 0) {
            dx.values.iter_mut().zip(dy).zip(y).for_each(|((dx, dy), y)| *dx = dy * y);
        }
    }

    fn reads_operand(&self, _: usize) -> bool {
        false
    }

    fn reads_result(&self) -> bool {
        true
    }
}

impl Lower for Scale {
    fn lower(&self, to: &mut Lowering, data: &[Operand], _: &[Operand], out: &[usize]) -> Operand {
        to.step(Constant { factor: self.factor }, data, out)
    }
}

#[derive(Clone, Debug)]
struct Constant {
    factor: f32,
}

impl Kernel for Constant {
    fn forward(&self, Forward { x, y, .. }: Forward<'_>) -> Result<(), RunError> {
        y.iter_mut().zip(x[0]).for_each(|(y, x)| *y = self.factor * x);
        Ok(())
    }

    fn backward(&self, Backward { dy, dx, .. }: Backward<'_>) {
        if let Some(dx) = target(dx, 0) {
            dx.values.iter_mut().zip(dy).for_each(|(dx, dy)| *dx = self.factor * dy);
        }
    }

    fn reads_operand(&self, _: usize) -> bool {
        false
    }
}
