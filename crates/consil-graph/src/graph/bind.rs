//! Binding a graph's time axes: the shapes of all values for the lengths of a batch.
//!
//! A graph is built for the longest length that its data have. A batch of shorter rows need not be padded to it: [`Graph::bind`] infers all shapes
//! for other lengths. An op that needs one length (a linear layer over flattened time) says so, with its node's name.

use std::collections::BTreeMap;

use super::limits::check_value;
use super::op::ShapeMismatch;
use super::{Graph, Source, ValueId};

/// The per-sample shapes of all values of a graph for chosen lengths of its time axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundShapes {
    shapes: Vec<Vec<usize>>,
    lengths: BTreeMap<String, usize>,
}

impl BoundShapes {
    /// The shape of a value.
    ///
    /// # Panics
    /// If the value is not of the graph.
    pub fn shape(&self, value: ValueId) -> &[usize] {
        &self.shapes[value.0 as usize]
    }

    /// The length of each time axis.
    pub fn lengths(&self) -> &BTreeMap<String, usize> {
        &self.lengths
    }
}

/// Why a graph cannot be bound to lengths.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LengthError {
    /// There is no time axis of this name.
    #[error("there is no time axis {name:?}; the graph has {known:?}")]
    UnknownAxis {
        /// The name.
        name: String,
        /// The names of the graph's time axes.
        known: Vec<String>,
    },
    /// An input has a shape that differs from the graph's beyond its time axes.
    #[error("input {name:?} needs the shape {needs:?} (time axes may differ), but it is {given:?}")]
    InputShape {
        /// The input.
        name: String,
        /// The shape it was built with.
        needs: Vec<usize>,
        /// The shape given.
        given: Vec<usize>,
    },
    /// A time axis is given two lengths.
    #[error("the time axis {name:?} has the length {first} in one input and {second} in {input:?}")]
    TwoLengths {
        /// The axis.
        name: String,
        /// Its length in an earlier input.
        first: usize,
        /// The input that disagrees.
        input: String,
        /// Its length there.
        second: usize,
    },
    /// A node does not fit these lengths.
    #[error("node {node:?} cannot have its time axes bound to {lengths:?}: it {mismatch}")]
    Node {
        /// The node.
        node: String,
        /// The lengths.
        lengths: BTreeMap<String, usize>,
        /// Why.
        mismatch: ShapeMismatch,
    },
}

impl Graph {
    /// The time axes with the lengths that the graph was built for.
    pub fn time_axes(&self) -> BTreeMap<String, usize> {
        let axes = self.inputs.iter().flat_map(|input| input.time.iter().map(move |time| (input, time)));
        axes.map(|(input, time)| (time.name.clone(), input.shape[time.axis])).collect()
    }

    /// The shapes of all values where time axes have these lengths; an axis that is not named keeps the length the graph was built for.
    ///
    /// # Errors
    /// If there is no such axis, or a node does not fit.
    pub fn bind(&self, lengths: &BTreeMap<String, usize>) -> Result<BoundShapes, LengthError> {
        let mut all = self.time_axes();
        for (name, length) in lengths {
            let known = || self.time_axes().into_keys().collect();
            *all.get_mut(name).ok_or_else(|| LengthError::UnknownAxis { name: name.clone(), known: known() })? =
                *length;
        }
        let inputs = self.inputs.iter().map(|input| {
            let mut shape = input.shape.clone();
            input.time.iter().for_each(|time| shape[time.axis] = all[&time.name]);
            shape
        });
        self.infer_all(inputs.collect(), all)
    }

