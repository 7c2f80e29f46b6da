//! Symmetric quantisation and back, its gradient straight through.

use consil_graph::op::FakeQuant;

use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, target};
use crate::run_error::RunError;

impl Lower for FakeQuant {
    fn lower(&self, to: &mut Lowering, data: &[Operand], weights: &[Operand], out: &[usize]) -> Operand {
        let inner = self.axis.map_or(data[0].size(), |axis| data[0].shape[axis + 1..].iter().product());
        let kernel = Quantise { largest: self.largest() as f32, inner };
        to.step(kernel, &[&data[..1], weights].concat(), out)
    }
}

/// One scale for `inner` neighbours, the scales coming round again and again.
#[derive(Clone, Debug)]
struct Quantise {
    largest: f32,
    inner: usize,
}

impl Kernel for Quantise {
    fn forward(&self, Forward { x, y, .. }: Forward<'_>) -> Result<(), RunError> {
        let (x, scales) = (x[0], x[1]);
        let blocks = x.chunks_exact(self.inner).zip(y.chunks_exact_mut(self.inner));
        for ((x, y), scale) in blocks.zip(scales.iter().cycle()) {
            for (y, x) in y.iter_mut().zip(x) {
                *y = scale * (x / scale).round_ties_even().clamp(-self.largest, self.largest);
            }
        }
        Ok(())
    }

    fn backward(&self, Backward { x, dy, dx, .. }: Backward<'_>) {
        let Some(dx) = target(dx, 0) else { return };
        let blocks = x[0].chunks_exact(self.inner).zip(dy.chunks_exact(self.inner));
        let blocks = blocks.zip(dx.values.chunks_exact_mut(self.inner));
        for (((x, dy), dx), scale) in blocks.zip(x[1].iter().cycle()) {
            for ((dx, dy), x) in dx.iter_mut().zip(dy).zip(x) {
                *dx = if (x / scale).abs() <= self.largest { *dy } else { 0.0 };
            }
        }
    }

    fn is_differentiable(&self, operand: usize) -> bool {
        operand == 0
    }
}
