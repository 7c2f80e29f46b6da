//! Pooling over windows.

use serde::{Deserialize, Serialize};

use super::shapes::{one, positive, product};
use super::window::{axes, channels_first, grid, index, joined, slide, sliding, window_length};
use super::{OpDoc, Operation, ShapeMismatch, Tensor};

/// Pooling over windows of `N` axes: `[C, …] → [C, …']`; an incomplete window at the end is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pool<const N: usize> {
    /// What is taken of each window.
    pub kind: PoolKind,
    /// The window's length along each axis.
    #[serde(with = "axes")]
    pub kernel: [usize; N],
    /// The step along each axis.
    #[serde(with = "axes")]
    pub stride: [usize; N],
}

/// What pooling takes of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PoolKind {
    /// The largest value.
    Max,
    /// The mean.
    Average,
}

impl<const N: usize> Operation for Pool<N> {
    fn documentation() -> OpDoc {
        let shapes = ["[C, T] → [C, T']", "[C, H, W] → [C, H', W']"];
        OpDoc {
            summary: "the largest value or the mean of each window",
            shapes: shapes[N - 1],
            onnx: Some("MaxPool, AveragePool"),
        }
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        let x = one(data)?;
        positive(self.kernel.into_iter().min().unwrap_or(0), "a kernel of at least 1")?;
        positive(self.stride.into_iter().min().unwrap_or(0), "a stride of at least 1")?;
        let channels = channels_first::<N>(x)?;
        slide(x, channels, |axis, length| window_length(length, self.kernel[axis], self.stride[axis], 0, 1))
            .ok_or_else(|| ShapeMismatch::TooSmall { least: self.kernel.to_vec(), given: x.to_vec() })
    }

    fn flops(&self, _: &[&[usize]], out: &[usize]) -> u64 {
        product(out).saturating_mul(product(&self.kernel))
    }

    fn label(&self, _: &[&[usize]]) -> String {
        let kind = match self.kind {
            PoolKind::Max => "max",
            PoolKind::Average => "average",
        };
        let stride =
            if self.stride == self.kernel { String::new() } else { format!(", stride {}", joined(&self.stride)) };
        format!("{kind} pool {}{stride}", joined(&self.kernel))
    }

    fn evaluate(&self, data: &[&Tensor], _: &[&Tensor], out: &[usize]) -> Vec<f64> {
        let lengths = sliding::<N>(&data[0].shape);
        let mut y = Vec::new();
        for c in 0..data[0].shape[0] {
            for position in grid(sliding::<N>(out)) {
                let seen = grid(self.kernel).map(|k| {
                    let at: [usize; N] = std::array::from_fn(|a| position[a] * self.stride[a] + k[a]);
                    data[0].data[index(lengths, c, at)]
                });
                y.push(match self.kind {
                    PoolKind::Max => seen.fold(f64::NEG_INFINITY, f64::max),
                    PoolKind::Average => seen.sum::<f64>() / self.kernel.iter().product::<usize>() as f64,
                });
            }
        }
        y
    }
}
