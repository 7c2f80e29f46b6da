//! A graph: inputs, nodes in the order they run, named parameters, outputs.

pub use consil_layout::Role;
use serde::{Deserialize, Serialize};

use crate::op::Op;
use crate::validate::Unchecked;

/// A model as data. Values are numbered: the inputs first, then one for each node in order; a node reads only values
/// before it, so the order of `nodes` is an order of execution.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", try_from = "Unchecked")]
pub struct Graph {
    pub(crate) inputs: Vec<Input>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) params: Vec<Param>,
    pub(crate) outputs: Vec<Output>,
}

impl Graph {
    /// What enters.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The nodes in the order they run.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The parameters, in the order of the nodes.
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// What leaves, in the order it was named.
    pub fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    /// The per-sample shape of a value.
    ///
    /// # Panics
    /// If the value is not of this graph.
    pub fn shape_of(&self, value: ValueId) -> &[usize] {
        let i = value.0 as usize;
        match i.checked_sub(self.inputs.len()) {
            None => &self.inputs[i].shape,
            Some(node) => &self.nodes[node].shape,
        }
    }

    /// The value of the input with this name.
    pub fn find_input(&self, name: &str) -> Option<ValueId> {
        self.inputs.iter().position(|input| input.name == name).map(|i| ValueId(i as u32))
    }

    /// The value of the output with this name.
    pub fn find_output(&self, name: &str) -> Option<ValueId> {
        self.outputs.iter().find(|output| output.name == name).map(|output| output.value)
    }

    /// The value that node number `node` computes.
    pub fn value_of_node(&self, node: usize) -> ValueId {
        ValueId((self.inputs.len() + node) as u32)
    }

    /// Gives a role to every parameter whose name is `prefix` or begins with `prefix.`; an empty prefix means all.
    /// Buffers stay buffers. Returns how many parameters it named, so that a misspelt prefix shows as 0.
    pub fn set_role(&mut self, prefix: &str, role: Role) -> usize {
        let mut n_named = 0;
        for param in self.params.iter_mut().filter(|p| p.role != Role::Buffer && is_under(&p.name, prefix)) {
            param.role = role;
            n_named += 1;
        }
        n_named
    }
}

/// Whether the dotted `name` is `prefix` or lies below it.
fn is_under(name: &str, prefix: &str) -> bool {
    prefix.is_empty() || name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The number of a value: an input's or a node's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ValueId(pub u32);

/// What enters the graph under a name. By convention `NAME` is a modality's values, `NAME.mask` its time mask
/// `[T]` and `NAME.present` its presence `[]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// The input's name.
    pub name: String,
    /// Its per-sample shape.
    pub shape: Vec<usize>,
}

/// An operation on values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// A name unique in the graph, such as `digit.3.conv`: the prefix of its parameters' names and the key of its randomness.
    pub name: String,
    /// What is computed.
    pub op: Op,
    /// The operands.
    pub inputs: Vec<ValueId>,
    /// Indices into [`Graph::params`], in the order the op names them.
    pub params: Vec<usize>,
    /// The per-sample shape of the result.
    pub shape: Vec<usize>,
}

/// A named parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Param {
    /// Node name and the parameter's own name: `digit.3.conv.weight`.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Who may change it.
    pub role: Role,
    /// How it begins.
    pub init: Init,
}

/// How a parameter begins.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Init {
    /// All zeros.
    Zeros,
    /// All ones.
    Ones,
    /// Uniform on ±bound: `1/√fan_in` is PyTorch's default for linear layers and convolutions.
    Uniform {
        /// The bound.
        bound: f32,
    },
    /// Normal with mean zero.
    Normal {
        /// The standard deviation.
        sd: f32,
    },
}

/// A named result of the graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The output's name.
    pub name: String,
    /// Which value it is.
    pub value: ValueId,
}
