//! The connected components of the nodes that are asked for: nodes that rest on a common random variable are in one.
//!
//! A complete node never changes, so a connected component of the same nodes stays as it is. A new node is walked down once, and those
//! components whose variables it meets are joined with it.

use std::collections::BTreeSet;

use super::circuits::Circuits;
use super::connected_component::{ComponentPool, ConnectedComponent, WorkCount};
use crate::budget::Budget;
use crate::derivation::{Graph, Literal};
use crate::error::ReasonError;
use crate::hash::{FastMap, FastSet};

/// What a node is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Uses {
    pub(super) is_answer: bool,
    /// Observed to hold, observed not to.
    pub(super) observed: [bool; 2],
}

/// The nodes that are asked for, each once, in the order in which they are.
#[derive(Default)]
pub(super) struct Asked {
    uses: Vec<(u32, Uses)>,
    places: FastMap<u32, u32>,
}

impl Asked {
    /// What a node is asked for, so far nothing.
    pub(super) fn uses(&mut self, node: u32) -> &mut Uses {
        let place = *self.places.entry(node).or_insert_with(|| {
            self.uses.push((node, Uses::default()));
            self.uses.len() as u32 - 1
        });
        &mut self.uses[place as usize].1
    }

    fn get(&self, node: u32) -> Option<Uses> {
        self.places.get(&node).map(|&place| self.uses[place as usize].1)
    }
}

/// All connected components.
#[derive(Default)]
pub(super) struct Partition {
    connected: FastMap<u32, ConnectedComponent>,
    next: u32,
    /// The connected component of each node, and what the node is asked for.
    homes: FastMap<u32, (u32, Uses)>,
    /// The connected component of each group.
    owners: FastMap<u32, u32>,
    /// Connected components whose values are out of date.
    stale: BTreeSet<u32>,
    pool: ComponentPool,
    n_components: usize,
}

impl Partition {
    /// P(node | evidence) of a node that is asked for as an answer; none while that is out of date.
    pub(super) fn probability(&self, node: u32) -> Option<f64> {
        self.connected.get(&self.homes.get(&node)?.0)?.probability(node)
    }

    /// The compiled parts of all connected components.
    pub(super) fn n_components(&self) -> usize {
        self.n_components
    }

    /// Says that the weights of a group have changed.
    pub(super) fn touch(&mut self, group: u32) {
        if let Some(&id) = self.owners.get(&group)
            && let Some(connected) = self.connected.get_mut(&id)
        {
            connected.touch(group);
            self.stale.insert(id);
        }
    }

    /// Compiles and evaluates what is out of date. After an error the rest still is.
    pub(super) fn refresh(
        &mut self,
        graph: &Graph,
        circuits: &mut Circuits,
        budget: &Budget,
        weights: &mut dyn FnMut(u32, &mut Vec<f64>),
    ) -> Result<WorkCount, ReasonError> {
        let mut work = WorkCount::default();
        while let Some(&id) = self.stale.first() {
            if let Some(connected) = self.connected.get_mut(&id) {
                let before = connected.n_components();
                let result = connected.refresh(graph, (circuits, &mut self.pool), budget, weights, &mut work);
                self.n_components += connected.n_components() - before;
                result?;
            }
            self.stale.remove(&id);
        }
        self.pool.clear();
        Ok(work)
    }

