//! Cyclic components that are reachability problems, whatever their relations are called.
//!
//! If every alternative of every member of a component uses at most one member, then a member holds exactly where it can be
//! reached from *true* along alternatives whose other literals hold: the least model of a linear recursion is reachability
//! in a graph with uncertain arcs. Paths over edges are the known case; a rule with further columns, with columns in
//! another order or with conditions along the way has the same form once it is ground.

use super::components::Components;
use crate::derivation::{Literal, Trimmed};
use crate::diagram::{Diagram, FALSE};
use crate::hash::FastMap;

/// What is reached from: nothing but *true*.
pub(super) const SOURCE: u32 = 0;

/// An alternative as an arc: where `from` holds and the alternative's other literals do, `to` holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arc {
    pub(super) from: u32,
    pub(super) to: u32,
    /// The AND node.
    pub(super) and: usize,
}

/// A linear component; vertex 0 is [`SOURCE`], the members follow.
#[derive(Debug)]
pub(super) struct Network {
    pub(super) n_vertices: usize,
    pub(super) arcs: Vec<Arc>,
    vertices: FastMap<u32, u32>,
}

impl Network {
    /// The network of a component; nothing if some alternative uses two members.
    pub(super) fn of(graph: &Trimmed, components: &Components, component: usize) -> Option<Self> {
        let members = components.members(component);
        let vertices: FastMap<u32, u32> = members.iter().zip(1..).map(|(&or, vertex)| (or, vertex)).collect();
        let mut arcs = Vec::new();
        for &or in members {
            for and in graph.ands(or) {
                let mut inside = graph.literals(and).iter().filter_map(|literal| match literal {
                    Literal::Node(child) => vertices.get(child),
                    _ => None,
                });
                let from = inside.next().copied().unwrap_or(SOURCE);
                if inside.next().is_some() {
                    return None;
                }
                arcs.push(Arc { from, to: vertices[&or], and });
            }
        }
        Some(Self { n_vertices: members.len() + 1, arcs, vertices })
    }

    /// Falsifies the conditions of arcs that lie on no way from the source to the target.
    pub(super) fn drop_useless(&self, target: u32, conditions: &mut [Diagram]) {
        let forward = self.closure(conditions, SOURCE, |arc| (arc.from, arc.to));
        let backward = self.closure(conditions, target, |arc| (arc.to, arc.from));
        for (arc, condition) in self.arcs.iter().zip(conditions) {
            if !forward[arc.from as usize] || !backward[arc.to as usize] || arc.from == target {
                *condition = FALSE;
            }
        }
    }

    /// The vertices that arcs of possible conditions lead to.
    fn closure(&self, conditions: &[Diagram], start: u32, ends: impl Fn(&Arc) -> (u32, u32)) -> Vec<bool> {
        let mut next: Vec<Vec<u32>> = vec![Vec::new(); self.n_vertices];
        for (arc, _) in self.arcs.iter().zip(conditions).filter(|&(_, &condition)| condition != FALSE) {
            let (from, to) = ends(arc);
            next[from as usize].push(to);
        }
        let mut seen = vec![false; self.n_vertices];
        let mut pending = vec![start];
        while let Some(vertex) = pending.pop() {
            if !std::mem::replace(&mut seen[vertex as usize], true) {
                pending.extend(&next[vertex as usize]);
            }
        }
        seen
    }

    pub(super) fn vertex(&self, or: u32) -> u32 {
        self.vertices[&or]
    }

    pub(super) fn is_member(&self, or: u32) -> bool {
        self.vertices.contains_key(&or)
    }
}
