//! Which run folder is meant, and what to type to go on with it.

use std::path::{Path, PathBuf};

use consil::{Run, RunKind, TrainedModel};

use crate::console::Console;
use crate::failure::Failure;

/// Opens the run that `given` names: a folder, or the name of one in `root`.
///
/// # Errors
/// When there is no such run.
pub fn open(given: &Path, root: &Path) -> Result<Run, Failure> {
    let within = root.join(given);
    let folder = if !given.exists() && within.exists() { &within } else { given };
    Ok(Run::open(folder)?)
}

/// Which run is meant, as an argument.
#[derive(Clone, Debug, clap::Args)]
pub struct RunArg {
    /// The run: its folder, or its name in the folder of runs
    #[arg(value_name = "RUN", value_hint = clap::ValueHint::DirPath)]
    pub run: PathBuf,
    /// Where runs are kept.
    #[command(flatten)]
    pub root: RunsArg,
}

impl RunArg {
    /// Opens it.
    ///
    /// # Errors
    /// When there is no such run.
    pub fn open(&self) -> Result<Run, Failure> {
        open(&self.run, &self.root.runs)
    }
}

/// The model of a run. Of one that has not ended, the latest checkpoint answers, which is said.
///
/// # Errors
/// When it cannot be loaded.
pub fn load(run: &Run, console: &Console) -> Result<TrainedModel, Failure> {
    let trained = TrainedModel::load_to_ask(run)?;
    if !run.is_finished() {
        let (folder, command) = (run.folder().display(), resume_command(run));
        console.warn(&format!("{folder} has not ended: its latest checkpoint answers\n  help: go on with {command}"));
    }
    Ok(trained)
}

/// Where a project lies now, as an option.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct BaseArg {
    /// Where the relative data paths of a run begin, if its project has moved since it was trained
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub base: Option<PathBuf>,
}

/// Where runs are kept, as an option.
#[derive(Clone, Debug, clap::Args)]
pub struct RunsArg {
    /// Where run folders are kept
    #[arg(long, value_name = "DIR", default_value = "runs", value_hint = clap::ValueHint::DirPath)]
    pub runs: PathBuf,
}

/// A run's kind in a word.
pub fn kind_word(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Central => "central",
        RunKind::Federated => "federated",
    }
}

/// What a run of this kind does, in a word.
pub fn trained_by(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Central => "training",
        RunKind::Federated => "federation",
    }
}

/// The command that goes on with a run.
pub fn resume_command(run: &Run) -> String {
    let command = match run.about().kind {
        RunKind::Central => "train",
        RunKind::Federated => "federate simulate",
    };
    format!("consil {command} --resume {}", run.folder().display())
}
