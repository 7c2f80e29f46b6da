//! Errors of running a network.

use consil_graph::LengthError;

/// Why a network cannot run on what it is given.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// An input of the graph is not among the inputs.
    #[error("input {name:?} is missing; the inputs are {}", given.join(", "))]
    MissingInput {
        /// The graph's name for it.
        name: String,
        /// The names that were given.
        given: Vec<String>,
    },
    /// An input has the wrong shape.
    #[error("input {name:?} must have the shape [batch] + {needs:?}, but it is {given:?}")]
    InputShape {
        /// The input's name.
        name: String,
        /// The per-sample shape that the graph needs.
        needs: Vec<usize>,
        /// The shape given, with the batch.
        given: Vec<usize>,
    },
    /// Two inputs have different numbers of rows.
    #[error("input {name:?} has {rows} rows where {first:?} has {first_rows}")]
    Rows {
        /// The input that disagrees.
        name: String,
        /// Its number of rows.
        rows: usize,
        /// The first input.
        first: String,
        /// Its number of rows.
        first_rows: usize,
    },
    /// Training on no rows, or a graph without inputs, whose batch size nothing tells.
    #[error("there are no rows to run on")]
    NoRows,
    /// The weights have another layout than the one the network was bound to.
    #[error("the weights hold {given} values where the network's layout has {needs}")]
    WrongWeights {
        /// The length of the layout.
        needs: usize,
        /// The number of weights.
        given: usize,
    },
    /// An embedding got something that is no index.
    #[error("{node}: {index} is no index below {vocabulary}")]
    IndexOutOfRange {
        /// The node.
        node: String,
        /// What it got.
        index: f32,
        /// The number of rows in its table.
        vocabulary: usize,
    },
    /// A loss op got a target that is no class.
    #[error("{node}: {class} is not a class below {classes}")]
    ClassOutOfRange {
        /// The node.
        node: String,
        /// What it got.
        class: f32,
        /// The number of classes.
        classes: usize,
    },
    /// A loss op got a target that is no probability.
    #[error("{node}: the target {value} is not within 0 and 1")]
    NotAProbability {
        /// The node.
        node: String,
        /// What it got.
        value: f32,
    },
    /// Gradients of single rows were asked for, and a row has none where batch normalisation mixes it with the others.
    #[error(
        "{node}: batch normalisation mixes the rows of a batch; use layer normalisation for gradients of single rows"
    )]
    RowsMix {
        /// The node.
        node: String,
    },
    /// A way back was asked for that the trace was not made for.
    #[error("this way back needs a trace made by Network::{needs}")]
    NotRecorded {
        /// What makes it.
        needs: &'static str,
    },
    /// The graph does not take time axes of these lengths.
    #[error(transparent)]
    Lengths(#[from] LengthError),
    /// Batch normalisation in training needs two values per channel to have a variance.
    #[error("{node}: a batch of one row has no variance to normalise by; use a larger batch")]
    BatchTooSmall {
        /// The node.
        node: String,
    },
    /// One cotangent for each output is needed.
    #[error("{given} cotangents for {needs} outputs")]
    Cotangents {
        /// The number of outputs.
        needs: usize,
        /// The number given.
        given: usize,
    },
    /// A cotangent has another shape than its output.
    #[error("the cotangent of output {output:?} must have its shape {needs:?}, but it is {given:?}")]
    CotangentShape {
        /// The output.
        output: String,
        /// Its shape.
        needs: Vec<usize>,
        /// The cotangent's shape.
        given: Vec<usize>,
    },
}
