//! Modules: nodes that alone give on what lies below them.
//!
//! If no group below a node is used anywhere but below it, then the node is a random variable independent of all others, and can
//! be compiled by itself: what lies above sees a variable that holds or fails. Found by two walks (Dutuit & Rauzy, "A linear-time
//! algorithm to find modules of fault trees", IEEE Trans. Reliability 1996), over strongly connected components, so that a cycle
//! with one way in can be a module as well.

use super::components::{Components, children};
use crate::derivation::{Literal, Trimmed, Truth};

/// The modules among the OR nodes, children first; not those of a single literal.
pub(crate) fn modules(graph: &Trimmed) -> Vec<u32> {
    let components = Components::of(graph);
    let n = components.n();
    let below: Vec<Vec<u32>> = (0..n).map(|component| below(graph, &components, component)).collect();
    let tops: Vec<u32> = graph
        .roots
        .iter()
        .chain(graph.evidence.iter().map(|(truth, _)| truth))
        .filter_map(|&truth| match truth {
            Truth::Node(or) => Some(or),
            _ => None,
        })
        .collect();
    let entries = entries(graph, &components, &tops);
    let visits = Visits::of(&below, n + graph.groups.len(), tops.iter().map(|&or| components.component(or) as u32));

    // Components are children first.
    let (mut first, mut last) = (vec![u32::MAX; n], vec![0; n]);
    let mut found = Vec::new();
    for component in 0..n {
        for &child in &below[component] {
            let child = child as usize;
            let (inner_first, inner_last) = if child < n { (first[child], last[child]) } else { (u32::MAX, 0) };
            first[component] = first[component].min(inner_first).min(visits.first[child]);
            last[component] = last[component].max(inner_last).max(visits.last[child]);
        }
        if let Entry::One(or) = entries[component]
            && first[component] > visits.first[component]
            && last[component] < visits.left[component]
            && !is_single(graph, or)
        {
            found.push(or);
        }
    }
    found
}

/// The members of a component that something outside refers to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    None,
    One(u32),
    Several,
}

fn entries(graph: &Trimmed, components: &Components, tops: &[u32]) -> Vec<Entry> {
    let mut entries = vec![Entry::None; components.n()];
    let mut enter = |or: u32| {
        let entry = &mut entries[components.component(or)];
        *entry = match *entry {
            Entry::None => Entry::One(or),
            Entry::One(other) if other == or => Entry::One(or),
            _ => Entry::Several,
        };
    };
    tops.iter().for_each(|&or| enter(or));
    for or in 0..graph.n_ors() as u32 {
        let outside = |child: &u32| components.component(*child) != components.component(or);
        children(graph, or).into_iter().filter(outside).for_each(&mut enter);
    }
    entries
}

/// What a component refers to: other components, and behind their numbers the groups.
fn below(graph: &Trimmed, components: &Components, component: usize) -> Vec<u32> {
    let mut below = Vec::new();
    for &or in components.members(component) {
        for &literal in graph.ands(or).flat_map(|and| graph.literals(and)) {
            below.push(match literal {
                Literal::Leaf(slot) => components.n() as u32 + graph.slot_groups[slot as usize],
                Literal::Node(child) | Literal::Not(child) => components.component(child) as u32,
            });
        }
    }
    below.retain(|&child| child != component as u32);
    below.sort_unstable();
    below.dedup();
    below
}

fn is_single(graph: &Trimmed, or: u32) -> bool {
    let ands = graph.ands(or);
    ands.len() == 1 && graph.literals(ands.start).len() == 1
}

/// When a depth-first walk came to each node first and last, and when it left it.
struct Visits {
    first: Vec<u32>,
    left: Vec<u32>,
    last: Vec<u32>,
}

impl Visits {
    fn of(below: &[Vec<u32>], n: usize, tops: impl Iterator<Item = u32>) -> Self {
        let mut out = Self { first: vec![u32::MAX; n], left: vec![0; n], last: vec![0; n] };
        let mut clock = 0;
        let mut path: Vec<(u32, usize)> = Vec::new();
        for top in tops {
            out.visit(top, below, &mut clock, &mut path);
            while let Some((node, next)) = path.last_mut() {
                let child = below.get(*node as usize).and_then(|children| children.get(*next)).copied();
                *next += 1;
                match child {
                    Some(child) => out.visit(child, below, &mut clock, &mut path),
                    None => {
                        clock += 1;
                        out.left[*node as usize] = clock;
                        path.pop();
                    }
                }
            }
        }
        out
    }

    fn visit(&mut self, node: u32, below: &[Vec<u32>], clock: &mut u32, path: &mut Vec<(u32, usize)>) {
        *clock += 1;
        let at = node as usize;
        self.last[at] = *clock;
        if self.first[at] == u32::MAX {
            self.first[at] = *clock;
            if at < below.len() {
                path.push((node, 0));
            }
        }
    }
}
