//! The most probable derivations of an answer, best first.
//!
//! A partial derivation is a choice of alternatives for some OR nodes, and a set of OR nodes that still need one. Its bound
//! is the product of the distinct leaves it uses already, times the best that independent open nodes can still reach; a
//! search that always goes on with the largest bound (A*; Hart, Nilsson & Raphael 1968) meets complete derivations in the
//! order of their probability.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::rc::Rc;

use crate::compile::Independence;
use crate::derivation::{Literal, Trimmed};

/// Partial derivations that a search may expand.
const MAX_EXPANSIONS: usize = 200_000;

/// A complete derivation: the alternative of each OR node it uses, and the logarithm of its probability.
pub(crate) struct Found {
    pub(crate) log_probability: f64,
    pub(crate) chosen: Vec<(u32, usize)>,
}

/// The best derivations that a search has met.
pub(crate) struct Best {
    pub(crate) found: Vec<Found>,
    /// The search ended before it had as many as were asked for or had tried all.
    pub(crate) is_cut_short: bool,
}

pub(crate) struct Search<'a> {
    graph: &'a Trimmed,
    /// Log weight of each slot.
    leaves: &'a [f64],
    /// Log probability that each OR node does not hold; read for negated nodes only.
    negations: &'a [f64],
    independence: Independence,
    /// An upper bound on the log probability of any derivation of each OR node.
    bounds: Vec<f64>,
}

#[derive(Clone)]
struct Partial {
    bound: f64,
    paid: f64,
    slots: Vec<u32>,
    negated: Vec<u32>,
    open: Vec<u32>,
    chosen: Option<Rc<Chosen>>,
}

/// The alternatives chosen so far, the last one first; shared between partial derivations.
struct Chosen {
    or: u32,
    and: usize,
    before: Option<Rc<Chosen>>,
}

impl<'a> Search<'a> {
    pub(crate) fn new(graph: &'a Trimmed, leaves: &'a [f64], negations: &'a [f64]) -> Self {
        let independence = Independence::of(graph);
        let mut search =
            Self { graph, leaves, negations, independence, bounds: vec![f64::NEG_INFINITY; graph.n_ors()] };
        search.bound_nodes();
        search
    }

    /// Raises the bounds from −∞ until nothing changes. Weights are at most one, so a cycle never raises its own members.
    fn bound_nodes(&mut self) {
        let mut changed = true;
        while changed {
            changed = false;
            for or in self.independence.order().to_vec() {
                let best = self.graph.ands(or).map(|and| self.bound_and(and)).fold(f64::NEG_INFINITY, f64::max);
                if best > self.bounds[or as usize] {
                    self.bounds[or as usize] = best;
                    changed = true;
                }
            }
        }
    }

    /// Independent parts multiply; otherwise a shared leaf must not be paid twice, and the least part is the bound.
    fn bound_and(&self, and: usize) -> f64 {
        let parts = self.graph.literals(and).iter().map(|&literal| match literal {
            Literal::Leaf(slot) => self.leaves[slot as usize],
            Literal::Node(or) => self.bounds[or as usize],
            Literal::Not(or) => self.negations[or as usize],
        });
        if self.independence.is_product(self.graph, and) { parts.sum() } else { parts.fold(0.0, f64::min) }
    }

    /// The `k` most probable derivations of an OR node; fewer if there are fewer, or if the search is cut short.
    pub(crate) fn best(&self, root: u32, k: usize) -> Best {
        let mut heap = BinaryHeap::new();
        let bound = self.bounds[root as usize];
        if bound > f64::NEG_INFINITY {
            heap.push(Partial { bound, paid: 0.0, slots: vec![], negated: vec![], open: vec![root], chosen: None });
        }
        let mut found = Vec::new();
        for _ in 0..MAX_EXPANSIONS {
            let Some(partial) = heap.pop() else { return Best { found, is_cut_short: false } };
            let Some(&or) = partial.open.last() else {
                found.push(Found { log_probability: partial.paid, chosen: chosen(&partial) });
                if found.len() >= k {
                    return Best { found, is_cut_short: false };
                }
                continue;
            };
            heap.extend(self.graph.ands(or).filter_map(|and| self.expand(&partial, or, and)));
        }
        Best { found, is_cut_short: !heap.is_empty() }
    }

