//! Sums of products under construction: equal sums are one node, and what nothing needs is left out of the circuit.

use std::hash::Hasher;

use crate::budget::Limit;
use crate::circuit::{Circuit, CircuitBuilder};
use crate::error::ReasonError;
use crate::hash::{FastSet, IdTable, WordHasher};

/// The row that is always 1.
pub(super) const ONE: u32 = u32::MAX;

/// Hash-consed nodes over the slots.
pub(super) struct Nodes {
    n_slots: u32,
    max_nodes: usize,
    /// Each node as its edges: a number of factors, then the factors.
    words: Vec<u32>,
    starts: Vec<usize>,
    index: IdTable,
    /// The node under construction.
    edges: Vec<(usize, usize)>,
    factors: Vec<u32>,
}

impl Nodes {
    pub(super) fn new(n_slots: usize, max_nodes: usize) -> Self {
        Self {
            n_slots: n_slots as u32,
            max_nodes,
            words: Vec::new(),
            starts: vec![0],
            index: IdTable::default(),
            edges: Vec::new(),
            factors: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Adds a product to the node that the next [`finish`](Self::finish) closes.
    pub(super) fn edge(&mut self, factors: impl IntoIterator<Item = u32>) {
        let first = self.factors.len();
        self.factors.extend(factors.into_iter().filter(|&factor| factor != ONE));
        self.factors[first..].sort_unstable();
        self.edges.push((first, self.factors.len()));
    }

    /// The row of the sum of the products added.
    pub(super) fn finish(&mut self) -> Result<u32, ReasonError> {
        let row = match self.edges[..] {
            [(first, last)] if first == last => ONE,
            [(first, last)] if last == first + 1 => self.factors[first],
            _ => self.sum()?,
        };
        self.edges.clear();
        self.factors.clear();
        Ok(row)
    }

    fn sum(&mut self) -> Result<u32, ReasonError> {
        let factors = &self.factors;
        self.edges.sort_unstable_by(|a, b| factors[a.0..a.1].cmp(&factors[b.0..b.1]));
        let start = self.words.len();
        for &(first, last) in &self.edges {
            self.words.push((last - first) as u32);
            self.words.extend_from_slice(&self.factors[first..last]);
        }
        let (old, new) = self.words.split_at(start);
        let (hash, starts) = (hash(new), &self.starts);
        let found = self.index.find(hash, |id| old[starts[id as usize]..starts[id as usize + 1]] == *new);
        if let Some(id) = found {
            self.words.truncate(start);
            return Ok(self.n_slots + id);
        }
        let id = self.len() as u32;
        if self.len() >= self.max_nodes {
            return Err(ReasonError::Budget { limit: Limit::Nodes(self.max_nodes) });
        }
        self.starts.push(self.words.len());
        let (words, starts) = (&self.words, &self.starts);
        self.index.insert(hash, id, |id| self::hash(&words[starts[id as usize]..starts[id as usize + 1]]));
        Ok(self.n_slots + id)
    }

    /// The edges of a node.
    fn edges_of(&self, node: usize) -> impl Iterator<Item = &[u32]> {
        let mut words = &self.words[self.starts[node]..self.starts[node + 1]];
        std::iter::from_fn(move || {
            let (&n, rest) = words.split_first()?;
            let (edge, rest) = rest.split_at(n as usize);
            words = rest;
            Some(edge)
        })
    }

    /// The circuit of some rows, of which none is 0 everywhere.
    pub(super) fn into_circuit(self, roots: &[Option<u32>], evidence: Option<u32>) -> Circuit {
        let mut needed: FastSet<u32> = FastSet::default();
        let mut pending: Vec<u32> = roots.iter().flatten().copied().chain(evidence).collect();
        while let Some(row) = pending.pop() {
            if row != ONE && row >= self.n_slots && needed.insert(row) {
                pending.extend(self.edges_of((row - self.n_slots) as usize).flatten());
            }
        }
        let mut needed: Vec<u32> = needed.into_iter().collect();
        needed.sort_unstable();
        let mut builder = CircuitBuilder::new(self.n_slots as usize);
        let mut rows = crate::hash::FastMap::default();
        let of = |rows: &crate::hash::FastMap<u32, u32>, row: u32| if row < self.n_slots { row } else { rows[&row] };
        for row in needed {
            for edge in self.edges_of((row - self.n_slots) as usize) {
                builder.edge(edge.iter().map(|&factor| of(&rows, factor)));
            }
            let new = builder.finish_node();
            rows.insert(row, new);
        }
        let mut constant = |row: Option<u32>| match row {
            Some(ONE) => {
                builder.edge([]);
                builder.finish_node()
            }
            Some(row) => of(&rows, row),
            None => builder.finish_node(),
        };
        let roots = roots.iter().map(|&root| constant(root)).collect();
        let evidence = evidence.map(|row| constant(Some(row)));
        builder.finish(roots, evidence)
    }
}

fn hash(words: &[u32]) -> u64 {
    let mut hasher = WordHasher::default();
    words.iter().for_each(|&word| hasher.word(u64::from(word)));
    hasher.finish()
}
