//! Checking data without training on it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::data::load;
use crate::decoding::decode_all;
use crate::error::{BadRow, DataError, Warning, in_order};
use crate::{DataConfig, ModalityConfig};

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
    let data = load(config, modalities, base, seed, &[], &mut bad)?;
    let mut absent = BTreeMap::new();
    for split in data.splits() {
        for item in split.items() {
            let column = split.column(item)?;
            let n_absent = (0..split.len()).filter(|row| !column.is_present(*row)).count();
            if n_absent > 0 {
                absent.insert((split.name().to_owned(), item.to_string()), n_absent);
            }
        }
    }
    let mut surveys = BTreeMap::new();
    for split in data.splits() {
        bad.extend(decode_all(split, &mut surveys)?.into_iter().map(|(_, bad)| bad));
    }
    in_order(&mut bad);
    Ok(Report {
        rows: data.splits().map(|split| (split.name().to_owned(), split.len())).collect(),
        absent,
        distinct: data.distinct,
        bad,
        warnings: data.warnings,
    })
}
