//! Errors of a training that cannot begin, go on or end.

use std::path::PathBuf;

use consil_diagnostic::Hint;
use consil_nn::CheckpointError;

use crate::federate_error::FederateError;
use crate::fine_tune::FineTuneError;
use crate::run::RunError;
use crate::spec_difference::SpecDifference;

/// Why a training cannot begin, go on or end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The run folder cannot be read or written.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A setting of `[train]` is out of its range.
    #[error("[train] {0}")]
    Settings(#[from] consil_nn::SettingErrors),
    /// The task failed.
    #[error(transparent)]
    Task(#[from] consil_nn::TaskError),
    /// Training failed.
    #[error(transparent)]
    Train(#[from] consil_nn::TrainError),
    /// The checkpoint cannot be read or written.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint was made by another spec.
    #[error("{} was made by another spec: its fingerprint is {found}, and this spec's is {expected}", path.display())]
    OtherSpec {
        /// The checkpoint.
        path: PathBuf,
        /// The fingerprint in it.
        found: String,
        /// This spec's.
        expected: String,
    },
    /// The run was begun with another spec.
    #[error("{} was begun with another spec:{}", run.display(), lines_of(differences))]
    ChangedSpec {
        /// The run folder.
        run: PathBuf,
        /// Where the specs differ: there is what the run was begun with, here what it is to go on with.
        differences: Vec<SpecDifference>,
    },
    /// Training cannot begin from the given weights.
    #[error(transparent)]
    FineTune(#[from] FineTuneError),
    /// A federation cannot begin.
    #[error(transparent)]
    Federation(#[from] FederateError),
    /// A round failed.
    #[error(transparent)]
    Simulation(#[from] consil_fed::simulate::SimulateError),
    /// The saved state of a federation is damaged or of another spec.
    #[error(transparent)]
    Restore(#[from] consil_fed::simulate::ResumeError),
    /// The state of a federation cannot be saved.
    #[error(transparent)]
    Save(#[from] consil_fed::state::StateError),
    /// What a site counted cannot be read.
    #[error("the evaluation by site {site} cannot be read: {reason}")]
    SiteEvaluation {
        /// The site.
        site: String,
        /// Why.
        reason: String,
    },
}

impl Hint for TrainError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::OtherSpec { .. } => "the modalities, networks, rules or head have changed since; restore them, or begin a new run without --resume".to_owned(),
            Self::ChangedSpec { run, .. } => format!(
                "what a run trains with cannot change on the way; restore these values in {}, or begin a new run without --resume",
                run.join("spec.toml").display()
            ),
            Self::SiteEvaluation { .. } => "let all sites run one version of the program and one spec".to_owned(),
            Self::Run(error) => return error.help(),
            Self::FineTune(error) => return error.help(),
            Self::Federation(error) => return error.help(),
            _ => return None,
        })
    }
}

fn lines_of(differences: &[SpecDifference]) -> String {
    differences.iter().map(|difference| format!("\n  {difference}")).collect()
}
