//! Published numbers, worked out again from their data: theirs beside ours.
//!
//! [`audit`] asks for each data file it needs and runs every check that it can. It reads no clock and opens no file: the caller does, and says which day counts as
//! today. A check whose file is not there is left out and named; it never passes.

pub mod agi_definition;
mod checks;

use std::io;
use std::io::Read;

use consil_random::Key;
use serde::Serialize;

use crate::capability::CapabilityError;
use crate::date::Date;
use crate::fit::FitError;
use crate::run::RunError;
use crate::source::Source;
use crate::table::TableError;
use crate::trend::TrendError;

/// A data file that checks need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditFile {
    /// The runs of Hoffmann et al. (2022), read off their figure 4 by Besiroglu et al. (2024).
    Chinchilla,
    /// METR's horizons, version 1.0.
    Horizons10,
    /// METR's horizons, version 1.1.
    Horizons11,
    /// Epoch AI's list of models with their training compute.
    Models,
    /// The benchmark scores of Ruan et al. (2024).
    Benchmarks,
}

impl AuditFile {
    /// All files.
    pub const ALL: [Self; 5] = [Self::Chinchilla, Self::Horizons10, Self::Horizons11, Self::Models, Self::Benchmarks];

    /// Where the file lies below the folder of data sets.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Chinchilla => "pathways/chinchilla/svg_extracted_data.csv",
            Self::Horizons10 => "pathways/metr/benchmark_results_1_0.yaml",
            Self::Horizons11 => "pathways/metr/benchmark_results_1_1.yaml",
            Self::Models => "pathways/epoch/all_ml_systems_full_view.csv",
            Self::Benchmarks => "pathways/obs/base_43dad32.csv",
        }
    }
}

/// One check.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AuditRow {
    /// What is checked.
    pub check: String,
    /// The published number.
    pub published: f64,
    /// Who published it.
    pub publication: &'static str,
    /// Our number.
    pub ours: f64,
    /// How far apart they may be: rounding of what is printed, or the noise of a bootstrap.
    pub tolerance: f64,
    /// Whether they are no farther apart.
    pub ok: bool,
    /// What ours was worked out from.
    pub source: Source,
}

/// All checks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Audit {
    /// Those that were run.
    pub rows: Vec<AuditRow>,
    /// Files that were not there, whose checks were left out.
    pub left_out: Vec<AuditFile>,
}

impl Audit {
    /// Whether all checks were run, and all agree.
    pub fn is_complete_and_ok(&self) -> bool {
        self.left_out.is_empty() && self.rows.iter().all(|row| row.ok)
    }
}

/// Runs all checks for which `open` has the file; `open` gives `None` for one that is not there.
///
/// # Errors
/// If a file cannot be opened or read, or does not hold what it should.
pub fn audit(
    mut open: impl FnMut(AuditFile) -> io::Result<Option<Box<dyn Read>>>,
    today: Date,
    key: Key,
) -> Result<Audit, AuditError> {
    let mut rows = checks::constants();
    let mut left_out = Vec::new();
    for file in AuditFile::ALL {
        match open(file).map_err(|error| AuditError::Open { path: file.path(), error })? {
            Some(reader) => rows.extend(checks::of_file(file, reader, today, key)?),
            None => left_out.push(file),
        }
    }
    Ok(Audit { rows, left_out })
}

/// Why an audit could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// A file that is there but cannot be opened.
    #[error("{path}: {error}")]
    Open {
        /// The file, below the folder of data sets.
        path: &'static str,
        /// What the system says.
        error: io::Error,
    },
    /// A table that cannot be used.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Runs that cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A law that cannot be fitted.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// A trend that cannot be fitted.
    #[error(transparent)]
    Trend(#[from] TrendError),
    /// Components that cannot be found.
    #[error(transparent)]
    Capability(#[from] CapabilityError),
    /// A budget that cannot be allocated.
    #[error(transparent)]
    Allocate(#[from] crate::allocate::AllocateError),
}

#[cfg(test)]
mod tests;
