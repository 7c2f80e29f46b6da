//! What can be asked of a compiled goal beyond a probability.
//!
//! A circuit's sums are disjoint and its products independent, so a term of the circuit is a set of worlds, and each world in
//! which a root holds belongs to exactly one of the root's terms. Hence one pass up and one down give the probability of every
//! leaf given an answer, the most probable world, or a world drawn from those in which the answer holds.

mod decide;
mod k_best;
mod map;
mod posterior;
mod relaxed;
mod sample;
mod sampler;

use crate::plan::Plan;

pub use decide::{Decision, DecisionProblem, Outcome, Strategy};
pub use k_best::KBest;
pub use map::MapAssignment;
pub use sampler::{Sampler, SamplingConfig};

/// What is taken as known, beside the goal's evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// Nothing else.
    Evidence,
    /// An answer of the plan.
    Answer(usize),
}

/// A class for each random variable of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// For each of the plan's groups, in their order, the slot that came true.
    pub slots: Vec<usize>,
    /// The logarithm of the product of their probabilities.
    pub log_probability: f64,
}

impl Plan {
    /// The row of what is given; none if that is nothing.
    fn given(&self, given: Given) -> Option<u32> {
        match given {
            Given::Evidence => self.circuit.evidence(),
            Given::Answer(answer) => Some(self.circuit.root(answer)),
        }
    }

    /// The world of a term's slots; groups that the term leaves open get their class from `open`.
    fn world(&self, term: &[u32], log_weights: &[f64], mut open: impl FnMut(usize) -> usize) -> World {
        let mut slots: Vec<Option<usize>> = vec![None; self.groups.len()];
        for &slot in term {
            let group = self.groups.partition_point(|group| group.slots.end <= slot as usize);
            slots[group] = Some(slot as usize);
        }
        let slots: Vec<usize> =
            slots.into_iter().enumerate().map(|(group, slot)| slot.unwrap_or_else(|| open(group))).collect();
        let log_probability = slots.iter().map(|&slot| log_weights[slot]).sum();
        World { slots, log_probability }
    }
}
