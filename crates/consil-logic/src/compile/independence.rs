//! Which leaf groups each OR node depends on.

use super::components::Components;
use crate::derivation::{Literal, Trimmed};

/// The support of each OR node, as a bit set of groups.
pub(crate) struct Independence {
    components: Components,
    words: usize,
    /// `words` for each OR node; empty if they would take too much memory, and then nothing counts as independent.
    supports: Vec<u64>,
}

/// A set of groups.
pub(crate) type Groups = Vec<u64>;

/// Words of all supports together.
const MAX_WORDS: usize = 1 << 25;

impl Independence {
    pub(crate) fn of(graph: &Trimmed) -> Self {
        let words = graph.groups.len().div_ceil(64);
        let mut this = Self { components: Components::of(graph), words, supports: Vec::new() };
        if words.saturating_mul(graph.n_ors()) > MAX_WORDS {
            return this;
        }
        this.supports = vec![0; words * graph.n_ors()];
        for component in 0..this.components.n() {
            let members = this.components.members(component).to_vec();
            let mut union = this.empty();
            for &or in &members {
                for and in graph.ands(or) {
                    graph.literals(and).iter().for_each(|&literal| this.insert(graph, literal, &mut union));
                }
            }
            for or in members {
                this.supports[or as usize * words..][..words].copy_from_slice(&union);
            }
        }
        this
    }

    pub(super) fn components(&self) -> &Components {
        &self.components
    }

    /// All OR nodes, children before parents.
    pub(crate) fn order(&self) -> &[u32] {
        self.components.order()
    }

    /// The components, children first.
    pub(crate) fn members(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.components.n()).map(|component| self.components.members(component))
    }

    /// Whether an OR node depends on itself.
    pub(crate) fn is_cyclic(&self, or: u32) -> bool {
        self.components.is_cyclic(or)
    }

    /// Whether two OR nodes share no group.
    pub(super) fn are_independent(&self, a: u32, b: u32) -> bool {
        !self.supports.is_empty() && disjoint(self.support(a), self.support(b))
    }

    /// Whether no two literals of an AND node share a group.
    pub(crate) fn is_product(&self, graph: &Trimmed, and: usize) -> bool {
        if self.supports.is_empty() {
            return graph.literals(and).len() == 1;
        }
        let mut seen = self.empty();
        graph.literals(and).iter().all(|&literal| {
            let mut own = self.empty();
            self.insert(graph, literal, &mut own);
            let free = disjoint(&own, &seen);
            seen.iter_mut().zip(&own).for_each(|(seen, own)| *seen |= own);
            free
        })
    }

    pub(crate) fn empty(&self) -> Groups {
        vec![0; self.words]
    }

    pub(crate) fn insert_group(&self, set: &mut Groups, group: u32) {
        set[group as usize / 64] |= 1 << (group % 64);
    }

    pub(crate) fn insert_node(&self, set: &mut Groups, or: u32) {
        if !self.supports.is_empty() {
            set.iter_mut().zip(self.support(or)).for_each(|(set, support)| *set |= support);
        }
    }

    /// Whether an OR node depends on none of the groups.
    pub(crate) fn is_free_of(&self, set: &Groups, or: u32) -> bool {
        !self.supports.is_empty() && disjoint(self.support(or), set)
    }

    fn insert(&self, graph: &Trimmed, literal: Literal, set: &mut Groups) {
        match literal {
            Literal::Leaf(slot) => self.insert_group(set, graph.slot_groups[slot as usize]),
            Literal::Node(or) | Literal::Not(or) => self.insert_node(set, or),
        }
    }

    /// The groups that an OR node depends on; none if supports would take too much memory.
    pub(super) fn groups(&self, or: u32) -> impl Iterator<Item = u32> + '_ {
        let support = if self.supports.is_empty() { &[] } else { self.support(or) };
        let bits = |(word, &bits): (usize, &u64)| {
            (0..64u32).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| 64 * word as u32 + bit)
        };
        support.iter().enumerate().flat_map(bits)
    }

    fn support(&self, or: u32) -> &[u64] {
        &self.supports[or as usize * self.words..][..self.words]
    }
}

fn disjoint(a: &[u64], b: &[u64]) -> bool {
    a.iter().zip(b).all(|(a, b)| a & b == 0)
}
