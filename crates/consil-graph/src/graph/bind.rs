//! Binding a graph's time axes: the shapes of all values for the lengths of a batch.
//!
//! A graph is built for the longest length that its data have. A batch of shorter rows need not be padded to it: [`Graph::bind`] infers all shapes
//! for other lengths. An op that needs one length (a linear layer over flattened time) says so, with its node's name.

use std::collections::BTreeMap;

use super::limits::check_value;
use super::op::{ShapeMismatch, Tensor};
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

    /// The shapes of all values for a batch whose longest rows have these lengths: the least lengths, none below these, that every op takes and at
    /// which a row's result is what it is at the length that the graph was built for.
    ///
    /// A convolution wants as many frames as its kernel has, a linear layer over flattened time the graph's own length, and pooling by two an even
    /// number of frames: a window that would hold a row's last frame and padding must be there, as it is in a longer batch.
    ///
    /// # Errors
    /// If there is no such axis, or an op does not take these lengths nor any up to the graph's own.
    pub fn bind_at_least(&self, lengths: &BTreeMap<String, usize>) -> Result<BoundShapes, LengthError> {
        let built = self.time_axes();
        let wanted = |name: &str| lengths.get(name).copied().or(built.get(name).copied()).unwrap_or(0);
        let first = self.bind(lengths);
        if let Err(LengthError::UnknownAxis { .. }) = first {
            return first;
        }
        let at_built: BTreeMap<String, usize> =
            built.iter().map(|(name, built)| (name.clone(), wanted(name).max(*built))).collect();
        let at_built = self.bind(&at_built);
        let reference = at_built.as_ref().ok().map(|bound| self.n_counted(bound, &wanted));
        let keeps_rows = |bound: &BoundShapes| reference.as_ref().is_none_or(|n| *n == self.n_counted(bound, &wanted));
        if let Ok(bound) = &first
            && keeps_rows(bound)
        {
            return first;
        }
        let longest = built.values().copied().max().unwrap_or(0);
        // Strides ask for a multiple of themselves, so that the next lengths are tried one by one; a kernel asks for more, by doubling.
        let steps = (1..64).chain(std::iter::successors(Some(64usize), |step| step.checked_mul(2)));
        for step in steps.take_while(|step| *step < longest) {
            let grown = built.iter().map(|(name, built)| {
                let wanted = wanted(name);
                (name.clone(), wanted.max(wanted.saturating_add(step).min(*built)))
            });
            if let Ok(bound) = self.bind(&grown.collect())
                && keeps_rows(&bound)
            {
                return Ok(bound);
            }
        }
        at_built.or(first)
    }

    /// For each value made of time masks alone, how many positions count for a row of the wanted lengths.
    fn n_counted(&self, bound: &BoundShapes, wanted: &dyn Fn(&str) -> usize) -> Vec<f64> {
        let mut values: Vec<Option<Tensor>> = Vec::new();
        for (i, input) in self.inputs.iter().enumerate() {
            let shape = bound.shape(ValueId(i as u32));
            let mask = input.time.first().filter(|_| input.name.ends_with(".mask") && shape.len() == 1);
            values.push(mask.map(|time| {
                let counts = |t: usize| if t < wanted(&time.name) { 1.0 } else { 0.0 };
                Tensor { shape: shape.to_vec(), data: (0..shape[0]).map(counts).collect() }
            }));
        }
        values.resize(self.inputs.len() + self.params.len(), None);
        let mut n_counted = Vec::new();
        for (i, node) in self.nodes.iter().enumerate() {
            let operands: Option<Vec<&Tensor>> = node.inputs.iter().map(|id| values[id.0 as usize].as_ref()).collect();
            let value = operands.filter(|operands| !operands.is_empty()).map(|operands| {
                let shape = bound.shape(self.value_of_node(i)).to_vec();
                let (data, weights) = node.op.split(&operands);
                Tensor { data: node.op.operation().evaluate(data, weights, &shape), shape }
            });
            n_counted.extend(value.iter().map(|value| value.data.iter().sum::<f64>()));
            values.push(value);
        }
        n_counted
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

#[cfg(test)]
mod tests;
