//! Builds a graph value by value, inferring each shape and creating each op's parameters.

mod lora;
mod rewrite;

use std::collections::{HashMap, HashSet};

use crate::error::{Place, ShapeError};
use crate::graph::limits::{add_params, check_value};
use crate::graph::op::{Op, ShapeMismatch};
use crate::graph::{Graph, Init, Input, Node, Output, Param, Role, Source, TimeAxis, ValueId};

pub use lora::Lora;
pub use rewrite::Rewrite;

/// Builds a [`Graph`].
///
/// ```
/// use consil_graph::{Builder, Init, Role, op};
///
/// let mut b = Builder::new();
/// let words = b.input("words", [12]);
/// // An op creates its own weights …
/// let x = b.push("embed", op::Embedding { vocabulary: 500, width: 8 }, &[words])?;
/// let x = b.push("mean", op::MeanTokens, &[x])?;
/// // … or takes values that are there: the output layer is tied to the embedding, its bias is a parameter of its own.
/// let table = b.find_param("embed.weight").expect("the embedding has created it");
/// let scores = b.push("scores", op::MatMul { transposed: true }, &[x, table])?;
/// let bias = b.param("scores.bias", [500], Role::Shared, Init::Zeros)?;
/// let scores = b.push("biased", op::Add, &[scores, bias])?;
/// b.output("scores", scores);
/// let graph = b.finish();
/// assert_eq!(graph.cost().parameters, 500 * 8 + 500);
/// # Ok::<(), consil_graph::ShapeError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Builder {
    graph: Graph,
    /// What each value handed out is, in the order of creation: [`Builder::finish`] renumbers to inputs, parameters, nodes.
    values: Vec<Source>,
    node_names: HashSet<String>,
    params: HashMap<String, ValueId>,
    n_param_values: usize,
    /// Scopes whose nodes read the parameters of another scope.
    shared: Vec<(String, String)>,
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
            Source::Param(_) | Source::Node(_) => false,
        });
        if let Some(at) = known {
            let id = ValueId(at as u32);
            assert_eq!(self.shape(id), shape, "input {name:?} was given two shapes");
            return id;
        }
        let source = Source::Input(self.graph.inputs.len());
        self.graph.inputs.push(Input { name, shape, time: Vec::new() });
        self.add(source)
    }

    /// As [`Builder::input`], with a *time axis*: an axis whose length each batch may choose, under a name that inputs share whose lengths are one (a
    /// modality's values and its mask).
    ///
    /// # Panics
    /// If the shape has no such axis, or the name is taken by an input of another shape.
    pub fn input_over_time(
        &mut self,
        name: impl Into<String>,
        shape: impl Into<Vec<usize>>,
        axis: usize,
        time: impl Into<String>,
    ) -> ValueId {
        let id = self.input(name, shape);
        assert!(axis < self.shape(id).len(), "an input of shape {:?} has no axis {axis}", self.shape(id));
        if let Source::Input(i) = self.values[id.0 as usize] {
            let time = TimeAxis { axis, name: time.into() };
            let axes = &mut self.graph.inputs[i].time;
            if !axes.contains(&time) {
                axes.push(time);
            }
        }
        id
    }

    /// Adds an input with the shape and time axes of another graph's input.
    ///
    /// # Panics
    /// If the name is taken by an input of another shape.
    pub(crate) fn input_like(&mut self, input: &Input) -> ValueId {
        let id = self.input(&input.name, input.shape.clone());
        for time in &input.time {
            self.input_over_time(&input.name, input.shape.clone(), time.axis, &time.name);
        }
        id
    }

    /// Adds a parameter. Ops read it as any other value; it is not batched.
    ///
    /// # Errors
    /// If the name is taken, or the graph's parameters are more than can be held.
    pub fn param(
        &mut self,
        name: impl Into<String>,
        shape: impl Into<Vec<usize>>,
        role: Role,
        init: Init,
    ) -> Result<ValueId, ShapeError> {
        let (name, shape) = (name.into(), shape.into());
        self.create_param(Param { name: name.clone(), shape, role, init })
            .map_err(|mismatch| ShapeError::new(Place::Param(name), mismatch))
    }

    /// Adds a node over data operands: infers its shape and creates the op's parameters, named `{name}.{parameter}`, with PyTorch's default
    /// initial distributions. Below a scope that shares ([`Builder::share`]), it takes the other scope's parameters instead.
    ///
    /// # Errors
    /// If the operands do not fit the op, the name is taken, or a result or the parameters are too large.
    ///
    /// # Panics
    /// If an operand is not a value of this builder.
    pub fn push(&mut self, name: &str, op: impl Into<Op>, data: &[ValueId]) -> Result<ValueId, ShapeError> {
        let op = op.into();
        self.try_push(name, op, data).map_err(|mismatch| ShapeError::new(Place::Node(name.to_owned()), mismatch))
    }

    /// Adds a node over all of its operands: the data, then the weights, which may be any values that are not batched.
    ///
    /// # Errors
    /// If the operands do not fit the op, the name is taken, or the result is too large.
    ///
    /// # Panics
    /// If an operand is not a value of this builder.
    pub fn apply(&mut self, name: &str, op: impl Into<Op>, operands: &[ValueId]) -> Result<ValueId, ShapeError> {
        let op = op.into();
        self.try_apply(name, op, operands).map_err(|mismatch| ShapeError::new(Place::Node(name.to_owned()), mismatch))
    }

    /// From now on, a parameter that would be named below `scope` is the one of the same name below `owner`: two towers of a siamese network, one
    /// encoder for two inputs. Where the owner has none of the name yet, it is made under the owner's name, so that two graphs of a system may
    /// share parameters that neither borrows from the other.
    pub fn share(&mut self, scope: impl Into<String>, owner: impl Into<String>) {
        self.shared.push((scope.into(), owner.into()));
    }

    /// Ends what [`Builder::share`] began: parameters below `scope` are its own again.
    pub fn unshare(&mut self, scope: &str) {
        self.shared.retain(|(sharing, _)| sharing != scope);
    }

    /// The per-sample shape of a value.
    ///
    /// # Panics
    /// If the value is not of this builder.
    pub fn shape(&self, value: ValueId) -> &[usize] {
        match self.values[value.0 as usize] {
            Source::Input(i) => &self.graph.inputs[i].shape,
            Source::Param(i) => &self.graph.params[i].shape,
            Source::Node(i) => &self.graph.nodes[i].shape,
        }
    }

    /// Whether a value differs from sample to sample.
    ///
    /// # Panics
    /// If the value is not of this builder.
    pub fn is_batched(&self, value: ValueId) -> bool {
        match self.values[value.0 as usize] {
            Source::Input(_) => true,
            Source::Param(_) => false,
            Source::Node(i) => self.graph.nodes[i].batched,
        }
    }

    /// The number of values so far.
    pub(crate) fn n_values(&self) -> usize {
        self.values.len()
    }

    /// The value of the parameter with this name.
    pub fn find_param(&self, name: &str) -> Option<ValueId> {
        self.params.get(name).copied()
    }

    /// The node with this name, its operands numbered as this builder numbers values.
    pub fn find_node(&self, name: &str) -> Option<&Node> {
        self.graph.nodes.iter().find(|node| node.name == name)
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
        let (n_inputs, n_params) = (graph.inputs.len(), graph.params.len());
        let renumber = |id: &mut ValueId| {
            let number = match values[id.0 as usize] {
                Source::Input(i) => i,
                Source::Param(i) => n_inputs + i,
                Source::Node(i) => n_inputs + n_params + i,
            };
            *id = ValueId(number as u32);
        };
        graph.nodes.iter_mut().flat_map(|node| &mut node.inputs).for_each(renumber);
        graph.outputs.iter_mut().map(|output| &mut output.value).for_each(renumber);
        graph
    }

    fn try_push(&mut self, name: &str, op: Op, data: &[ValueId]) -> Result<ValueId, ShapeMismatch> {
        self.check_name(name)?;
        let shapes: Vec<&[usize]> = data.iter().map(|id| self.shape(*id)).collect();
        check_value(&op.operation().shape(&shapes)?)?;
        let weights = op.operation().weights(&shapes);
        // All are checked before one is made, so that a refusal leaves nothing behind.
        weights.iter().try_fold(self.n_param_values, |n, spec| add_params(n, &spec.shape))?;
        let mut operands = data.to_vec();
        for spec in weights {
            let name = format!("{name}.{}", spec.name);
            operands.push(self.create_param(Param { name, shape: spec.shape, role: spec.role, init: spec.init })?);
        }
        self.try_apply(name, op, &operands)
    }

    fn try_apply(&mut self, name: &str, op: Op, operands: &[ValueId]) -> Result<ValueId, ShapeMismatch> {
        self.check_name(name)?;
        let shapes: Vec<&[usize]> = operands.iter().map(|id| self.shape(*id)).collect();
        let shape = op.infer(&shapes)?;
        check_value(&shape)?;
        if op.split(operands).1.iter().any(|weight| self.is_batched(*weight)) {
            return Err(ShapeMismatch::BatchedWeight);
        }
        let batched = operands.iter().any(|id| self.is_batched(*id));
        self.node_names.insert(name.to_owned());
        let source = Source::Node(self.graph.nodes.len());
        self.graph.nodes.push(Node { name: name.to_owned(), op, inputs: operands.to_vec(), shape, batched });
        Ok(self.add(source))
    }

    fn check_name(&self, name: &str) -> Result<(), ShapeMismatch> {
        if self.node_names.contains(name) { Err(ShapeMismatch::NameTaken) } else { Ok(()) }
    }

    /// A new parameter, or the one that its scope shares.
    fn create_param(&mut self, param: Param) -> Result<ValueId, ShapeMismatch> {
        let owned = self.owned_name(&param.name);
        let is_shared = owned.is_some();
        let param = Param { name: owned.unwrap_or(param.name), ..param };
        match self.params.get(&param.name) {
            Some(id) if is_shared && self.shape(*id) == param.shape => return Ok(*id),
            Some(id) if is_shared => {
                let given = self.shape(*id).to_vec();
                return Err(ShapeMismatch::NotShared { name: param.name, needs: param.shape, given });
            }
            Some(_) => return Err(ShapeMismatch::NameTaken),
            None => {}
        }
        self.n_param_values = add_params(self.n_param_values, &param.shape)?;
        let name = param.name.clone();
        let source = Source::Param(self.graph.params.len());
        self.graph.params.push(param);
        let id = self.add(source);
        self.params.insert(name, id);
        Ok(id)
    }

    /// The owner's name of a parameter that would be named so, if its scope shares.
    fn owned_name(&self, name: &str) -> Option<String> {
        self.shared.iter().find_map(|(scope, owner)| {
            let rest = name.strip_prefix(scope.as_str())?;
            rest.starts_with('.').then(|| format!("{owner}{rest}"))
        })
    }

    fn add(&mut self, source: Source) -> ValueId {
        self.values.push(source);
        ValueId(self.values.len() as u32 - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::op::{self, Activation, Conv};

    #[test]
    fn inputs_come_first_even_when_added_late() {
        let mut b = Builder::new();
        let a = b.input("a", [4]);
        let la = b.push("la", op::Linear { out: 3, bias: true }, &[a]).unwrap();
        let c = b.input("c", [3]);
        let sum = b.push("sum", op::Add, &[la, c]).unwrap();
        b.output("y", sum);
        let g = b.finish();
        // Two inputs, the weight and the bias of `la`, the two nodes.
        assert_eq!(g.nodes()[0].inputs, [0, 2, 3].map(ValueId));
        assert_eq!(g.nodes()[1].inputs, [4, 1].map(ValueId));
        assert_eq!(g.outputs()[0].value, ValueId(5));
        assert_eq!(g.shape_of(ValueId(5)), [3]);
    }

    #[test]
    fn default_initial_distributions_are_those_of_pytorch() {
        let mut b = Builder::new();
        let x = b.input("x", [4, 9, 9]);
        let conv =
            Conv { out: 8, kernel: [3, 3], stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 2, bias: true };
        let y = b.push("conv", conv, &[x]).unwrap();
        b.push("norm", op::BatchNorm { epsilon: 1e-5, momentum: 0.1 }, &[y]).unwrap();
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
    fn two_towers_read_one_set_of_weights() {
        let mut b = Builder::new();
        b.share("right", "left");
        let [x, y] = ["x", "y"].map(|name| b.input(name, [4]));
        let linear = op::Linear { out: 3, bias: true };
        let towers = [("left", x), ("right", y)].map(|(side, x)| b.push(&format!("{side}.1"), linear, &[x]).unwrap());
        let difference = b.push("difference", op::Sub, &towers).unwrap();
        b.output("difference", difference);
        let graph = b.clone().finish();
        let names: Vec<&str> = graph.params().iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["left.1.weight", "left.1.bias"]);
        assert_eq!(graph.nodes()[0].inputs[1..], graph.nodes()[1].inputs[1..]);
        assert_eq!(graph.cost().parameters, 4 * 3 + 3);
        let other = b.input("z", [5]);
        let error = b.push("right.1.more", op::Linear { out: 3, bias: true }, &[other]);
        assert!(error.is_ok(), "another name makes a parameter of the owner's");
        b.push("left.2", linear, &[x]).unwrap();
        let error = b.push("right.2", linear, &[other]).unwrap_err().to_string();
        assert_eq!(
            error,
            "node \"right.2\" shares \"left.2.weight\", which has the shape [3, 4] where it needs [3, 5]"
        );
    }

    #[test]
    fn weights_are_any_values_that_samples_share() {
        let mut b = Builder::new();
        let x = b.input("x", [4]);
        let w = b.param("w", [3, 4], Role::Shared, Init::Ones).unwrap();
        let mask = b.param("mask", [3, 4], Role::Frozen, Init::Ones).unwrap();
        let masked = b.push("masked", op::Mul, &[w, mask]).unwrap();
        assert!(!b.is_batched(masked));
        let y = b.apply("y", op::Linear { out: 3, bias: false }, &[x, masked]).unwrap();
        assert!(b.is_batched(y));
        let z = b.input("z", [3, 4]);
        let error = b.apply("z", op::Linear { out: 3, bias: false }, &[x, z]).unwrap_err().to_string();
        assert_eq!(error, "node \"z\" takes a weight that is the same for each sample, but is given one that is not");
        let error = b.apply("short", op::Linear { out: 3, bias: true }, &[masked]).unwrap_err().to_string();
        assert_eq!(error, "node \"short\" takes 2 weights after its data, but has 1 operands in all");
    }

    #[test]
    fn a_name_is_given_once() {
        let mut b = Builder::new();
        let x = b.input("x", [4]);
        b.push("relu", Activation::Relu, &[x]).unwrap();
        let error = b.push("relu", Activation::Relu, &[x]).unwrap_err();
        assert_eq!(error.to_string(), "node \"relu\" has a name that another node has; rename one of them");
    }
}
