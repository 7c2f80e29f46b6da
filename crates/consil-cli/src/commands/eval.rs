//! `consil eval`: a run's model against labelled samples.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use consil::{Accuracies, Matrix, Repeats, Score, TrainedModel};
use serde::Serialize;

use crate::accuracy;
use crate::commands::run_table::confusion;
use crate::console::Console;
use crate::failure::{Failure, InputError};
use crate::runs::RunArg;
use crate::spinner::with_spinner;
use crate::training::reopen;
use consil::number::number;

/// Test a run's model.
///
/// Predicts the run's own test rows, or those of a manifest with a target column, and prints the accuracy of the result and of each concept
/// whose truth the data knows, each with its 95 % Wilson interval. Where samples are composed of items that recur, the
/// interval counts distinct items: repeats say nothing new. Beside them stand what always saying the most frequent class would
/// reach, the balanced accuracy (the mean of the classes' recalls), and the recall of each class.
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
        let (evaluation, repeats) = match &self.data {
            Some(path) => {
                let split = trained.open_manifest(path)?;
                (with_spinner(console, "testing", || trained.evaluate(&split))?, Repeats::of(&split))
            }
            None => {
                let project = reopen(console, &run)?;
                let test = &project.data().test;
                (with_spinner(console, "testing", || trained.evaluate(test))?, Repeats::of(test))
            }
        };
        let score = Score::from(&evaluation);
        if let (Some(data), true) = (&self.data, score.result_accuracy.is_nan()) {
            return Err(InputError::Unlabelled { data: data.clone() }.into());
        }
        let result = Matrix::from(&evaluation.result);
        let concepts = evaluation.concepts.iter().map(|(name, matrix)| (name.clone(), Matrix::from(matrix))).collect();
        let accuracies = Accuracies::new(&score, &result, &concepts, Some(&repeats));
        let answer = Answer { score, accuracies, result };
        console.answer(&answer, |style| {
            let loss = number(answer.score.loss);
            let mistakes = confusion(&answer.result, style);
            let recalls = accuracy::recalls(&answer.accuracies, style);
            format!("{}\nloss {loss}\n{recalls}{mistakes}", accuracy::table(&answer.accuracies, style))
        })
    }
}
