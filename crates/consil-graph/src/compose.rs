//! Puts graphs together: renaming, chaining, and one inside another.

use std::collections::BTreeMap;

use crate::builder::Builder;
use crate::error::ShapeError;
use crate::graph::{Graph, ValueId};

/// Why graphs cannot be put together.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ComposeError {
    /// An input of the inner graph was not bound.
    #[error("the input {name:?} of {graph:?} is bound to nothing; the graph takes {inputs:?}")]
    Unbound {
        /// The inner graph's prefix.
        graph: String,
        /// The input.
        name: String,
        /// All inputs of the graph.
        inputs: Vec<String>,
    },
    /// No output of the first graph is an input of the second.
    #[error("no output of the first graph ({outputs:?}) is an input of the second ({inputs:?}); rename one to match")]
    NothingInCommon {
        /// The outputs of the first graph.
        outputs: Vec<String>,
        /// The inputs of the second graph.
        inputs: Vec<String>,
    },
    /// Two inputs of one name have different shapes.
    #[error("both graphs have an input {name:?}, one of shape {first:?}, one of shape {second:?}; rename one of them")]
    InputShapes {
        /// The name.
        name: String,
        /// The shape in the first graph.
        first: Vec<usize>,
        /// The shape in the second graph.
        second: Vec<usize>,
    },
    /// A node or parameter of the inner graph does not fit what it is bound to.
    #[error(transparent)]
    Shape(#[from] ShapeError),
}

impl Builder {
    /// Adds the nodes of `graph`, its inputs bound to values of this builder, its nodes and parameters named below `prefix` (as they are
    /// where it is empty). Parameters keep their roles and initial distributions. Returns the graph's outputs by name.
    ///
    /// # Errors
    /// If an input is not bound, a node does not fit what it is bound to, or a name is taken.
    pub fn embed(
        &mut self,
        prefix: &str,
        graph: &Graph,
        bindings: &[(&str, ValueId)],
    ) -> Result<BTreeMap<String, ValueId>, ComposeError> {
        let mut values: Vec<ValueId> = Vec::with_capacity(graph.n_values());
        for input in graph.inputs() {
            let bound = bindings.iter().find(|(name, _)| *name == input.name);
            let (_, value) = bound.ok_or_else(|| ComposeError::Unbound {
                graph: prefix.to_owned(),
                name: input.name.clone(),
                inputs: graph.inputs().iter().map(|i| i.name.clone()).collect(),
            })?;
            values.push(*value);
        }
        for param in graph.params() {
            values.push(self.param(below(prefix, &param.name), param.shape.clone(), param.role, param.init)?);
        }
        for node in graph.nodes() {
            let operands: Vec<ValueId> = node.inputs.iter().map(|id| values[id.0 as usize]).collect();
            values.push(self.apply(&below(prefix, &node.name), node.op.clone(), &operands)?);
        }
        Ok(graph.outputs().iter().map(|o| (o.name.clone(), values[o.value.0 as usize])).collect())
    }
}

impl Graph {
    /// The same graph with its nodes and parameters named below `prefix`; inputs and outputs keep their names.
    pub fn prefixed(mut self, prefix: &str) -> Self {
        self.nodes.iter_mut().for_each(|node| node.name = below(prefix, &node.name));
        self.params.iter_mut().for_each(|param| param.name = below(prefix, &param.name));
        self
    }

    /// The same graph with one input renamed; unchanged if it has no such input.
    pub fn with_input_renamed(mut self, from: &str, to: &str) -> Self {
        self.inputs.iter_mut().filter(|input| input.name == from).for_each(|input| input.name = to.to_owned());
        self
    }

    /// The same graph with one output renamed; unchanged if it has no such output.
    pub fn with_output_renamed(mut self, from: &str, to: &str) -> Self {
        self.outputs.iter_mut().filter(|output| output.name == from).for_each(|output| output.name = to.to_owned());
        self
    }

