//! Circuits by the structure that they were compiled from.

use std::sync::Arc;

use crate::budget::Budget;
use crate::circuit::Circuit;
use crate::compile::compile;
use crate::derivation::Trimmed;
use crate::error::ReasonError;
use crate::hash::FastMap;

/// Keeps circuits within a budget of bytes; those used longest ago go first.
pub(super) struct Circuits {
    max_bytes: usize,
    bytes: usize,
    clock: u64,
    known: FastMap<Vec<u32>, Entry>,
}

struct Entry {
    circuit: Arc<Circuit>,
    bytes: usize,
    used: u64,
}

/// How a circuit was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Known,
    Compiled,
}

impl Circuits {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, bytes: 0, clock: 0, known: FastMap::default() }
    }

    /// The circuit of a graph, compiled if there is none for its structure.
    pub(super) fn of(&mut self, graph: &Trimmed, budget: &Budget) -> Result<(Arc<Circuit>, Found), ReasonError> {
        self.clock += 1;
        let structure = graph.structure();
        if let Some(entry) = self.known.get_mut(&structure) {
            entry.used = self.clock;
            return Ok((entry.circuit.clone(), Found::Known));
        }
        let circuit = Arc::new(compile(graph, budget)?);
        let bytes = circuit.bytes() + size_of::<u32>() * structure.len();
        self.bytes += bytes;
        self.known.insert(structure, Entry { circuit: circuit.clone(), bytes, used: self.clock });
        if self.bytes > self.max_bytes {
            self.shrink();
        }
        Ok((circuit, Found::Compiled))
    }

    /// Drops the older half, so that a full cache is not sorted at every turn.
    fn shrink(&mut self) {
        let mut used: Vec<u64> = self.known.values().map(|entry| entry.used).collect();
        used.sort_unstable();
        let middle = used[used.len() / 2];
        self.known.retain(|_, entry| entry.used >= middle);
        self.bytes = self.known.values().map(|entry| entry.bytes).sum();
    }
}
