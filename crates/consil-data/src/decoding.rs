//! Decoding every value of a split, to find those that cannot be.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use crate::error::{BadRow, DataError, Fault};
use crate::modality::AnySurvey;
use crate::{Item, Split};

/// The rows of a split with a value that cannot be decoded, each with what is wrong; a row once for each of its items.
pub(crate) fn bad_values(split: &Split) -> Result<Vec<(usize, BadRow)>, DataError> {
    decode_all(split, &mut BTreeMap::new())
}

/// Decodes every value, a file of several rows once. `surveys` is what the values before are like, with which these must
/// go together.
pub(crate) fn decode_all(
    split: &Split,
    surveys: &mut BTreeMap<String, AnySurvey>,
) -> Result<Vec<(usize, BadRow)>, DataError> {
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
