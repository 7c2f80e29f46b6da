//! The layers of a graph that do work, a line each.

use crate::graph::op::Op;
use crate::graph::{Graph, Node};

impl Graph {
    /// The layers among the nodes that `which` takes, one line each: activations and dropout follow what they act on, and ops that only arrange
    /// values are left out.
    pub fn layer_lines(&self, which: impl Fn(&Node) -> bool) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for node in self.nodes().iter().filter(|node| which(node)) {
            let summary = self.op_summary(node);
            match &node.op {
                Op::Reshape(_) | Op::Transpose(_) | Op::Flatten(_) | Op::Mul(_) => {}
                // The thinning out of a mask is no layer.
                Op::Pool1d(_) if node.name.ends_with(".mask-pool") => {}
                Op::Activation(_) | Op::Dropout(_) if !lines.is_empty() => {
                    let last = lines.len() - 1;
                    lines[last] = format!("{}, {summary}", lines[last]);
                }
                _ => lines.push(summary),
            }
        }
        lines
    }
}
