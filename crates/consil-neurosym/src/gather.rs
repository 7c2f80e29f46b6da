//! From a batch of samples to one batch per network, and back: every neural leaf of every sample is one row.

use std::collections::BTreeMap;
use std::sync::Arc;

use consil_graph::{Array, Weights};
use consil_logic::{LeafKind, Plan, Term};
use consil_nn::{Gradients, Inputs, Network, TaskError, Trace};
use consil_random::Key;

use crate::{Case, Question, Senses};

/// What the rules ask of the networks for a batch of rows.
pub(crate) struct Asked {
    /// The rows by the circuit they share.
    pub groups: Vec<Group>,
    /// The rows each network is to see, in blocks of equal input terms.
    blocks: BTreeMap<String, Vec<Block>>,
}

/// Samples that share a circuit.
pub(crate) struct Group {
    pub question: Arc<Question>,
    /// Positions in the batch.
    pub positions: Vec<usize>,
    /// For each leaf group of the plan that is neural: where its first sample stands in the network's batch.
    pub base: Vec<Option<usize>>,
}

struct Block {
    terms: Vec<Term>,
    rows: Vec<usize>,
}

impl Group {
    pub fn plan(&self) -> &Plan {
        self.question.plan()
    }
}

impl Asked {
    /// Groups `rows` by circuit and lists what each network must see.
    pub fn of(cases: &[Case], rows: &[usize]) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        for (position, row) in rows.iter().enumerate() {
            let question = &cases[*row].question;
            match groups.iter_mut().find(|group| Arc::ptr_eq(&group.question, question)) {
                Some(group) => group.positions.push(position),
                None => {
                    groups.push(Group { question: Arc::clone(question), positions: vec![position], base: Vec::new() })
                }
            }
        }
        let mut blocks: BTreeMap<String, Vec<Block>> = BTreeMap::new();
        for group in &mut groups {
            let shown: Vec<usize> = group.positions.iter().map(|position| rows[*position]).collect();
            let question = Arc::clone(&group.question);
            group.base = (question.plan().groups().iter())
                .map(|leaf| match &leaf.kind {
                    LeafKind::Neural { network, inputs, .. } => {
                        let of_network = blocks.entry(network.clone()).or_default();
                        let base = of_network.iter().map(|block| block.rows.len()).sum();
                        of_network.push(Block { terms: inputs.clone(), rows: shown.clone() });
                        Some(base)
                    }
                    _ => None,
                })
                .collect();
        }
        Self { groups, blocks }
    }
}

/// The networks' answers to what was asked.
pub(crate) struct Gathered<'a> {
    by_network: BTreeMap<String, Shown<'a>>,
}

/// One network's batch and what it said.
struct Shown<'a> {
    /// `[N, classes]` over the samples that were present.
    log_probs: Array,
    /// For each sample asked about: its row in `log_probs`, or `None` where the sense was absent.
    seen_as: Vec<Option<usize>>,
    trace: Option<Trace<'a>>,
}

impl<'a> Gathered<'a> {
    /// Shows the networks what was asked; with `draw`, in training mode and recording for the way back.
    pub fn show(
        asked: &Asked,
        networks: &BTreeMap<String, Network>,
        senses: &dyn Senses,
        weights: &'a Weights,
        draw: Option<Key>,
    ) -> Result<Self, TaskError> {
        let mut by_network = BTreeMap::new();
        for (name, blocks) in &asked.blocks {
            let network = networks.get(name).expect("the program's networks were checked when the task was made");
            by_network.insert(name.clone(), Shown::of(name, network, blocks, senses, weights, draw)?);
        }
        Ok(Self { by_network })
    }

    /// The log-weights of a group's leaves, slot-major `[slots, batch]`: constants, and what the networks said. An absent
    /// sense weighs all its classes alike.
    pub fn log_weights(&self, group: &Group) -> Vec<f32> {
        let batch = group.positions.len();
        let constants = group.plan().default_log_weights();
        let mut log_weights = Vec::with_capacity(constants.len() * batch);
        for constant in &constants {
            log_weights.extend(std::iter::repeat_n(*constant as f32, batch));
        }
        for (leaf, base) in group.plan().groups().iter().zip(&group.base) {
            let (LeafKind::Neural { network, .. }, Some(base)) = (&leaf.kind, base) else { continue };
            let shown = &self.by_network[network];
            let uniform = -(leaf.slots.len() as f32).ln();
            for (class, slot) in leaf.slots.clone().enumerate() {
                for b in 0..batch {
                    log_weights[slot * batch + b] = match shown.seen_as[base + b] {
                        Some(row) => shown.log_probs.row(row)[class],
                        None => uniform,
                    };
                }
            }
        }
        log_weights
    }

