//! `consil explain`: why.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use consil::explain::{Explanation, explain, explain_with};
use consil::{Split, TrainedModel};
use serde::Serialize;

use crate::console::Console;
use crate::failure::{Failure, InputError};
use crate::global::up_to;
use crate::runs::{BaseArg, RunArg, load};
use crate::training::reopen;
use consil::number::count;

/// Show why: what each network saw, and the proof of the answer.
///
/// For each chosen row: every network's view of its input, the answer with its most probable proofs, and the nearest change that would give
/// another answer. Rows are taken from the run's test rows, or from a manifest.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil explain runs/demo-001
  consil explain demo-001 --row 3 --row 17 --proofs 5
  consil explain demo-001 --data new.csv --row 0
  consil explain demo-001 --json | jq '.explanations[0].proofs'")]
pub struct ExplainArgs {
    /// The run.
    #[command(flatten)]
    run: RunArg,
    /// Where the project lies.
    #[command(flatten)]
    base: BaseArg,
    /// A CSV or JSONL manifest to take rows from instead of the run's own test rows
    #[arg(long, value_name = "FILE", conflicts_with = "base", value_hint = ValueHint::FilePath)]
    data: Option<PathBuf>,
    /// A row to explain, counted from 0; can be repeated
    #[arg(long, value_name = "N", default_value = "0")]
    row: Vec<usize>,
    /// How many proofs of the answer to show at most [default: 3], the most probable first; those that add next to nothing are left out
    #[arg(long, value_name = "K", value_parser = up_to::<10_000>)]
    proofs: Option<usize>,
}

#[derive(Serialize)]
struct Answer {
    explanations: Vec<Explanation>,
}

impl ExplainArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let run = self.run.open()?;
        let trained = load(&run, console)?;
        if self.proofs.is_some() && trained.model().program().is_none() {
            let (why, help) = ("the model has no rules, and nothing is proven", "leave it out");
            return Err(InputError::WithoutEffect { option: "--proofs", why, help }.into());
        }
        match &self.data {
            Some(path) => {
                let split = trained.open_manifest(path)?;
                self.explain(console, &trained, &split, &path.display().to_string())
            }
            None => {
                let project = reopen(console, &run, &self.base)?;
                self.explain(console, &trained, &project.data().test, "the test split")
            }
        }
    }

    fn explain(&self, console: &Console, trained: &TrainedModel, split: &Split, data: &str) -> Result<(), Failure> {
        if let Some(row) = self.row.iter().find(|row| **row >= split.len()) {
            let n_rows = count(split.len(), "row");
            return Err(InputError::NoRow { row: *row, data: data.to_owned(), n_rows }.into());
        }
        let mut explanations = Vec::with_capacity(self.row.len());
        for row in &self.row {
            explanations.push(of_row(trained, split, *row, self.proofs)?);
        }
        let answer = Answer { explanations };
        console.answer(&answer, |_| {
            let texts: Vec<String> = answer.explanations.iter().map(ToString::to_string).collect();
            texts.join("\n")
        })
    }
}

fn of_row(trained: &TrainedModel, split: &Split, row: usize, n_proofs: Option<usize>) -> Result<Explanation, Failure> {
    Ok(match n_proofs {
        Some(n) => explain_with(trained, split, row, n)?,
        None => explain(trained, split, row)?,
    })
}
