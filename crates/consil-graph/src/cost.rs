//! What a graph costs: parameters, floating-point operations and memory, per node and in total.
//!
//! A multiply-add counts as two operations. Of linear layers, convolutions and attention only the multiply-adds of matrix products count, as
//! published tables count them (twice the "MACs"); biases, reshaping and dropout are free. An elementwise op counts one operation a value, a normalisation
//! seven (mean, difference, square, sum, scale, weight, bias), a softmax five (maximum, difference, exponential, sum, quotient),
//! pooling one for each value of its windows.

use serde::Serialize;

use crate::graph::{Graph, Node, ValueId};
use crate::op::Op;

/// What a graph costs in total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Cost {
    /// The number of parameter values, buffers included.
    pub parameters: usize,
    /// The number of those that gradient descent changes.
    pub trainable: usize,
    /// Floating-point operations of the forward pass of one sample.
    pub flops: u64,
    /// Bytes of all nodes' results for one sample as `f32`: what training keeps for the backward pass.
    pub activation_bytes: u64,
    /// The most bytes of inputs and results alive at once for one sample: what inference needs.
    pub peak_activation_bytes: u64,
    /// Bytes of the parameters as `f32`.
    pub weight_bytes: u64,
}

/// What one node costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeCost {
    /// The number of its parameter values.
    pub parameters: usize,
    /// Floating-point operations for one sample.
    pub flops: u64,
    /// Bytes of its result for one sample as `f32`.
    pub activation_bytes: u64,
}

impl Graph {
    /// What the graph costs in total.
    pub fn cost(&self) -> Cost {
        let nodes = self.node_costs();
        let size = |trained: bool| -> usize {
            let counted = self.params.iter().filter(|p| !trained || p.role.is_trained());
            counted.map(|p| p.shape.iter().product::<usize>()).sum()
        };
        Cost {
            parameters: size(false),
            trainable: size(true),
            flops: nodes.iter().map(|n| n.flops).sum(),
            activation_bytes: nodes.iter().map(|n| n.activation_bytes).sum(),
            peak_activation_bytes: self.peak_activation_bytes(),
            weight_bytes: bytes(size(false)),
        }
    }

    /// What each node costs, in the order of the nodes.
    pub fn node_costs(&self) -> Vec<NodeCost> {
        let cost = |node: &Node| NodeCost {
            parameters: node.params.iter().map(|i| self.params[*i].shape.iter().product::<usize>()).sum(),
            flops: self.flops(node),
            activation_bytes: bytes(node.shape.iter().product()),
        };
        self.nodes.iter().map(cost).collect()
    }

    fn flops(&self, node: &Node) -> u64 {
        let operand = |i: usize| self.shape_of(node.inputs[i]);
        let size: usize = node.shape.iter().product();
        let flops = match &node.op {
            Op::Linear { .. } => 2 * size * operand(0).last().copied().unwrap_or(1),
            Op::Conv1d(conv) => 2 * size * operand(0)[0] / conv.groups * conv.kernel.iter().product::<usize>(),
            Op::Conv2d(conv) => 2 * size * operand(0)[0] / conv.groups * conv.kernel.iter().product::<usize>(),
            Op::Pool1d(window) => size * window.kernel.iter().product::<usize>(),
            Op::Pool2d(window) => size * window.kernel.iter().product::<usize>(),
            Op::GlobalAveragePool | Op::MeanTokens => operand(0).iter().product(),
            Op::LayerNorm { .. } | Op::RmsNorm { .. } | Op::BatchNorm { .. } => 7 * size,
            Op::Softmax | Op::LogSoftmax => 5 * size,
            Op::Attention { heads, masked, .. } => {
                let cross = node.inputs.len() - usize::from(*masked) == 2;
                let [queries, width] = [operand(0)[0], operand(0)[1]];
                let keys = operand(usize::from(cross))[0];
                let projections = 2 * width * width * (2 * queries + 2 * keys);
                let products = 2 * 2 * queries * keys * width;
                projections + products + 5 * heads * queries * keys
            }
            Op::Activation(_) | Op::PositionEmbedding | Op::Add | Op::Mul => size,
            Op::Dropout { .. } | Op::Embedding { .. } | Op::Concat { .. } | Op::Stack => 0,
            Op::Reshape { .. } | Op::Flatten | Op::Transpose => 0,
        };
        flops as u64
    }

