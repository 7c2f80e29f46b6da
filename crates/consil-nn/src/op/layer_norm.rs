//! Layer normalisation.

use consil_graph::op::LayerNorm;

use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, target};
use crate::kernel::simd::vectorised;
use crate::kernel::sums::{dot, sum, sum_of_squares};
use crate::run_error::RunError;

impl Lower for LayerNorm {
    fn lower(&self, to: &mut Lowering, data: &[Operand], weights: &[Operand], out: &[usize]) -> Operand {
        let width = data[0].shape.last().copied().unwrap_or(1);
        let vectors = data[0].size() / width.max(1);
        to.step(Normalise { width, vectors, epsilon: self.epsilon }, &[&data[..1], weights].concat(), out)
    }
}

/// `(x - mean) / √(var + ε) · weight + bias` of each vector, with the biased variance; mean and 1 / √(var + ε) are kept.
#[derive(Clone, Debug)]
struct Normalise {
    width: usize,
    vectors: usize,
    epsilon: f32,
}

impl Kernel for Normalise {
    fn kept(&self) -> usize {
        2 * self.vectors
    }

    fn forward(&self, Forward { x, y, kept, .. }: Forward<'_>) -> Result<(), RunError> {
        let [x, weight, bias] = [x[0], x[1], x[2]];
        vectorised(
            #[inline(always)]
            || {
                let rows = x.chunks_exact(self.width).zip(y.chunks_exact_mut(self.width));
                for (i, (x, y)) in rows.enumerate() {
                    let n = self.width as f32;
                    let mean = sum(x) / n;
                    y.iter_mut().zip(x).for_each(|(y, x)| *y = x - mean);
                    let scale = 1.0 / (sum_of_squares(y) / n + self.epsilon).sqrt();
                    y.iter_mut().zip(weight).zip(bias).for_each(|((y, w), b)| *y = (*y * scale) * w + b);
                    if let Some(kept) = kept.get_mut(2 * i..2 * i + 2) {
                        kept.copy_from_slice(&[mean, scale]);
                    }
                }
            },
        );
        Ok(())
    }

    fn backward(&self, Backward { x, kept, dy, dx, scratch, .. }: Backward<'_>) {
        let (x, weight) = (x[0], x[1]);
        let n = self.width as f32;
        let width = self.width;
        if let Some(dx) = target(dx, 0) {
            let normal = super::room(&mut scratch.first, width);
            let along = super::room(&mut scratch.second, width);
            vectorised(
                #[inline(always)]
                || {
                    let rows = x.chunks_exact(width).zip(dy.chunks_exact(width)).zip(dx.values.chunks_exact_mut(width));
                    for (((x, dy), dx), kept) in rows.zip(kept.chunks_exact(2)) {
                        let (mean, scale) = (kept[0], kept[1]);
                        normal.iter_mut().zip(x).for_each(|(y, x)| *y = (x - mean) * scale);
                        along.iter_mut().zip(dy).zip(weight).for_each(|((a, dy), w)| *a = dy * w);
                        let (mean_of, mean_along) = (sum(along) / n, dot(along, normal) / n);
                        for ((dx, a), y) in dx.iter_mut().zip(&*along).zip(&*normal) {
                            *dx = scale * (a - mean_of - y * mean_along);
                        }
                    }
                },
            );
        }
        if let Some(dweight) = target(dx, 1) {
            dweight.values.fill(0.0);
            vectorised(
                #[inline(always)]
                || {
                    let rows = x.chunks_exact(width).zip(dy.chunks_exact(width));
                    for ((x, dy), kept) in rows.zip(kept.chunks_exact(2)) {
                        for ((d, x), dy) in dweight.values.iter_mut().zip(x).zip(dy) {
                            *d += dy * ((x - kept[0]) * kept[1]);
                        }
                    }
                },
            );
        }
        if let Some(dbias) = target(dx, 2) {
            super::linear::sum_rows(dy, dbias);
        }
    }

    fn reads_operand(&self, operand: usize) -> bool {
        operand < 2
    }
}
