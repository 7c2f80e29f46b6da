//! Batch normalisation: by the statistics of the whole batch in training, by the running ones in evaluation.

use consil_graph::op::BatchNorm;
use rayon::prelude::*;

use super::{
    Backward, Forward, Kernel, Lower, Lowering, Operand, Statistic, Target, WholeBackward, WholeForward, WholeKernel,
    target,
};
use crate::kernel::sums::sum;
use crate::run_error::RunError;

impl Lower for BatchNorm {
    fn lower(&self, to: &mut Lowering, data: &[Operand], weights: &[Operand], out: &[usize]) -> Operand {
        let x = &data[0];
        let channels = x.shape[0];
        let kernel = Normalise {
            channels,
            positions: x.size() / channels.max(1),
            epsilon: self.epsilon,
            momentum: self.momentum,
            node: to.node().to_owned(),
        };
        let operands = [&data[..1], weights].concat();
        if to.is_training() && x.varies {
            to.step(OfBatch(kernel), &operands, out)
        } else {
            to.step(kernel, &operands, out)
        }
    }
}

/// `y = (x − mean) / √(variance + ε) · weight + bias` for each channel; operands x, weight, bias, mean, variance.
#[derive(Clone, Debug)]
struct Normalise {
    channels: usize,
    positions: usize,
    epsilon: f32,
    momentum: f32,
    node: String,
}

impl Normalise {
    /// `y = x · scale + shift` for each channel.
    fn scale_and_shift(&self, weights: &[&[f32]]) -> Vec<[f32; 2]> {
        let of = |c: usize| {
            let scale = weights[0][c] / (weights[3][c] + self.epsilon).sqrt();
            [scale, weights[1][c] - weights[2][c] * scale]
        };
        (0..self.channels).map(of).collect()
    }

    fn planes<'a>(&self, x: &'a [f32]) -> impl Iterator<Item = (usize, &'a [f32])> + use<'a> {
        let channels = self.channels;
        x.chunks_exact(self.positions).enumerate().map(move |(i, plane)| (i % channels, plane))
    }
}

impl Kernel for Normalise {
    fn forward(&self, Forward { x, y, .. }: Forward<'_>) -> Result<(), RunError> {
        let by_channel = self.scale_and_shift(&x[1..]);
        for ((c, x), y) in self.planes(x[0]).zip(y.chunks_exact_mut(self.positions)) {
            let [scale, shift] = by_channel[c];
            y.iter_mut().zip(x).for_each(|(y, x)| *y = x * scale + shift);
        }
        Ok(())
    }

    fn backward(&self, Backward { x, dy, dx, .. }: Backward<'_>) {
        let by_channel = self.scale_and_shift(&x[1..]);
        if let Some(dx) = target(dx, 0) {
            for ((c, dy), dx) in self.planes(dy).zip(dx.values.chunks_exact_mut(self.positions)) {
                dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx = dy * by_channel[c][0]);
            }
        }
        if let Some(dweight) = target(dx, 1) {
            dweight.values.fill(0.0);
            for ((c, x_plane), dy) in self.planes(x[0]).zip(dy.chunks_exact(self.positions)) {
                let inverse = 1.0 / (x[4][c] + self.epsilon).sqrt();
                let mean = x[3][c];
                dweight.values[c] += inverse * x_plane.iter().zip(dy).map(|(x, dy)| (x - mean) * dy).sum::<f32>();
            }
        }
        if let Some(dbias) = target(dx, 2) {
            dbias.values.fill(0.0);
            self.planes(dy).for_each(|(c, dy)| dbias.values[c] += sum(dy));
        }
    }

    fn is_differentiable(&self, operand: usize) -> bool {
        operand < 3
    }
}

/// The same by the batch's own statistics; its mean and 1 / √(variance + ε) are kept.
#[derive(Clone, Debug)]
struct OfBatch(Normalise);

impl Kernel for OfBatch {
    fn forward(&self, _: Forward<'_>) -> Result<(), RunError> {
        unreachable!("a whole kernel is run as one")
    }

    fn backward(&self, _: Backward<'_>) {
        unreachable!("a whole kernel is run as one")
    }

    fn is_differentiable(&self, operand: usize) -> bool {
        operand < 3
    }

    fn as_whole(&self) -> Option<&dyn WholeKernel> {
        Some(self)
    }
}

impl OfBatch {
    /// For each channel the sum of `term(x, dy)` over the planes of all parts, in `f64`, added up in their order.
    fn totals<P: Sync>(&self, parts: &[P], of: impl Fn(&P, &mut [[f64; 2]]) + Sync) -> Vec<[f64; 2]> {
        let of_part = |part: &P| {
            let mut sums = vec![[0.0; 2]; self.0.channels];
            of(part, &mut sums);
            sums
        };
        let by_part: Vec<Vec<[f64; 2]>> = match parts {
            [part] => vec![of_part(part)],
            parts => parts.par_iter().map(of_part).collect(),
        };
        let mut total = vec![[0.0; 2]; self.0.channels];
        for part in by_part {
            total.iter_mut().zip(part).for_each(|(t, p)| (t[0], t[1]) = (t[0] + p[0], t[1] + p[1]));
        }
        total
    }
}

