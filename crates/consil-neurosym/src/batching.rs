//! Batches: from rows to one batch for each network, and back. Every neural predicate of every row is one row of its network's batch.

use std::collections::BTreeMap;

use consil_graph::{Array, Weights};
use consil_logic::{LeafGroup, LeafKind, Plan, Term};
use consil_nn::{Inputs, Network, TaskError, Trace};
use consil_random::Key;
use rayon::prelude::*;

use crate::input::InputSource;
use crate::lengths::{BoundLengths, padded};
use crate::query::RowQuery;

/// What is asked of the networks for a batch of rows.
pub(crate) struct BatchRequest<'q> {
    /// The rows by the circuit they share.
    pub groups: Vec<Group<'q>>,
    /// The rows each network is to see, in blocks of equal input terms.
    blocks: BTreeMap<String, Vec<Block>>,
}

/// Rows that share a circuit.
pub(crate) struct Group<'q> {
    pub members: Vec<Member<'q>>,
}

/// A row of a batch.
pub(crate) struct Member<'q> {
    /// The place in the batch.
    pub position: usize,
    /// The row of the data.
    pub row: usize,
    /// What is asked of it.
    pub asked: &'q RowQuery,
    /// For each leaf group of its plan that is neural: which block and which row of it.
    seen: Vec<Option<(usize, usize)>>,
}

struct Block {
    terms: Vec<Term>,
    rows: Vec<usize>,
}

impl Group<'_> {
    /// A plan with the circuit that all members share.
    pub fn plan(&self) -> &Plan {
        self.members[0].asked.query.plan()
    }
}

impl Member<'_> {
    fn leaves(&self) -> &[LeafGroup] {
        self.asked.query.plan().groups()
    }
}

impl<'q> BatchRequest<'q> {
    /// Groups rows by circuit and lists what each network must see.
    pub fn new(rows: &[usize], asked: impl Fn(usize) -> &'q RowQuery) -> Self {
        let mut groups: Vec<Group<'q>> = Vec::new();
        for (position, row) in rows.iter().copied().enumerate() {
            let member = Member { position, row, asked: asked(row), seen: Vec::new() };
            let mates =
                groups.iter_mut().find(|group| group.members[0].asked.query.shares_circuit(&member.asked.query));
            match mates {
                Some(group) => group.members.push(member),
                None => groups.push(Group { members: vec![member] }),
            }
        }
        let mut blocks: BTreeMap<String, Vec<Block>> = BTreeMap::new();
        for member in groups.iter_mut().flat_map(|group| &mut group.members) {
            let row = member.row;
            let place = |leaf: &LeafGroup| match &leaf.kind {
                LeafKind::Neural { network, inputs, .. } => Some(place_in(&mut blocks, network, inputs, row)),
                _ => None,
            };
            member.seen = member.asked.query.plan().groups().iter().map(place).collect();
        }
        Self { groups, blocks }
    }
}

/// Appends a row to the block of these inputs.
fn place_in(blocks: &mut BTreeMap<String, Vec<Block>>, network: &str, inputs: &[Term], row: usize) -> (usize, usize) {
    if !blocks.contains_key(network) {
        blocks.insert(network.to_owned(), Vec::new());
    }
    let of_network = blocks.get_mut(network).expect("the network's blocks were just made");
    let block = match of_network.iter().position(|block| block.terms == inputs) {
        Some(block) => block,
        None => {
            of_network.push(Block { terms: inputs.to_vec(), rows: Vec::new() });
            of_network.len() - 1
        }
    };
    of_network[block].rows.push(row);
    (block, of_network[block].rows.len() - 1)
}

/// What the networks said of a request.
pub(crate) struct NetworkOutputs<'w> {
    by_network: BTreeMap<String, NetworkBatch<'w>>,
}

/// One network's batch and what it said.
struct NetworkBatch<'w> {
    /// `[N, classes]` over the inputs that were present.
    log_probs: Array,
    /// For each block, where its rows begin in `seen_as`.
    starts: Vec<usize>,
    /// For each input asked about: its row in `log_probs`, or `None` where the modality was absent.
    seen_as: Vec<Option<usize>>,
    trace: Option<Trace<'w>>,
}

