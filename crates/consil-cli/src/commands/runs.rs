//! `consil runs`: what was done before.

mod compare;
mod list;
mod show;

use clap::Subcommand;
use consil::{Outcome, Run, RunError};

use crate::console::Console;
use crate::failure::Failure;

/// List, show and compare earlier runs.
#[derive(Subcommand)]
#[command(after_long_help = "\
EXAMPLES
  consil runs list
  consil runs show my-001
  consil runs compare my-001 my-002")]
pub enum RunsCommand {
    List(list::ListArgs),
    Show(show::ShowArgs),
    Compare(compare::CompareArgs),
}

impl RunsCommand {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        match self {
            Self::List(args) => args.run(console),
            Self::Show(args) => args.run(console),
            Self::Compare(args) => args.run(console),
        }
    }
}

/// A run's result, or `None` while it has none.
fn outcome_of(run: &Run) -> Result<Option<Outcome>, RunError> {
    if !run.path("result.json").exists() {
        return Ok(None);
    }
    Ok(Some(run.read_json("result.json")?))
}

/// A run's name: that of its folder.
fn name_of(run: &Run) -> String {
    run.folder()
        .file_name()
        .map_or_else(|| run.folder().display().to_string(), |name| name.to_string_lossy().into_owned())
}
