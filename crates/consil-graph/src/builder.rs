//! Builds a graph node by node, inferring each shape and creating each parameter.

use std::collections::HashSet;

use crate::error::{Place, ShapeError};
use crate::graph::{Graph, Input, Node, Output, Param, ValueId};
use crate::infer::Misfit;
use crate::op::Op;

/// Builds a [`Graph`].
///
/// ```
/// use consil_graph::{Builder, Op};
///
/// let mut b = Builder::new();
/// let x = b.input("input", [784]);
/// let y = b.push("classify.linear", Op::Linear { out: 10, bias: true }, &[x])?;
/// let p = b.push("classify.log-softmax", Op::LogSoftmax, &[y])?;
/// b.output("log-probabilities", p);
/// let graph = b.finish();
/// assert_eq!(graph.params()[0].name, "classify.linear.weight");
/// assert_eq!(graph.params()[0].shape, [10, 784]);
/// # Ok::<(), consil_graph::ShapeError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Builder {
    graph: Graph,
    /// What each value handed out is, in the order of creation: [`Builder::finish`] renumbers to inputs first.
    values: Vec<Source>,
    names: HashSet<String>,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Input(usize),
    Node(usize),
}

impl Builder {
    /// A builder without inputs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an input of the given per-sample shape. Asked again for a name it has, it returns the input it has.
    ///
    /// # Panics
    /// If the name is taken by an input of another shape.
    pub fn input(&mut self, name: impl Into<String>, shape: impl Into<Vec<usize>>) -> ValueId {
        let (name, shape) = (name.into(), shape.into());
        let known = self.values.iter().position(|source| match source {
            Source::Input(i) => self.graph.inputs[*i].name == name,
            Source::Node(_) => false,
        });
        if let Some(at) = known {
            let id = ValueId(at as u32);
            assert_eq!(self.shape(id), shape, "input {name:?} was given two shapes");
            return id;
        }
        self.values.push(Source::Input(self.graph.inputs.len()));
        self.graph.inputs.push(Input { name, shape });
        self.last()
    }

    /// Adds a node: infers its shape and creates its parameters, named `{name}.{parameter}`, with PyTorch's default
    /// initial distributions.
    ///
    /// # Errors
    /// If the operands do not fit the op, or the name is taken.
    ///
    /// # Panics
    /// If an operand is not a value of this builder.
    pub fn push(&mut self, name: &str, op: Op, operands: &[ValueId]) -> Result<ValueId, ShapeError> {
        let misfit = |misfit| ShapeError::new(Place::Node(name.to_owned()), misfit);
        if !self.names.insert(name.to_owned()) {
            return Err(misfit(Misfit::NameTaken));
        }
        let shapes: Vec<&[usize]> = operands.iter().map(|id| self.shape(*id)).collect();
        let shape = op.infer(&shapes).map_err(misfit)?;
        let params = op.parameters(&shapes);
        let first = self.graph.params.len();
        let indices = (first..first + params.len()).collect();
        for spec in params {
            let name = format!("{name}.{}", spec.name);
            self.graph.params.push(Param { name, shape: spec.shape, role: spec.role, init: spec.init });
        }
        self.values.push(Source::Node(self.graph.nodes.len()));
        self.graph.nodes.push(Node { name: name.to_owned(), op, inputs: operands.to_vec(), params: indices, shape });
        Ok(self.last())
    }

    /// The per-sample shape of a value.
    ///
    /// # Panics
    /// If the value is not of this builder.
    pub fn shape(&self, value: ValueId) -> &[usize] {
        match self.values[value.0 as usize] {
            Source::Input(i) => &self.graph.inputs[i].shape,
            Source::Node(i) => &self.graph.nodes[i].shape,
        }
    }

    /// Names a value as an output; a name given twice means the later value.
    pub fn output(&mut self, name: impl Into<String>, value: ValueId) {
        let name = name.into();
        self.graph.outputs.retain(|output| output.name != name);
        self.graph.outputs.push(Output { name, value });
    }

    /// The graph.
    pub fn finish(self) -> Graph {
        let Self { mut graph, values, .. } = self;
        let n_inputs = graph.inputs.len();
        let renumber = |id: &mut ValueId| {
            *id = match values[id.0 as usize] {
                Source::Input(i) => ValueId(i as u32),
                Source::Node(i) => ValueId((n_inputs + i) as u32),
            };
        };
        graph.nodes.iter_mut().flat_map(|node| &mut node.inputs).for_each(renumber);
        graph.outputs.iter_mut().map(|output| &mut output.value).for_each(renumber);
        graph
    }

    /// The parameters created so far, to be given other roles or initial distributions.
    pub(crate) fn params_mut(&mut self) -> &mut [Param] {
        &mut self.graph.params
    }

    fn last(&self) -> ValueId {
        ValueId(self.values.len() as u32 - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Init, Role};
    use crate::op::{Activation, Conv};

    #[test]
    fn inputs_come_first_even_when_added_late() {
        let mut b = Builder::new();
        let a = b.input("a", [4]);
        let la = b.push("la", Op::Linear { out: 3, bias: true }, &[a]).unwrap();
        let c = b.input("c", [3]);
        let sum = b.push("sum", Op::Add, &[la, c]).unwrap();
        b.output("y", sum);
        let g = b.finish();
        assert_eq!(g.nodes()[0].inputs, [ValueId(0)]);
        assert_eq!(g.nodes()[1].inputs, [ValueId(2), ValueId(1)]);
        assert_eq!(g.outputs()[0].value, ValueId(3));
        assert_eq!(g.shape_of(ValueId(3)), [3]);
    }

    #[test]
    fn default_initial_distributions_are_those_of_pytorch() {
        let mut b = Builder::new();
        let x = b.input("x", [4, 9, 9]);
        let conv =
            Conv { out: 8, kernel: [3, 3], stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 2, bias: true };
        let y = b.push("conv", Op::Conv2d(conv), &[x]).unwrap();
        b.push("norm", Op::BatchNorm { epsilon: 1e-5, momentum: 0.1 }, &[y]).unwrap();
        let g = b.finish();
        // torch.nn.Conv2d(4, 8, 3, groups=2): weight [8, 2, 3, 3], both uniform on ±1/√(2·3·3).
        assert_eq!(g.params()[0].shape, [8, 2, 3, 3]);
        let bound = 1.0 / 18f32.sqrt();
        assert_eq!(g.params()[0].init, Init::Uniform { bound });
        assert_eq!(g.params()[1].init, Init::Uniform { bound });
        let roles: Vec<Role> = g.params()[2..].iter().map(|p| p.role).collect();
        assert_eq!(roles, [Role::Shared, Role::Shared, Role::Buffer, Role::Buffer]);
        assert_eq!(g.params()[5].name, "norm.running_var");
        assert_eq!(g.params()[5].init, Init::Ones);
    }

    #[test]
    fn a_name_is_given_once() {
        let mut b = Builder::new();
        let x = b.input("x", [4]);
        b.push("relu", Op::Activation(Activation::Relu), &[x]).unwrap();
        let error = b.push("relu", Op::Activation(Activation::Relu), &[x]).unwrap_err();
        assert_eq!(error.to_string(), "node \"relu\" has a name that another node has; rename one of them");
    }
}
