//! Convolution and pooling by their definitions, for any number of sliding axes.

use crate::op::{Conv, Pool, PoolKind};

/// `y[o, p] = b[o] + Σ_{c, k} w[o, c, k] · x[g·C/G + c, p·stride + k·dilation − padding]`, x being zero outside.
pub(super) fn convolve<const N: usize>(
    conv: &Conv<N>,
    shape: &[usize],
    x: &[f64],
    params: &[Vec<f64>],
    out: &[usize],
) -> Vec<f64> {
    let per_group = shape[0] / conv.groups;
    let n_taps: usize = conv.kernel.iter().product();
    let mut y = Vec::new();
    for o in 0..conv.out {
        let group = o / (conv.out / conv.groups);
        for position in positions(&out[1..]) {
            let mut sum = params.get(1).map_or(0.0, |bias| bias[o]);
            for c in 0..per_group {
                for (tap, k) in positions(&conv.kernel).enumerate() {
                    let at: Option<Vec<usize>> = (0..N)
                        .map(|a| {
                            let i = position[a] * conv.stride[a] + k[a] * conv.dilation[a];
                            i.checked_sub(conv.padding[a]).filter(|i| *i < shape[a + 1])
                        })
                        .collect();
                    let weight = params[0][(o * per_group + c) * n_taps + tap];
                    sum += at.map_or(0.0, |at| weight * x[index(shape, group * per_group + c, &at)]);
                }
            }
            y.push(sum);
        }
    }
    y
}

/// The largest or the mean of each window.
pub(super) fn pool<const N: usize>(window: &Pool<N>, shape: &[usize], x: &[f64], out: &[usize]) -> Vec<f64> {
    let mut y = Vec::new();
    for c in 0..shape[0] {
        for position in positions(&out[1..]) {
            let seen = positions(&window.kernel).map(|k| {
                let at: Vec<usize> = (0..N).map(|a| position[a] * window.stride[a] + k[a]).collect();
                x[index(shape, c, &at)]
            });
            y.push(match window.kind {
                PoolKind::Max => seen.fold(f64::NEG_INFINITY, f64::max),
                PoolKind::Average => seen.sum::<f64>() / window.kernel.iter().product::<usize>() as f64,
            });
        }
    }
    y
}

/// All positions of a grid, row-major.
fn positions(lengths: &[usize]) -> impl Iterator<Item = Vec<usize>> {
    let lengths = lengths.to_vec();
    (0..lengths.iter().product()).map(move |mut flat: usize| {
        let mut position = vec![0; lengths.len()];
        for (p, length) in position.iter_mut().zip(&lengths).rev() {
            *p = flat % length;
            flat /= length;
        }
        position
    })
}

fn index(shape: &[usize], channel: usize, at: &[usize]) -> usize {
    at.iter().zip(&shape[1..]).fold(channel, |flat, (i, length)| flat * length + i)
}
