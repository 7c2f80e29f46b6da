//! A part of a derivation graph as a graph of its own, so that work on it costs what the part costs.

use super::{Graph, Literal};
use crate::hash::FastMap;
use crate::store::TermId;

/// What some nodes rest on.
pub(crate) struct Extract {
    /// The nodes, without the origins of their alternatives.
    pub(crate) graph: Graph,
    /// The numbers in the extract of nodes of the whole graph, and the other way round.
    pub(crate) ors: FastMap<u32, u32>,
    pub(crate) nodes: Vec<u32>,
    /// The groups of the extract by their numbers in the whole graph.
    pub(crate) groups: Vec<u32>,
}

impl Graph {
    /// The part of the graph below some nodes. Alternatives and their parts are in an order of their own, which depends on goals
    /// and groups but not on the numbers of nodes: what is derived again gives an equal extract.
    pub(crate) fn extract(&self, roots: impl IntoIterator<Item = u32>) -> Extract {
        let (graph, ors, groups) = (Graph::default(), FastMap::default(), Vec::new());
        let mut out = Extract { graph, ors, nodes: Vec::new(), groups };
        out.graph.and_starts.push(0);
        let (mut queue, mut groups): (Vec<u32>, FastMap<u32, u32>) = (Vec::new(), FastMap::default());
        for root in roots {
            number(root, &mut out.ors, &mut queue);
        }
        let mut next = 0;
        while next < queue.len() {
            let or = &self.ors[queue[next] as usize];
            next += 1;
            let id = out.graph.new_or_without_goal();
            out.graph.ors[id as usize].is_true = or.is_true;
            let mut alternatives: Vec<Vec<(u8, u32, Literal)>> =
                or.ands.iter().map(|&and| self.in_order(and)).collect();
            alternatives.sort_unstable();
            for literals in alternatives {
                for (.., literal) in literals {
                    let copied = match literal {
                        Literal::Leaf(slot) => {
                            let old = self.slot_group(slot);
                            let group = &self.groups[old as usize];
                            let new = *groups.entry(old).or_insert_with(|| {
                                out.groups.push(old);
                                out.graph.add_group(group.source.clone(), group.n_slots)
                            });
                            Literal::Leaf(out.graph.groups[new as usize].first_slot + (slot - group.first_slot))
                        }
                        Literal::Node(or) => Literal::Node(number(or, &mut out.ors, &mut queue)),
                        Literal::Not(or) => Literal::Not(number(or, &mut out.ors, &mut queue)),
                    };
                    out.graph.literals.push(copied);
                }
                let and = out.graph.and_starts.len() as u32 - 1;
                out.graph.and_starts.push(out.graph.literals.len() as u32);
                out.graph.ors[id as usize].ands.push(and);
            }
        }
        out.nodes = queue;
        out
    }

    /// The literals of an alternative by kind, and by slot or goal.
    fn in_order(&self, and: u32) -> Vec<(u8, u32, Literal)> {
        let goal = |or: u32| self.ors[or as usize].goal.map_or(0, TermId::number);
        let literals = self.and_literals(and).iter().map(|&literal| match literal {
            Literal::Leaf(slot) => (0, slot, literal),
            Literal::Node(or) => (1, goal(or), literal),
            Literal::Not(or) => (2, goal(or), literal),
        });
        let mut literals: Vec<_> = literals.collect();
        literals.sort_unstable();
        literals
    }

    fn new_or_without_goal(&mut self) -> u32 {
        self.ors.push(super::OrNode::default());
        self.ors.len() as u32 - 1
    }
}

fn number(or: u32, numbers: &mut FastMap<u32, u32>, queue: &mut Vec<u32>) -> u32 {
    *numbers.entry(or).or_insert_with(|| {
        queue.push(or);
        queue.len() as u32 - 1
    })
}
