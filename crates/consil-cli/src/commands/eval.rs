//! `consil eval`: a run's model against labelled samples.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use consil::{Accuracies, Matrix, Repeats, Score, Split, TargetColumn, TrainedModel};
use serde::Serialize;

use crate::accuracy;
use crate::commands::run_table::confusion;
use crate::console::Console;
use crate::failure::{Failure, InputError};
use crate::rows::{Wanted, open_rows};
use crate::runs::{BaseArg, RunArg, load};
use crate::spinner::with_spinner;
use crate::training::reopen;
use consil::number::{count, number};

/// Test a run's model.
///
/// Predicts the run's own test rows, or those of a manifest with a target column, and prints the accuracy of the result and
/// of each concept whose truth the data knows, each with its 95 % Wilson interval. Where samples are composed of items that
/// recur, the interval counts distinct items: repeats say nothing new; of the rows of a manifest it counts those whose
/// inputs differ. Rows without a target, and those whose label the model does not know, are counted apart. Beside them
/// stand what always saying the most frequent class would reach, the balanced accuracy (the mean of the classes' recalls),
/// and the recall of each class.
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
    /// Where the project lies.
    #[command(flatten)]
    base: BaseArg,
    /// A CSV or JSONL manifest to test on instead of the run's own test rows
    #[arg(long, value_name = "FILE", conflicts_with = "base", value_hint = ValueHint::FilePath)]
    data: Option<PathBuf>,
    /// Leave out rows of --data that cannot be used; they are counted and listed
    #[arg(long, requires = "data")]
    skip_bad: bool,
}

#[derive(Serialize)]
struct Answer {
    score: Score,
    accuracies: Accuracies,
    result: Matrix,
    /// Rows that lack a target, by its name: they are not judged.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    unlabelled: BTreeMap<String, usize>,
}

impl EvalArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let run = self.run.open()?;
        let trained = load(&run, console)?;
        let (evaluation, repeats, unlabelled) = match &self.data {
            Some(path) => {
                let wanted = Wanted { skip_bad: self.skip_bad, targets: true };
                let split = open_rows(console, &trained, path, wanted)?.split;
                let evaluation = with_spinner(console, "testing", || trained.evaluate(&split))?;
                (evaluation, Repeats::of(&split), unlabelled(&split))
            }
            None => {
                let project = reopen(console, &run, &self.base)?;
                let test = &project.data().test;
                (with_spinner(console, "testing", || trained.evaluate(test))?, Repeats::of(test), BTreeMap::new())
            }
        };
        let score = Score::from(&evaluation);
        if let Some(data) = &self.data {
            refuse_unjudged(data, &score, &trained)?;
        }
        let result = Matrix::from(&evaluation.result());
        let concepts = evaluation.concepts.iter().map(|(name, matrix)| (name.clone(), Matrix::from(matrix))).collect();
        let accuracies = Accuracies::new(&score, &result, &concepts, Some(&repeats));
        let answer = Answer { score, accuracies, result, unlabelled };
        console.answer(&answer, |style| {
            let loss = number(answer.score.loss);
            let unlabelled = not_judged(&answer.unlabelled);
            let mistakes = confusion(&answer.result, style);
            let recalls = accuracy::recalls(&answer.accuracies, style);
            format!("{}\nloss {loss}\n{unlabelled}{recalls}{mistakes}", accuracy::table(&answer.accuracies, style))
        })
    }
}

/// Rows of which none can be judged say nothing of a model.
fn refuse_unjudged(data: &Path, score: &Score, trained: &TrainedModel) -> Result<(), Failure> {
    if score.targets.iter().any(|target| target.n_judged > 0) {
        return Ok(());
    }
    let labels: Vec<String> = score.targets.iter().flat_map(|target| counted(&target.unknown)).collect();
    let data = data.to_owned();
    if labels.is_empty() {
        return Err(InputError::Unlabelled { data }.into());
    }
    let known = trained.model().labels().join(", ");
    Err(InputError::UnknownLabels { data, labels: labels.join(", "), known }.into())
}

/// Rows without a value of each target, by its name.
fn unlabelled(split: &Split) -> BTreeMap<String, usize> {
    let absent = |column: &TargetColumn| (0..split.len()).filter(|row| column.get(*row).is_none()).count();
    let counts = split.targets().map(|(name, column)| (name.to_owned(), absent(column)));
    counts.filter(|(_, n_rows)| *n_rows > 0).collect()
}

/// A line for each target that rows lack.
fn not_judged(unlabelled: &BTreeMap<String, usize>) -> String {
    let line = |(target, n_rows): (&String, &usize)| match n_rows {
        1 => format!("1 row has no {target}, and is not judged\n"),
        n => format!("{} have no {target}, and are not judged\n", count(*n, "row")),
    };
    unlabelled.iter().map(line).collect()
}

/// As in `` `z` 1 ``.
fn counted(labels: &BTreeMap<String, usize>) -> Vec<String> {
    labels.iter().map(|(label, n)| format!("`{label}` {n}")).collect()
}
