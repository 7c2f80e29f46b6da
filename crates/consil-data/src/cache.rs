//! Decoded files, the least recently used of which go first once they exceed a number of bytes.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Value;
use crate::error::Fault;

/// A byte-bounded least-recently-used cache, shared by the splits of a data set and by threads.
#[derive(Debug)]
pub(crate) struct ByteCache {
    budget: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    entries: HashMap<Arc<Path>, Entry>,
    /// Paths by the clock of their last use.
    order: BTreeMap<u64, Arc<Path>>,
    bytes: usize,
    clock: u64,
}

#[derive(Debug)]
struct Entry {
    value: Arc<Value>,
    used: u64,
}

impl ByteCache {
    pub fn new(budget: usize) -> Self {
        Self { budget, state: Mutex::default() }
    }

    /// The cached value, or the loaded one, kept if it fits the budget at all. Two threads may both load a value;
    /// neither waits for the other's decoder.
    pub fn get(&self, path: &Arc<Path>, load: impl FnOnce() -> Result<Value, Fault>) -> Result<Arc<Value>, Fault> {
        if let Some(value) = self.lock().touch(path) {
            return Ok(value);
        }
        let value = Arc::new(load()?);
        if value.bytes() <= self.budget {
            self.lock().insert(path, &value, self.budget);
        }
        Ok(value)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A thread that panicked between two statements leaves at worst a wrong byte count, never a wrong value.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn touch(&mut self, path: &Arc<Path>) -> Option<Arc<Value>> {
        self.clock += 1;
        let entry = self.entries.get_mut(path)?;
        self.order.remove(&entry.used);
        entry.used = self.clock;
        self.order.insert(self.clock, Arc::clone(path));
        Some(Arc::clone(&entry.value))
    }

    fn insert(&mut self, path: &Arc<Path>, value: &Arc<Value>, budget: usize) {
        if self.entries.contains_key(path) {
            return;
        }
        self.bytes += value.bytes();
        while self.bytes > budget {
            let Some((_, oldest)) = self.order.pop_first() else { break };
            if let Some(entry) = self.entries.remove(&oldest) {
                self.bytes -= entry.value.bytes();
            }
        }
        self.clock += 1;
        self.order.insert(self.clock, Arc::clone(path));
        self.entries.insert(Arc::clone(path), Entry { value: Arc::clone(value), used: self.clock });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str) -> Arc<Path> {
        Arc::from(Path::new(name))
    }

    #[test]
    fn the_least_recently_used_value_goes_first() {
        let row = || Ok(Value::of_numbers(&[0.0; 100]));
        let bytes = row().unwrap().bytes();
        let cache = ByteCache::new(2 * bytes);
        let loaded = |name: &str| {
            let mut loaded = false;
            cache
                .get(&path(name), || {
                    loaded = true;
                    row()
                })
                .unwrap();
            loaded
        };
        assert_eq!([loaded("a"), loaded("b"), loaded("a"), loaded("c")], [true, true, false, true]);
        // b was used before a, so c displaced b.
        assert_eq!([loaded("a"), loaded("b")], [false, true]);
        assert!(cache.lock().bytes <= 2 * bytes);
    }

    #[test]
    fn a_value_beyond_the_budget_is_served_and_not_kept() {
        let cache = ByteCache::new(10);
        for _ in 0..2 {
            assert_eq!(
                *cache.get(&path("a"), || Ok(Value::of_numbers(&[1.0; 50]))).unwrap(),
                Value::of_numbers(&[1.0; 50])
            );
        }
        let state = cache.lock();
        assert_eq!((state.bytes, state.entries.len()), (0, 0));
    }
}
