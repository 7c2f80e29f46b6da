//! Goals that depend on themselves where they may not.

use super::machine::Machine;
use super::table::Purpose;
use crate::error::ReasonError;
use crate::hash::FastMap;

impl Machine<'_> {
    /// The subgoals from `from`, which waits for all of `to`, back to `from`.
    pub(super) fn cycle_error(&self, from: u32, to: u32, tables: &[u32], purpose: Purpose) -> ReasonError {
        let calls = |caller: u32, callee: u32| {
            let callee = &self.tables[callee as usize];
            callee.consumers.iter().any(|consumer| consumer.frame.table == caller)
                || callee.waiting.iter().any(|waiting| waiting.frame.table == caller)
        };
        let waits = |caller: u32, callee: u32| {
            self.tables[callee as usize].waiting.iter().any(|waiting| waiting.frame.table == caller)
        };
        // Breadth first from `to` along calls until `from`.
        let mut parents: FastMap<u32, u32> = FastMap::default();
        let mut queue = std::collections::VecDeque::from([to]);
        while let Some(table) = queue.pop_front() {
            if table == from {
                break;
            }
            for &callee in tables.iter().filter(|&&callee| calls(table, callee)) {
                if callee != to && !parents.contains_key(&callee) {
                    parents.insert(callee, table);
                    queue.push_back(callee);
                }
            }
        }
        let mut path = vec![from];
        while let Some(&parent) = path.last().and_then(|last| parents.get(last)) {
            path.push(parent);
        }
        path.reverse();
        let name = |table: u32| self.show(self.tables[table as usize].call);
        let mut cycle = vec![name(from)];
        let mut caller = from;
        for table in path {
            let denied = purpose == Purpose::Negation && waits(caller, table);
            cycle.push(if denied { format!("\\+ {}", name(table)) } else { name(table) });
            caller = table;
        }
        // A part of a clause reads as the goal that it stands for.
        cycle.dedup();
        if cycle.len() == 1 {
            cycle.push(cycle[0].clone());
        }
        match purpose {
            Purpose::Negation => ReasonError::NegativeCycle { cycle },
            Purpose::Collect(_) => ReasonError::CollectingCycle { cycle },
        }
    }
}
