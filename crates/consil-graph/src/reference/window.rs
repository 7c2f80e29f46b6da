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
    let lengths = sliding::<N>(shape);
    let mut y = Vec::new();
    for o in 0..conv.out {
        let group = o / (conv.out / conv.groups);
        for position in grid(sliding::<N>(out)) {
            let mut sum = params.get(1).map_or(0.0, |bias| bias[o]);
            for (tap, k) in grid(conv.kernel).enumerate() {
                let at: [usize; N] = std::array::from_fn(|a| position[a] * conv.stride[a] + k[a] * conv.dilation[a]);
                if (0..N).any(|a| at[a] < conv.padding[a] || at[a] - conv.padding[a] >= lengths[a]) {
                    continue;
                }
                let at: [usize; N] = std::array::from_fn(|a| at[a] - conv.padding[a]);
                for c in 0..per_group {
                    let weight = params[0][(o * per_group + c) * n_taps + tap];
                    sum += weight * x[index(lengths, group * per_group + c, at)];
                }
            }
            y.push(sum);
        }
    }
    y
}

/// The largest or the mean of each window.
pub(super) fn pool<const N: usize>(window: &Pool<N>, shape: &[usize], x: &[f64], out: &[usize]) -> Vec<f64> {
    let lengths = sliding::<N>(shape);
    let mut y = Vec::new();
    for c in 0..shape[0] {
        for position in grid(sliding::<N>(out)) {
            let seen = grid(window.kernel).map(|k| {
                let at: [usize; N] = std::array::from_fn(|a| position[a] * window.stride[a] + k[a]);
                x[index(lengths, c, at)]
            });
            y.push(match window.kind {
                PoolKind::Max => seen.fold(f64::NEG_INFINITY, f64::max),
                PoolKind::Average => seen.sum::<f64>() / window.kernel.iter().product::<usize>() as f64,
            });
        }
    }
    y
}

/// The lengths of the axes after the channels.
fn sliding<const N: usize>(shape: &[usize]) -> [usize; N] {
    std::array::from_fn(|a| shape[a + 1])
}

/// All positions of a grid, row-major.
fn grid<const N: usize>(lengths: [usize; N]) -> impl Iterator<Item = [usize; N]> {
    (0..lengths.iter().product()).map(move |mut flat: usize| {
        let mut position = [0; N];
        for (p, length) in position.iter_mut().zip(&lengths).rev() {
            *p = flat % length;
            flat /= length;
        }
        position
    })
}

fn index<const N: usize>(lengths: [usize; N], channel: usize, at: [usize; N]) -> usize {
    at.iter().zip(&lengths).fold(channel, |flat, (i, length)| flat * length + i)
}
