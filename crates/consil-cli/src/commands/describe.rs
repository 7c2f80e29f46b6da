//! `consil describe`: the networks, layer by layer.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use consil::describe::{Description, describe};
use consil::{Run, TrainedModel};
use consil_diagnostic::file;
use serde::Serialize;

use crate::console::Console;
use crate::failure::Failure;
use crate::runs::{self, BaseArg, RunsArg};
use crate::training::{load, reopen};

/// Show the networks of a spec or a run: layers, shapes, parameters, cost.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil describe my.toml
  consil describe runs/demo-001 --svg model.svg
  consil describe my.toml --json | jq .")]
pub struct DescribeArgs {
    /// The spec, or a run: its folder, or its name in the folder of runs
    #[arg(value_name = "SPEC|RUN", value_hint = ValueHint::AnyPath)]
    what: PathBuf,
    /// Also draw the networks into this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    svg: Option<PathBuf>,
    /// Where the project lies.
    #[command(flatten)]
    base: BaseArg,
    /// Where runs are kept.
    #[command(flatten)]
    root: RunsArg,
}

#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    description: Description,
    #[serde(skip_serializing_if = "Option::is_none")]
    svg_file: Option<PathBuf>,
}

impl DescribeArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let is_run = self.what.is_dir() || (!self.what.exists() && self.root.runs.join(&self.what).is_dir());
        let description = if is_run {
            of_run(console, &runs::open(&self.what, &self.root.runs)?, &self.base)?
        } else {
            describe(load(console, &self.what, &[], &self.base)?.model())
        };
        if let Some(path) = &self.svg {
            file::write(path, description.svg.as_bytes())?;
        }
        let answer = Answer { description, svg_file: self.svg };
        console.answer(&answer, |_| match &answer.svg_file {
            Some(path) => format!("{}\ndrawn in {}\n", answer.description.text, path.display()),
            None => answer.description.text.clone(),
        })
    }
}

/// A run with weights needs no data to be described; one without is built from its data again.
fn of_run(console: &Console, run: &Run, base: &BaseArg) -> Result<Description, Failure> {
    match TrainedModel::load(run) {
        Ok(trained) => Ok(describe(trained.model())),
        Err(consil::TrainedModelError::Untrained { .. }) => {
            let project = reopen(console, run, base)?;
            Ok(describe(project.model()))
        }
        Err(error) => Err(error.into()),
    }
}
