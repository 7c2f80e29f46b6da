//! Orders of the groups for decision diagrams, from the structure of the graph.

use crate::derivation::{Literal, Trimmed, Truth};

/// Orders to try, the most promising first: depth-first keeps the leaves of one derivation together, breadth-first keeps
/// the leaves at one distance from the query together.
pub(super) fn candidates(graph: &Trimmed) -> Vec<Vec<u32>> {
    let depth = walk(graph, true);
    let breadth = walk(graph, false);
    if depth == breadth { vec![depth] } else { vec![depth, breadth] }
}

fn walk(graph: &Trimmed, depth_first: bool) -> Vec<u32> {
    let mut order = Order { graph, seen: vec![false; graph.groups.len()], order: Vec::new() };
    let mut visited = vec![false; graph.n_ors()];
    let roots = graph.roots.iter().chain(graph.evidence.iter().map(|(root, _)| root));
    let mut pending: std::collections::VecDeque<u32> = std::collections::VecDeque::new();
    for &root in roots {
        if let Truth::Node(or) = root {
            pending.push_back(or);
        }
        while let Some(or) = if depth_first { pending.pop_back() } else { pending.pop_front() } {
            if std::mem::replace(&mut visited[or as usize], true) {
                continue;
            }
            let mut children: Vec<u32> = Vec::new();
            for and in graph.ands(or) {
                for &literal in graph.literals(and) {
                    match literal {
                        Literal::Leaf(slot) => order.add(slot),
                        Literal::Node(child) | Literal::Not(child) => children.push(child),
                    }
                }
            }
            if depth_first {
                children.reverse();
            }
            pending.extend(children);
        }
    }
    // What no root reaches has a level all the same.
    graph.groups.iter().for_each(|group| order.add(group.first_slot));
    order.order
}

struct Order<'a> {
    graph: &'a Trimmed,
    seen: Vec<bool>,
    order: Vec<u32>,
}

impl Order<'_> {
    fn add(&mut self, slot: u32) {
        let group = self.graph.slot_groups[slot as usize];
        if !std::mem::replace(&mut self.seen[group as usize], true) {
            self.order.push(group);
        }
    }
}
