//! The most probable classes of some variables, the others summed out.

use super::Given;
use super::relaxed::Relaxed;
use crate::budget::Budget;
use crate::plan::{Certificate, Plan};

/// Classes of the variables that were asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct MapAssignment {
    /// For each of the groups asked for, in their order, its slot.
    pub slots: Vec<usize>,
    /// P(these classes and what is given).
    pub probability: f64,
    /// Its logarithm, which does not underflow where the evidence is long.
    pub log_probability: f64,
    /// The logarithm of the largest probability that any assignment may have: that of this one if it is exact.
    pub log_at_most: f64,
    /// Exact if no assignment is more probable; else the interval that the largest probability lies in.
    pub certificate: Certificate,
}

impl Plan {
    /// The most probable joint classes of some groups together with what is given, the other groups summed out (MAP);
    /// nothing if what is given is impossible.
    ///
    /// Branch and bound over the groups with the relaxed circuit as upper bound. The budget's steps are passes over the
    /// circuit; when they or the time end, the best found so far with bounds.
    ///
    /// # Panics
    /// If there is no such answer or group, or `log_weights` is not `n_slots` long.
    pub fn map(&self, given: Given, groups: &[usize], log_weights: &[f64], budget: &Budget) -> Option<MapAssignment> {
        assert_eq!(log_weights.len(), self.n_slots(), "the log weights of one sample");
        let root = self.given(given);
        let relaxed = Relaxed::new(self, groups, log_weights);
        let mut search = Search {
            plan: self,
            groups,
            log_weights,
            root,
            relaxed,
            budget,
            steps: 0,
            best: None,
            missed: f64::NEG_INFINITY,
        };
        let bound = search.bound(0.0, 0);
        search.branch(0.0, bound, &mut Vec::new());
        let Search { best, missed, .. } = search;
        let (slots, log) = best?;
        let certificate = if missed > log {
            Certificate::Bounds { lower: log.exp(), upper: missed.exp() }
        } else {
            Certificate::Exact
        };
        let (probability, log_at_most) = (log.exp(), log.max(missed));
        Some(MapAssignment { slots, probability, log_probability: log, log_at_most, certificate })
    }
}

struct Search<'a> {
    plan: &'a Plan,
    groups: &'a [usize],
    log_weights: &'a [f64],
    root: Option<u32>,
    relaxed: Relaxed<'a>,
    budget: &'a Budget,
    steps: u64,
    best: Option<(Vec<usize>, f64)>,
    /// The largest bound of what was not searched for want of budget.
    missed: f64,
}

impl Search<'_> {
    /// An upper bound on the log probability, with the first `n_fixed` groups fixed at a log probability of `paid`.
    fn bound(&mut self, paid: f64, n_fixed: usize) -> f64 {
        self.steps += 1;
        let free = self.groups[n_fixed..].iter().map(|&group| {
            let slots = self.plan.groups[group].slots.clone();
            self.log_weights[slots].iter().copied().fold(f64::NEG_INFINITY, f64::max)
        });
        let largest: f64 = free.sum();
        paid + largest + self.root.map_or(0.0, |root| self.relaxed.at_most()[root as usize])
    }

    fn branch(&mut self, paid: f64, bound: f64, fixed: &mut Vec<usize>) {
        if bound == f64::NEG_INFINITY || self.best.as_ref().is_some_and(|(_, best)| *best >= bound) {
            return;
        }
        if fixed.len() == self.groups.len() {
            self.best = Some((fixed.clone(), bound));
            return;
        }
        if self.best.is_some() && (self.steps > self.budget.max_steps || self.budget.check_time().is_err()) {
            self.missed = self.missed.max(bound);
            return;
        }
        let group = self.groups[fixed.len()];
        let mut children: Vec<(usize, f64)> = Vec::new();
        for slot in self.plan.groups[group].slots.clone() {
            self.relaxed.fix(group, slot);
            children.push((slot, self.bound(paid + self.log_weights[slot], fixed.len() + 1)));
        }
        children.sort_by(|a, b| b.1.total_cmp(&a.1));
        for (slot, bound) in children {
            self.relaxed.fix(group, slot);
            fixed.push(slot);
            self.branch(paid + self.log_weights[slot], bound, fixed);
            fixed.pop();
        }
        self.relaxed.free(group, self.log_weights);
    }
}
