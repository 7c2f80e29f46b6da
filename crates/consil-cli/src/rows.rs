//! Rows that a trained model is asked about.

use std::collections::BTreeSet;
use std::path::Path;

use consil::{BadRows, DataError, Rows, RowsOptions, TrainedModel};

use crate::console::Console;
use crate::failure::{Failure, InputError};
use consil::number::count;

/// So many rows that were left out are listed; the others are counted.
const LISTED: usize = 20;

/// What is wanted of the rows.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Whether rows that cannot be used are left out, rather than refused.
    pub skip_bad: bool,
    /// Whether their targets are read.
    pub targets: bool,
}

/// Opens the rows of a manifest. Those that cannot be used are refused, each named once; or left out, counted and listed on stderr.
///
/// # Errors
/// When the manifest or a row of it cannot be used, or no row is left.
pub fn open_rows(console: &Console, trained: &TrainedModel, path: &Path, wanted: Wanted) -> Result<Rows, Failure> {
    let bad_rows = if wanted.skip_bad { BadRows::Skip } else { BadRows::Refuse };
    let options = RowsOptions { bad_rows, ignores_targets: !wanted.targets };
    let rows = trained.open_rows(path, options).map_err(|error| match error {
        source @ DataError::Rows(_) => Failure::from(InputError::BadRows { source }),
        other => other.into(),
    })?;
    if !rows.skipped.is_empty() {
        let shown = rows.skipped.iter().take(LISTED).map(|row| format!("\n  {row}")).collect::<String>();
        let more = rows.skipped.len().saturating_sub(LISTED);
        let more = if more > 0 { format!("\n  … and {more} more") } else { String::new() };
        // A row with two bad cells is one row.
        let n_rows = rows.skipped.iter().map(|bad| (&bad.file, bad.row)).collect::<BTreeSet<_>>().len();
        console.warn(&format!("{} left out, which cannot be used:{shown}{more}", count(n_rows, "row")));
    }
    for note in rows.inspection.notes() {
        console.warn(&note);
    }
    Ok(rows)
}
