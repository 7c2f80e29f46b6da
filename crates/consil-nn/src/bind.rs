//! Checks that a graph is well formed and that a layout holds its parameters, so that running it cannot fail on shapes.

use consil_graph::{Graph, Layout, Node, Op};

use crate::interpret::is_known_activation;
use crate::interpret::value::MAX_RANK;
use crate::network::Slot;

/// Why a graph cannot be bound to a layout.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// The layout has no parameter of this name.
    #[error("the layout has no parameter {name:?}, which the graph needs; make the layout of all graphs that are to run")]
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
    /// A node's operands do not give the shape that the graph states for it.
    #[error("{node}: {reason}")]
    Malformed {
        /// The node, input or output.
        node: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A value has more axes than this crate runs.
    #[error("{node} has {axes} axes per sample, and at most {} can be run", MAX_RANK - 1)]
    TooManyAxes {
        /// The node or input.
        node: String,
        /// The number of its axes.
        axes: usize,
    },
    /// An op that this crate has no rule for.
    #[error("{node}: this operation cannot be run")]
    UnknownOp {
        /// The node.
        node: String,
    },
}

/// Checks `graph` against its own statements and against `layout`; gives the place of each parameter.
pub(crate) fn check(graph: &Graph, layout: &Layout) -> Result<Vec<Slot>, BindError> {
    let mut shapes: Vec<&[usize]> = Vec::new();
    for input in graph.inputs() {
        shapes.push(ranked(&input.name, &input.shape)?);
    }
    for node in graph.nodes() {
        check_node(graph, node, &shapes)?;
        shapes.push(ranked(&node.name, &node.shape)?);
    }
    for output in graph.outputs() {
        if output.value.0 as usize >= shapes.len() {
            return Err(malformed(&output.name, "the output names a value that does not exist"));
        }
    }
    graph.params().iter().map(|param| place(&param.name, &param.shape, layout)).collect()
}

fn check_node(graph: &Graph, node: &Node, shapes: &[&[usize]]) -> Result<(), BindError> {
    if let Op::Activation(kind) = node.op
        && !is_known_activation(kind)
    {
        return Err(BindError::UnknownOp { node: node.name.clone() });
    }
    let operands = node.inputs.iter().map(|id| shapes.get(id.0 as usize).copied()).collect::<Option<Vec<_>>>();
    let operands = operands.ok_or_else(|| malformed(&node.name, "an operand comes after the node that reads it"))?;
    let shape = node.op.infer(&operands).map_err(|misfit| malformed(&node.name, &misfit.to_string()))?;
    if shape != node.shape {
        let reason = format!("its operands give the shape {shape:?}, but the graph states {:?}", node.shape);
        return Err(malformed(&node.name, &reason));
    }
    let specs = node.op.parameters(&operands);
    let params = node.params.iter().map(|at| graph.params().get(*at)).collect::<Option<Vec<_>>>();
    let params = params.ok_or_else(|| malformed(&node.name, "it names a parameter that does not exist"))?;
    let fits = specs.len() == params.len() && specs.iter().zip(&params).all(|(spec, param)| spec.shape == param.shape);
    if fits { Ok(()) } else { Err(malformed(&node.name, "its parameters have other shapes than the operation needs")) }
}

fn ranked<'a>(name: &str, shape: &'a [usize]) -> Result<&'a [usize], BindError> {
    if shape.contains(&0) {
        return Err(malformed(name, "an axis has length zero"));
    }
    if shape.len() < MAX_RANK {
        Ok(shape)
    } else {
        Err(BindError::TooManyAxes { node: name.to_owned(), axes: shape.len() })
    }
}

fn place(name: &str, shape: &[usize], layout: &Layout) -> Result<Slot, BindError> {
    let entry = layout.get(name).ok_or_else(|| BindError::MissingParameter { name: name.to_owned() })?;
    if entry.shape != shape {
        let (needs, given) = (shape.to_vec(), entry.shape.clone());
        return Err(BindError::ParameterShape { name: name.to_owned(), needs, given });
    }
    Ok(Slot { range: entry.offset..entry.offset + entry.len, shape: shape.to_vec(), role: entry.role })
}

fn malformed(node: &str, reason: &str) -> BindError {
    BindError::Malformed { node: node.to_owned(), reason: reason.to_owned() }
}
