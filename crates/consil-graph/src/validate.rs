//! Stored graphs: JSON with a version, replayed before it is believed. Every shape must be what the ops imply.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::builder::Builder;
use crate::error::ShapeError;
use crate::graph::limits::check_value;
use crate::graph::op::ShapeMismatch;
use crate::graph::{Graph, Input, LengthError, Node, Output, Param, ValueId};

/// The version of the format.
const FORMAT: u32 = 1;

/// A graph as a file holds it, which may be inconsistent.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Unchecked {
    version: u32,
    inputs: Vec<Input>,
    params: Vec<Param>,
    nodes: Vec<Node>,
    outputs: Vec<Output>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Stored<'a> {
    version: u32,
    inputs: &'a [Input],
    params: &'a [Param],
    nodes: &'a [Node],
    outputs: &'a [Output],
}

impl Serialize for Graph {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (inputs, params) = (self.inputs(), self.params());
        Stored { version: FORMAT, inputs, params, nodes: self.nodes(), outputs: self.outputs() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Graph {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        check(Unchecked::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Why a file does not hold a graph.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// Two inputs share a name.
    #[error("two inputs are named {name:?}")]
    InputTwice {
        /// The name.
        name: String,
    },
    /// A node or an output reads a value that is not computed before it.
    #[error("{reader:?} reads value {value}, which is not computed before it")]
    NotYetComputed {
        /// The node or output.
        reader: String,
        /// The value's number.
        value: u32,
    },
    /// The file was written by a later version.
    #[error("the graph has the format {given}, and this version reads up to {FORMAT}; update consil")]
    Version {
        /// The file's format.
        given: u32,
    },
    /// An input marks an axis as time that it does not have, or one under two names.
    #[error("input {input:?} of shape {shape:?} marks axis {axis} as time, which it has not, or has already")]
    TimeAxis {
        /// The input.
        input: String,
        /// Its shape.
        shape: Vec<usize>,
        /// The axis.
        axis: usize,
    },
    /// Two inputs give one time axis two lengths.
    #[error(transparent)]
    Lengths(#[from] LengthError),
    /// A node does not fit its operands.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A node's shape is not what its op implies.
    #[error("node {node:?} claims a shape that its op does not imply")]
    Claim {
        /// The node.
        node: String,
    },
    /// An input is larger than could be held.
    #[error("input {name:?} of shape {shape:?} {mismatch}")]
    Input {
        /// The input.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// Why.
        mismatch: ShapeMismatch,
    },
}

fn check(claimed: Unchecked) -> Result<Graph, GraphError> {
    if claimed.version > FORMAT {
        return Err(GraphError::Version { given: claimed.version });
    }
    let mut builder = Builder::new();
    for (i, input) in claimed.inputs.iter().enumerate() {
        if claimed.inputs[..i].iter().any(|other| other.name == input.name) {
            return Err(GraphError::InputTwice { name: input.name.clone() });
        }
        check_input(input)?;
        builder.input_like(input);
    }
    for param in claimed.params {
        builder.param(param.name, param.shape, param.role, param.init)?;
    }
    let known = |reader: &str, id: ValueId, n_values: usize| {
        let missing = || GraphError::NotYetComputed { reader: reader.to_owned(), value: id.0 };
        if (id.0 as usize) < n_values { Ok(()) } else { Err(missing()) }
    };
    let mut n_values = builder.n_values();
    for node in claimed.nodes {
        node.inputs.iter().try_for_each(|id| known(&node.name, *id, n_values))?;
        let value = builder.apply(&node.name, node.op, &node.inputs)?;
        n_values += 1;
        if builder.shape(value) != node.shape {
            return Err(GraphError::Claim { node: node.name });
        }
    }
    for output in claimed.outputs {
        known(&output.name, output.value, n_values)?;
        builder.output(output.name, output.value);
    }
    let graph = builder.finish();
    // Inputs that name one time axis must have one length there.
    graph.bind_shapes(graph.inputs().iter().map(|input| input.shape.clone()).collect())?;
    Ok(graph)
}

fn check_input(input: &Input) -> Result<(), GraphError> {
    let Input { name, shape, time } = input;
    check_value(shape).map_err(|mismatch| GraphError::Input { name: name.clone(), shape: shape.clone(), mismatch })?;
    for (i, axis) in time.iter().map(|time| time.axis).enumerate() {
        if axis >= shape.len() || time[..i].iter().any(|other| other.axis == axis) {
            return Err(GraphError::TimeAxis { input: name.clone(), shape: shape.clone(), axis });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::graph::Role;
    use crate::graph::op::{self, Activation, Conv, Op};

    fn graph() -> Graph {
        let mut b = Builder::new();
        let x = b.input("input", [2, 9]);
        let conv = Conv { out: 4, kernel: [3], stride: [1], padding: [0], dilation: [1], groups: 1, bias: true };
        let ops: [(&str, Op); 5] = [
            ("n.1.conv", conv.into()),
            ("n.2.batch-norm", op::BatchNorm { epsilon: 1e-5, momentum: 0.1 }.into()),
            ("n.3.relu", Activation::Relu.into()),
            ("n.4.flatten", op::Flatten.into()),
            ("n.5.linear", op::Linear { out: 3, bias: true }.into()),
        ];
        let y = ops.into_iter().fold(x, |x, (name, op)| b.push(name, op, &[x]).unwrap());
        b.output("y", y);
        let mut graph = b.finish();
        graph.set_role("n.1", Role::Frozen);
        graph
    }

    #[test]
    fn a_graph_survives_json() {
        let json = serde_json::to_string(&graph()).unwrap();
        assert_eq!(serde_json::from_str::<Graph>(&json).unwrap(), graph());
    }

    #[test]
    fn an_inconsistent_file_is_refused() {
        let json = serde_json::to_string(&graph()).unwrap();
        let cases = [
            (r#""shape":[28]"#, r#""shape":[29]"#, "node \"n.4.flatten\" claims a shape that its op does not imply"),
            (
                r#""shape":[3,28]"#,
                r#""shape":[3,27]"#,
                "node \"n.5.linear\" needs its weight to have the shape [3, 28], but it has the shape [3, 27]",
            ),
            (r#""inputs":[10]"#, r#""inputs":[11]"#, "\"n.3.relu\" reads value 11, which is not computed before it"),
            (r#""value":13"#, r#""value":14"#, "\"y\" reads value 14, which is not computed before it"),
            (r#""version":1"#, r#""version":2"#, "the graph has the format 2, and this version reads up to 1"),
            (r#""kernel":[3]"#, r#""kernel":[30]"#, "needs an input of at least 30 steps"),
        ];
        for (from, to, message) in cases {
            assert!(json.contains(from), "{from} is not in {json}");
            let error = serde_json::from_str::<Graph>(&json.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    proptest! {
        /// A file with any number in place of one of its own is refused or read, and a graph that is read can be priced.
        #[test]
        fn hostile_numbers_do_no_harm(
            which in 0..200usize, number in prop::sample::select(vec![0, 1, 7, u64::MAX, 1 << 63, 1 << 62, (1 << 32) + 1]),
        ) {
            let json = serde_json::to_string(&graph()).unwrap();
            let is_digit = |i: usize| json.as_bytes()[i].is_ascii_digit();
            let starts: Vec<usize> = (1..json.len()).filter(|i| is_digit(*i) && !is_digit(i - 1)).collect();
            let start = starts[which % starts.len()];
            let end = (start..json.len()).find(|i| !is_digit(*i)).unwrap();
            let changed = format!("{}{number}{}", &json[..start], &json[end..]);
            if let Ok(graph) = serde_json::from_str::<Graph>(&changed) {
                prop_assert!(graph.cost().parameters > 0);
            }
        }
    }
}
