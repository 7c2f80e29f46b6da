//! Checks that this crate can run a graph and that a layout holds its parameters, so that running it cannot fail on shapes.

use consil_graph::{Graph, Layout};

use crate::op::is_known;
use crate::slot::Slot;

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
        if !is_known(&node.op) {
            return Err(BindError::UnknownOp { node: node.name.clone() });
        }
    }
    graph.params().iter().map(|param| place(&param.name, &param.shape, layout)).collect()
}

fn check_value(name: &str, shape: &[usize]) -> Result<(), BindError> {
    if shape.contains(&0) {
        return Err(BindError::Empty { node: name.to_owned(), shape: shape.to_vec() });
    }
    Ok(())
}

fn place(name: &str, shape: &[usize], layout: &Layout) -> Result<Slot, BindError> {
    let entry = layout.entries().iter().position(|entry| entry.name == name);
    let entry = entry.ok_or_else(|| BindError::MissingParameter { name: name.to_owned() })?;
    let found = &layout.entries()[entry];
    if found.shape != shape {
        let (needs, given) = (shape.to_vec(), found.shape.clone());
        return Err(BindError::ParameterShape { name: name.to_owned(), needs, given });
    }
    Ok(Slot { entry, range: found.range(), role: found.role })
}
