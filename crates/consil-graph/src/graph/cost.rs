//! What a graph costs: parameters, floating-point operations and memory, per node and in total.
//!
//! A multiply-add counts as two operations. Of linear layers, convolutions and attention only the multiply-adds of matrix products count, as
//! published tables count them (twice the "MACs"); biases, reshaping and dropout are free. An elementwise op counts one operation a value, a normalisation
//! seven (mean, difference, square, sum, scale, weight, bias), a softmax five (maximum, difference, exponential, sum, quotient),
//! pooling one for each value of its windows.

use std::collections::BTreeSet;

use serde::Serialize;

use super::op::shapes::{product, size};
use super::{BoundShapes, Graph, Node, ValueId};

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

impl Cost {
    /// What graphs of one model cost together, run one after the other. A parameter that several name is one: it counts once.
    pub fn of_model<'a>(graphs: impl IntoIterator<Item = &'a Graph>) -> Self {
        let (mut total, mut known) = (Self::default(), BTreeSet::new());
        for graph in graphs {
            let cost = graph.cost();
            total.flops = total.flops.saturating_add(cost.flops);
            total.activation_bytes = total.activation_bytes.saturating_add(cost.activation_bytes);
            total.peak_activation_bytes = total.peak_activation_bytes.max(cost.peak_activation_bytes);
            for param in graph.params.iter().filter(|param| known.insert(param.name.as_str())) {
                let n = size(&param.shape);
                total.parameters = total.parameters.saturating_add(n);
                total.trainable = total.trainable.saturating_add(if param.role.is_trained() { n } else { 0 });
                total.weight_bytes = total.weight_bytes.saturating_add((n as u64).saturating_mul(4));
            }
        }
        total
    }
}

impl Graph {
    /// What the graph costs in total, at the lengths it was built for.
    pub fn cost(&self) -> Cost {
        let nodes = self.node_costs();
        let count = |trained: bool| -> usize {
            let counted = self.params.iter().filter(|p| !trained || p.role.is_trained());
            counted.fold(0, |n: usize, p| n.saturating_add(size(&p.shape)))
        };
        let sum = |of: fn(&NodeCost) -> u64| nodes.iter().fold(0, |sum: u64, node| sum.saturating_add(of(node)));
        Cost {
            parameters: count(false),
            trainable: count(true),
            flops: sum(|n| n.flops),
            activation_bytes: sum(|n| n.activation_bytes),
            peak_activation_bytes: self.peak_activation_bytes(),
            weight_bytes: (count(false) as u64).saturating_mul(4),
        }
    }

    /// What each node costs, in the order of the nodes. A parameter that two nodes read counts for both; in the total, once.
    pub fn node_costs(&self) -> Vec<NodeCost> {
        let cost = |(node, flops): (&Node, u64)| NodeCost {
            parameters: self.params_of(node).fold(0, |n: usize, i| n.saturating_add(size(&self.params[i].shape))),
            flops,
            activation_bytes: bytes(&node.shape),
        };
        self.nodes.iter().zip(self.flops_at(&self.nominal())).map(cost).collect()
    }

    /// Floating-point operations of each node for one sample where time axes have chosen lengths.
    pub fn flops_at(&self, shapes: &BoundShapes) -> Vec<u64> {
        let flops = |(i, node): (usize, &Node)| {
            let operands: Vec<&[usize]> = node.inputs.iter().map(|id| shapes.shape(*id)).collect();
            let (data, _) = node.op.split(&operands);
            node.op.operation().flops(data, shapes.shape(self.value_of_node(i)))
        };
        self.nodes.iter().enumerate().map(flops).collect()
    }

    /// Runs the nodes in order, freeing each value after its last use; parameters do not count.
    fn peak_activation_bytes(&self) -> u64 {
        let n_values = self.n_values();
        let mut last_use = vec![0; n_values];
        for (at, node) in self.nodes.iter().enumerate() {
            node.inputs.iter().for_each(|id| last_use[id.0 as usize] = at);
        }
        self.outputs.iter().for_each(|output| last_use[output.value.0 as usize] = usize::MAX);
        let first_node = self.inputs.len() + self.params.len();
        let is_param = |value: usize| (self.inputs.len()..first_node).contains(&value);
        let held = |value: usize| if is_param(value) { 0 } else { bytes(self.shape_of(ValueId(value as u32))) };
        let add = |sum: u64, bytes: u64| sum.saturating_add(bytes);
        let mut alive: u64 = (0..self.inputs.len()).map(held).fold(0, add);
        let mut peak = alive;
        for at in 0..self.nodes.len() {
            let own = first_node + at;
            alive = alive.saturating_add(held(own));
            peak = peak.max(alive);
            let freed = (0..own).filter(|v| last_use[*v] == at).map(held).fold(0, add);
            alive = alive.saturating_sub(freed);
        }
        peak
    }
}

