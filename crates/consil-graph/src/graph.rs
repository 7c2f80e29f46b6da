//! A graph: inputs, parameters, nodes in the order they run, outputs.
//!
//! *Weights are values*, as ONNX's initialisers are: a parameter is a source like an input, and an op takes it as an operand like any
//! other. Using it twice shares it; a mask, an adapter or a quantiser is a node between it and its reader.

mod bind;
mod cost;
pub(crate) mod evaluate;
pub(crate) mod limits;
pub mod op;

pub use consil_layout::Role;
use serde::{Deserialize, Serialize};

pub use bind::{BoundShapes, LengthError};
pub use cost::{Cost, NodeCost};
use op::Op;

/// A model as data. Values are numbered: the inputs first, then the parameters, then one for each node in order; a node reads only
/// values before it, so the order of `nodes` is an order of execution.
///
/// Every value has a type: a per-sample shape, and whether it is *batched*. An input is batched, a parameter is not, and a node's result is
/// where one of its operands is; an unbatched operand beside batched ones counts as the same for each sample.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    pub(crate) inputs: Vec<Input>,
    pub(crate) params: Vec<Param>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) outputs: Vec<Output>,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// The input of this number.
    Input(usize),
    /// The parameter of this number.
    Param(usize),
    /// The result of the node of this number.
    Node(usize),
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

    /// The number of values: inputs, parameters and nodes.
    pub fn n_values(&self) -> usize {
        self.inputs.len() + self.params.len() + self.nodes.len()
    }

    /// What a value is.
    ///
    /// # Panics
    /// If the value is not of this graph.
    pub fn source(&self, value: ValueId) -> Source {
        let i = value.0 as usize;
        assert!(i < self.n_values(), "{value:?} is not a value of this graph");
        if i < self.inputs.len() {
            return Source::Input(i);
        }
        let i = i - self.inputs.len();
        if i < self.params.len() { Source::Param(i) } else { Source::Node(i - self.params.len()) }
    }

    /// The per-sample shape of a value, at the lengths the graph was built for.
    ///
    /// # Panics
    /// If the value is not of this graph.
    pub fn shape_of(&self, value: ValueId) -> &[usize] {
        match self.source(value) {
            Source::Input(i) => &self.inputs[i].shape,
            Source::Param(i) => &self.params[i].shape,
            Source::Node(i) => &self.nodes[i].shape,
        }
    }

    /// Whether a value differs from sample to sample.
    ///
    /// # Panics
    /// If the value is not of this graph.
    pub fn is_batched(&self, value: ValueId) -> bool {
        match self.source(value) {
            Source::Input(_) => true,
            Source::Param(_) => false,
            Source::Node(i) => self.nodes[i].batched,
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

    /// The value of the parameter with this name.
    pub fn find_param(&self, name: &str) -> Option<ValueId> {
        self.params.iter().position(|param| param.name == name).map(|i| self.value_of_param(i))
    }

    /// The value of the node with this name.
    pub fn find_node(&self, name: &str) -> Option<ValueId> {
        self.nodes.iter().position(|node| node.name == name).map(|i| self.value_of_node(i))
    }

    /// The value of parameter number `param`.
    pub fn value_of_param(&self, param: usize) -> ValueId {
        ValueId((self.inputs.len() + param) as u32)
    }

    /// The value that node number `node` computes.
    pub fn value_of_node(&self, node: usize) -> ValueId {
        ValueId((self.inputs.len() + self.params.len() + node) as u32)
    }

    /// A node's op with its attributes in one line: `conv 1 → 16, 3×3, padding 1`.
    pub fn op_summary(&self, node: &Node) -> String {
        let shapes: Vec<&[usize]> = node.inputs.iter().map(|id| self.shape_of(*id)).collect();
        node.op.operation().label(node.op.split(&shapes).0)
    }

    /// Gives a role to every parameter whose name is `prefix` or begins with `prefix.`; an empty prefix means all.
    /// Buffers stay buffers, and what is frozen leaves its adapters trained. Returns how many parameters it named, so that a misspelt prefix shows as 0.
    pub fn set_role(&mut self, prefix: &str, role: Role) -> usize {
        let mut n_named = 0;
        for param in self.params.iter_mut().filter(|p| p.role != Role::Buffer && is_under(&p.name, prefix)) {
            if role != Role::Frozen || param.role != Role::Adapter {
                param.role = role;
            }
            n_named += 1;
        }
        n_named
    }
}

/// Whether the dotted `name` is `prefix` or lies below it.
fn is_under(name: &str, prefix: &str) -> bool {
    prefix.is_empty() || name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The number of a value: an input, a parameter or a node's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ValueId(pub u32);

/// What enters the graph under a name. By convention `NAME` is a modality's values, `NAME.mask` its time mask
/// `[T]` and `NAME.present` its presence `[]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// The input's name.
    pub name: String,
    /// Its per-sample shape; along a time axis, the longest length.
    pub shape: Vec<usize>,
    /// Its axes that a batch may make shorter or longer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub time: Vec<TimeAxis>,
}

/// An axis whose length each batch chooses. Axes of one name have one length: a modality's values and its mask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeAxis {
    /// The axis, per sample.
    pub axis: usize,
    /// The name of its length.
    pub name: String,
}

/// An operation on values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// A name unique in the graph, such as `digit.3.conv`: the prefix of its parameters' names and the key of its randomness.
    pub name: String,
    /// What is computed.
    pub op: Op,
    /// The operands: the data, then the weights in the order the op names them ([`Op::split`] parts them).
    pub inputs: Vec<ValueId>,
    /// The per-sample shape of the result, at the lengths the graph was built for.
    pub shape: Vec<usize>,
    /// Whether the result differs from sample to sample: whether an operand does. Follows from the operands; files do not store it.
    #[serde(skip)]
    pub batched: bool,
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
