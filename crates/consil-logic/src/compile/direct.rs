//! Which OR nodes are sums of products as they stand.

use super::independence::Independence;
use crate::derivation::{Literal, Trimmed};
use crate::hash::FastSet;

/// Per OR node, whether it needs no diagram.
pub(super) struct Direct(Vec<bool>);

impl Direct {
    pub(super) fn of(graph: &Trimmed, independence: &Independence) -> Self {
        let mut direct = vec![false; graph.n_ors()];
        // Slots that hold whenever the node does.
        let mut implied: Vec<Vec<u32>> = vec![Vec::new(); graph.n_ors()];
        let components = independence.components();
        for &or in components.order().iter().filter(|&&or| !components.is_cyclic(or)) {
            let ands: Vec<Vec<u32>> = graph.ands(or).map(|and| implied_by_and(graph, and, &implied)).collect();
            let products = graph.ands(or).all(|and| independence.is_product(graph, and));
            direct[or as usize] = products && are_exclusive(graph, &ands);
            implied[or as usize] = common(&ands);
        }
        Self(direct)
    }

    pub(super) fn is_direct(&self, or: u32) -> bool {
        self.0[or as usize]
    }
}

/// Implied slots kept for a node: a part of them is as true as all, and long derivations imply very many.
const MAX_IMPLIED: usize = 64;

/// Slots that hold whenever an AND node does, sorted.
fn implied_by_and(graph: &Trimmed, and: usize, implied: &[Vec<u32>]) -> Vec<u32> {
    let mut slots: Vec<u32> = Vec::new();
    for &literal in graph.literals(and) {
        match literal {
            Literal::Leaf(slot) => slots.push(slot),
            Literal::Node(or) => slots.extend(&implied[or as usize]),
            Literal::Not(_) => {}
        }
    }
    slots.sort_unstable();
    slots.dedup();
    slots.truncate(MAX_IMPLIED);
    slots
}

fn common(ands: &[Vec<u32>]) -> Vec<u32> {
    let Some((first, rest)) = ands.split_first() else { return Vec::new() };
    first.iter().copied().filter(|slot| rest.iter().all(|and| and.binary_search(slot).is_ok())).collect()
}

/// Whether the alternatives fix the same groups to pairwise different combinations of classes.
fn are_exclusive(graph: &Trimmed, ands: &[Vec<u32>]) -> bool {
    if ands.len() == 1 {
        return true;
    }
    let group = |slot: u32| graph.slot_groups[slot as usize];
    let groups_of = |and: &Vec<u32>| and.iter().map(|&slot| group(slot)).collect::<FastSet<u32>>();
    let shared = ands[1..].iter().fold(groups_of(&ands[0]), |shared, and| &shared & &groups_of(and));
    let mut seen: FastSet<Vec<u32>> = FastSet::default();
    ands.iter().all(|and| seen.insert(and.iter().copied().filter(|&slot| shared.contains(&group(slot))).collect()))
}