    /// The partial derivation with an alternative chosen for its last open node; nothing if that contradicts it.
    fn expand(&self, partial: &Partial, or: u32, and: usize) -> Option<Partial> {
        let mut next = partial.clone();
        next.open.pop();
        for &literal in self.graph.literals(and) {
            match literal {
                Literal::Leaf(slot) => {
                    let group = self.graph.slot_groups[slot as usize];
                    match next.slots.iter().find(|&&other| self.graph.slot_groups[other as usize] == group) {
                        Some(&other) if other == slot => {}
                        Some(_) => return None,
                        None => {
                            next.slots.push(slot);
                            next.paid += self.leaves[slot as usize];
                        }
                    }
                }
                Literal::Node(child) => {
                    if next.negated.contains(&child) {
                        return None;
                    }
                    if !next.open.contains(&child) && alternative(&next, child).is_none() {
                        next.open.push(child);
                    }
                }
                Literal::Not(child) => {
                    if next.open.contains(&child) || alternative(&next, child).is_some() {
                        return None;
                    }
                    if !next.negated.contains(&child) {
                        next.negated.push(child);
                        next.paid += self.negations[child as usize];
                    }
                }
            }
        }
        if self.rests_on_itself(&next, or, and) {
            return None;
        }
        next.chosen = Some(Rc::new(Chosen { or, and, before: next.chosen.take() }));
        next.bound = self.bound(&next);
        (next.bound > f64::NEG_INFINITY).then_some(next)
    }

    /// Whether the alternative's literals lead back to the node along the alternatives chosen so far.
    fn rests_on_itself(&self, partial: &Partial, or: u32, and: usize) -> bool {
        let mut pending: Vec<usize> = vec![and];
        let mut seen: Vec<u32> = Vec::new();
        while let Some(and) = pending.pop() {
            for &literal in self.graph.literals(and) {
                if let Literal::Node(child) = literal {
                    if child == or {
                        return true;
                    }
                    if !seen.contains(&child) {
                        seen.push(child);
                        pending.extend(alternative(partial, child));
                    }
                }
            }
        }
        false
    }

    fn bound(&self, partial: &Partial) -> f64 {
        let mut used = self.independence.empty();
        for &slot in &partial.slots {
            self.independence.insert_group(&mut used, self.graph.slot_groups[slot as usize]);
        }
        for &or in &partial.negated {
            self.independence.insert_node(&mut used, or);
        }
        let mut open: Vec<u32> = partial.open.clone();
        open.sort_by(|&a, &b| self.bounds[a as usize].total_cmp(&self.bounds[b as usize]));
        let mut bound = partial.paid;
        for or in open {
            if self.bounds[or as usize] == f64::NEG_INFINITY {
                return f64::NEG_INFINITY;
            }
            if self.independence.is_free_of(&used, or) {
                self.independence.insert_node(&mut used, or);
                bound += self.bounds[or as usize];
            }
        }
        bound
    }
}

fn alternative(partial: &Partial, or: u32) -> Option<usize> {
    let mut next = partial.chosen.as_deref();
    while let Some(chosen) = next {
        if chosen.or == or {
            return Some(chosen.and);
        }
        next = chosen.before.as_deref();
    }
    None
}

fn chosen(partial: &Partial) -> Vec<(u32, usize)> {
    let mut all = Vec::new();
    let mut next = partial.chosen.as_deref();
    while let Some(chosen) = next {
        all.push((chosen.or, chosen.and));
        next = chosen.before.as_deref();
    }
    all
}

impl Drop for Chosen {
    // A long derivation is a long chain; the default drop would recurse along it.
    fn drop(&mut self) {
        let mut next = self.before.take();
        while let Some(chosen) = next {
            next = Rc::into_inner(chosen).and_then(|mut chosen| chosen.before.take());
        }
    }
}

impl Ord for Partial {
    fn cmp(&self, other: &Self) -> Ordering {
        // Among equals the one with less to do.
        self.bound.total_cmp(&other.bound).then_with(|| other.open.len().cmp(&self.open.len()))
    }
}

impl PartialOrd for Partial {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Partial {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Partial {}
