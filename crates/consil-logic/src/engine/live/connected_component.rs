//! A connected component of what is asked for: nodes that rest on common random variables, in parts to compile, and their values.

use std::sync::Arc;

use super::circuits::{Circuits, Found};
use super::partition::Uses;
use crate::budget::Budget;
use crate::circuit::{Circuit, Join};
use crate::compile::modules;
use crate::derivation::{Graph, Stand, Trimmed, Truth};
use crate::error::ReasonError;
use crate::hash::{FastMap, FastSet};

/// Below this a probability may have lost its digits, and is worked out with logarithms instead.
const SMALLEST: f64 = 1e-250;

/// The modules of some nodes, each a component of its own, and what is left of them above.
pub(super) struct ConnectedComponent {
    nodes: Vec<u32>,
    uses: Vec<Uses>,
    groups: Vec<u32>,
    built: Option<Built>,
}

struct Built {
    /// Children first; the last one gives the answers.
    components: Vec<Component>,
    /// The nodes of the modules among them.
    modules: Vec<u32>,
    /// The component that each group is a leaf of.
    homes: FastMap<u32, u32>,
    /// The answers' places among the nodes, in the order of the last component's roots.
    answers: Vec<u32>,
    probabilities: FastMap<u32, f64>,
}

/// A circuit and what its slots are.
pub(super) struct Component {
    circuit: Arc<Circuit>,
    leaves: Vec<Leaf>,
    /// The component that this one is a leaf of.
    above: Option<u32>,
    is_stale: bool,
    /// log P of a module.
    log_value: f64,
}

#[derive(Clone, Copy)]
enum Leaf {
    Group(u32),
    /// A module, by its node and by its place among the components.
    Module {
        node: u32,
        at: u32,
    },
}

/// Modules of connected components that are no more, by their nodes: where such a node is a module again, what is below it is the
/// same.
pub(super) type ComponentPool = FastMap<u32, Component>;

/// How many circuits were compiled and evaluated.
#[derive(Clone, Copy, Default)]
pub(super) struct WorkCount {
    pub(super) compiled: usize,
    pub(super) evaluated: usize,
}

impl ConnectedComponent {
    pub(super) fn new(nodes: Vec<u32>, uses: Vec<Uses>, groups: Vec<u32>) -> Self {
        Self { nodes, uses, groups, built: None }
    }

    pub(super) fn nodes(&self) -> &[u32] {
        &self.nodes
    }

    pub(super) fn groups(&self) -> &[u32] {
        &self.groups
    }

    pub(super) fn n_components(&self) -> usize {
        self.built.as_ref().map_or(0, |built| built.components.len())
    }

    /// P(node | evidence) of one of the nodes that is an answer.
    pub(super) fn probability(&self, node: u32) -> Option<f64> {
        self.built.as_ref()?.probabilities.get(&node).copied()
    }

    /// Says that the weights of a group have changed.
    pub(super) fn touch(&mut self, group: u32) {
        if let Some(built) = &mut self.built
            && let Some(&component) = built.homes.get(&group)
        {
            built.components[component as usize].is_stale = true;
        }
    }

    /// Compiles what has no circuit and evaluates what is stale. `weights` gives a group's probabilities.
    pub(super) fn refresh(
        &mut self,
        graph: &Graph,
        (circuits, pool): (&mut Circuits, &mut ComponentPool),
        budget: &Budget,
        weights: &mut dyn FnMut(u32, &mut Vec<f64>),
        work: &mut WorkCount,
    ) -> Result<(), ReasonError> {
        if self.built.is_none() {
            let (built, compiled) = self.build(graph, circuits, pool, budget)?;
            self.built = Some(built);
            work.compiled += compiled;
        }
        if let Some(built) = &mut self.built {
            built.evaluate(&self.nodes, weights, work)?;
        }
        Ok(())
    }

    /// Gives its modules away.
    pub(super) fn dissolve(self, pool: &mut ComponentPool) {
        if let Some(built) = self.built {
            pool.extend(built.modules.into_iter().zip(built.components));
        }
    }

