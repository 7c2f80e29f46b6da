//! The k most probable sets of leaves that an answer can be derived from.

use super::{Absorptive, Provenance, Semiring};

/// Keeps, of all sets of leaves, the `k` most probable that contain no other: ⊕ joins two lists of sets, ⊗ unites each set
/// of one with each of the other, and both drop what is contradictory, contained or beyond the k-th (Huang et al.,
/// "Scallop: from probabilistic deductive databases to scalable differentiable reasoning", NeurIPS 2021).
///
/// With `k` large enough for all of them it is the semiring of minimal proofs. With a smaller `k` the list is a choice of
/// proofs that need not be the best there are, since a good proof may have parts that are not among the best; each set in it
/// is a proof, and so their joint probability is a lower bound.
/// [`Plan::proofs`](crate::Plan::proofs) finds the best ones for certain.
#[derive(Clone, Debug)]
pub struct TopK {
    /// How many sets to keep.
    pub k: usize,
    /// The probability of each slot.
    pub probabilities: Vec<f64>,
    /// The group of each slot: two slots of one group exclude each other.
    pub groups: Vec<usize>,
    /// For each of the graph's goals, the probability that it fails, where it is negated; 1 where this is not known.
    pub failures: Vec<f64>,
}

/// A set of leaves that is enough for an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct LeafSet {
    /// Slots, ascending.
    pub slots: Vec<usize>,
    /// Goals that must fail, by their numbers among the graph's goals, ascending.
    pub negated: Vec<usize>,
    /// The product of their probabilities.
    pub probability: f64,
}

impl TopK {
    fn set(&self, slots: Vec<usize>, negated: Vec<usize>) -> LeafSet {
        // Always multiplied in one order, so that equal sets have equal probabilities to the last bit.
        let leaves: f64 = slots.iter().map(|&slot| self.probabilities[slot]).product();
        let failures: f64 = negated.iter().map(|&goal| self.failures.get(goal).copied().unwrap_or(1.0)).product();
        LeafSet { slots, negated, probability: leaves * failures }
    }

    fn united(&self, a: &LeafSet, b: &LeafSet) -> Option<LeafSet> {
        let slots = union(&a.slots, &b.slots);
        let excluded = slots
            .iter()
            .enumerate()
            .any(|(at, &slot)| slots[..at].iter().any(|&other| self.groups[other] == self.groups[slot]));
        (!excluded).then(|| self.set(slots, union(&a.negated, &b.negated)))
    }

    fn kept(&self, mut sets: Vec<LeafSet>) -> Vec<LeafSet> {
        sets.sort_by(|a, b| {
            let by_size = || (a.slots.len() + a.negated.len()).cmp(&(b.slots.len() + b.negated.len()));
            let by_name = || (&a.slots, &a.negated).cmp(&(&b.slots, &b.negated));
            b.probability.total_cmp(&a.probability).then_with(by_size).then_with(by_name)
        });
        let mut kept: Vec<LeafSet> = Vec::new();
        for set in sets {
            if kept.len() == self.k {
                break;
            }
            // A contained set is never less probable, so it comes first.
            if !kept.iter().any(|other| contains(&set.slots, &other.slots) && contains(&set.negated, &other.negated)) {
                kept.push(set);
            }
        }
        kept
    }
}

impl Semiring for TopK {
    type Value = Vec<LeafSet>;
    fn zero(&self) -> Vec<LeafSet> {
        Vec::new()
    }
    fn one(&self) -> Vec<LeafSet> {
        self.kept(vec![self.set(Vec::new(), Vec::new())])
    }
    fn add(&self, a: &Vec<LeafSet>, b: &Vec<LeafSet>) -> Vec<LeafSet> {
        self.kept(a.iter().chain(b).cloned().collect())
    }
    fn multiply(&self, a: &Vec<LeafSet>, b: &Vec<LeafSet>) -> Vec<LeafSet> {
        self.kept(a.iter().flat_map(|a| b.iter().filter_map(|b| self.united(a, b))).collect())
    }
}

impl Provenance for TopK {
    fn leaf(&self, slot: usize) -> Vec<LeafSet> {
        self.kept(vec![self.set(vec![slot], Vec::new())])
    }
    fn negated(&self, goal: usize, _value: &Vec<LeafSet>) -> Vec<LeafSet> {
        self.kept(vec![self.set(Vec::new(), vec![goal])])
    }
}

impl Absorptive for TopK {}

fn union(a: &[usize], b: &[usize]) -> Vec<usize> {
    let mut all: Vec<usize> = a.iter().chain(b).copied().collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether a sorted list has all items of another.
fn contains(all: &[usize], some: &[usize]) -> bool {
    some.iter().all(|item| all.binary_search(item).is_ok())
}
