//! Checking data without training on it.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use crate::data::load;
use crate::error::{BadRow, DataError, Fault, Warning, in_order};
use crate::modality::AnySurvey;
use crate::{DataConfig, Item, ModalityConfig, Split};

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

/// The rows of a split with a value that cannot be decoded, each with what is wrong; a row once for each of its items.
pub(crate) fn bad_values(split: &Split) -> Result<Vec<(usize, BadRow)>, DataError> {
    decode_all(split, &mut BTreeMap::new())
}

/// Decodes every value, a file of several rows once. `surveys` is what the values before are like, with which these must
/// go together.
fn decode_all(split: &Split, surveys: &mut BTreeMap<String, AnySurvey>) -> Result<Vec<(usize, BadRow)>, DataError> {
    let mut bad = Vec::new();
    for item in split.items() {
        let column = split.column(item)?;
        let mut seen: HashMap<Arc<Path>, Option<Fault>> = HashMap::new();
        for row in 0..split.len() {
            let fault = match column.file(row) {
                Some(file) => match seen.get(file) {
                    Some(fault) => fault.clone(),
                    None => {
                        let fault = fault_of(split, row, item, surveys)?;
                        seen.insert(Arc::clone(file), fault.clone());
                        fault
                    }
                },
                None => fault_of(split, row, item, surveys)?,
            };
            if let Some(DataError::Rows(rows)) = fault.map(|fault| split.bad_row(row, item, fault)) {
                bad.extend(rows.into_iter().map(|found| (row, found)));
            }
        }
    }
    Ok(bad)
}

fn fault_of(
    split: &Split,
    row: usize,
    item: &Item,
    surveys: &mut BTreeMap<String, AnySurvey>,
) -> Result<Option<Fault>, DataError> {
    Ok(match split.column(item)?.value(row, &split.cache) {
        Ok(None) => None,
        Ok(Some(value)) => {
            let survey = surveys.entry(item.modality.clone()).or_insert_with(|| AnySurvey::new(value.kind()));
            survey.see(&value, 1).err()
        }
        Err(fault) => Some(fault),
    })
}