fn bytes(shape: &[usize]) -> u64 {
    product(shape).saturating_mul(4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::Builder;
    use crate::graph::op::{self, Activation, Conv, Op, Pool, PoolKind};

    /// Ops one after the other.
    fn build(shape: &[usize], ops: Vec<Op>) -> Graph {
        let mut b = Builder::new();
        let mut x = b.input("input", shape);
        for (i, op) in ops.into_iter().enumerate() {
            x = b.push(&format!("net.{}", i + 1), op, &[x]).unwrap();
        }
        b.output("output", x);
        b.finish()
    }

    fn conv(out: usize, kernel: usize) -> Op {
        let (kernel, one) = ([kernel; 2], [1; 2]);
        Conv { out, kernel, stride: one, padding: [0; 2], dilation: one, groups: 1, bias: true }.into()
    }

    fn linear(out: usize) -> Op {
        op::Linear { out, bias: true }.into()
    }

    #[test]
    fn lenet_5_has_its_published_size() {
        // LeCun et al. (1998) with full connections into C3 and the output layer as linear, as PyTorch's tutorial builds
        // it: 61,706 parameters (156 + 2,416 + 48,120 + 10,164 + 850) and 416,520 multiply-adds of matrix products.
        let tanh = || Op::from(Activation::Tanh);
        let halve = || Op::from(Pool { kind: PoolKind::Average, kernel: [2; 2], stride: [2; 2] });
        let lenet = build(
            &[1, 32, 32],
            vec![
                conv(6, 5),
                tanh(),
                halve(),
                conv(16, 5),
                tanh(),
                halve(),
                op::Flatten.into(),
                linear(120),
                tanh(),
                linear(84),
                tanh(),
                linear(10),
            ],
        );
        let cost = lenet.cost();
        assert_eq!(cost.parameters, 61_706);
        assert_eq!(cost.weight_bytes, 4 * 61_706);
        let products: u64 = (lenet.nodes().iter().zip(lenet.node_costs()))
            .filter(|(node, _)| matches!(node.op, Op::Linear(_) | Op::Conv2d(_)))
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
        let mut b = Builder::new();
        let x = b.input("input", [t, d]);
        let attended = b.push("attention", op::Attention::new(2, false, false), &[x]).unwrap();
        let x = b.push("first", op::Add, &[x, attended]).unwrap();
        let wide = b.push("wide", linear(64), &[x]).unwrap();
        let wide = b.push("gelu", Activation::Gelu, &[wide]).unwrap();
        let narrow = b.push("narrow", linear(d), &[wide]).unwrap();
        let y = b.push("second", op::Add, &[x, narrow]).unwrap();
        b.output("output", y);
        let layer = b.finish();
        let matrices: usize =
            layer.params().iter().filter(|p| p.shape.len() == 2).map(|p| p.shape.iter().product::<usize>()).sum();
        assert_eq!(matrices, 12 * d * d);
        let flops = layer.cost().flops as usize;
        let products = t * (2 * 12 * d * d + 4 * t * d);
        let elementwise = 5 * 2 * t * t + t * 64 + 2 * t * d;
        assert_eq!(flops, products + elementwise);
    }

    #[test]
    fn parameters_that_graphs_share_count_once_and_their_arithmetic_each_time() {
        let graph = build(&[6], vec![linear(4), linear(2)]);
        let both = Cost::of_model([&graph, &graph]);
        assert_eq!((both.parameters, both.trainable), (graph.cost().parameters, graph.cost().trainable));
        assert_eq!((both.flops, both.weight_bytes), (2 * graph.cost().flops, graph.cost().weight_bytes));
        assert_eq!(both.peak_activation_bytes, graph.cost().peak_activation_bytes);
    }

    #[test]
    fn frozen_parameters_and_buffers_are_not_trainable() {
        let norm = op::BatchNorm { epsilon: 1e-5, momentum: 0.1 };
        let mut graph = build(&[3, 8, 8], vec![conv(4, 3), norm.into(), op::Flatten.into(), linear(2)]);
        let before = graph.cost();
        assert_eq!(before.parameters - before.trainable, 8);
        assert_eq!(graph.set_role("net.1", crate::Role::Frozen), 2);
        assert_eq!(graph.cost().trainable, before.trainable - (4 * 3 * 9 + 4));
    }
}
