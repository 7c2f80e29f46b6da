//! A graph read from a file is replayed before it is believed: every shape and parameter must be what its ops imply.

use serde::Deserialize;

use crate::builder::Builder;
use crate::error::ShapeError;
use crate::graph::{Graph, Input, Node, Output, Param, ValueId};

/// A graph as a file holds it, which may be inconsistent.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Unchecked {
    inputs: Vec<Input>,
    nodes: Vec<Node>,
    params: Vec<Param>,
    outputs: Vec<Output>,
}

/// Why a graph read from a file is none.
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
    /// An array has more values than a network of `f32` could hold in memory.
    #[error("{name:?} is too large: {shape:?}")]
    TooLarge {
        /// The input, node or parameter.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// A node does not fit its operands.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A node's shape or parameters are not what its op implies.
    #[error("node {node:?} claims {what} that its op does not imply")]
    Claim {
        /// The node.
        node: String,
        /// What it claims.
        what: &'static str,
    },
}

impl TryFrom<Unchecked> for Graph {
    type Error = GraphError;

    fn try_from(claimed: Unchecked) -> Result<Self, GraphError> {
        let mut builder = Builder::new();
        for (i, input) in claimed.inputs.iter().enumerate() {
            if claimed.inputs[..i].iter().any(|other| other.name == input.name) {
                return Err(GraphError::InputTwice { name: input.name.clone() });
            }
            check_size(&input.name, &input.shape)?;
            builder.input(&input.name, input.shape.clone());
        }
        let known = |reader: &str, id: ValueId, n_values: usize| {
            let missing = || GraphError::NotYetComputed { reader: reader.to_owned(), value: id.0 };
            if (id.0 as usize) < n_values { Ok(()) } else { Err(missing()) }
        };
        let mut n_values = claimed.inputs.len();
        for node in &claimed.nodes {
            node.inputs.iter().try_for_each(|id| known(&node.name, *id, n_values))?;
            let value = builder.push(&node.name, node.op.clone(), &node.inputs)?;
            n_values += 1;
            if builder.shape(value) != node.shape {
                return Err(GraphError::Claim { node: node.name.clone(), what: "a shape" });
            }
            check_size(&node.name, &node.shape)?;
        }
        for output in &claimed.outputs {
            known(&output.name, output.value, n_values)?;
            builder.output(&output.name, output.value);
        }
        let mut graph = builder.finish();
        graph.params.iter().try_for_each(|param| check_size(&param.name, &param.shape))?;
        for (node, implied) in claimed.nodes.iter().zip(&graph.nodes) {
            let fits = |i: &usize| {
                let (claim, implied) = (claimed.params.get(*i), &graph.params[*i]);
                claim.is_some_and(|claim| claim.name == implied.name && claim.shape == implied.shape)
            };
            if node.params != implied.params || !node.params.iter().all(fits) {
                return Err(GraphError::Claim { node: node.name.clone(), what: "parameters" });
            }
        }
        for (ours, theirs) in graph.params.iter_mut().zip(&claimed.params) {
            (ours.role, ours.init) = (theirs.role, theirs.init);
        }
        Ok(graph)
    }
}

/// The largest array that is believed: 2³² values, 16 GiB of `f32`.
const MOST_VALUES: usize = 1 << 32;

fn check_size(name: &str, shape: &[usize]) -> Result<(), GraphError> {
    let size = shape.iter().try_fold(1usize, |size, length| size.checked_mul(*length));
    let too_large = || GraphError::TooLarge { name: name.to_owned(), shape: shape.to_vec() };
    size.filter(|size| *size <= MOST_VALUES).map(|_| ()).ok_or_else(too_large)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::graph::Role;
    use crate::layer::Layers;

    fn graph() -> Graph {
        let mut b = Builder::new();
        let x = b.input("input", [2, 9]);
        let layers: Layers = r#"[{ conv = 4 }, "batch-norm", "relu", "flatten", { linear = 3 }]"#.parse().unwrap();
        let y = layers.apply(&mut b, "n", x).unwrap();
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
                "node \"n.5.linear\" claims parameters that its op does not imply",
            ),
            (r#""inputs":[2]"#, r#""inputs":[9]"#, "\"n.3.relu\" reads value 9, which is not computed before it"),
            (r#""value":5"#, r#""value":6"#, "\"y\" reads value 6, which is not computed before it"),
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