impl<'w> NetworkOutputs<'w> {
    /// Runs the networks on what is asked; with `augment`, in training mode and recording for the way back.
    pub fn run(
        request: &BatchRequest<'_>,
        networks: &BTreeMap<String, Network>,
        source: &dyn InputSource,
        lengths: &BoundLengths,
        weights: &'w Weights,
        augment: Option<Key>,
    ) -> Result<Self, TaskError> {
        let run = |(name, blocks): (&String, &Vec<Block>)| {
            let network = networks.get(name).expect("the program's networks were checked when the task was made");
            NetworkBatch::run(name, network, blocks, source, lengths, weights, augment)
        };
        // Side by side, as one network's batch is often too small for all cores. Of several errors the first network's, whoever came first.
        let ran: Vec<Result<NetworkBatch<'w>, TaskError>> = request.blocks.par_iter().map(run).collect();
        let named = request.blocks.keys().zip(ran).map(|(name, batch)| Ok((name.clone(), batch?)));
        Ok(Self { by_network: named.collect::<Result<_, TaskError>>()? })
    }

    /// The log-weights of a group's leaves, slot-major `[slots, batch]`: what the program knows, the rows' open facts, and what the networks said. An
    /// absent modality weighs all its classes alike.
    pub fn log_weights(&self, group: &Group<'_>) -> Vec<f32> {
        let batch = group.members.len();
        let mut log_weights = vec![0.0; group.plan().n_slots() * batch];
        for (b, member) in group.members.iter().enumerate() {
            for (slot, known) in member.asked.query.known().iter().enumerate() {
                log_weights[slot * batch + b] = *known as f32;
            }
            let mut open = member.asked.open.iter();
            for (leaf, seen) in member.leaves().iter().zip(&member.seen) {
                match &leaf.kind {
                    LeafKind::Neural { network, .. } => {
                        let said = self.said(network, *seen);
                        let uniform = -(leaf.slots.len() as f32).ln();
                        for (class, slot) in leaf.slots.clone().enumerate() {
                            log_weights[slot * batch + b] = said.map_or(uniform, |log_probs| log_probs[class]);
                        }
                    }
                    LeafKind::Fact { .. } => {
                        let holds = *open.next().expect("a row weighs each of its open facts");
                        log_weights[leaf.slots.start * batch + b] = holds.ln();
                        log_weights[(leaf.slots.start + 1) * batch + b] = (1.0 - holds).ln();
                    }
                    _ => {}
                }
            }
        }
        log_weights
    }

    /// What a network said of an input; nothing where it was absent.
    fn said(&self, network: &str, seen: Option<(usize, usize)>) -> Option<&[f32]> {
        let batch = &self.by_network[network];
        batch.row(seen).map(|row| batch.log_probs.row(row))
    }

    /// For each neural leaf group of a member whether its input was there.
    pub fn presence(&self, member: &Member<'_>) -> Vec<bool> {
        let neural = member.leaves().iter().zip(&member.seen);
        neural
            .filter_map(|(leaf, seen)| match &leaf.kind {
                LeafKind::Neural { network, .. } => Some(self.by_network[network].row(*seen).is_some()),
                _ => None,
            })
            .collect()
    }

    /// An all-zero gradient for each network's log-probabilities.
    pub fn cotangents(&self) -> BTreeMap<String, Array> {
        self.by_network.iter().map(|(name, batch)| (name.clone(), Array::zeros(batch.log_probs.shape()))).collect()
    }

    /// Adds `scale ·` a group's gradient (slot-major, as [`Plan::backward`] gives it) to the networks' cotangents.
    pub fn scatter(&self, group: &Group<'_>, gradient: &[f32], scale: f32, cotangents: &mut BTreeMap<String, Array>) {
        let batch = group.members.len();
        for (b, member) in group.members.iter().enumerate() {
            for (leaf, seen) in member.leaves().iter().zip(&member.seen) {
                let LeafKind::Neural { network, .. } = &leaf.kind else { continue };
                let Some(row) = self.by_network[network].row(*seen) else { continue };
                let cotangent = cotangents.get_mut(network).expect("a cotangent for each network that was run");
                let classes = leaf.slots.len();
                for (class, slot) in leaf.slots.clone().enumerate() {
                    cotangent.data_mut()[row * classes + class] += scale * gradient[slot * batch + b];
                }
            }
        }
    }

