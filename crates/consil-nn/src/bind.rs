//! Checks that this crate can run a graph and that a layout holds its parameters, so that running it cannot fail on shapes.

use consil_graph::{Graph, Layout, Op};

use crate::interpret::is_known_activation;
use crate::interpret::value::MAX_RANK;
use crate::network::Slot;

/// Why a graph cannot be bound to a layout.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// The layout has no parameter of this name.
    #[error(
        "the layout has no parameter {name:?}, which the graph needs; make the layout of all graphs that are to run"
    )]
    MissingParameter {
        /// The parameter's name.
        name: String,
    },
    /// The layout has the parameter in another shape.
    #[error("parameter {name:?} has the shape {needs:?} in the graph and {given:?} in the layout")]
    ParameterShape {
        /// The parameter's name.
        name: String,
        /// The shape in the graph.
        needs: Vec<usize>,
        /// The shape in the layout.
        given: Vec<usize>,
    },
    /// A value has more axes than this crate runs.
    #[error("{node} has {axes} axes per sample, and at most {} can be run", MAX_RANK - 1)]
    TooManyAxes {
        /// The node or input.
        node: String,
        /// The number of its axes.
        axes: usize,
    },
    /// A value has an axis of length zero.
    #[error("{node} holds nothing: its shape is {shape:?}")]
    Empty {
        /// The node or input.
        node: String,
        /// Its per-sample shape.
        shape: Vec<usize>,
    },
    /// An op that this crate has no rule for.
    #[error("{node}: this operation cannot be run")]
    UnknownOp {
        /// The node.
        node: String,
    },
}

/// Checks that `graph` (which is well formed, however it was made) can be run and is laid out; gives the place of each parameter.
pub(crate) fn check(graph: &Graph, layout: &Layout) -> Result<Vec<Slot>, BindError> {
    for input in graph.inputs() {
        check_value(&input.name, &input.shape)?;
    }
    for node in graph.nodes() {
        check_value(&node.name, &node.shape)?;
        let unknown = matches!(node.op, Op::Activation(kind) if !is_known_activation(kind));
        if unknown || !node.batched || node.op.split(&node.inputs).0.iter().any(|id| !graph.is_batched(*id)) {
            return Err(BindError::UnknownOp { node: node.name.clone() });
        }
    }
    graph.params().iter().map(|param| place(&param.name, &param.shape, layout)).collect()
}

fn check_value(name: &str, shape: &[usize]) -> Result<(), BindError> {
    let name = || name.to_owned();
    match shape.len() {
        axes if axes >= MAX_RANK => Err(BindError::TooManyAxes { node: name(), axes }),
        _ if shape.contains(&0) => Err(BindError::Empty { node: name(), shape: shape.to_vec() }),
        _ => Ok(()),
    }
}

fn place(name: &str, shape: &[usize], layout: &Layout) -> Result<Slot, BindError> {
    let entry = layout.get(name).ok_or_else(|| BindError::MissingParameter { name: name.to_owned() })?;
    if entry.shape != shape {
        let (needs, given) = (shape.to_vec(), entry.shape.clone());
        return Err(BindError::ParameterShape { name: name.to_owned(), needs, given });
    }
    Ok(Slot { range: entry.range(), shape: shape.to_vec(), role: entry.role })
}
