//! Plans by goal, the least recently used leaving first.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Goal, Plan};
use crate::circuit::Circuit;

/// Keeps plans within a budget of bytes. Circuits of the same ground structure are shared between plans.
pub(crate) struct PlanCache {
    max_bytes: usize,
    bytes: usize,
    clock: u64,
    plans: HashMap<Goal, Entry>,
    circuits: HashMap<Vec<u32>, std::sync::Weak<Circuit>>,
}

struct Entry {
    plan: Arc<Plan>,
    bytes: usize,
    used: u64,
}

impl PlanCache {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, bytes: 0, clock: 0, plans: HashMap::new(), circuits: HashMap::new() }
    }

    pub(crate) fn get(&mut self, goal: &Goal) -> Option<Arc<Plan>> {
        self.clock += 1;
        let entry = self.plans.get_mut(goal)?;
        entry.used = self.clock;
        Some(entry.plan.clone())
    }

    /// A circuit compiled earlier for the same structure that some plan still holds.
    pub(crate) fn circuit(&self, structure: &[u32]) -> Option<Arc<Circuit>> {
        self.circuits.get(structure)?.upgrade()
    }

    pub(crate) fn insert(&mut self, goal: Goal, structure: Vec<u32>, plan: Arc<Plan>) {
        self.clock += 1;
        let bytes = plan.bytes() + structure.len() * size_of::<u32>();
        self.circuits.insert(structure, Arc::downgrade(&plan.circuit));
        if let Some(old) = self.plans.insert(goal, Entry { plan, bytes, used: self.clock }) {
            self.bytes -= old.bytes;
        }
        self.bytes += bytes;
        while self.bytes > self.max_bytes && self.plans.len() > 1 {
            let Some(oldest) = self.plans.iter().min_by_key(|(_, entry)| entry.used).map(|(goal, _)| goal.clone())
            else {
                break;
            };
            if let Some(entry) = self.plans.remove(&oldest) {
                self.bytes -= entry.bytes;
            }
        }
        self.circuits.retain(|_, circuit| circuit.strong_count() > 0);
    }

    pub(crate) fn len(&self) -> usize {
        self.plans.len()
    }
}
