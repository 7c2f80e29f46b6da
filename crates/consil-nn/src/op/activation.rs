//! Elementwise activations.

use consil_graph::op::Activation;

use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, target};
use crate::kernel::math;
use crate::kernel::simd::vectorised;
use crate::run_error::RunError;

impl Lower for Activation {
    fn is_known(&self) -> bool {
        use Activation::{Gelu, LeakyRelu, Relu, Sigmoid, Silu, Tanh};
        matches!(self, Relu | LeakyRelu { .. } | Gelu | Silu | Sigmoid | Tanh)
    }

    fn lower(&self, to: &mut Lowering, data: &[Operand], _: &[Operand], out: &[usize]) -> Operand {
        to.step(Activate(*self), data, out)
    }
}

#[derive(Clone, Debug)]
struct Activate(Activation);

impl Kernel for Activate {
    fn forward(&self, Forward { x, y, .. }: Forward<'_>) -> Result<(), RunError> {
        let x = x[0];
        match self.0 {
            Activation::Relu => map(x, y, |x| if x > 0.0 || x.is_nan() { x } else { 0.0 }),
            Activation::LeakyRelu { slope } => map(x, y, |x| if x < 0.0 { x * slope } else { x }),
            Activation::Gelu => map(x, y, |x| x * math::normal(x).0),
            Activation::Silu => map(x, y, |x| x * math::sigmoid(x)),
            Activation::Sigmoid => map(x, y, math::sigmoid),
            Activation::Tanh => map(x, y, math::tanh),
            other => unreachable!("{other:?} was refused when the network was bound"),
        }
        Ok(())
    }

    fn backward(&self, Backward { x, y, dy, dx, .. }: Backward<'_>) {
        let Some(dx) = target(dx, 0) else { return };
        let dx = dx.values;
        match self.0 {
            Activation::Relu => map_back(y, dy, dx, |y, dy| if y > 0.0 { dy } else { 0.0 }),
            Activation::LeakyRelu { slope } => map_back(x[0], dy, dx, |x, dy| if x < 0.0 { dy * slope } else { dy }),
            Activation::Gelu => map_back(x[0], dy, dx, |x, dy| {
                let (distribution, density) = math::normal(x);
                dy * x.mul_add(density, distribution)
            }),
            Activation::Silu => map_back(x[0], dy, dx, |x, dy| {
                let s = math::sigmoid(x);
                dy * s * (1.0 + x * (1.0 - s))
            }),
            Activation::Sigmoid => map_back(y, dy, dx, |y, dy| dy * y * (1.0 - y)),
            Activation::Tanh => map_back(y, dy, dx, |y, dy| dy * (1.0 - y * y)),
            other => unreachable!("{other:?} was refused when the network was bound"),
        }
    }

    fn reads_operand(&self, _: usize) -> bool {
        !self.reads_result()
    }

    fn reads_result(&self) -> bool {
        matches!(self.0, Activation::Relu | Activation::Sigmoid | Activation::Tanh)
    }
}

#[inline(always)]
fn map(x: &[f32], y: &mut [f32], f: impl Fn(f32) -> f32) {
    vectorised(
        #[inline(always)]
        || {
            // A loop rather than `for_each`, whose body may not be inlined here and then lacks the wide instructions.
            for (y, x) in y.iter_mut().zip(x) {
                *y = f(*x);
            }
        },
    );
}

#[inline(always)]
fn map_back(of: &[f32], dy: &[f32], dx: &mut [f32], f: impl Fn(f32, f32) -> f32) {
    vectorised(
        #[inline(always)]
        || {
            for ((dx, dy), of) in dx.iter_mut().zip(dy).zip(of) {
                *dx = f(*of, *dy);
            }
        },
    );
}
