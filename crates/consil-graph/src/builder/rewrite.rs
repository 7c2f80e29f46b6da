//! Rewriting a graph: what a pass (factorisation, pruning, quantisation, adapters) does to one.

use std::collections::HashSet;

use super::Builder;
use crate::error::ShapeError;
use crate::graph::op::Op;
use crate::graph::{Graph, Init, Node, Param, Role, Source, ValueId};

/// A graph being rewritten. The values of the graph keep their numbers; new ones are added, readers are led to them, and what nothing
/// reads any more is dropped at the end. What stays keeps its name, so that stored weights still find their places.
///
/// ```
/// use consil_graph::{Builder, Init, Role, op};
///
/// let mut b = Builder::new();
/// let x = b.input("x", [64]);
/// let y = b.push("wide", op::Linear { out: 48, bias: true }, &[x])?;
/// b.output("y", y);
/// let graph = b.finish();
///
/// // 48 × 64 weights as 48 × 4 and 4 × 64.
/// let mut rewrite = graph.rewrite();
/// let bias = graph.find_param("wide.bias").expect("the layer has a bias");
/// let down = rewrite.param("wide.down", [4, 64], Role::Shared, Init::Zeros)?;
/// let up = rewrite.param("wide.up", [48, 4], Role::Shared, Init::Zeros)?;
/// let narrow = rewrite.apply("wide.narrow", op::Linear { out: 4, bias: false }, &[x, down])?;
/// let widened = rewrite.apply("wide.widened", op::Linear { out: 48, bias: true }, &[narrow, up, bias])?;
/// rewrite.replace(graph.find_node("wide").expect("it has this name"), widened);
/// let low_rank = rewrite.finish()?;
/// assert_eq!(low_rank.cost().parameters, 4 * 64 + 48 * 4 + 48);
/// # Ok::<(), consil_graph::ShapeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rewrite {
    builder: Builder,
}

impl Graph {
    /// Begins to rewrite the graph, whose values keep their numbers meanwhile.
    pub fn rewrite(&self) -> Rewrite {
        let inputs = (0..self.inputs.len()).map(Source::Input);
        let params = (0..self.params.len()).map(Source::Param);
        let nodes = (0..self.nodes.len()).map(Source::Node);
        let by_name = |(i, param): (usize, &Param)| (param.name.clone(), self.value_of_param(i));
        let builder = Builder {
            values: inputs.chain(params).chain(nodes).collect(),
            node_names: self.nodes.iter().map(|node| node.name.clone()).collect(),
            params: self.params.iter().enumerate().map(by_name).collect(),
            n_param_values: self.params.iter().map(|param| param.shape.iter().product::<usize>()).sum(),
            shared: Vec::new(),
            graph: self.clone(),
        };
        Rewrite { builder }
    }
}

