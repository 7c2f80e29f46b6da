//! A graph cut at some nodes: each becomes a random variable of its own, which holds or fails.

use super::{Trimmed, TrimmedGroup, Truth};
use crate::derivation::Literal;
use crate::hash::FastMap;

/// What a group of a cut graph stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stand {
    /// A group of the whole graph.
    Group(u32),
    /// A node that was cut off; its two slots are that it holds and that it fails.
    Node(u32),
}

impl Trimmed {
    /// What `roots` and `evidence` rest on, down to the nodes for which `is_cut`. Numbered in the order of a walk, so that equal
    /// structures have equal numbers. With what each of its groups stands for.
    pub(crate) fn cut(
        &self,
        roots: &[Truth],
        evidence: &[(Truth, bool)],
        is_cut: &dyn Fn(u32) -> bool,
    ) -> (Trimmed, Vec<Stand>) {
        let mut walk = Walk {
            graph: self,
            out: Trimmed { or_starts: vec![0], and_starts: vec![0], ..Trimmed::default() },
            numbers: FastMap::default(),
            groups: FastMap::default(),
            stands: Vec::new(),
            queue: Vec::new(),
        };
        walk.out.roots = roots.iter().map(|&root| walk.truth(root)).collect();
        walk.out.evidence = evidence.iter().map(|&(root, holds)| (walk.truth(root), holds)).collect();
        walk.copy(is_cut);
        (walk.out, walk.stands)
    }
}

struct Walk<'a> {
    graph: &'a Trimmed,
    out: Trimmed,
    numbers: FastMap<u32, u32>,
    groups: FastMap<Stand, u32>,
    stands: Vec<Stand>,
    queue: Vec<u32>,
}

impl Walk<'_> {
    fn truth(&mut self, truth: Truth) -> Truth {
        match truth {
            Truth::Node(or) => Truth::Node(self.number(or)),
            constant => constant,
        }
    }

    fn number(&mut self, or: u32) -> u32 {
        *self.numbers.entry(or).or_insert_with(|| {
            self.queue.push(or);
            self.queue.len() as u32 - 1
        })
    }

    fn slot(&mut self, stand: Stand, class: u32, n_slots: u32) -> u32 {
        let out = &mut self.out;
        let stands = &mut self.stands;
        let group = *self.groups.entry(stand).or_insert_with(|| {
            let (number, first_slot) = (out.groups.len() as u32, out.slot_groups.len() as u32);
            out.groups.push(TrimmedGroup { group: number, first_slot, n_slots });
            out.slot_groups.extend(std::iter::repeat_n(number, n_slots as usize));
            stands.push(stand);
            number
        });
        self.out.groups[group as usize].first_slot + class
    }

    fn copy(&mut self, is_cut: &dyn Fn(u32) -> bool) {
        let mut next = 0;
        while next < self.queue.len() {
            let or = self.queue[next];
            next += 1;
            self.out.goals.push(None);
            self.out.graph_ors.push(or);
            if is_cut(or) {
                let slot = self.slot(Stand::Node(or), 0, 2);
                self.out.literals.push(Literal::Leaf(slot));
                self.close();
            } else {
                for and in self.graph.ands(or) {
                    for &literal in self.graph.literals(and) {
                        let copied = match literal {
                            Literal::Leaf(slot) => {
                                let group = self.graph.slot_groups[slot as usize];
                                let TrimmedGroup { first_slot, n_slots, .. } = self.graph.groups[group as usize];
                                Literal::Leaf(self.slot(Stand::Group(group), slot - first_slot, n_slots))
                            }
                            Literal::Node(or) if is_cut(or) => Literal::Leaf(self.slot(Stand::Node(or), 0, 2)),
                            Literal::Not(or) if is_cut(or) => Literal::Leaf(self.slot(Stand::Node(or), 1, 2)),
                            Literal::Node(or) => Literal::Node(self.number(or)),
                            Literal::Not(or) => Literal::Not(self.number(or)),
                        };
                        self.out.literals.push(copied);
                    }
                    self.close();
                }
            }
            self.out.or_starts.push(self.out.origins.len() as u32);
        }
    }

    /// Ends an alternative.
    fn close(&mut self) {
        self.out.and_starts.push(self.out.literals.len() as u32);
        self.out.origins.push(self.out.origins.len() as u32);
    }
}