    /// Runs the nodes in order, freeing each value after its last use.
    fn peak_activation_bytes(&self) -> u64 {
        let n_values = self.inputs.len() + self.nodes.len();
        let mut last_use = vec![0; n_values];
        for (at, node) in self.nodes.iter().enumerate() {
            node.inputs.iter().for_each(|id| last_use[id.0 as usize] = at);
        }
        self.outputs.iter().for_each(|output| last_use[output.value.0 as usize] = usize::MAX);
        let size = |value: usize| bytes(self.shape_of(ValueId(value as u32)).iter().product());
        let mut alive: u64 = (0..self.inputs.len()).map(size).sum();
        let mut peak = alive;
        for at in 0..self.nodes.len() {
            alive += size(self.inputs.len() + at);
            peak = peak.max(alive);
            let known = self.inputs.len() + at + 1;
            alive -= (0..known).filter(|v| last_use[*v] == at && *v != known - 1).map(size).sum::<u64>();
        }
        peak
    }
}

fn bytes(n_values: usize) -> u64 {
    4 * n_values as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::Builder;
    use crate::layer::Layers;

    fn build(shape: &[usize], layers: &str) -> Graph {
        let mut b = Builder::new();
        let x = b.input("input", shape);
        let y = layers.parse::<Layers>().unwrap().apply(&mut b, "net", x).unwrap();
        b.output("output", y);
        b.finish()
    }

    #[test]
    fn lenet_5_has_its_published_size() {
        // LeCun et al. (1998) with full connections into C3 and the output layer as linear, as PyTorch's tutorial builds
        // it: 61,706 parameters (156 + 2,416 + 48,120 + 10,164 + 850) and 416,520 multiply-adds of matrix products.
        let lenet = build(
            &[1, 32, 32],
            r#"[ { conv = 6, kernel = 5 }, "tanh", { average-pool = 2 }, { conv = 16, kernel = 5 }, "tanh",
                 { average-pool = 2 }, "flatten", { linear = 120 }, "tanh", { linear = 84 }, "tanh", { linear = 10 } ]"#,
        );
        let cost = lenet.cost();
        assert_eq!(cost.parameters, 61_706);
        assert_eq!(cost.weight_bytes, 4 * 61_706);
        let products: u64 = (lenet.nodes().iter().zip(lenet.node_costs()))
            .filter(|(node, _)| matches!(node.op, Op::Linear { .. } | Op::Conv2d(_)))
            .map(|(_, cost)| cost.flops)
            .sum();
        assert_eq!(products, 2 * 416_520);
        // tanh of 6·28² + 16·10² + 120 + 84 values; each pooled value reads its 4.
        assert_eq!(cost.flops - products, (4704 + 1600 + 204) + (4704 + 1600));
        let values = [4704, 4704, 1176, 1600, 1600, 400, 400, 120, 120, 84, 84, 10];
        assert_eq!(cost.activation_bytes, 4 * values.iter().sum::<u64>());
        // The first convolution's result and its tanh are alive together.
        assert_eq!(cost.peak_activation_bytes, 4 * (4704 + 4704));
    }

    #[test]
    fn a_transformer_layer_costs_what_its_matrices_say() {
        // Kaplan et al. (2020), table 1: 12·d² parameters of matrices and 2·12·d² operations a token without attention's T-dependent
        // part, 2·2·T·d a token for the products QKᵀ and AV.
        let (t, d) = (32, 16);
        let layer = build(
            &[d, t],
            r#"[ "transpose", { residual = [ { attention = { heads = 2 } } ] }, { residual = [ { linear = 64 }, "gelu", { linear = 16 } ] } ]"#,
        );
        let matrices: usize =
            layer.params().iter().filter(|p| p.shape.len() == 2).map(|p| p.shape.iter().product::<usize>()).sum();
        assert_eq!(matrices, 12 * d * d);
        let flops = layer.cost().flops as usize;
        let products = t * (2 * 12 * d * d + 4 * t * d);
        let elementwise = 5 * 2 * t * t + t * 64 + 2 * t * d;
        assert_eq!(flops, products + elementwise);
    }

    #[test]
    fn frozen_parameters_and_buffers_are_not_trainable() {
        let mut graph = build(&[3, 8, 8], r#"[ { conv = 4 }, "batch-norm", "flatten", { linear = 2 } ]"#);
        let before = graph.cost();
        assert_eq!(before.parameters - before.trainable, 8);
        assert_eq!(graph.set_role("net.1", crate::Role::Frozen), 2);
        assert_eq!(graph.cost().trainable, before.trainable - (4 * 3 * 9 + 4));
    }
}