    /// Whether sample `b` of a block that begins at `base` was present to `network`.
    pub fn is_present(&self, network: &str, row: usize) -> bool {
        self.by_network[network].seen_as[row].is_some()
    }

    /// An all-zero gradient for each network's log-probabilities.
    pub fn cotangents(&self) -> BTreeMap<String, Array> {
        self.by_network.iter().map(|(name, shown)| (name.clone(), Array::zeros(shown.log_probs.shape()))).collect()
    }

    /// Adds `scale ·` a group's gradient (slot-major, as [`Plan::loss_and_gradient`] gives it) to the networks' cotangents.
    pub fn scatter(&self, group: &Group, gradient: &[f32], scale: f32, cotangents: &mut BTreeMap<String, Array>) {
        let batch = group.positions.len();
        for (leaf, base) in group.plan().groups().iter().zip(&group.base) {
            let (LeafKind::Neural { network, .. }, Some(base)) = (&leaf.kind, base) else { continue };
            let seen_as = &self.by_network[network].seen_as;
            let cotangent = cotangents.get_mut(network).expect("a cotangent for each network shown");
            let classes = leaf.slots.len();
            for (class, slot) in leaf.slots.clone().enumerate() {
                for b in 0..batch {
                    if let Some(row) = seen_as[base + b] {
                        cotangent.data_mut()[row * classes + class] += scale * gradient[slot * batch + b];
                    }
                }
            }
        }
    }

    /// Sends the cotangents back through the networks, into `gradients`.
    pub fn backward(self, mut cotangents: BTreeMap<String, Array>, gradients: &mut Gradients) -> Result<(), TaskError> {
        for (name, shown) in self.by_network {
            if let (Some(trace), Some(cotangent)) = (shown.trace, cotangents.remove(&name)) {
                let outputs = trace.outputs().len();
                let mut all = vec![None; outputs];
                all[0] = Some(cotangent);
                trace.backward(&all, gradients)?;
            }
        }
        Ok(())
    }
}

impl<'a> Shown<'a> {
    fn of(
        name: &str,
        network: &Network,
        blocks: &[Block],
        senses: &dyn Senses,
        weights: &'a Weights,
        draw: Option<Key>,
    ) -> Result<Self, TaskError> {
        let mut batch = Inputs::new();
        let mut seen_as = Vec::new();
        let mut n_seen = 0;
        for (i, block) in blocks.iter().enumerate() {
            let draw = draw.map(|key| key.child(name).child(&i.to_string()));
            let sensed = senses.inputs(name, &block.terms, &block.rows, draw)?;
            for present in &sensed.present {
                seen_as.push(present.then_some(n_seen));
                n_seen += usize::from(*present);
            }
            for (input, array) in sensed.inputs {
                append_present(batch.entry(input).or_default(), array, &sensed.present);
            }
        }
        if n_seen == 0 {
            let classes = network.graph().shape_of(network.graph().outputs()[0].value).iter().product::<usize>();
            return Ok(Self { log_probs: Array::zeros([0, classes]), seen_as, trace: None });
        }
        Ok(match draw {
            None => {
                let log_probs = network.infer(weights, &batch)?.swap_remove(0);
                Self { log_probs, seen_as, trace: None }
            }
            Some(key) => {
                let trace = network.trace(weights, &batch, key.child(name))?;
                Self { log_probs: trace.outputs()[0].clone(), seen_as, trace: Some(trace) }
            }
        })
    }
}

/// Appends the present rows of `array` to `batch`.
fn append_present(batch: &mut Array, array: Array, present: &[bool]) {
    let mut shape = array.shape().to_vec();
    let kept = present.iter().filter(|p| **p).count();
    let before = if batch.shape().is_empty() { 0 } else { batch.rows() };
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
