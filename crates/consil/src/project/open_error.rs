//! Errors of opening a spec.

use std::path::PathBuf;

use consil_data::{DataError, FileFault};
use consil_diagnostic::{Hint, Report};

use crate::fine_tune::FineTuneError;
use crate::learner::DeriveError;
use crate::model::ModelError;
use crate::run::RunError;
use crate::site_statistics::StatisticsError;
use crate::spec::SpecError;
use crate::spec_fault::SpecFault;

/// Why a spec cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// More than one thing is wrong.
    #[error("{}", problems_text(.0))]
    Several(Vec<OpenError>),
    /// The run folder that keeps the spec cannot be read.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A setting that no training could use.
    #[error(transparent)]
    Setting(#[from] SpecFault),
    /// The data of a run are not where they were.
    #[error("{source}")]
    Moved {
        /// Where the paths begin.
        base: PathBuf,
        /// What was not found.
        source: Box<OpenError>,
    },
    /// The spec is refused.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The data has bad rows or cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Sites cannot fit what is learned before training.
    #[error(transparent)]
    Statistics(StatisticsError),
    /// The parts give no system.
    #[error(transparent)]
    Model(ModelError),
    /// Training cannot begin from the given weights.
    #[error(transparent)]
    FineTune(FineTuneError),
    /// Targets cannot be derived from the rules.
    #[error(transparent)]
    Derive(#[from] DeriveError),
    /// Rows whose target the model cannot answer with.
    #[error("{}", bad_labels_text(source_name, bad))]
    Labels {
        /// Where the rows are.
        source_name: String,
        /// The rows, by the name that errors call them, with their labels.
        bad: Vec<(String, String)>,
        /// The labels that can be answered.
        known: Vec<String>,
    },
    /// A split has rows without a target, where all need one.
    #[error("{n_rows} rows of {split} have no target")]
    Unlabelled {
        /// The split.
        split: &'static str,
        /// How many.
        n_rows: usize,
        /// The target column.
        column: String,
    },
}

fn bad_labels_text(source_name: &str, bad: &[(String, String)]) -> String {
    const SHOWN: usize = 20;
    let mut text = format!("{} rows of {source_name} have a target outside the classes:", bad.len());
    for (row, label) in bad.iter().take(SHOWN) {
        text.push_str(&format!("\n  {row}: `{label}`"));
    }
    if bad.len() > SHOWN {
        text.push_str(&format!("\n  … and {} more", bad.len() - SHOWN));
    }
    text
}

/// A list is read one by one, so that each problem is followed by what helps with it.
fn problems_text(problems: &[OpenError]) -> String {
    let mut text = format!("{} problems:", problems.len());
    for problem in problems {
        text.push_str(&format!("\n{}", Report::of(problem)));
    }
    text
}

impl Hint for OpenError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Moved { base, .. } => Some(format!(
                "the paths of this run begin at {}; if its project has moved, say where it is now: --base DIR",
                base.display()
            )),
            Self::Labels { known, .. } => {
                let shown = known.iter().take(40).cloned().collect::<Vec<_>>().join(", ");
                Some(format!("fix these rows; the answers the model can give are {shown}"))
            }
            Self::Unlabelled { column, .. } => Some(format!("fill the column `{column}`, or leave those rows out")),
            Self::Run(error) => error.help(),
            Self::Setting(error) => error.help(),
            Self::Spec(error) => error.help(),
            Self::Statistics(error) => error.help(),
            Self::Model(error) => error.help(),
            Self::FineTune(error) => error.help(),
            Self::Derive(error) => error.help(),
            Self::Several(_) | Self::Data(_) => None,
        }
    }
}

impl From<ModelError> for OpenError {
    fn from(error: ModelError) -> Self {
        match error {
            // What has a key in the spec is said with its place.
            ModelError::Setting(fault) => Self::Setting(fault),
            ModelError::Freeze(error) => error.into(),
            other => Self::Model(other),
        }
    }
}

impl From<FineTuneError> for OpenError {
    fn from(error: FineTuneError) -> Self {
        match error {
            FineTuneError::Setting(fault) => Self::Setting(fault),
            other => Self::FineTune(other),
        }
    }
}

impl From<StatisticsError> for OpenError {
    fn from(error: StatisticsError) -> Self {
        match error {
            StatisticsError::Data(error) => Self::Data(error),
            other => Self::Statistics(other),
        }
    }
}

impl OpenError {
    /// All that is wrong, each on its own.
    pub fn each(self) -> Vec<OpenError> {
        match self {
            Self::Several(problems) => problems.into_iter().flat_map(Self::each).collect(),
            one => vec![one],
        }
    }

    /// Whether a file or a folder was not found.
    pub(super) fn is_not_found(&self) -> bool {
        match self {
            Self::Several(problems) => problems.iter().any(Self::is_not_found),
            Self::FineTune(FineTuneError::Unreadable(error)) => error.is_not_found(),
            Self::Data(DataError::File { fault: FileFault::Missing, .. }) => true,
            Self::Data(DataError::Read(error)) => error.is_not_found(),
            _ => false,
        }
    }
}

/// One error for all that was found, which is at least one thing.
pub(super) fn all_of(mut problems: Vec<OpenError>) -> OpenError {
    if problems.len() == 1 { problems.remove(0) } else { OpenError::Several(problems) }
}