    /// This graph followed by `next`: each output of this one goes into the input of the same name. Inputs that are not fed
    /// this way stay inputs, outputs that are not consumed stay outputs.
    ///
    /// # Errors
    /// If no names match, shapes do not fit, or two nodes share a name.
    pub fn then(&self, next: &Graph) -> Result<Graph, ComposeError> {
        let feeds = |name: &str| self.find_output(name).is_some();
        if !next.inputs().iter().any(|input| feeds(&input.name)) {
            return Err(ComposeError::NothingInCommon {
                outputs: self.outputs().iter().map(|o| o.name.clone()).collect(),
                inputs: next.inputs().iter().map(|i| i.name.clone()).collect(),
            });
        }
        let mut builder = Builder::new();
        let ours: Vec<(&str, ValueId)> =
            (self.inputs().iter()).map(|input| (input.name.as_str(), builder.input_like(input))).collect();
        let outputs = builder.embed("", self, &ours)?;
        let mut bindings = Vec::new();
        for input in next.inputs() {
            let value = match outputs.get(&input.name) {
                Some(value) => *value,
                None => {
                    if let Some(clash) = self.inputs().iter().find(|i| i.name == input.name && i.shape != input.shape) {
                        let (first, second) = (clash.shape.clone(), input.shape.clone());
                        return Err(ComposeError::InputShapes { name: input.name.clone(), first, second });
                    }
                    builder.input_like(input)
                }
            };
            bindings.push((input.name.as_str(), value));
        }
        let results = builder.embed("", next, &bindings)?;
        for output in self.outputs().iter().filter(|output| next.find_input(&output.name).is_none()) {
            builder.output(&output.name, outputs[&output.name]);
        }
        for output in next.outputs() {
            builder.output(&output.name, results[&output.name]);
        }
        Ok(builder.finish())
    }
}

fn below(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Role;
    use crate::graph::op;

    fn linear(name: &str, input: (&str, usize), output: (&str, usize)) -> Graph {
        let mut b = Builder::new();
        let x = b.input(input.0, [input.1]);
        let y = b.push(name, op::Linear { out: output.1, bias: true }, &[x]).unwrap();
        b.output(output.0, y);
        b.finish()
    }

    #[test]
    fn chaining_feeds_outputs_into_inputs_of_the_same_name() {
        let mut first = linear("a", ("x", 8), ("h", 5));
        first.set_role("a", Role::Frozen);
        let chain = first.then(&linear("b", ("h", 5), ("y", 2))).unwrap();
        assert_eq!(chain.inputs().len(), 1);
        assert_eq!(chain.outputs().iter().map(|o| o.name.as_str()).collect::<Vec<_>>(), ["y"]);
        let roles: Vec<(&str, Role)> = chain.params().iter().map(|p| (p.name.as_str(), p.role)).collect();
        let (frozen, shared) = (Role::Frozen, Role::Shared);
        assert_eq!(roles, [("a.weight", frozen), ("a.bias", frozen), ("b.weight", shared), ("b.bias", shared)]);
    }

    #[test]
    fn a_shape_mismatch_names_the_node() {
        let error = linear("a", ("x", 8), ("h", 5)).then(&linear("b", ("g", 5), ("y", 2))).unwrap_err();
        let message = r#"no output of the first graph (["h"]) is an input of the second (["g"]); rename one to match"#;
        assert_eq!(error.to_string(), message);
        let add = |n| {
            let mut b = Builder::new();
            let (h, x) = (b.input("h", [n]), b.input("z", [n]));
            b.push("sum", op::Add, &[h, x]).unwrap();
            b.finish()
        };
        let error = linear("a", ("x", 8), ("h", 5)).then(&add(6)).unwrap_err();
        let message = "node \"sum\" needs a second operand of the first's shape, a single value, or one value for each position of the last axis, but its operands have the shapes [5] and [6]";
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn one_graph_is_embedded_twice_under_two_prefixes() {
        let inner = linear("fc", ("x", 4), ("y", 4));
        let mut b = Builder::new();
        let x = b.input("x", [4]);
        let once = b.embed("left", &inner, &[("x", x)]).unwrap()["y"];
        let twice = b.embed("right", &inner, &[("x", once)]).unwrap()["y"];
        b.output("y", twice);
        let names: Vec<String> = b.finish().params().iter().map(|p| p.name.clone()).collect();
        assert_eq!(names, ["left.fc.weight", "left.fc.bias", "right.fc.weight", "right.fc.bias"]);
    }
}
