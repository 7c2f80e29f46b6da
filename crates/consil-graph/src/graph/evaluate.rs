//! The reference interpreter's loop: nodes in order, each by its op's own arithmetic.

use super::op::Tensor;
use super::{BoundShapes, Graph};

/// All values of a graph for one sample: `sources` are the inputs and the parameters, in the graph's order, and `shapes` those the inputs are bound
/// to.
pub(crate) fn evaluate_all(graph: &Graph, sources: Vec<Tensor>, shapes: &BoundShapes) -> Vec<Tensor> {
    let mut values = sources;
    for (i, node) in graph.nodes.iter().enumerate() {
        let operands: Vec<&Tensor> = node.inputs.iter().map(|id| &values[id.0 as usize]).collect();
        let (data, weights) = node.op.split(&operands);
        let shape = shapes.shape(graph.value_of_node(i)).to_vec();
        let data = node.op.operation().evaluate(data, weights, &shape);
        values.push(Tensor { shape, data });
    }
    values
}

/// The only output of a graph that [`Each`](super::op::Each) applies, for inputs it was found to take; nothing where it does not take them.
pub(crate) fn evaluate_body(graph: &Graph, inputs: Vec<Tensor>, params: Vec<Tensor>) -> Vec<f64> {
    let shapes = graph.bind_shapes(inputs.iter().map(|input| input.shape.clone()).collect());
    let (Ok(shapes), [output]) = (shapes, graph.outputs.as_slice()) else { return Vec::new() };
    let mut values = evaluate_all(graph, inputs.into_iter().chain(params).collect(), &shapes);
    values.swap_remove(output.value.0 as usize).data
}
