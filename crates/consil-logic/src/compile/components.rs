//! Strongly connected components of the OR nodes, children before parents.

use crate::derivation::{Literal, Trimmed};

pub(super) struct Components {
    /// All OR nodes, the members of a component side by side, children's components first.
    order: Vec<u32>,
    /// Where in `order` each component begins, and the end.
    starts: Vec<u32>,
    component: Vec<u32>,
    cyclic: Vec<bool>,
}

const UNSEEN: u32 = u32::MAX;

impl Components {
    /// Tarjan's algorithm (SIAM J. Comput. 1972) with its stack on the heap.
    pub(super) fn of(graph: &Trimmed) -> Self {
        let n = graph.n_ors();
        let children: Vec<Vec<u32>> = (0..n as u32).map(|or| children(graph, or)).collect();
        let mut out =
            Self { order: Vec::with_capacity(n), starts: vec![0], component: vec![UNSEEN; n], cyclic: Vec::new() };
        let (mut found, mut low) = (vec![UNSEEN; n], vec![0; n]);
        let mut open: Vec<u32> = Vec::new();
        let mut clock = 0;
        for root in 0..n as u32 {
            if found[root as usize] != UNSEEN {
                continue;
            }
            let mut path: Vec<(u32, usize)> = vec![(root, 0)];
            while let Some(&mut (node, ref mut next)) = path.last_mut() {
                let at = node as usize;
                if *next == 0 {
                    (found[at], low[at]) = (clock, clock);
                    clock += 1;
                    open.push(node);
                }
                if let Some(&child) = children[at].get(*next) {
                    *next += 1;
                    if found[child as usize] == UNSEEN {
                        path.push((child, 0));
                    } else if out.component[child as usize] == UNSEEN {
                        low[at] = low[at].min(found[child as usize]);
                    }
                    continue;
                }
                path.pop();
                if let Some(&(parent, _)) = path.last() {
                    low[parent as usize] = low[parent as usize].min(low[at]);
                }
                if low[at] == found[at] {
                    out.close(node, &mut open, &children);
                }
            }
        }
        out
    }

    fn close(&mut self, root: u32, open: &mut Vec<u32>, children: &[Vec<u32>]) {
        let id = self.cyclic.len() as u32;
        let first = self.order.len();
        while let Some(node) = open.pop() {
            self.component[node as usize] = id;
            self.order.push(node);
            if node == root {
                break;
            }
        }
        let alone = self.order.len() == first + 1;
        self.cyclic.push(!alone || children[root as usize].contains(&root));
        self.starts.push(self.order.len() as u32);
    }

    pub(super) fn order(&self) -> &[u32] {
        &self.order
    }

    pub(super) fn n(&self) -> usize {
        self.cyclic.len()
    }

    pub(super) fn members(&self, component: usize) -> &[u32] {
        &self.order[self.starts[component] as usize..self.starts[component + 1] as usize]
    }

    pub(super) fn component(&self, or: u32) -> usize {
        self.component[or as usize] as usize
    }

    /// Whether any OR node depends on itself.
    pub(super) fn has_cycles(&self) -> bool {
        self.cyclic.contains(&true)
    }

    /// Whether an OR node depends on itself.
    pub(super) fn is_cyclic(&self, or: u32) -> bool {
        self.cyclic[self.component(or)]
    }
}

pub(super) fn children(graph: &Trimmed, or: u32) -> Vec<u32> {
    let literals = graph.ands(or).flat_map(|and| graph.literals(and));
    let mut children: Vec<u32> = literals
        .filter_map(|&literal| match literal {
            Literal::Leaf(_) => None,
            Literal::Node(child) | Literal::Not(child) => Some(child),
        })
        .collect();
    children.sort_unstable();
    children.dedup();
    children
}
