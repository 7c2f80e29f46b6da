//! Two readings of a derivation graph of which some parts were given up.

use super::machine::Machine;
use super::wellfounded::copy_and;
use crate::derivation::Literal;
use crate::hash::FastMap;

/// A node that holds in no more worlds than another, and one that holds in no fewer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub(crate) lower: u32,
    pub(crate) upper: u32,
}

impl Machine<'_> {
    /// Gives each node its two readings: below, what is unknown fails where it is asserted; above, it holds. A negation turns
    /// the two around. Nodes that rest on nothing unknown stay as they are.
    pub(super) fn split(&mut self, readings: &mut [Reading]) {
        let Some(unknown) = self.unknown_slot() else { return };
        let tops: Vec<u32> = readings.iter().map(|reading| reading.lower).collect();
        let open = self.resting_on(unknown, &tops);
        let mut split: FastMap<u32, Reading> = FastMap::default();
        for &or in &open {
            let goal = self.graph.ors[or as usize].goal.unwrap_or(self.rules.store.nil);
            split.insert(or, Reading { lower: self.graph.new_or(goal), upper: self.graph.new_or(goal) });
        }
        let below = |or: u32| split.get(&or).map_or(or, |reading| reading.lower);
        let above = |or: u32| split.get(&or).map_or(or, |reading| reading.upper);
        for &or in &open {
            for and in self.graph.ors[or as usize].ands.clone() {
                if !self.graph.and_literals(and).contains(&Literal::Leaf(unknown)) {
                    copy_and(&mut self.graph, and, below(or), &|literal| {
                        Some(match literal {
                            Literal::Leaf(_) => literal,
                            Literal::Node(child) => Literal::Node(below(child)),
                            Literal::Not(child) => Literal::Not(above(child)),
                        })
                    });
                }
                copy_and(&mut self.graph, and, above(or), &|literal| match literal {
                    Literal::Leaf(slot) => (slot != unknown).then_some(literal),
                    Literal::Node(child) => Some(Literal::Node(above(child))),
                    Literal::Not(child) => Some(Literal::Not(below(child))),
                });
            }
        }
        for reading in readings {
            *reading = split.get(&reading.lower).copied().unwrap_or(*reading);
        }
    }

    /// The nodes below some others that rest on a slot, in whatever way.
    fn resting_on(&self, slot: u32, tops: &[u32]) -> Vec<u32> {
        let mut users: Vec<Vec<u32>> = vec![Vec::new(); self.graph.ors.len()];
        let mut seen = vec![false; self.graph.ors.len()];
        let (mut pending, mut found) = (tops.to_vec(), Vec::new());
        while let Some(or) = pending.pop() {
            if std::mem::replace(&mut seen[or as usize], true) {
                continue;
            }
            for literal in self.graph.ors[or as usize].ands.iter().flat_map(|&and| self.graph.and_literals(and)) {
                match *literal {
                    Literal::Leaf(leaf) if leaf == slot => found.push(or),
                    Literal::Leaf(_) => {}
                    Literal::Node(child) | Literal::Not(child) => {
                        users[child as usize].push(or);
                        pending.push(child);
                    }
                }
            }
        }
        let mut rests = vec![false; self.graph.ors.len()];
        let mut all = Vec::new();
        while let Some(or) = found.pop() {
            if !std::mem::replace(&mut rests[or as usize], true) {
                all.push(or);
                found.extend_from_slice(&users[or as usize]);
            }
        }
        all.sort_unstable();
        all
    }
}
