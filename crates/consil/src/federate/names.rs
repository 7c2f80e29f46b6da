//! Names for sites, from the column that divides the rows.

use std::collections::BTreeSet;

use consil_data::{PartitionConfig, Split};

/// A name for each part: the values that its rows have in the column, joined by `+`. None where no column divides the rows.
pub(super) fn site_names(partition: &PartitionConfig, split: &Split, parts: &[Vec<usize>]) -> Option<Vec<String>> {
    let value = |row: usize| match partition {
        PartitionConfig::Column(column) => Some(split.attribute(row, column)),
        PartitionConfig::Groups => Some(split.group(row)),
        _ => None,
    };
    let name = |rows: &Vec<usize>| -> Option<String> {
        // Whole groups go to a site, so that no value is at two of them.
        let values: BTreeSet<&str> =
            rows.iter().map(|row| value(*row).map(|value| value.unwrap_or("(none)"))).collect::<Option<_>>()?;
        Some(values.into_iter().collect::<Vec<_>>().join("+"))
    };
    parts.iter().map(name).collect()
}