/// The sums of `a` and of `b` over the pairs of two planes, each by itself in lanes of f32, as a plane is short.
fn plane_sums(x: &[f32], y: &[f32], f: impl Fn(f32, f32) -> [f32; 2]) -> [f64; 2] {
    let mut lanes = [[0.0f32; 16]; 2];
    let ((xs, x), (ys, y)) = (x.as_chunks::<16>(), y.as_chunks::<16>());
    for (x, y) in xs.iter().zip(ys) {
        for i in 0..16 {
            let [a, b] = f(x[i], y[i]);
            lanes[0][i] += a;
            lanes[1][i] += b;
        }
    }
    let mut totals = lanes.map(|lanes| lanes.iter().map(|x| f64::from(*x)).sum::<f64>());
    for (x, y) in x.iter().zip(y) {
        let [a, b] = f(*x, *y);
        totals[0] += f64::from(a);
        totals[1] += f64::from(b);
    }
    totals
}

impl WholeKernel for OfBatch {
    fn node(&self) -> &str {
        &self.0.node
    }

    fn forward(
        &self,
        parts: &mut [WholeForward<'_>],
        weights: &[&[f32]],
        kept: &mut Vec<f32>,
    ) -> Result<Vec<(usize, Statistic)>, RunError> {
        let Normalise { channels, positions, epsilon, momentum, node } = &self.0;
        let n = parts.iter().map(|part| part.x.len()).sum::<usize>() / channels;
        if n < 2 {
            return Err(RunError::BatchTooSmall { node: node.clone() });
        }
        let sums = self.totals(parts, |part, sums| {
            self.0.planes(part.x).for_each(|(c, x)| sums[c][0] += plane_sums(x, x, |x, _| [x, 0.0])[0]);
        });
        let means: Vec<f32> = sums.iter().map(|sum| (sum[0] / n as f64) as f32).collect();
        let squares = self.totals(parts, |part, sums| {
            let square = |(c, x): (usize, &[f32])| {
                let mean = means[c];
                sums[c][0] += plane_sums(x, x, |x, _| [(x - mean) * (x - mean), 0.0])[0];
            };
            self.0.planes(part.x).for_each(square);
        });
        let variances: Vec<f32> = squares.iter().map(|sum| (sum[0] / n as f64) as f32).collect();
        kept.clear();
        kept.extend(&means);
        kept.extend(variances.iter().map(|variance| 1.0 / (variance + epsilon).sqrt()));
        let inverse = &kept[*channels..];
        let write = |part: &mut WholeForward<'_>| {
            for ((c, x), y) in self.0.planes(part.x).zip(part.y.chunks_exact_mut(*positions)) {
                let scale = weights[0][c] * inverse[c];
                let (mean, bias) = (means[c], weights[1][c]);
                y.iter_mut().zip(x).for_each(|(y, x)| *y = (x - mean) * scale + bias);
            }
        };
        if parts.len() == 1 {
            parts.iter_mut().for_each(write)
        } else {
            parts.par_iter_mut().for_each(write)
        }
        // PyTorch's running variance is made of unbiased ones.
        let unbias = n as f32 / (n - 1) as f32;
        let variances = variances.into_iter().map(|variance| variance * unbias).collect();
        Ok(vec![
            (3, Statistic { momentum: *momentum, values: means }),
            (4, Statistic { momentum: *momentum, values: variances }),
        ])
    }

    fn backward(
        &self,
        parts: &mut [WholeBackward<'_>],
        weights: &[&[f32]],
        kept: &[f32],
        weight_targets: Vec<Option<Target<'_>>>,
    ) {
        let (means, inverse) = kept.split_at(self.0.channels);
        let n = parts.iter().map(|part| part.x.len()).sum::<usize>() / self.0.channels;
        // Σ dy and Σ dy x̂, the gradients of bias and weight.
        let totals = self.totals(parts, |part, sums| {
            let planes = self.0.planes(part.x).zip(part.dy.chunks_exact(self.0.positions));
            planes.for_each(|((c, x), dy)| {
                let (mean, inverse) = (means[c], inverse[c]);
                let of_plane = plane_sums(x, dy, |x, dy| [dy, dy * ((x - mean) * inverse)]);
                sums[c] = [sums[c][0] + of_plane[0], sums[c][1] + of_plane[1]];
            });
        });
        let write = |part: &mut WholeBackward<'_>| {
            let Some(dx) = &mut part.dx else { return };
            let planes = self.0.planes(part.x).zip(part.dy.chunks_exact(self.0.positions));
            for (((c, x), dy), dx) in planes.zip(dx.chunks_exact_mut(self.0.positions)) {
                let (mean, inverse) = (means[c], inverse[c]);
                let [of_bias, of_weight] = totals[c].map(|total| (total / n as f64) as f32);
                let scale = weights[0][c] * inverse;
                for ((dx, x), dy) in dx.iter_mut().zip(x).zip(dy) {
                    *dx = scale * (dy - of_bias - (x - mean) * inverse * of_weight);
                }
            }
        };
        if parts.len() == 1 {
            parts.iter_mut().for_each(write)
        } else {
            parts.par_iter_mut().for_each(write)
        }
        for (which, target) in weight_targets.into_iter().take(2).enumerate() {
            if let Some(Target { values, add }) = target {
                for (value, total) in values.iter_mut().zip(&totals) {
                    let total = total[1 - which] as f32;
                    *value = if add { *value + total } else { total };
                }
            }
        }
    }
}