    /// Makes connected components of the nodes that are asked for now; those of the same nodes stay.
    pub(super) fn update(&mut self, graph: &Graph, asked: &Asked) {
        let is_home = |node: u32, uses: Uses| self.homes.get(&node).is_some_and(|&(_, known)| known == uses);
        let fresh = asked.uses.iter().filter(|&&(node, uses)| !is_home(node, uses));
        let mut fresh: Vec<u32> = fresh.map(|&(node, _)| node).collect();
        let gone = self.homes.iter().filter(|(node, (_, known))| asked.get(**node) != Some(*known));
        let gone: FastSet<u32> = gone.map(|(_, (id, _))| *id).collect();
        for id in gone {
            self.dissolve(id, asked, &mut fresh);
        }
        let mut walk = Walk::default();
        let mut met = Vec::new();
        let mut next = 0;
        while next < fresh.len() {
            let node = fresh[next];
            next += 1;
            walk.enter(graph, node, &mut met);
            for group in met.drain(..) {
                if let Some(&id) = self.owners.get(&group) {
                    self.dissolve(id, asked, &mut fresh);
                }
            }
        }
        fresh.sort_unstable_by_key(|node| asked.places[node]);
        fresh.dedup();
        for (nodes, groups) in walk.sets(&fresh) {
            let id = self.next;
            self.next += 1;
            let uses: Vec<Uses> = nodes.iter().filter_map(|&node| asked.get(node)).collect();
            self.homes.extend(nodes.iter().zip(&uses).map(|(&node, &uses)| (node, (id, uses))));
            self.owners.extend(groups.iter().map(|group| (*group, id)));
            self.connected.insert(id, ConnectedComponent::new(nodes, uses, groups));
            self.stale.insert(id);
        }
    }

    /// Takes a connected component apart; those of its nodes that are still asked for look for another.
    fn dissolve(&mut self, id: u32, asked: &Asked, fresh: &mut Vec<u32>) {
        let Some(connected) = self.connected.remove(&id) else { return };
        self.stale.remove(&id);
        self.n_components -= connected.n_components();
        connected.groups().iter().for_each(|group| {
            self.owners.remove(group);
        });
        for &node in connected.nodes() {
            if let Some((_, known)) = self.homes.remove(&node)
                && asked.get(node) == Some(known)
            {
                fresh.push(node);
            }
        }
        connected.dissolve(&mut self.pool);
    }
}

/// A walk down from some nodes that labels what it meets, labels that meet being joined.
#[derive(Default)]
struct Walk {
    nodes: FastMap<u32, u32>,
    groups: FastMap<u32, u32>,
    /// For each label, another of the same set.
    joined: Vec<u32>,
}

impl Walk {
    /// Walks down from a node; the groups met for the first time.
    fn enter(&mut self, graph: &Graph, node: u32, met: &mut Vec<u32>) {
        let label = self.joined.len() as u32;
        self.joined.push(label);
        let mut pending = vec![node];
        while let Some(node) = pending.pop() {
            if let Some(&other) = self.nodes.get(&node) {
                self.join(label, other);
                continue;
            }
            self.nodes.insert(node, label);
            for &literal in graph.ors[node as usize].ands.iter().flat_map(|&and| graph.and_literals(and)) {
                match literal {
                    Literal::Node(child) | Literal::Not(child) => pending.push(child),
                    Literal::Leaf(slot) => {
                        let group = graph.slot_group(slot);
                        match self.groups.get(&group) {
                            Some(&other) => self.join(label, other),
                            None => {
                                self.groups.insert(group, label);
                                met.push(group);
                            }
                        }
                    }
                }
            }
        }
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.find(a), self.find(b));
        self.joined[a.max(b) as usize] = a.min(b);
    }

    fn find(&mut self, mut label: u32) -> u32 {
        while self.joined[label as usize] != label {
            let above = self.joined[self.joined[label as usize] as usize];
            self.joined[label as usize] = above;
            label = above;
        }
        label
    }

    /// The nodes of each set, in the order given, and its groups.
    fn sets(mut self, nodes: &[u32]) -> Vec<(Vec<u32>, Vec<u32>)> {
        let mut sets: FastMap<u32, (Vec<u32>, Vec<u32>)> = FastMap::default();
        for &node in nodes {
            let label = self.find(self.nodes[&node]);
            sets.entry(label).or_default().0.push(node);
        }
        for (group, label) in std::mem::take(&mut self.groups) {
            let label = self.find(label);
            sets.entry(label).or_default().1.push(group);
        }
        let mut sets: Vec<_> = sets.into_values().collect();
        sets.sort_unstable();
        sets
    }
}