    /// The shapes of all values for the least lengths, none below these, that every op takes: a convolution wants as many frames as its kernel
    /// has, and a linear layer over flattened time the length the graph was built for.
    ///
    /// # Errors
    /// If there is no such axis, or no length up to the graph's own fits.
    pub fn bind_at_least(&self, lengths: &BTreeMap<String, usize>) -> Result<BoundShapes, LengthError> {
        let first = match self.bind(lengths) {
            Err(error @ LengthError::Node { .. }) => error,
            other => return other,
        };
        let built = self.time_axes();
        let longest = built.values().copied().max().unwrap_or(0);
        // Strides can ask for a multiple, so that the next few lengths are tried one by one; a kernel asks for more, by doubling.
        let steps = (1..8).chain(std::iter::successors(Some(8usize), |step| step.checked_mul(2)));
        for step in steps.take_while(|step| *step < longest) {
            let grown = built.iter().map(|(name, built)| {
                let length = lengths.get(name).copied().unwrap_or(*built);
                (name.clone(), length.max(length.saturating_add(step).min(*built)))
            });
            if let Ok(bound) = self.bind(&grown.collect()) {
                return Ok(bound);
            }
        }
        let at_most = |(name, built): (String, usize)| (lengths.get(&name).copied().unwrap_or(0).max(built), name);
        let last = built.into_iter().map(at_most).map(|(length, name)| (name, length)).collect();
        self.bind(&last).map_err(|_| first)
    }

    /// The shapes of all values for inputs of these per-sample shapes, in the graph's order, which may differ from the graph's along time
    /// axes.
    ///
    /// # Errors
    /// If a shape differs elsewhere, two inputs disagree on a length, or a node does not fit.
    pub fn bind_shapes(&self, inputs: Vec<Vec<usize>>) -> Result<BoundShapes, LengthError> {
        let mut lengths: BTreeMap<String, usize> = BTreeMap::new();
        for (i, input) in self.inputs.iter().enumerate() {
            let given = inputs.get(i).cloned().unwrap_or_default();
            let is_free = |axis: usize| input.time.iter().any(|time| time.axis == axis);
            let fits = given.len() == input.shape.len()
                && given.iter().zip(&input.shape).enumerate().all(|(axis, (a, b))| a == b || is_free(axis));
            if !fits {
                let (name, needs) = (input.name.clone(), input.shape.clone());
                return Err(LengthError::InputShape { name, needs, given });
            }
            for time in &input.time {
                let second = given[time.axis];
                let first = *lengths.entry(time.name.clone()).or_insert(second);
                if first != second {
                    let (name, input) = (time.name.clone(), input.name.clone());
                    return Err(LengthError::TwoLengths { name, first, input, second });
                }
            }
        }
        self.infer_all(inputs, lengths)
    }

    fn infer_all(
        &self,
        mut shapes: Vec<Vec<usize>>,
        lengths: BTreeMap<String, usize>,
    ) -> Result<BoundShapes, LengthError> {
        shapes.extend(self.params.iter().map(|param| param.shape.clone()));
        for node in &self.nodes {
            let operands: Vec<&[usize]> = node.inputs.iter().map(|id| shapes[id.0 as usize].as_slice()).collect();
            let shape = node.op.infer(&operands).and_then(|shape| check_value(&shape).map(|()| shape));
            let shape = shape.map_err(|mismatch| LengthError::Node {
                node: node.name.clone(),
                lengths: lengths.clone(),
                mismatch,
            })?;
            shapes.push(shape);
        }
        Ok(BoundShapes { shapes, lengths })
    }

    /// The shapes that the graph was built with.
    pub(crate) fn nominal(&self) -> BoundShapes {
        let inputs = self.inputs.iter().map(|input| input.shape.clone());
        let params = self.params.iter().map(|param| param.shape.clone());
        let nodes = self.nodes.iter().map(|node| node.shape.clone());
        BoundShapes { shapes: inputs.chain(params).chain(nodes).collect(), lengths: self.time_axes() }
    }

    /// The parameters that a node reads directly, by their numbers.
    pub fn params_of(&self, node: &super::Node) -> impl Iterator<Item = usize> {
        node.inputs.iter().filter_map(|id| match self.source(*id) {
            Source::Param(i) => Some(i),
            _ => None,
        })
    }
}
