//! The operations a node may hold: an enum of the field's layers, each with typed attributes.
//!
//! Shapes here are *per sample*: the batch axis is implied and comes first when a graph runs. An image is `[C, H, W]`, a
//! series `[C, T]`, a sequence of tokens `[T, D]`, a vector `[D]`. Weights are laid out as PyTorch lays them out, so that
//! weights written by other tools load without a transpose.

use serde::{Deserialize, Serialize};

/// One operation with its attributes; its operands are the node's inputs, its weights the node's parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "op")]
#[non_exhaustive]
pub enum Op {
    /// `y = x Wᵀ + b` over the last axis: `[…, I] → […, O]`; parameters `weight [O, I]` and, with `bias`, `bias [O]`.
    Linear {
        /// The length O of the output's last axis.
        out: usize,
        /// Whether a bias is added.
        bias: bool,
    },
    /// 1-D convolution: `[I, T] → [O, T']`; parameters `weight [O, I/groups, K]`, `bias [O]`.
    Conv1d(Conv<1>),
    /// 2-D convolution: `[I, H, W] → [O, H', W']`; parameters `weight [O, I/groups, Kh, Kw]`, `bias [O]`.
    Conv2d(Conv<2>),
    /// Pooling over windows of a `[C, T]` series.
    Pool1d(Pool<1>),
    /// Pooling over windows of a `[C, H, W]` image.
    Pool2d(Pool<2>),
    /// The mean over all positions: `[C, T] → [C]` and `[C, H, W] → [C]`.
    GlobalAveragePool,
    /// The mean over tokens: `[T, D] → [D]`; an optional second operand `[T]` is a mask whose zeros do not count.
    /// A sample whose mask is all zero gives zeros.
    MeanTokens,
    /// Layer normalisation over the last axis (Ba et al., 2016); parameters `weight [D]`, `bias [D]`.
    LayerNorm {
        /// Added to the variance.
        epsilon: f32,
    },
    /// Batch normalisation over the channel axis, the first (Ioffe and Szegedy, 2015); parameters `weight [C]`,
    /// `bias [C]`, buffers `running_mean [C]`, `running_var [C]`.
    BatchNorm {
        /// Added to the variance.
        epsilon: f32,
        /// The weight of the new batch in the running statistics, as PyTorch defines it.
        momentum: f32,
    },
    /// Root-mean-square normalisation over the last axis (Zhang and Sennrich, 2019); parameter `weight [D]`.
    RmsNorm {
        /// Added to the mean square.
        epsilon: f32,
    },
    /// Inverted dropout (Srivastava et al., 2014): zeroes each value with probability `rate` in training, and scales the others by
    /// `1 / (1 - rate)`; the identity in evaluation.
    Dropout {
        /// The probability of zeroing a value, in `[0, 1)`.
        rate: f32,
    },
    /// An elementwise activation.
    Activation(Activation),
    /// Softmax over the last axis.
    Softmax,
    /// The logarithm of softmax over the last axis.
    LogSoftmax,
    /// Rows of a table: `[T] → [T, D]`, the operand holding indices below `vocabulary`; parameter `weight [V, D]`.
    Embedding {
        /// The number of rows V.
        vocabulary: usize,
        /// The length D of a row.
        width: usize,
    },
    /// A learned vector added to each position: `[T, D] → [T, D]`; parameter `weight [T, D]`.
    PositionEmbedding,
    /// Multi-head attention (Vaswani et al., 2017), `[T, D] → [T, D]`. Operands: query tokens, then optionally the key/value
    /// tokens `[S, D]` (two operands: cross-attention), with `masked` a last operand `[S]` whose zeros are not attended to.
    /// Parameters `in_proj_weight [3D, D]`, `in_proj_bias [3D]`, `out_proj.weight [D, D]`, `out_proj.bias [D]`.
    Attention {
        /// The number of heads; it divides D.
        heads: usize,
        /// Whether position t attends only to positions up to t.
        causal: bool,
        /// Whether the last operand is a mask over the keys.
        masked: bool,
    },
    /// Concatenation of the operands along an axis.
    Concat {
        /// The axis, per sample.
        axis: usize,
    },
    /// Stacks operands of one shape along a new first axis: k × `[D] → [k, D]`, k × `[] → [k]`.
    Stack,
    /// The same values under another shape of the same size.
    Reshape {
        /// The new per-sample shape.
        shape: Vec<usize>,
    },
    /// All axes in one: `[…] → [N]`.
    Flatten,
    /// Swaps the two axes of a matrix: `[A, B] → [B, A]`.
    Transpose,
    /// The sum of two operands of one shape.
    Add,
    /// The product of two operands. The second is of the first's shape, or a scalar `[]` or `[1]` per sample (a presence
    /// gate), or as long as the first's last axis and repeated along the others (a time mask `[T]` on `[C, T]` or `[C, H, T]`).
    Mul,
}

/// Attributes of a convolution over `N` axes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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

/// Attributes of pooling over `N` axes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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

/// An elementwise activation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Activation {
    /// `max(0, x)`.
    Relu,
    /// `x` for positive x, `slope · x` otherwise.
    LeakyRelu {
        /// The slope below zero.
        slope: f32,
    },
    /// `x Φ(x)`, exact by the error function (Hendrycks and Gimpel, 2016).
    Gelu,
    /// `x σ(x)`.
    Silu,
    /// `1 / (1 + e⁻ˣ)`.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
}

impl From<Conv<1>> for Op {
    fn from(conv: Conv<1>) -> Self {
        Op::Conv1d(conv)
    }
}

impl From<Conv<2>> for Op {
    fn from(conv: Conv<2>) -> Self {
        Op::Conv2d(conv)
    }
}

impl From<Pool<1>> for Op {
    fn from(pool: Pool<1>) -> Self {
        Op::Pool1d(pool)
    }
}

impl From<Pool<2>> for Op {
    fn from(pool: Pool<2>) -> Self {
        Op::Pool2d(pool)
    }
}

/// Serde for arrays of any length as lists.
mod axes {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<const N: usize, S: Serializer>(axes: &[usize; N], serializer: S) -> Result<S::Ok, S::Error> {
        axes.as_slice().serialize(serializer)
    }

    pub fn deserialize<'de, const N: usize, D: Deserializer<'de>>(deserializer: D) -> Result<[usize; N], D::Error> {
        let list = Vec::<usize>::deserialize(deserializer)?;
        list.as_slice().try_into().map_err(|_| D::Error::invalid_length(list.len(), &"one length for each axis"))
    }
}
