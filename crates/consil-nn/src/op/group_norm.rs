//! Group normalisation.

use consil_graph::op::GroupNorm;

use super::{Backward, Forward, Kernel, Lower, Lowering, Operand, room, target};
use crate::kernel::simd::vectorised;
use crate::kernel::sums::{dot, sum, sum_of_squares};
use crate::run_error::RunError;

impl Lower for GroupNorm {
    fn lower(&self, to: &mut Lowering, data: &[Operand], weights: &[Operand], out: &[usize]) -> Operand {
        let channels = data[0].shape[0];
        let positions = data[0].size() / channels;
        let of_group = channels / self.groups;
        let kernel = Normalise { groups: self.groups, of_group, positions, epsilon: self.epsilon };
        to.step(kernel, &[&data[..1], weights].concat(), out)
    }
}

/// `(x - mean) / √(var + ε) · weight + bias`, by the mean and the biased variance of each group of neighbouring channels, which lie together; mean and
/// 1 / √(var + ε) are kept.
#[derive(Clone, Debug)]
struct Normalise {
    groups: usize,
    /// Channels of a group.
    of_group: usize,
    /// Values of a channel.
    positions: usize,
    epsilon: f32,
}

impl Normalise {
    /// Values of a group.
    fn width(&self) -> usize {
        self.of_group * self.positions
    }

    /// The channels of the `i`-th group of all rows.
    fn channels(&self, i: usize) -> std::ops::Range<usize> {
        let begin = i % self.groups * self.of_group;
        begin..begin + self.of_group
    }
}

impl Kernel for Normalise {
    fn kept(&self) -> usize {
        2 * self.groups
    }

    fn forward(&self, Forward { x, y, kept, .. }: Forward<'_>) -> Result<(), RunError> {
        let [x, weight, bias] = [x[0], x[1], x[2]];
        vectorised(
            #[inline(always)]
            || {
                let groups = x.chunks_exact(self.width()).zip(y.chunks_exact_mut(self.width()));
                for (i, (x, y)) in groups.enumerate() {
                    let n = self.width() as f32;
                    let mean = sum(x) / n;
                    y.iter_mut().zip(x).for_each(|(y, x)| *y = x - mean);
                    let scale = 1.0 / (sum_of_squares(y) / n + self.epsilon).sqrt();
                    for (y, c) in y.chunks_exact_mut(self.positions).zip(self.channels(i)) {
                        let (weight, bias) = (weight[c], bias[c]);
                        y.iter_mut().for_each(|y| *y = (*y * scale) * weight + bias);
                    }
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
        let (width, n) = (self.width(), self.width() as f32);
        if let Some(dx) = target(dx, 0) {
            let normal = room(&mut scratch.first, width);
            let along = room(&mut scratch.second, width);
            vectorised(
                #[inline(always)]
                || {
                    let groups =
                        x.chunks_exact(width).zip(dy.chunks_exact(width)).zip(dx.values.chunks_exact_mut(width));
                    for (i, (((x, dy), dx), kept)) in groups.zip(kept.chunks_exact(2)).enumerate() {
                        let (mean, scale) = (kept[0], kept[1]);
                        normal.iter_mut().zip(x).for_each(|(y, x)| *y = (x - mean) * scale);
                        let channels = along.chunks_exact_mut(self.positions).zip(dy.chunks_exact(self.positions));
                        for ((along, dy), c) in channels.zip(self.channels(i)) {
                            along.iter_mut().zip(dy).for_each(|(a, dy)| *a = dy * weight[c]);
                        }
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
            let groups = x.chunks_exact(width).zip(dy.chunks_exact(width)).zip(kept.chunks_exact(2));
            for (i, ((x, dy), kept)) in groups.enumerate() {
                let channels = x.chunks_exact(self.positions).zip(dy.chunks_exact(self.positions));
                for ((x, dy), c) in channels.zip(self.channels(i)) {
                    // Σ dy · (x − mean) / deviation.
                    dweight.values[c] += (dot(dy, x) - kept[0] * sum(dy)) * kept[1];
                }
            }
        }
        if let Some(dbias) = target(dx, 2) {
            dbias.values.fill(0.0);
            for (i, dy) in dy.chunks_exact(width).enumerate() {
                for (dy, c) in dy.chunks_exact(self.positions).zip(self.channels(i)) {
                    dbias.values[c] += sum(dy);
                }
            }
        }
    }

    fn reads_operand(&self, operand: usize) -> bool {
        operand < 2
    }
}
