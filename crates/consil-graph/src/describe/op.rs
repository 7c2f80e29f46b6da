//! One line for each op.

use crate::graph::{Graph, Node};
use crate::op::{Activation, Conv, Op, Pool, PoolKind};

impl Graph {
    /// The op of a node with its attributes: `conv 1 → 16, 3×3, padding 1`.
    pub fn op_summary(&self, node: &Node) -> String {
        let operand = node.inputs.first().map_or(&[][..], |id| self.shape_of(*id));
        let channels = operand.first().copied().unwrap_or(0);
        match &node.op {
            Op::Linear { out, .. } => format!("linear {} → {out}", operand.last().copied().unwrap_or(1)),
            Op::Conv1d(conv) => convolution(conv, channels),
            Op::Conv2d(conv) => convolution(conv, channels),
            Op::Pool1d(window) => pooling(window),
            Op::Pool2d(window) => pooling(window),
            Op::GlobalAveragePool => "global average pool".to_owned(),
            Op::MeanTokens if node.inputs.len() == 2 => "masked mean of tokens".to_owned(),
            Op::MeanTokens => "mean of tokens".to_owned(),
            Op::LayerNorm { .. } => "layer norm".to_owned(),
            Op::BatchNorm { .. } => "batch norm".to_owned(),
            Op::RmsNorm { .. } => "RMS norm".to_owned(),
            Op::Dropout { rate } => format!("dropout {rate}"),
            Op::Activation(activation) => activation.name().to_owned(),
            Op::Softmax => "softmax".to_owned(),
            Op::LogSoftmax => "log-softmax".to_owned(),
            Op::Embedding { vocabulary, width } => format!("embedding {vocabulary} → {width}"),
            Op::PositionEmbedding => "position embedding".to_owned(),
            Op::Attention { heads, causal, masked } => {
                let kind = match (causal, masked) {
                    (true, true) => "causal masked attention",
                    (true, false) => "causal attention",
                    (false, true) => "masked attention",
                    (false, false) => "attention",
                };
                format!("{kind}, {heads} {}", if *heads == 1 { "head" } else { "heads" })
            }
            Op::Concat { .. } => "concatenate".to_owned(),
            Op::Stack => "stack".to_owned(),
            Op::Reshape { .. } => "reshape".to_owned(),
            Op::Flatten => "flatten".to_owned(),
            Op::Transpose => "transpose".to_owned(),
            Op::Add => "add".to_owned(),
            Op::Mul => "multiply".to_owned(),
        }
    }
}

impl Activation {
    /// The activation's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Relu => "ReLU",
            Self::LeakyRelu { .. } => "leaky ReLU",
            Self::Gelu => "GELU",
            Self::Silu => "SiLU",
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
        }
    }
}

fn convolution<const N: usize>(conv: &Conv<N>, channels: usize) -> String {
    let mut text = format!("conv {channels} → {}, {}", conv.out, window(&conv.kernel));
    for (name, lengths, default) in
        [("stride", &conv.stride, 1), ("padding", &conv.padding, 0), ("dilation", &conv.dilation, 1)]
    {
        match lengths {
            lengths if lengths.iter().all(|n| *n == default) => {}
            lengths if lengths.iter().all(|n| *n == lengths[0]) => text += &format!(", {name} {}", lengths[0]),
            lengths => text += &format!(", {name} {}", window(lengths)),
        }
    }
    if conv.groups > 1 {
        text += &format!(", {} groups", conv.groups);
    }
    text
}

fn pooling<const N: usize>(pool: &Pool<N>) -> String {
    let kind = match pool.kind {
        PoolKind::Max => "max",
        PoolKind::Average => "average",
    };
    let stride = if pool.stride == pool.kernel { String::new() } else { format!(", stride {}", window(&pool.stride)) };
    format!("{kind} pool {}{stride}", window(&pool.kernel))
}

fn window(lengths: &[usize]) -> String {
    let lengths: Vec<String> = lengths.iter().map(usize::to_string).collect();
    lengths.join("×")
}
