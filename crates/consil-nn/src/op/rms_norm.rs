//! Root-mean-square normalisation.

use consil_graph::op::RmsNorm;

use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, target};
use crate::kernel::simd::vectorised;
use crate::kernel::sums::sum_of_squares;
use crate::run_error::RunError;

impl Lower for RmsNorm {
    fn lower(&self, to: &mut Lowering, data: &[Operand], weights: &[Operand], out: &[usize]) -> Operand {
        let width = data[0].shape.last().copied().unwrap_or(1);
        let vectors = data[0].size() / width.max(1);
        to.step(Normalise { width, vectors, epsilon: self.epsilon }, &[&data[..1], weights].concat(), out)
    }
}

/// `x / √(mean(x²) + ε) · weight` of each vector; 1 / √(mean(x²) + ε) is kept.
#[derive(Clone, Debug)]
struct Normalise {
    width: usize,
    vectors: usize,
    epsilon: f32,
}

impl Kernel for Normalise {
    fn kept(&self) -> usize {
        self.vectors
    }

    fn forward(&self, Forward { x, y, kept, .. }: Forward<'_>) -> Result<(), RunError> {
        let (x, weight) = (x[0], x[1]);
        vectorised(
            #[inline(always)]
            || {
                let rows = x.chunks_exact(self.width).zip(y.chunks_exact_mut(self.width));
                for (i, (x, y)) in rows.enumerate() {
                    let scale = 1.0 / (sum_of_squares(x) / self.width as f32 + self.epsilon).sqrt();
                    y.iter_mut().zip(x).zip(weight).for_each(|((y, x), w)| *y = x * scale * w);
                    if let Some(kept) = kept.get_mut(i) {
                        *kept = scale;
                    }
                }
            },
        );
        Ok(())
    }

    fn backward(&self, Backward { x, kept, dy, dx, .. }: Backward<'_>) {
        let (x, weight) = (x[0], x[1]);
        let width = self.width;
        if let Some(dx) = target(dx, 0) {
            let rows = x.chunks_exact(width).zip(dy.chunks_exact(width)).zip(dx.values.chunks_exact_mut(width));
            for (((x, dy), dx), scale) in rows.zip(kept) {
                // y = w x s and ds/dx = −s³ x / n.
                let along: f32 = x.iter().zip(dy).zip(weight).map(|((x, dy), w)| x * dy * w).sum();
                let back = along * scale * scale * scale / width as f32;
                for (((dx, x), dy), w) in dx.iter_mut().zip(x).zip(dy).zip(weight) {
                    *dx = dy * w * scale - x * back;
                }
            }
        }
        if let Some(dweight) = target(dx, 1) {
            dweight.values.fill(0.0);
            for ((x, dy), scale) in x.chunks_exact(width).zip(dy.chunks_exact(width)).zip(kept) {
                dweight.values.iter_mut().zip(x).zip(dy).for_each(|((d, x), dy)| *d += dy * x * scale);
            }
        }
    }
}
