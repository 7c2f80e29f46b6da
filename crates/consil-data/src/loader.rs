//! Batches of prepared values.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use consil_random::Key;

use crate::augment::Augmenter;
use crate::error::{DataError, Fault};
use crate::{Item, ModalityConfig, Preparation, PrepareError, Split};

/// The prepared values of an item for some rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// `[B, shape…]`, row-major; zeros where the value is absent.
    pub values: Vec<f32>,
    /// `[B, T]` for preparations with time: 1 where a row has the step; zeros where the value is absent.
    pub mask: Option<Vec<f32>>,
    /// `[B]`: 1 where the row has a value, 0 where it is absent.
    pub present: Vec<f32>,
}

/// Serves batches of a split, preparing each row once.
///
/// Prepared rows are kept until a number of bytes is reached; rows beyond it are prepared anew each time. Nothing is
/// displaced: an epoch visits every row once, so under a least-recently-used rule a cache smaller than the split would
/// never answer. A loader may be used from several threads, and a batch does not depend on who else asks.
#[derive(Debug)]
pub struct Loader<'a> {
    split: &'a Split,
    shelves: BTreeMap<Item, Shelf<'a>>,
    bytes_left: AtomicUsize,
}

#[derive(Debug)]
struct Shelf<'a> {
    preparation: &'a Preparation,
    augmenter: Augmenter,
    rows: Vec<OnceLock<Row>>,
}

/// A prepared row: none where the value is absent.
type Row = Option<Kept>;

#[derive(Clone, Debug)]
struct Kept {
    values: Box<[f32]>,
    /// The steps that the mask covers.
    n_steps: usize,
}

impl<'a> Loader<'a> {
    /// A loader that keeps up to `cache_bytes` of prepared values. Items of modalities without a preparation are left
    /// out.
    pub fn new(split: &'a Split, preparations: &'a BTreeMap<String, Preparation>, cache_bytes: usize) -> Self {
        let shelf = |item: &Item| {
            let preparation = preparations.get(&item.modality)?;
            let rows = std::iter::repeat_with(OnceLock::new).take(split.len()).collect();
            Some((item.clone(), Shelf { preparation, augmenter: Augmenter::none(preparation), rows }))
        };
        Self { split, shelves: split.items().filter_map(shelf).collect(), bytes_left: AtomicUsize::new(cache_bytes) }
    }

    /// The same loader with the random changes that [`Loader::batch_train`] makes.
    pub fn with_augmentation(mut self, modalities: &BTreeMap<String, ModalityConfig>) -> Self {
        for (item, shelf) in &mut self.shelves {
            if let Some(config) = modalities.get(&item.modality) {
                shelf.augmenter = Augmenter::new(config.augment, shelf.preparation);
            }
        }
        self
    }

    /// The split that is served.
    pub fn split(&self) -> &'a Split {
        self.split
    }

    /// The preparation of an item.
    pub fn preparation(&self, item: &Item) -> Option<&'a Preparation> {
        self.shelves.get(item).map(|shelf| shelf.preparation)
    }

    /// The prepared values of an item.
    ///
    /// # Errors
    /// An item without a preparation, or a value that cannot be decoded or prepared, with its row.
    ///
    /// # Panics
    /// If the split does not have a row.
    pub fn batch(&self, rows: &[usize], item: &Item) -> Result<Batch, DataError> {
        self.collect(rows, item, |_, _, n_steps| n_steps)
    }

    /// The prepared values of an item with their random changes, which are a function of the key (say, of the step) and
    /// the row.
    ///
    /// # Errors
    /// As [`Loader::batch`].
    pub fn batch_train(&self, rows: &[usize], item: &Item, key: Key) -> Result<Batch, DataError> {
        let augmenter = &self.shelf(item)?.augmenter;
        if augmenter.is_none() {
            return self.batch(rows, item);
        }
        let key = key.child("augment").child(&item.to_string());
        self.collect(rows, item, |row, values, n_steps| {
            augmenter.apply(values, n_steps, &mut key.nth_stream(row as u64))
        })
    }

    fn collect(
        &self,
        rows: &[usize],
        item: &Item,
        change: impl Fn(usize, &mut [f32], usize) -> usize,
    ) -> Result<Batch, DataError> {
        let shelf = self.shelf(item)?;
        let width = shelf.preparation.len();
        let time = shelf.preparation.time();
        let mut values = Vec::with_capacity(rows.len() * width);
        let mut mask = time.map(|time| Vec::with_capacity(rows.len() * time));
        let mut present = Vec::with_capacity(rows.len());
        for &row in rows {
            let begin = values.len();
            let n_steps = self.with_row(shelf, row, item, |kept| match kept {
                Some(kept) => {
                    values.extend_from_slice(&kept.values);
                    present.push(1.0);
                    Some(kept.n_steps)
                }
                None => {
                    values.resize(begin + width, 0.0);
                    present.push(0.0);
                    None
                }
            })?;
            let n_steps = n_steps.map_or(0, |n| change(row, &mut values[begin..], n));
            if let (Some(mask), Some(time)) = (&mut mask, time) {
                mask.extend((0..time).map(|t| if t < n_steps { 1.0 } else { 0.0 }));
            }
        }
        Ok(Batch { values, mask, present })
    }

    /// Calls `with` with a row's prepared value: the kept one, or one prepared now, which is kept if bytes are left.
    fn with_row<R>(
        &self,
        shelf: &Shelf<'_>,
        row: usize,
        item: &Item,
        with: impl FnOnce(Option<&Kept>) -> R,
    ) -> Result<R, DataError> {
        if let Some(kept) = shelf.rows[row].get() {
            return Ok(with(kept.as_ref()));
        }
        let prepared = self.prepare(shelf, row, item)?;
        let bytes = prepared.as_ref().map_or(0, |kept| size_of_val(&*kept.values));
        let reserve = |left: usize| left.checked_sub(bytes);
        // Relaxed: the counter only bounds memory; the rows themselves are published by their OnceLock.
        if self.bytes_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, reserve).is_err() {
            return Ok(with(prepared.as_ref()));
        }
        if let Err(lost) = shelf.rows[row].set(prepared) {
            self.bytes_left.fetch_add(bytes, Ordering::Relaxed);
            return Ok(with(lost.as_ref()));
        }
        Ok(with(shelf.rows[row].get().and_then(Option::as_ref)))
    }

    fn prepare(&self, shelf: &Shelf<'_>, row: usize, item: &Item) -> Result<Row, DataError> {
        let Some(value) = self.split.value(row, item)? else { return Ok(None) };
        let prepared = shelf.preparation.apply(&value).map_err(|error| {
            let fault = match error {
                PrepareError::Kind { expected, found } => Fault::Kind { expected, found },
                PrepareError::Channels { expected, found } => Fault::Channels { expected, found, line: None },
                PrepareError::Empty { kind } => Fault::Empty { kind },
            };
            self.split.bad_row(row, item, fault)
        })?;
        let n_steps = prepared.mask.map_or(0, |mask| mask.iter().filter(|m| **m > 0.0).count());
        Ok(Some(Kept { values: prepared.values.into(), n_steps }))
    }

    fn shelf(&self, item: &Item) -> Result<&Shelf<'a>, DataError> {
        self.shelves.get(item).ok_or_else(|| DataError::UnknownItem {
            split: self.split.name().to_owned(),
            item: item.to_string(),
            found: self.shelves.keys().map(ToString::to_string).collect(),
        })
    }
}

#[cfg(test)]
mod tests;
