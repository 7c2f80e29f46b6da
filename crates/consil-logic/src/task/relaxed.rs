//! Bounds on an optimum over some groups: the circuit with their sums replaced by maxima or minima.
//!
//! Σ max ≥ max Σ: where a maximum stands below a sum it may choose anew for each summand, so the value is an upper bound
//! (Huang, Chavira & Darwiche, "Solving MAP exactly by searching on compiled arithmetic circuits", AAAI 2006). With every
//! group fixed it is exact.

use crate::circuit::Join;
use crate::plan::Plan;

/// A circuit whose groups of choice may be fixed one by one.
pub(super) struct Relaxed<'a> {
    plan: &'a Plan,
    choices: Vec<usize>,
    /// Per node, the group of choice that it tests, if it tests one: each edge has another of its slots.
    tests: Vec<Option<usize>>,
    /// Log weights: of groups of choice relative to the largest, or certain where fixed.
    pub(super) slots: Vec<f64>,
}

impl<'a> Relaxed<'a> {
    /// The circuit with free groups of choice.
    pub(super) fn new(plan: &'a Plan, choices: &[usize], log_weights: &[f64]) -> Self {
        let mut group_of = vec![None; plan.n_slots()];
        for &group in choices {
            plan.groups[group].slots.clone().for_each(|slot| group_of[slot] = Some(group));
        }
        let circuit = &plan.circuit;
        let tests = (0..circuit.n_nodes())
            .map(|node| {
                let mut tested: Option<usize> = None;
                let mut seen = Vec::new();
                for factors in circuit.edges(node) {
                    let slot =
                        factors.iter().copied().find(|&row| group_of.get(row as usize).is_some_and(Option::is_some))?;
                    let group = group_of[slot as usize]?;
                    if *tested.get_or_insert(group) != group || seen.contains(&slot) {
                        return None;
                    }
                    seen.push(slot);
                }
                tested
            })
            .collect();
        let mut relaxed = Self { plan, choices: choices.to_vec(), tests, slots: log_weights.to_vec() };
        choices.iter().for_each(|&group| relaxed.free(group, log_weights));
        relaxed
    }

    /// Lets a group be chosen again.
    pub(super) fn free(&mut self, group: usize, log_weights: &[f64]) {
        let slots = self.plan.groups[group].slots.clone();
        let largest = log_weights[slots.clone()].iter().copied().fold(f64::NEG_INFINITY, f64::max);
        slots.for_each(|slot| self.slots[slot] = log_weights[slot] - largest);
    }

    /// Makes a class certain; its own weight is the caller's to account for.
    pub(super) fn fix(&mut self, group: usize, class: usize) {
        for slot in self.plan.groups[group].slots.clone() {
            self.slots[slot] = if slot == class { 0.0 } else { f64::NEG_INFINITY };
        }
    }

    /// Log values of all rows, each at least what it is under the best choice.
    pub(super) fn at_most(&self) -> Vec<f64> {
        self.plan.circuit.log_rows(&self.slots, |node| self.tests[node].map_or(Join::Sum, |_| Join::Max))
    }

    /// Log values of all rows, each at most what it is under the worst choice: the least alternative where a free group is
    /// tested, nothing where a free slot stands among other factors.
    pub(super) fn at_least(&self, is_fixed: &dyn Fn(usize) -> bool) -> Vec<f64> {
        let plan = self.plan;
        let mut slots = self.slots.clone();
        let is_free = |group: &usize| !is_fixed(*group);
        for group in self.choices.iter().copied().filter(is_free) {
            plan.groups[group].slots.clone().for_each(|slot| slots[slot] = f64::NEG_INFINITY);
        }
        let mut rows = slots;
        for node in 0..plan.circuit.n_nodes() {
            let product = |factors: &[u32]| factors.iter().map(|&row| rows[row as usize]).sum::<f64>();
            let edges = plan.circuit.edges(node);
            let value = match self.tests[node].filter(is_free) {
                Some(group) => {
                    let own = plan.groups[group].slots.clone();
                    let rest = |factors: &[u32]| {
                        let others = factors.iter().filter(|&&row| !own.contains(&(row as usize)));
                        others.map(|&row| rows[row as usize]).sum::<f64>()
                    };
                    let (n, least) =
                        edges.map(rest).fold((0, f64::INFINITY), |(n, least), edge| (n + 1, least.min(edge)));
                    if n < own.len() { f64::NEG_INFINITY } else { least }
                }
                None => {
                    let edges: Vec<f64> = edges.map(product).collect();
                    let largest = edges.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    let sum: f64 = edges.iter().map(|edge| (edge - largest).exp()).sum();
                    if largest == f64::NEG_INFINITY { largest } else { largest + sum.ln() }
                }
            };
            rows.push(value);
        }
        rows
    }
}
