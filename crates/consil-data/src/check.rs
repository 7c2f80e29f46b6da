//! Checking data without training on it.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use crate::data::load;
use crate::error::{BadRow, DataError, Fault, Warning};
use crate::{DataConfig, Item, ModalityConfig, Split, Value};

/// What a data set holds, and everything that is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The rows of each split, in order.
    pub rows: Vec<(String, usize)>,
    /// The rows of each split in which an item is absent, by split and item; items that are always present are left
    /// out.
    pub absent: BTreeMap<(String, String), usize>,
    /// The number of different values, by split and modality.
    pub distinct: BTreeMap<String, BTreeMap<String, usize>>,
    /// Every row that cannot be used.
    pub bad: Vec<BadRow>,
    /// What makes results doubtful.
    pub warnings: Vec<Warning>,
}

impl Report {
    /// Whether each row can be used.
    pub fn is_good(&self) -> bool {
        self.bad.is_empty()
    }
}

/// Opens the data of a spec and decodes every value of it.
///
/// # Errors
/// A configuration that names what does not exist; bad rows are in the report.
pub fn check(
    config: &DataConfig,
    modalities: &BTreeMap<String, ModalityConfig>,
    base: &Path,
    seed: u64,
) -> Result<Report, DataError> {
    let mut bad = Vec::new();
    let data = load(config, modalities, base, seed, &mut bad)?;
    let mut absent = BTreeMap::new();
    // The number of channels of each sensor, as its first value has it.
    let mut channels: BTreeMap<String, usize> = BTreeMap::new();
    for split in data.splits() {
        for item in split.items() {
            let n_absent = decode_all(split, item, &mut channels, &mut bad)?;
            if n_absent > 0 {
                absent.insert((split.name().to_owned(), item.to_string()), n_absent);
            }
        }
    }
    bad.sort_by(|a, b| (&a.file, a.row, &a.column).cmp(&(&b.file, b.row, &b.column)));
    Ok(Report {
        rows: data.splits().map(|split| (split.name().to_owned(), split.len())).collect(),
        absent,
        distinct: data.distinct,
        bad,
        warnings: data.warnings,
    })
}

/// Decodes an item in each row, a file of several rows once, and counts the rows without it.
fn decode_all(
    split: &Split,
    item: &Item,
    channels: &mut BTreeMap<String, usize>,
    bad: &mut Vec<BadRow>,
) -> Result<usize, DataError> {
    let column = split.column(item)?;
    let mut seen = HashSet::new();
    let mut n_absent = 0;
    for row in 0..split.len() {
        if column.file(row).is_some_and(|file| !seen.insert(file.clone())) {
            continue;
        }
        let fault = match column.value(row, &split.cache) {
            Ok(None) => {
                n_absent += 1;
                None
            }
            Ok(Some(Value::Series { channels: found, .. })) => {
                let expected = *channels.entry(item.modality.clone()).or_insert(found);
                (found != expected).then_some(Fault::Channels { expected, found, line: None })
            }
            Ok(Some(_)) => None,
            Err(fault) => Some(fault),
        };
        if let Some(DataError::Rows(rows)) = fault.map(|fault| split.bad_row(row, item, fault)) {
            bad.extend(rows);
        }
    }
    Ok(n_absent)
}
