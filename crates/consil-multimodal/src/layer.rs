//! Layers as a user writes them: the list from which an encoder is composed.
//!
//! A layer is a name, or a table whose first key is the name and whose value is the layer's main attribute, with the other
//! attributes beside it:
//!
//! ```toml
//! encoder = [
//!     { conv = 16, kernel = 3, padding = "same" }, "relu", { max-pool = 2 },
//!     { residual = [ { conv = 16, padding = "same" }, "relu" ] },
//!     "flatten", { linear = 64 }, "relu", { dropout = 0.2 },
//! ]
//! ```
//!
//! Where a layer has several attributes and no main one, they stand in a table: `{ attention = { heads = 4, causal = true } }`. This form
//! is understood for every layer.

mod apply;
mod error;
mod forms;
mod parse;
mod time;
mod write;

use consil_graph::op::{Activation, Op};

pub use apply::Applied;
pub use error::LayerError;

/// A list of layers, each reading the one before.
///
/// ```
/// use consil_graph::Builder;
/// use consil_multimodal::Layers;
///
/// let layers: Layers = r#"[ { conv = 16, kernel = 3 }, "relu", { max-pool = 2 }, "flatten", { linear = 64 } ]"#.parse()?;
/// let mut b = Builder::new();
/// let x = b.input("input", [1, 8, 8]);
/// let y = layers.apply(&mut b, "digit", x)?;
/// assert_eq!(b.shape(y), [64]);
/// assert_eq!(b.finish().params()[0].name, "digit.1.conv.weight");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layers(pub Vec<Layer>);

/// One layer of a [`Layers`] list.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Layer {
    /// `{ conv = O, kernel = 3, stride = 1, padding = 0, dilation = 1, groups = 1, bias = true }`: a convolution of a series
    /// `[C, T]` or an image `[C, H, W]`, by the rank of what comes in.
    Conv {
        /// Output channels.
        out: usize,
        /// The kernel's length.
        kernel: Extent,
        /// The step.
        stride: Extent,
        /// Zeros added at both ends.
        padding: Padding,
        /// The spacing between kernel elements.
        dilation: Extent,
        /// Groups of channels that do not mix.
        groups: usize,
        /// Whether a bias is added.
        bias: bool,
    },
    /// `{ max-pool = K, stride = K }`.
    MaxPool(Window),
    /// `{ average-pool = K, stride = K }`.
    AveragePool(Window),
    /// `"global-average-pool"`: the mean over all positions.
    GlobalAveragePool,
    /// `{ linear = O, bias = true, lora = R }`.
    Linear {
        /// The output's width.
        out: usize,
        /// Whether a bias is added.
        bias: bool,
        /// The rank of an adapter (LoRA; Hu et al., 2022): the weight and the bias are frozen, and a product of two matrices of this
        /// rank, which begins at zero, is trained and added to the weight.
        lora: Option<usize>,
    },
    /// `{ tied = N, bias = false }`: layer N backwards, with its own weight: after an embedding of V words the scores of all V words, after a linear layer a
    /// map back to its input.
    Tied {
        /// The number of the embedding or linear layer, as errors number it: `1`, or `"4.2"` inside a residual layer.
        layer: String,
        /// Whether a bias, a parameter of its own, is added.
        bias: bool,
    },
    /// `"flatten"`.
    Flatten,
    /// `"relu"`, `"leaky-relu"` (or `{ leaky-relu = 0.01 }`), `"gelu"`, `"silu"`, `"sigmoid"`, `"tanh"`.
    Activation(Activation),
    /// An op that is a layer by itself, under the spelling that its own file gives it: `"layer-norm"`, `{ dropout = 0.2 }`.
    Op(Op),
    /// `{ embedding = { vocabulary = V, width = D } }`.
    Embedding {
        /// The number of different indices.
        vocabulary: usize,
        /// The length of a row.
        width: usize,
    },
    /// `"position-embedding"`: a learned vector added to each position.
    PositionEmbedding,
    /// `{ attention = H, causal = false, inner = D }`: self-attention; padding is not attended to.
    Attention {
        /// The number of heads.
        heads: usize,
        /// Whether a position attends only to positions up to itself.
        causal: bool,
        /// The width of queries, keys and values, all heads together; the tokens' where it is absent.
        inner: Option<usize>,
    },
    /// `"mean-tokens"`: the mean over tokens that are not padding.
    MeanTokens,
    /// `"transpose"`: swaps the axes of a matrix, `[C, T]` into tokens `[T, C]` and back.
    Transpose,
    /// `{ reshape = [..] }`; a matrix that it gives is a series `[C, T]`.
    Reshape {
        /// The new per-sample shape.
        shape: Vec<usize>,
    },
    /// `{ residual = [layers], shortcut = [layers] }`: the sum of the layers and the shortcut (by default what came in).
    Residual {
        /// The branch that is learned.
        layers: Layers,
        /// The branch that passes the input on; empty for the input itself.
        shortcut: Layers,
    },
}

/// A length along each axis: one number for all, or a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The same along each axis.
    All(usize),
    /// One for each axis.
    Each(Vec<usize>),
}

/// Zeros added around a convolution's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Padding {
    /// As many as keep the length at stride 1: `dilation · (kernel − 1) / 2`; the kernel must be odd.
    Same,
    /// So many at both ends.
    Zeros(Extent),
}

/// The window of a pooling layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its length.
    pub kernel: Extent,
    /// The step; the kernel's length where none is given.
    pub stride: Option<Extent>,
}

impl Layers {
    /// A list of layers.
    pub fn new(layers: impl Into<Vec<Layer>>) -> Self {
        Self(layers.into())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Layer {
    /// An op that is a layer by itself.
    pub fn op(op: impl Into<Op>) -> Self {
        Self::Op(op.into())
    }
}

impl FromIterator<Layer> for Layers {
    fn from_iter<I: IntoIterator<Item = Layer>>(layers: I) -> Self {
        Self(layers.into_iter().collect())
    }
}

#[cfg(test)]
mod tests;