    /// The runs to go back through, each with the cotangents of its outputs.
    pub fn into_runs(self, mut cotangents: BTreeMap<String, Array>) -> Vec<(Trace<'w>, Vec<Option<Array>>)> {
        let run = |(name, batch): (String, NetworkBatch<'w>)| {
            let (trace, cotangent) = (batch.trace?, cotangents.remove(&name)?);
            let mut all = vec![None; trace.outputs().len()];
            all[0] = Some(cotangent);
            Some((trace, all))
        };
        self.by_network.into_iter().filter_map(run).collect()
    }
}

impl<'w> NetworkBatch<'w> {
    fn run(
        name: &str,
        network: &Network,
        blocks: &[Block],
        source: &dyn InputSource,
        lengths: &BoundLengths,
        weights: &'w Weights,
        augment: Option<Key>,
    ) -> Result<Self, TaskError> {
        let mut inputs = Inputs::new();
        let mut seen_as = Vec::new();
        let mut starts = Vec::with_capacity(blocks.len());
        let mut n_seen = 0;
        for (i, block) in blocks.iter().enumerate() {
            let augment = augment.map(|key| key.child(name).child(&i.to_string()));
            let batch = source.inputs(name, &block.terms, &block.rows, augment)?;
            starts.push(seen_as.len());
            for present in &batch.present {
                seen_as.push(present.then_some(n_seen));
                n_seen += usize::from(*present);
            }
            for (input, array) in batch.inputs {
                append_present(inputs.entry(input).or_default(), array, &batch.present);
            }
        }
        if n_seen == 0 {
            let classes = network.graph().shape_of(network.graph().outputs()[0].value).iter().product::<usize>();
            return Ok(Self { log_probs: Array::zeros([0, classes]), starts, seen_as, trace: None });
        }
        lengths.fit(name, network, &mut inputs)?;
        Ok(match augment {
            None => {
                let log_probs = network.infer(weights, &inputs)?.swap_remove(0);
                Self { log_probs, starts, seen_as, trace: None }
            }
            Some(key) => {
                let trace = network.trace(weights, &inputs, key.child(name))?;
                Self { log_probs: trace.outputs()[0].clone(), starts, seen_as, trace: Some(trace) }
            }
        })
    }

    /// The row of `log_probs` that speaks of an input.
    fn row(&self, seen: Option<(usize, usize)>) -> Option<usize> {
        let (block, index) = seen?;
        self.seen_as[self.starts[block] + index]
    }
}

/// Appends the present rows of `array` to `batch`. Blocks may be of different lengths along the last axis, each padded to its own longest row: zeros make them equal.
fn append_present(batch: &mut Array, array: Array, present: &[bool]) {
    let is_first = batch.shape().is_empty();
    let length = |array: &Array| if array.shape().len() > 1 { array.shape().last().copied() } else { None };
    let (array, before) = match (length(batch), length(&array)) {
        (Some(old), Some(new)) if old < new => {
            *batch = padded(std::mem::take(batch), new);
            (array, batch.rows())
        }
        (Some(old), Some(new)) if old > new => (padded(array, old), batch.rows()),
        _ => (array, if is_first { 0 } else { batch.rows() }),
    };
    let mut shape = array.shape().to_vec();
    let kept = present.iter().filter(|p| **p).count();
    shape[0] = before + kept;
    let mut data = std::mem::take(batch).into_data();
    if kept == present.len() {
        data.extend_from_slice(array.data());
    } else {
        for (row, _) in present.iter().enumerate().filter(|(_, present)| **present) {
            data.extend_from_slice(array.row(row));
        }
    }
    *batch = Array::new(shape, data);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_different_lengths_are_padded_to_the_longest() {
        let mut batch = Array::default();
        append_present(&mut batch, Array::new([2, 1, 2], vec![1.0, 2.0, 3.0, 4.0]), &[true, false]);
        append_present(&mut batch, Array::new([1, 1, 3], vec![5.0, 6.0, 7.0]), &[true]);
        append_present(&mut batch, Array::new([1, 1, 1], vec![8.0]), &[true]);
        assert_eq!(batch.shape(), [3, 1, 3]);
        assert_eq!(batch.data(), [1.0, 2.0, 0.0, 5.0, 6.0, 7.0, 8.0, 0.0, 0.0]);
    }

    #[test]
    fn presences_have_no_length() {
        let mut batch = Array::default();
        append_present(&mut batch, Array::new([2], vec![1.0, 0.0]), &[true, true]);
        append_present(&mut batch, Array::new([1], vec![1.0]), &[true]);
        assert_eq!((batch.shape(), batch.data()), (&[3][..], &[1.0, 0.0, 1.0][..]));
    }
}