    fn build(
        &self,
        graph: &Graph,
        circuits: &mut Circuits,
        pool: &mut ComponentPool,
        budget: &Budget,
    ) -> Result<(Built, usize), ReasonError> {
        let mut extract = graph.extract(self.nodes.iter().copied());
        let (mut roots, mut answers, mut evidence) = (Vec::new(), Vec::new(), Vec::new());
        for (at, (node, uses)) in self.nodes.iter().zip(&self.uses).enumerate() {
            let node = extract.ors[node];
            if uses.is_answer {
                roots.push(node);
                answers.push(at as u32);
            }
            let observed = uses.observed.into_iter().zip([true, false]).filter(|(is_seen, _)| *is_seen);
            evidence.extend(observed.map(|(_, holds)| (Some(node), holds)));
        }
        let trimmed = extract.graph.trim(&roots, &evidence);
        let group = |group: u32| extract.groups[trimmed.groups[group as usize].group as usize];

        let mut cut = modules(&trimmed);
        // What is all there is to compile is no part of anything.
        if let ([Truth::Node(only)], []) = (&trimmed.roots[..], &trimmed.evidence[..]) {
            cut.retain(|module| module != only);
        }
        let is_cut: FastSet<u32> = cut.iter().copied().collect();
        let node = |or: u32| extract.nodes[trimmed.graph_ors[or as usize] as usize];
        let mut n_compiled = 0;
        let mut component = |(part, stands): (Trimmed, Vec<Stand>)| {
            let (circuit, found) = circuits.of(&part, budget)?;
            n_compiled += usize::from(found == Found::Compiled);
            let leaf = |stand| match stand {
                Stand::Group(number) => Leaf::Group(group(number)),
                Stand::Node(or) => Leaf::Module { node: node(or), at: 0 },
            };
            let leaves = stands.into_iter().map(leaf).collect();
            Ok::<_, ReasonError>(Component { circuit, leaves, above: None, is_stale: true, log_value: f64::NAN })
        };
        let mut components = Vec::with_capacity(cut.len() + 1);
        let modules: Vec<u32> = cut.iter().map(|&module| node(module)).collect();
        for (&module, node) in cut.iter().zip(&modules) {
            components.push(match pool.remove(node) {
                Some(component) => component,
                None => {
                    component(trimmed.cut(&[Truth::Node(module)], &[], &|or| or != module && is_cut.contains(&or)))?
                }
            });
        }
        components.push(component(trimmed.cut(&trimmed.roots, &trimmed.evidence, &|or| is_cut.contains(&or)))?);
        let mut built =
            Built { components, modules, homes: FastMap::default(), answers, probabilities: FastMap::default() };
        built.link();
        Ok((built, n_compiled))
    }
}

impl Built {
    /// Lets each component know the others by their places.
    fn link(&mut self) {
        let places: FastMap<u32, u32> = self.modules.iter().copied().zip(0..).collect();
        for id in 0..self.components.len() {
            for leaf in 0..self.components[id].leaves.len() {
                match &mut self.components[id].leaves[leaf] {
                    Leaf::Group(group) => {
                        self.homes.insert(*group, id as u32);
                    }
                    Leaf::Module { node, at } => {
                        *at = places[node];
                        let below = *at as usize;
                        self.components[below].above = Some(id as u32);
                    }
                }
            }
        }
    }

    fn evaluate(
        &mut self,
        nodes: &[u32],
        weights: &mut dyn FnMut(u32, &mut Vec<f64>),
        work: &mut WorkCount,
    ) -> Result<(), ReasonError> {
        let (mut logs, mut values) = (Vec::new(), Values::default());
        for id in 0..self.components.len() {
            if !self.components[id].is_stale {
                continue;
            }
            work.evaluated += 1;
            logs.clear();
            for leaf in &self.components[id].leaves {
                match *leaf {
                    Leaf::Group(group) => {
                        let from = logs.len();
                        weights(group, &mut logs);
                        logs[from..].iter_mut().for_each(|weight| *weight = weight.ln());
                    }
                    Leaf::Module { at, .. } => {
                        let holds = self.components[at as usize].log_value;
                        logs.extend([holds, ln_complement(holds)]);
                    }
                }
            }
            let component = &mut self.components[id];
            values.fill(&component.circuit, &logs);
            component.is_stale = false;
            if let Some(above) = component.above {
                let log = values.log(component.circuit.root(0));
                // A sum of rounded products may pass one.
                let log = if log > 0.0 { 0.0 } else { log };
                // What has the same value as before changes nothing above.
                let is_same = std::mem::replace(&mut component.log_value, log) == log;
                self.components[above as usize].is_stale |= !is_same;
                continue;
            }
            let given = component.circuit.evidence().map_or(0.0, |row| values.log(row));
            if given == f64::NEG_INFINITY {
                component.is_stale = true;
                return Err(ReasonError::ImpossibleEvidence);
            }
            let answers = self.answers.iter().enumerate();
            let probability = |root: usize| (values.log(component.circuit.root(root)) - given).exp();
            self.probabilities = answers.map(|(root, &at)| (nodes[at as usize], probability(root))).collect();
        }
        Ok(())
    }
}

/// log(1 − p) from log p.
fn ln_complement(log: f64) -> f64 {
    if log > -std::f64::consts::LN_2 { (-log.exp_m1()).ln() } else { (-log.exp()).ln_1p() }
}

/// The rows of a circuit, as probabilities or, where those are very small, as logarithms.
#[derive(Default)]
struct Values {
    rows: Vec<f64>,
    are_logs: bool,
}

impl Values {
    fn fill(&mut self, circuit: &Circuit, logs: &[f64]) {
        self.rows.clear();
        self.rows.extend(logs.iter().map(|log| log.exp()));
        for node in 0..circuit.n_nodes() {
            let product = |factors: &[u32]| factors.iter().map(|&row| self.rows[row as usize]).product::<f64>();
            let sum = circuit.edges(node).map(product).sum();
            self.rows.push(sum);
        }
        self.are_logs =
            circuit.roots().iter().chain(&circuit.evidence()).any(|&row| self.rows[row as usize] < SMALLEST);
        if self.are_logs {
            self.rows = circuit.log_rows(logs, |_| Join::Sum);
        }
    }

    fn log(&self, row: u32) -> f64 {
        if self.are_logs { self.rows[row as usize] } else { self.rows[row as usize].ln() }
    }
}
