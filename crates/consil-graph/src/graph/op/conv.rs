//! Convolution over one, two or three axes.

use serde::{Deserialize, Serialize};

use super::param_spec::affine_params;
use super::shapes::{one, positive, product};
use super::window::{axes, channels_first, grid, index, joined, labels, reach, slide, sliding, window_length};
use super::{OpDoc, Operation, ParamSpec, ShapeMismatch, Tensor};

/// A convolution (cross-correlation) over `N` axes: `[I, …] → [O, …']`; weights `weight [O, I/groups, kernel…]` and, with `bias`,
/// `bias [O]`. With `N` = 1 of a series `[C, T]`, 2 of an image `[C, H, W]`, 3 of a volume or clip `[C, D, H, W]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Conv<const N: usize> {
    /// Output channels.
    pub out: usize,
    /// The kernel's length along each axis.
    #[serde(with = "axes")]
    pub kernel: [usize; N],
    /// The step along each axis.
    #[serde(with = "axes")]
    pub stride: [usize; N],
    /// Zeros added at both ends of each axis.
    #[serde(with = "axes")]
    pub padding: [usize; N],
    /// The spacing between kernel elements along each axis.
    #[serde(with = "axes")]
    pub dilation: [usize; N],
    /// Groups of channels that do not mix.
    pub groups: usize,
    /// Whether a bias is added.
    pub bias: bool,
}

impl<const N: usize> Operation for Conv<N> {
    fn documentation() -> OpDoc {
        let shapes = ["[I, T] → [O, T']", "[I, H, W] → [O, H', W']", "[I, D, H, W] → [O, D', H', W']"];
        OpDoc { summary: "convolution, zeros around, groups and dilation", shapes: shapes[N - 1], onnx: Some("Conv") }
    }

    fn n_weights(&self) -> usize {
        1 + usize::from(self.bias)
    }

    fn weights(&self, data: &[&[usize]]) -> Vec<ParamSpec> {
        let per_group = data[0][0] / self.groups;
        let shape = [self.out, per_group].into_iter().chain(self.kernel).collect();
        let fan_in = self.kernel.iter().fold(per_group, |n, length| n.saturating_mul(*length));
        affine_params(shape, fan_in, self.bias)
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        let x = one(data)?;
        positive(self.out, "at least 1 output channel")?;
        positive(self.groups, "at least 1 group")?;
        positive(self.kernel.into_iter().min().unwrap_or(0), "a kernel of at least 1")?;
        positive(self.stride.into_iter().min().unwrap_or(0), "a stride of at least 1")?;
        positive(self.dilation.into_iter().min().unwrap_or(0), "a dilation of at least 1")?;
        let channels = channels_first::<N>(x)?;
        for (of, length) in [("the channels of its input", channels), ("its output channels", self.out)] {
            if length % self.groups != 0 {
                return Err(ShapeMismatch::Indivisible { attribute: format!("groups = {}", self.groups), of, length });
            }
        }
        slide(x, self.out, |axis, length| {
            window_length(length, self.kernel[axis], self.stride[axis], self.padding[axis], self.dilation[axis])
        })
        .ok_or_else(|| ShapeMismatch::TooSmall {
            least: (0..N)
                .map(|a| {
                    let reach = reach(self.kernel[a], self.dilation[a]);
                    reach.saturating_sub(self.padding[a].saturating_mul(2)).max(1)
                })
                .collect(),
            given: x.to_vec(),
        })
    }

    fn flops(&self, data: &[&[usize]], out: &[usize]) -> u64 {
        product(out).saturating_mul(2 * (data[0][0] / self.groups) as u64).saturating_mul(product(&self.kernel))
    }

    fn label(&self, data: &[&[usize]]) -> String {
        let mut text = format!("conv {} → {}, {}", data[0][0], self.out, joined(&self.kernel));
        text += &labels(&[("stride", &self.stride, 1), ("padding", &self.padding, 0), ("dilation", &self.dilation, 1)]);
        if self.groups > 1 {
            text += &format!(", {} groups", self.groups);
        }
        text
    }

    /// `y[o, p] = b[o] + Σ_{c, k} w[o, c, k] · x[g·C/G + c, p·stride + k·dilation − padding]`, x being zero outside.
    fn evaluate(&self, data: &[&Tensor], weights: &[&Tensor], out: &[usize]) -> Vec<f64> {
        let x = data[0];
        let per_group = x.shape[0] / self.groups;
        let n_taps: usize = self.kernel.iter().product();
        let lengths = sliding::<N>(&x.shape);
        let mut y = Vec::new();
        for o in 0..self.out {
            let group = o / (self.out / self.groups);
            for position in grid(sliding::<N>(out)) {
                let mut sum = weights.get(1).map_or(0.0, |bias| bias.data[o]);
                for (tap, k) in grid(self.kernel).enumerate() {
                    let at: [usize; N] =
                        std::array::from_fn(|a| position[a] * self.stride[a] + k[a] * self.dilation[a]);
                    if (0..N).any(|a| at[a] < self.padding[a] || at[a] - self.padding[a] >= lengths[a]) {
                        continue;
                    }
                    let at: [usize; N] = std::array::from_fn(|a| at[a] - self.padding[a]);
                    for c in 0..per_group {
                        let weight = weights[0].data[(o * per_group + c) * n_taps + tap];
                        sum += weight * x.data[index(lengths, group * per_group + c, at)];
                    }
                }
                y.push(sum);
            }
        }
        y
    }
}
