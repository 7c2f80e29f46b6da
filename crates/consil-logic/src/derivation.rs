//! The derivation graph: what each answer rests on, as a hash-consed AND/OR graph over leaves.
//!
//! An OR node is an answer of a subgoal, its alternatives are AND nodes, and an AND node is a set of literals: classes of
//! leaf groups, other answers, and negated answers. Whatever is certain leaves no trace. Cycles run through OR nodes only
//! and never through a negation.

mod extract;
mod trim;

use std::hash::Hasher;

use crate::hash::{FastSet, IdTable, WordHasher};
use crate::store::TermId;

pub(crate) use trim::{Stand, Trimmed, TrimmedGroup, Truth};

/// A part of an AND node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Literal {
    /// A slot: one class of a group.
    Leaf(u32),
    /// An OR node.
    Node(u32),
    /// The negation of an OR node.
    Not(u32),
}

/// Which clause an AND node comes from, and with which values; enough to show it.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) rule: u32,
    /// The values of the clause's variables.
    pub(crate) values: Box<[TermId]>,
    /// Which goal of the body each literal answers; the clause's own leaf has the number of goals.
    pub(crate) steps: Box<[(u32, Literal)]>,
}

/// A random variable met during evaluation.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) source: GroupSource,
    pub(crate) first_slot: u32,
    pub(crate) n_slots: u32,
}

#[derive(Clone, Debug)]
pub(crate) enum GroupSource {
    Neural {
        choice: u32,
        inputs: Box<[TermId]>,
    },
    Choice {
        choice: u32,
        heads: Vec<TermId>,
        probabilities: Vec<f64>,
    },
    Open {
        atom: TermId,
    },
    /// No random variable: what stands for the part of a derivation that was given up. Its one slot may hold or not, anew
    /// wherever it stands.
    Unknown,
}

/// The one builder that evaluation writes derivations to.
#[derive(Default)]
pub(crate) struct Graph {
    pub(crate) ors: Vec<OrNode>,
    and_starts: Vec<u32>,
    literals: Vec<Literal>,
    origins: Vec<Origin>,
    index: IdTable,
    alternatives: FastSet<(u32, u32)>,
    pub(crate) groups: Vec<Group>,
    /// The group of each slot.
    slot_groups: Vec<u32>,
}

#[derive(Default)]
pub(crate) struct OrNode {
    /// The answer is certain; its alternatives do not matter.
    pub(crate) is_true: bool,
    /// There will be no more alternatives.
    pub(crate) is_closed: bool,
    pub(crate) goal: Option<TermId>,
    pub(crate) ands: Vec<u32>,
}

impl Graph {
    /// A new answer without alternatives.
    pub(crate) fn new_or(&mut self, goal: TermId) -> u32 {
        self.ors.push(OrNode { is_true: false, is_closed: false, goal: Some(goal), ands: Vec::new() });
        self.ors.len() as u32 - 1
    }

    /// Makes an answer certain.
    pub(crate) fn make_true(&mut self, or: u32) {
        let node = &mut self.ors[or as usize];
        node.is_true = true;
        node.ands = Vec::new();
    }

    /// Says that all derivations of an answer are known.
    pub(crate) fn close(&mut self, or: u32) {
        self.ors[or as usize].is_closed = true;
    }

    pub(crate) fn is_true(&self, or: u32) -> bool {
        self.ors[or as usize].is_true
    }

    pub(crate) fn add_group(&mut self, source: GroupSource, n_slots: u32) -> u32 {
        let (id, first_slot) = (self.groups.len() as u32, self.slot_groups.len() as u32);
        self.groups.push(Group { source, first_slot, n_slots });
        self.slot_groups.extend(std::iter::repeat_n(id, n_slots as usize));
        id
    }

    pub(crate) fn slot_group(&self, slot: u32) -> u32 {
        self.slot_groups[slot as usize]
    }

    /// Adds a derivation of an answer from literals, each with the goal that it answers.
    pub(crate) fn derive(&mut self, or: u32, steps: &[(u32, Literal)], origin: impl FnOnce() -> (u32, Box<[TermId]>)) {
        if self.ors[or as usize].is_true {
            return;
        }
        let mut literals: Vec<Literal> = steps.iter().map(|&(_, literal)| literal).collect();
        literals.retain(|literal| !matches!(*literal, Literal::Node(or) if self.ors[or as usize].is_true));
        literals.sort_unstable();
        literals.dedup();
        if literals.is_empty() {
            let node = &mut self.ors[or as usize];
            node.is_true = true;
            node.ands = Vec::new();
            return;
        }
        // An answer that rests on itself, or on two classes of one group, adds nothing.
        if literals.contains(&Literal::Node(or)) || self.is_contradiction(&literals) {
            return;
        }
        let and = self.and(&literals, steps, origin);
        if self.alternatives.insert((or, and)) {
            self.ors[or as usize].ands.push(and);
        }
    }

    fn is_contradiction(&self, sorted: &[Literal]) -> bool {
        let negated = |or: u32| sorted.binary_search(&Literal::Not(or)).is_ok();
        sorted.iter().any(|&literal| matches!(literal, Literal::Node(or) if negated(or)))
            || sorted.windows(2).any(|pair| match *pair {
                [Literal::Leaf(a), Literal::Leaf(b)] => self.slot_group(a) == self.slot_group(b),
                _ => false,
            })
    }

    fn and(
        &mut self,
        literals: &[Literal],
        steps: &[(u32, Literal)],
        origin: impl FnOnce() -> (u32, Box<[TermId]>),
    ) -> u32 {
        let hash = hash_literals(literals);
        if let Some(id) = self.index.find(hash, |id| self.and_literals(id) == literals) {
            return id;
        }
        let id = self.origins.len() as u32;
        if self.and_starts.is_empty() {
            self.and_starts.push(0);
        }
        self.literals.extend_from_slice(literals);
        self.and_starts.push(self.literals.len() as u32);
        let (rule, values) = origin();
        self.origins.push(Origin { rule, values, steps: steps.into() });
        let (starts, all) = (&self.and_starts, &self.literals);
        self.index
            .insert(hash, id, |id| hash_literals(&all[starts[id as usize] as usize..starts[id as usize + 1] as usize]));
        id
    }

    pub(crate) fn origin(&self, and: u32) -> &Origin {
        &self.origins[and as usize]
    }

    pub(crate) fn and_literals(&self, and: u32) -> &[Literal] {
        &self.literals[self.and_starts[and as usize] as usize..self.and_starts[and as usize + 1] as usize]
    }
}

fn hash_literals(literals: &[Literal]) -> u64 {
    let mut hasher = WordHasher::default();
    for literal in literals {
        hasher.word(match *literal {
            Literal::Leaf(slot) => u64::from(slot) << 2,
            Literal::Node(or) => (u64::from(or) << 2) | 1,
            Literal::Not(or) => (u64::from(or) << 2) | 2,
        });
    }
    hasher.finish()
}
