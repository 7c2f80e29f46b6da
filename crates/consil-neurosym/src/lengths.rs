//! Lengths: a batch is padded to its own longest row, and then to what its network's layers ask for.
//!
//! A graph's time axes are bound by each batch. Most layers take any length; pooling by two wants an even one and a convolution as many frames as its kernel has
//! ([`Graph::bind_at_least`](consil_graph::Graph::bind_at_least)). What is added is masked, so that it changes no row's result.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use consil_graph::Array;
use consil_nn::{Inputs, Network, TaskError};

/// The lengths of a network's time axes, by name.
type Lengths = BTreeMap<String, usize>;

/// The lengths that networks were found to take, by network and by what was asked: few differ in a training.
#[derive(Debug, Default)]
pub(crate) struct BoundLengths(Mutex<HashMap<(String, Lengths), Lengths>>);

impl BoundLengths {
    /// Pads the inputs of a network to lengths that it takes.
    ///
    /// # Errors
    /// Where it takes none that are as long.
    pub fn fit(&self, name: &str, network: &Network, inputs: &mut Inputs) -> Result<(), TaskError> {
        let graph = network.graph();
        let mut wanted = Lengths::new();
        for input in graph.inputs() {
            for time in &input.time {
                let length = inputs.get(&input.name).and_then(|array| array.shape().get(time.axis + 1).copied());
                let longest = wanted.entry(time.name.clone()).or_insert(1);
                *longest = (*longest).max(length.unwrap_or(1));
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let lengths = self.lengths(name, network, wanted)?;
        for input in graph.inputs() {
            let last = input.shape.len().saturating_sub(1);
            for time in input.time.iter().filter(|time| time.axis == last) {
                if let Some(array) = inputs.get_mut(&input.name)
                    && array.shape().last().is_some_and(|length| *length < lengths[&time.name])
                {
                    *array = padded(std::mem::take(array), lengths[&time.name]);
                }
            }
        }
        Ok(())
    }

    fn lengths(&self, name: &str, network: &Network, wanted: Lengths) -> Result<Lengths, TaskError> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (name.to_owned(), wanted);
        if let Some(lengths) = known().get(&key) {
            return Ok(lengths.clone());
        }
        let bound = network.graph().bind_at_least(&key.1).map_err(TaskError::new)?;
        let lengths = bound.lengths().clone();
        known().insert(key, lengths.clone());
        Ok(lengths)
    }
}

/// The array with zeros behind the end of its last axis.
pub(crate) fn padded(array: Array, length: usize) -> Array {
    let mut shape = array.shape().to_vec();
    let Some(last) = shape.last_mut() else { return array };
    let old = std::mem::replace(last, length).max(1);
    let lines = array.data().len() / old;
    let mut data = vec![0.0; lines * length];
    for (to, from) in data.chunks_exact_mut(length.max(1)).zip(array.data().chunks_exact(old)) {
        to[..old].copy_from_slice(from);
    }
    Array::new(shape, data)
}