impl Rewrite {
    /// Adds a parameter, as [`Builder::param`].
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
        self.builder.param(name, shape, role, init)
    }

    /// Adds a node with parameters of its own, as [`Builder::push`].
    ///
    /// # Errors
    /// If the operands do not fit the op, or the name is taken.
    pub fn push(&mut self, name: &str, op: impl Into<Op>, data: &[ValueId]) -> Result<ValueId, ShapeError> {
        self.builder.push(name, op, data)
    }

    /// Adds a node over all of its operands, as [`Builder::apply`].
    ///
    /// # Errors
    /// If the operands do not fit the op, or the name is taken.
    pub fn apply(&mut self, name: &str, op: impl Into<Op>, operands: &[ValueId]) -> Result<ValueId, ShapeError> {
        self.builder.apply(name, op, operands)
    }

    /// The builder that holds the graph, for helpers written for builders.
    pub fn builder(&mut self) -> &mut Builder {
        &mut self.builder
    }

    /// The per-sample shape of a value.
    ///
    /// # Panics
    /// If the value is neither the graph's nor new.
    pub fn shape(&self, value: ValueId) -> &[usize] {
        self.builder.shape(value)
    }

    /// Leads every reader of `old` to `new`: nodes and outputs, but not the nodes that `new` itself is made of, which may read `old` (a weight is
    /// replaced by itself plus an adapter). The shapes may differ; [`Rewrite::finish`] infers them again.
    ///
    /// # Panics
    /// If a value is neither the graph's nor new.
    pub fn replace(&mut self, old: ValueId, new: ValueId) {
        let made_of = self.ancestors(new);
        for (i, source) in self.builder.values.iter().enumerate() {
            let Source::Node(node) = source else { continue };
            if !made_of.contains(&ValueId(i as u32)) {
                let inputs = &mut self.builder.graph.nodes[*node].inputs;
                inputs.iter_mut().filter(|id| **id == old).for_each(|id| *id = new);
            }
        }
        let outputs = &mut self.builder.graph.outputs;
        outputs.iter_mut().filter(|output| output.value == old).for_each(|output| output.value = new);
    }

    /// Gives a node other attributes over the same operands: fewer output channels, another stride.
    ///
    /// # Panics
    /// If the value is not a node's.
    pub fn set_op(&mut self, node: ValueId, op: impl Into<Op>) {
        let Source::Node(i) = self.builder.values[node.0 as usize] else {
            panic!("{node:?} is not the result of a node");
        };
        self.builder.graph.nodes[i].op = op.into();
    }

    /// Changes a parameter: its shape, role or initial distribution. Its name stays.
    ///
    /// # Panics
    /// If the value is not a parameter.
    pub fn set_param(&mut self, param: ValueId, change: impl FnOnce(&mut Param)) {
        let Source::Param(i) = self.builder.values[param.0 as usize] else {
            panic!("{param:?} is not a parameter");
        };
        let param = &mut self.builder.graph.params[i];
        let name = param.name.clone();
        change(param);
        param.name = name;
    }

    /// The rewritten graph: shapes inferred anew, nodes in an order of execution, nodes and parameters that no output needs left out. Inputs
    /// stay, needed or not: they are the graph's interface.
    ///
    /// # Errors
    /// If a node does not fit its operands.
    pub fn finish(self) -> Result<Graph, ShapeError> {
        let order = self.order();
        let needed: HashSet<ValueId> = order.iter().copied().collect();
        let Graph { inputs, params, nodes, outputs } = self.builder.graph;
        let mut rebuilt = Builder::new();
        let mut renamed: Vec<Option<ValueId>> = vec![None; self.builder.values.len()];
        for (i, source) in self.builder.values.iter().enumerate() {
            renamed[i] = match source {
                Source::Input(input) => Some(rebuilt.input_like(&inputs[*input])),
                Source::Param(param) if needed.contains(&ValueId(i as u32)) => {
                    let Param { name, shape, role, init } = &params[*param];
                    Some(rebuilt.param(name, shape.clone(), *role, *init)?)
                }
                _ => None,
            };
        }
        let operand = |renamed: &[Option<ValueId>], id: ValueId| {
            renamed[id.0 as usize].expect("a value comes after those that it reads")
        };
        for id in &order {
            let Source::Node(i) = self.builder.values[id.0 as usize] else { continue };
            let Node { name, op, inputs, .. } = &nodes[i];
            let operands: Vec<ValueId> = inputs.iter().map(|id| operand(&renamed, *id)).collect();
            renamed[id.0 as usize] = Some(rebuilt.apply(name, op.clone(), &operands)?);
        }
        for output in outputs {
            rebuilt.output(output.name, operand(&renamed, output.value));
        }
        Ok(rebuilt.finish())
    }

    /// The values that the outputs need, each after those it reads; otherwise in the order they were made.
    fn order(&self) -> Vec<ValueId> {
        let needed = self.reached(self.builder.graph.outputs.iter().map(|output| output.value).collect());
        let mut order = Vec::with_capacity(needed.len());
        let mut done = HashSet::new();
        for start in (0..self.builder.values.len() as u32).map(ValueId).filter(|id| needed.contains(id)) {
            // A stack rather than recursion: graphs may be deep.
            let mut stack = vec![start];
            while let Some(id) = stack.last().copied() {
                let waiting = self.operands(id).iter().find(|operand| !done.contains(*operand));
                match waiting {
                    Some(operand) => stack.push(*operand),
                    None => {
                        stack.pop();
                        if done.insert(id) {
                            order.push(id);
                        }
                    }
                }
            }
        }
        order
    }

    /// A value and all that it is made of.
    fn ancestors(&self, value: ValueId) -> HashSet<ValueId> {
        self.reached(vec![value])
    }

    fn reached(&self, mut stack: Vec<ValueId>) -> HashSet<ValueId> {
        let mut reached = HashSet::new();
        while let Some(id) = stack.pop() {
            if reached.insert(id) {
                stack.extend(self.operands(id));
            }
        }
        reached
    }

    fn operands(&self, id: ValueId) -> &[ValueId] {
        match self.builder.values[id.0 as usize] {
            Source::Node(i) => &self.builder.graph.nodes[i].inputs,
            Source::Input(_) | Source::Param(_) => &[],
        }
    }
}

#[cfg(test)]
mod tests;
