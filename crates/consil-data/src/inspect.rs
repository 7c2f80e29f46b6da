//! What preparing the rows of a split comes to: rows that cannot be used, rows that a limit cuts, words that the training
//! rows never showed.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::column::Source;
use crate::error::{BadRow, DataError};
use crate::{Preparation, Split};

/// What preparing the rows of a split comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inspection {
    /// Rows that cannot be used, each with its number.
    pub bad: Vec<(usize, BadRow)>,
    /// Counts by modality.
    pub counts: BTreeMap<String, Counts>,
}

/// What was cut and what was unknown in the values of one modality.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Values there are.
    pub values: u64,
    /// Values that are longer than the limit and were cut.
    pub cut: u64,
    /// Steps that were cut off.
    pub cut_steps: u64,
    /// The limit in steps, for modalities with time.
    pub limit: Option<usize>,
    /// Words or categories that the training rows never showed.
    pub unknown: u64,
    /// All words or categories.
    pub words: u64,
}

impl Inspection {
    /// What deserves to be said, as sentences: rows cut, and unknown words.
    pub fn notes(&self) -> Vec<String> {
        self.counts.iter().flat_map(|(modality, counts)| counts.notes(modality)).collect()
    }
}

impl Counts {
    fn notes(&self, modality: &str) -> Vec<String> {
        let mut notes = Vec::new();
        if self.values == 0 {
            notes.push(format!("no row has a value of modality {modality}"));
        }
        if self.cut > 0 {
            notes.push(format!(
                "{} of {} values of modality {modality} are longer than {} steps and were cut; modality.{modality}.max-length raises the limit",
                self.cut,
                self.values,
                self.limit.unwrap_or(0)
            ));
        }
        if self.unknown > 0 {
            notes.push(format!(
                "{} of {} words of modality {modality} ({:.1} %) never occur in training and are read as unknown",
                self.unknown,
                self.words,
                100.0 * self.unknown as f64 / self.words.max(1) as f64
            ));
        }
        notes
    }
}

/// The number of steps of each row of a split over all modalities whose batches have their own length, which is what
/// [`by_length`](crate::by_length) sorts by; none where no modality has such. A value of several rows is prepared once.
///
/// # Errors
/// A value that cannot be decoded or prepared, with its row.
pub fn row_lengths(
    split: &Split,
    preparations: &BTreeMap<String, Preparation>,
) -> Result<Option<Vec<usize>>, DataError> {
    let varies = |preparation: &Preparation| preparation.bounds().is_some_and(|bounds| bounds.limit.is_some());
    let mut lengths = None;
    for item in split.items() {
        let Some(preparation) = preparations.get(&item.modality).filter(|p| varies(p)) else { continue };
        let lengths: &mut Vec<usize> = lengths.get_or_insert_with(|| vec![0; split.len()]);
        let mut known: HashMap<Source<'_>, usize> = HashMap::new();
        for (row, length) in lengths.iter_mut().enumerate() {
            let source = Source::of(split.column(item)?, row);
            *length += match known.get(&source) {
                Some(steps) => *steps,
                None => {
                    let steps = match split.value(row, item)? {
                        None => 0,
                        Some(value) => preparation
                            .apply(&value)
                            .map_err(|error| split.bad_row(row, item, error.into()))?
                            .steps
                            .unwrap_or(0),
                    };
                    known.insert(source, steps);
                    steps
                }
            };
        }
    }
    Ok(lengths)
}

/// Prepares every value of a split once.
///
/// # Errors
/// An item that the split does not have; rows that cannot be used are in the inspection.
pub fn inspect(split: &Split, preparations: &BTreeMap<String, Preparation>) -> Result<Inspection, DataError> {
    let mut inspection = Inspection::default();
    for item in split.items() {
        let Some(preparation) = preparations.get(&item.modality) else { continue };
        let counts = inspection.counts.entry(item.modality.clone()).or_default();
        counts.limit = preparation.bounds().map(|bounds| bounds.most());
        for row in 0..split.len() {
            let prepared = split.value(row, item).and_then(|value| {
                let apply = |value| preparation.apply(&value).map_err(|error| split.bad_row(row, item, error.into()));
                value.map(apply).transpose()
            });
            match prepared {
                Ok(None) => {}
                Ok(Some(prepared)) => {
                    counts.values += 1;
                    counts.cut += u64::from(prepared.cut > 0);
                    counts.cut_steps += prepared.cut as u64;
                    counts.unknown += prepared.unknown as u64;
                    counts.words += (prepared.unknown + prepared.known) as u64;
                }
                Err(DataError::Rows(bad)) => inspection.bad.extend(bad.into_iter().map(|bad| (row, bad))),
                Err(other) => return Err(other),
            }
        }
    }
    Ok(inspection)
}
