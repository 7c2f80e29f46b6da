//! What each op means: an interpreter for one sample in `f64`, written to be read rather than to be fast.
//!
//! Faster interpreters (training, the device) are tested against it. It runs the graph in evaluation mode: dropout is the
//! identity, batch normalisation uses its running statistics.

use std::collections::BTreeMap;

use crate::array::Array;
use crate::graph::evaluate::evaluate_all;
use crate::graph::op::Tensor;
use crate::graph::{Graph, LengthError};
use crate::weights::Weights;

/// Why a graph cannot be run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// An input is missing.
    #[error("the graph needs an input {name:?} of shape {shape:?}")]
    MissingInput {
        /// The input's name.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// An input has a shape that the graph cannot be bound to.
    #[error(transparent)]
    Lengths(#[from] LengthError),
    /// The weights lack a parameter.
    #[error("the weights have no parameter {name:?}")]
    MissingParameter {
        /// The parameter's name.
        name: String,
    },
}

/// Evaluates the graph on one sample: arrays have per-sample shapes, without a batch axis, and may have other lengths than the graph's along its
/// time axes. Returns every output by name.
///
/// Attention and means over an all-zero mask give zeros before the output projection.
///
/// # Errors
/// If an input or a parameter is missing, or the graph cannot be bound to an input's shape.
///
/// # Panics
/// If an input that holds indices (of an embedding, of a class) holds one that is out of range.
pub fn evaluate(
    graph: &Graph,
    weights: &Weights,
    inputs: &BTreeMap<String, Array>,
) -> Result<BTreeMap<String, Array>, ReferenceError> {
    let mut sources: Vec<Tensor> = Vec::new();
    for input in graph.inputs() {
        let given = inputs
            .get(&input.name)
            .ok_or_else(|| ReferenceError::MissingInput { name: input.name.clone(), shape: input.shape.clone() })?;
        sources.push(tensor(given.shape(), given.data()));
    }
    let shapes = graph.bind_shapes(sources.iter().map(|source| source.shape.clone()).collect())?;
    for param in graph.params() {
        let values = weights.get(&param.name);
        let values = values.ok_or_else(|| ReferenceError::MissingParameter { name: param.name.clone() })?;
        sources.push(tensor(&param.shape, values));
    }
    let values = evaluate_all(graph, sources, &shapes);
    let read = |value: &Tensor| Array::new(value.shape.clone(), value.data.iter().map(|x| *x as f32).collect());
    Ok(graph.outputs().iter().map(|o| (o.name.clone(), read(&values[o.value.0 as usize]))).collect())
}

fn tensor(shape: &[usize], values: &[f32]) -> Tensor {
    Tensor { shape: shape.to_vec(), data: values.iter().map(|x| f64::from(*x)).collect() }
}

#[cfg(test)]
mod tests;
