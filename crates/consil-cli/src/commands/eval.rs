//! `consil eval`: a run's model against labelled samples.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use consil::{Matrix, Score, TrainedModel};
use serde::Serialize;

use crate::accuracy::Accuracies;
use crate::commands::run_table::confusion;
use crate::console::Console;
use crate::failure::{Failure, InputError};
use crate::format::number;
use crate::runs::RunArg;
use crate::spinner::with_spinner;
use crate::training::reopen;

/// Test a run's model.
///
/// Predicts the run's own test rows, or those of a manifest with a target column, and prints the accuracy of the result and of each concept
/// whose truth the data knows, each with its 95 % Wilson interval. Where samples are composed of items that recur, the
/// interval counts distinct items: repeats say nothing new.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil eval runs/demo-001
  consil eval demo-001 --data elsewhere.csv
  consil eval demo-001 --json | jq .score")]
pub struct EvalArgs {
    /// The run.
    #[command(flatten)]
    run: RunArg,
    /// A CSV or JSONL manifest to test on instead of the run's own test rows
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    data: Option<PathBuf>,
}

#[derive(Serialize)]
struct Answer {
    score: Score,
    accuracies: Accuracies,
    result: Matrix,
}

impl EvalArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let run = self.run.open()?;
        let trained = TrainedModel::load(&run)?;
        let (evaluation, distinct) = match &self.data {
            Some(path) => {
                let split = trained.open_manifest(path)?;
                (with_spinner(console, "testing", || trained.evaluate(&split))?, None)
            }
            None => {
                let project = reopen(console, &run)?;
                let distinct = project.data().distinct.get("test").cloned();
                (with_spinner(console, "testing", || trained.evaluate(&project.data().test))?, distinct)
            }
        };
        let score = Score::from(&evaluation);
        if let (Some(data), true) = (&self.data, score.result_accuracy.is_nan()) {
            return Err(InputError::Unlabelled { data: data.clone() }.into());
        }
        let concepts = evaluation.concepts.iter().map(|(name, matrix)| (name.clone(), Matrix::from(matrix))).collect();
        let accuracies = Accuracies::new(&score, &concepts, distinct.as_ref());
        let answer = Answer { score, accuracies, result: Matrix::from(&evaluation.result) };
        console.answer(&answer, |style| {
            let loss = number(answer.score.loss);
            let mistakes = confusion(&answer.result, style);
            format!("{}\nloss {loss}\n{mistakes}", answer.accuracies.render(style))
        })
    }
}
