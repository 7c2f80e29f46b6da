//! Batches of prepared values.

mod buckets;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use consil_random::Key;
use rayon::prelude::*;

use crate::augment::Augmenter;
use crate::error::DataError;
use crate::{Item, ModalityConfig, Preparation, Prepared, Split};

pub use buckets::by_length;

/// The prepared values of an item for some rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// `[B, shape…]`, row-major, with this batch's own number of steps on a time axis; zeros where the value is absent.
    pub values: Vec<f32>,
    /// `[B, T]` for preparations with time: 1 where a row has the step; zeros where the value is absent.
    pub mask: Option<Vec<f32>>,
    /// `[B]`: 1 where the row has a value, 0 where it is absent.
    pub present: Vec<f32>,
    /// The shape of one row.
    pub shape: Vec<usize>,
}

impl Batch {
    /// The number of steps T, for preparations with time.
    pub fn time(&self) -> Option<usize> {
        self.mask.as_ref().and(self.shape.last().copied())
    }

    /// Pads each row to a number of steps, for a network that takes no fewer (a convolution wants as many as its kernel
    /// has). A batch without time or with as many steps stays as it is.
    pub fn pad(&mut self, time: usize) {
        let Some(own) = self.time().filter(|own| *own < time) else { return };
        self.values = widened(&self.values, own, time);
        self.mask = self.mask.as_deref().map(|mask| widened(mask, own, time));
        if let Some(axis) = self.shape.last_mut() {
            *axis = time;
        }
    }
}

/// Rows of `own` values with zeros up to `time`.
fn widened(values: &[f32], own: usize, time: usize) -> Vec<f32> {
    let rows = values.chunks_exact(own);
    rows.flat_map(|row| row.iter().copied().chain(std::iter::repeat_n(0.0, time - own))).collect()
}

/// Serves batches of a split, preparing each row once. A batch is padded to its own longest row, or to
/// [`Preparation::time`] where that is fixed ([`Preparation::fix_length`]).
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

impl Shelf<'_> {
    /// Whether a row's prepared value is kept.
    fn has(&self, row: usize) -> bool {
        self.rows[row].get().is_some()
    }
}

/// A prepared row: none where the value is absent.
type Row = Option<Kept>;

#[derive(Clone, Debug)]
struct Kept {
    values: Vec<f32>,
    /// The length of the time axis, where there is one.
    steps: Option<usize>,
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
        let shelves = split.items().filter_map(shelf).collect();
        Self { split, shelves, bytes_left: AtomicUsize::new(cache_bytes) }
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
        self.assemble(rows, item, |_, kept| kept)
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
        self.collect(rows, item, |row, kept| {
            augmenter.apply(&mut kept.values, &mut kept.steps, &mut key.nth_stream(row as u64));
        })
    }

    /// The number of steps of each of some rows of an item, 0 where the value is absent or has no time: what
    /// [`by_length`] sorts by.
    ///
    /// # Errors
    /// As [`Loader::batch`].
    pub fn lengths(&self, rows: &[usize], item: &Item) -> Result<Vec<usize>, DataError> {
        let shelf = self.shelf(item)?;
        let steps = |row: &usize| Ok(self.row(shelf, *row, item)?.and_then(|kept| kept.steps).unwrap_or(0));
        rows.iter().map(steps).collect()
    }

    fn collect(
        &self,
        rows: &[usize],
        item: &Item,
        change: impl Fn(usize, &mut Kept) + Sync,
    ) -> Result<Batch, DataError> {
        self.assemble(rows, item, |row, kept| {
            let mut kept = kept.into_owned();
            change(row, &mut kept);
            Cow::Owned(kept)
        })
    }

    fn assemble<'s>(
        &'s self,
        rows: &[usize],
        item: &Item,
        change: impl Fn(usize, Cow<'s, Kept>) -> Cow<'s, Kept> + Sync,
    ) -> Result<Batch, DataError> {
        let shelf = self.shelf(item)?;
        let of_row = |row: &usize| Ok(self.row(shelf, *row, item)?.map(|kept| change(*row, kept)));
        let kept: Vec<Result<Option<Cow<'_, Kept>>, DataError>> = if rows.iter().all(|row| shelf.has(*row)) {
            rows.iter().map(of_row).collect()
        } else {
            // Decoding and preparing are worth all threads.
            rows.par_iter().map(of_row).collect()
        };
        // Of several errors the first row's.
        let kept: Vec<Option<Cow<'_, Kept>>> = kept.into_iter().collect::<Result<_, _>>()?;
        let mut shape = shelf.preparation.shape();
        // Each batch has its own length unless all are to have one.
        let time = shelf.preparation.bounds().map(|bounds| match bounds.limit {
            None => bounds.length,
            Some(_) => kept.iter().flatten().filter_map(|kept| kept.steps).max().unwrap_or(1).max(1),
        });
        if let (Some(time), Some(axis)) = (time, shape.last_mut()) {
            *axis = time;
        }
        let width: usize = shape.iter().product();
        let mut values = vec![0.0; rows.len() * width];
        let mut mask = time.map(|time| vec![0.0; rows.len() * time]);
        for (nth, (kept, out)) in kept.iter().zip(values.chunks_exact_mut(width.max(1))).enumerate() {
            let Some(kept) = kept else { continue };
            match (time, kept.steps) {
                (Some(time), Some(steps)) => {
                    let copied = steps.min(time);
                    for (out, row) in out.chunks_exact_mut(time).zip(kept.values.chunks_exact(steps.max(1))) {
                        out[..copied].copy_from_slice(&row[..copied]);
                    }
                    if let Some(mask) = &mut mask {
                        mask[nth * time..][..copied].fill(1.0);
                    }
                }
                _ => out.copy_from_slice(&kept.values),
            }
        }
        let present = kept.iter().map(|kept| if kept.is_some() { 1.0 } else { 0.0 }).collect();
        Ok(Batch { values, mask, present, shape })
    }

    /// A row's prepared value: the kept one, or one prepared now, which is kept if bytes are left.
    fn row<'s>(&self, shelf: &'s Shelf<'_>, row: usize, item: &Item) -> Result<Option<Cow<'s, Kept>>, DataError> {
        let cell = &shelf.rows[row];
        if let Some(kept) = cell.get() {
            return Ok(kept.as_ref().map(Cow::Borrowed));
        }
        let prepared = self.prepare(shelf, row, item)?;
        let bytes = prepared.as_ref().map_or(0, |kept| size_of_val(&*kept.values));
        let reserve = |left: usize| left.checked_sub(bytes);
        // Relaxed: the counter only bounds memory; the rows themselves are published by their OnceLock.
        if self.bytes_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, reserve).is_err() {
            return Ok(prepared.map(Cow::Owned));
        }
        if let Err(lost) = cell.set(prepared) {
            self.bytes_left.fetch_add(bytes, Ordering::Relaxed);
            return Ok(lost.map(Cow::Owned));
        }
        Ok(cell.get().and_then(Option::as_ref).map(Cow::Borrowed))
    }

    fn prepare(&self, shelf: &Shelf<'_>, row: usize, item: &Item) -> Result<Row, DataError> {
        let Some(value) = self.split.value(row, item)? else { return Ok(None) };
        let Prepared { values, steps, .. } =
            shelf.preparation.apply(&value).map_err(|error| self.split.bad_row(row, item, error.into()))?;
        Ok(Some(Kept { values, steps }))
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
