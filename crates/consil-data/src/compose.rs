//! Samples drawn from pools.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use consil_random::Key;

use crate::Item;
use crate::config::{ComposeConfig, Pairing};
use crate::error::{DataError, PoolFault};
use crate::limits;
use crate::pool::{Part, Pool};

/// The pool items of each item's rows, and with `same-label` pairing the rows' labels.
pub(crate) struct Composed {
    pub n_rows: usize,
    pub items: BTreeMap<Item, Vec<u32>>,
    pub labels: Option<Vec<String>>,
}

/// Draws the samples of one split.
pub(crate) fn compose(
    config: &ComposeConfig,
    pools: &BTreeMap<Item, Arc<Pool>>,
    part: Part,
    key: Key,
) -> Result<Composed, DataError> {
    let source = Source { config, pools, part, root: key, key: key.child("compose").child(part.name()) };
    let (name, wanted) = (part.name(), source.wanted().unwrap_or(0) as u64);
    limits::setting(format!("data.compose.{name}"), wanted, 0, limits::MAX_ROWS / pools.len().max(1) as u64)?;
    for pool in pools.values() {
        if source.candidates(pool).is_empty() {
            let mend = "name it in the pool, or ask for no such samples";
            return Err(pool_fault(pool, PoolFault::EmptyPart { split: part.name(), mend }));
        }
    }
    match config.pairing {
        Pairing::SameLabel => source.same_label(),
        Pairing::Independent if config.reuse => Ok(source.with_reuse()),
        Pairing::Independent => source.without_reuse(),
    }
}

struct Source<'a> {
    config: &'a ComposeConfig,
    pools: &'a BTreeMap<Item, Arc<Pool>>,
    part: Part,
    /// What all splits share.
    root: Key,
    /// This split's own.
    key: Key,
}

impl Source<'_> {
    /// The items of a pool that this split may draw. Where the pool has no validation part, one is cut from its
    /// training part, in the ratio of the sample counts.
    fn candidates(&self, pool: &Pool) -> Vec<u32> {
        let train = pool.part(Part::Train);
        let cut = match (self.config.valid, pool.part(Part::Valid).is_empty()) {
            (0, _) | (_, false) => return pool.part(self.part).to_vec(),
            (valid, true) => {
                let per_sample = self.pools.values().filter(|other| other.name == pool.name).count();
                let total = self.config.train.map_or(train.len() / per_sample.max(1), |n| n.saturating_add(valid));
                train.len().saturating_mul(valid).div_ceil(total.max(1)).min(train.len())
            }
        };
        if self.part == Part::Test {
            return pool.part(Part::Test).to_vec();
        }
        // One order for both parts, whatever the split being drawn.
        let order = self.root.child("validation items").child(&pool.name).stream().permutation(train.len());
        let (valid, kept) = order.split_at(cut);
        let mut chosen: Vec<u32> =
            if self.part == Part::Valid { valid } else { kept }.iter().map(|at| train[*at]).collect();
        chosen.sort_unstable();
        chosen
    }

    fn wanted(&self) -> Option<usize> {
        match self.part {
            Part::Train => self.config.train,
            Part::Valid => Some(self.config.valid),
            Part::Test => self.config.test,
        }
    }

    fn with_reuse(&self) -> Composed {
        let largest = self.pools.values().map(|pool| self.candidates(pool).len()).max().unwrap_or(0);
        let n_rows = self.wanted().unwrap_or(largest);
        let draw = |(item, pool): (&Item, &Arc<Pool>)| {
            let candidates = self.candidates(pool);
            let mut stream = self.key.child(&item.to_string()).stream();
            (item.clone(), (0..n_rows).map(|_| candidates[stream.below(candidates.len())]).collect())
        };
        Composed { n_rows, items: self.pools.iter().map(draw).collect(), labels: None }
    }

    /// Each pool is shuffled and gives its items in turn, all of them before one comes again.
    fn without_reuse(&self) -> Result<Composed, DataError> {
        let mut sharers: BTreeMap<&str, (&Arc<Pool>, Vec<&Item>)> = BTreeMap::new();
        for (item, pool) in self.pools {
            sharers.entry(&pool.name).or_insert((pool, Vec::new())).1.push(item);
        }
        let allowed =
            sharers.values().map(|(pool, items)| self.candidates(pool).len() / items.len()).min().unwrap_or(0);
        let n_rows = self.wanted().unwrap_or(allowed);
        let mut drawn = BTreeMap::new();
        for (pool, items) in sharers.into_values() {
            let mut candidates = self.candidates(pool);
            let wanted = n_rows * items.len();
            if wanted > candidates.len() {
                let (split, available) = (self.part.name(), candidates.len());
                return Err(pool_fault(pool, PoolFault::TooSmall { split, wanted, available }));
            }
            self.key.child(&pool.name).stream().shuffle(&mut candidates);
            for (nth, item) in items.iter().enumerate() {
                let column = (0..n_rows).map(|row| candidates[row * items.len() + nth]).collect();
                drawn.insert((*item).clone(), column);
            }
        }
        Ok(Composed { n_rows, items: drawn, labels: None })
    }

    /// The item with the largest pool is drawn first (without reuse: each of its pool's items once); the others follow
    /// its labels.
    fn same_label(&self) -> Result<Composed, DataError> {
        let Some((anchor, pool)) = self.pools.iter().rev().max_by_key(|(_, pool)| self.candidates(pool).len()) else {
            return Ok(Composed { n_rows: 0, items: BTreeMap::new(), labels: None });
        };
        let mut candidates = self.candidates(pool);
        let n_rows = self.wanted().unwrap_or(candidates.len());
        let mut stream = self.key.child(&anchor.to_string()).stream();
        let first: Vec<u32> = if self.config.reuse {
            (0..n_rows).map(|_| candidates[stream.below(candidates.len())]).collect()
        } else {
            if n_rows > candidates.len() {
                let (split, available) = (self.part.name(), candidates.len());
                return Err(pool_fault(pool, PoolFault::TooSmall { split, wanted: n_rows, available }));
            }
            stream.shuffle(&mut candidates);
            candidates[..n_rows].to_vec()
        };
        let labels: Vec<&str> = first.iter().map(|item| pool.label(*item as usize).unwrap_or_default()).collect();
        let mut drawn = BTreeMap::new();
        for (item, other) in self.pools.iter().filter(|(item, _)| *item != anchor) {
            let mut by_label: HashMap<&str, Vec<u32>> = HashMap::new();
            for candidate in self.candidates(other) {
                by_label.entry(other.label(candidate as usize).unwrap_or_default()).or_default().push(candidate);
            }
            let mut stream = self.key.child(&item.to_string()).stream();
            let column = labels.iter().map(|label| match by_label.get(label) {
                Some(same) => Ok(same[stream.below(same.len())]),
                None => {
                    let (split, label) = (self.part.name(), (*label).to_owned());
                    Err(pool_fault(other, PoolFault::NoSuchLabel { split, label }))
                }
            });
            drawn.insert(item.clone(), column.collect::<Result<Vec<_>, _>>()?);
        }
        let labels = labels.into_iter().map(str::to_owned).collect();
        drawn.insert(anchor.clone(), first);
        Ok(Composed { n_rows, items: drawn, labels: Some(labels) })
    }
}

fn pool_fault(pool: &Pool, reason: PoolFault) -> DataError {
    DataError::Pool { pool: pool.name.clone(), reason }
}
