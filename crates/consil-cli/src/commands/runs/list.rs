//! `consil runs list`.

use std::path::Path;

use clap::Args;
use consil::{About, Run, Score, TargetScore};
use serde::Serialize;

use super::{name_of, outcome_of};
use crate::accuracy::test_loss;
use crate::console::Console;
use crate::failure::Failure;
use crate::runs::{RunsArg, kind_word};
use crate::table::Table;
use consil::number::{percent, seconds};

/// List all runs with their results.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil runs list
  consil runs list --runs elsewhere --json | jq '.runs[].folder'")]
pub struct ListArgs {
    /// Where runs are kept.
    #[command(flatten)]
    root: RunsArg,
}

#[derive(Serialize)]
struct Answer<'a> {
    runs: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    folder: &'a Path,
    #[serde(flatten)]
    about: &'a About,
    finished: bool,
    /// Why its result cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test: Option<Score>,
}

/// The accuracy, or what the first target is judged by where it is no class.
fn result(test: &Score) -> String {
    if test.result_accuracy.is_finite() {
        return percent(test.result_accuracy);
    }
    let first = test.targets.first().map(TargetScore::figures).unwrap_or_default();
    first.first().map_or_else(|| "–".to_owned(), |figure| format!("{} {}", figure.label, figure.text()))
}

impl ListArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let (runs, unreadable) = Run::list(&self.root.runs);
        unreadable.iter().for_each(|error| console.warn_of(error));
        let mut entries = Vec::with_capacity(runs.len());
        let mut table = Table::new(["run", "kind", "seed", "result", "loss", "time"]).words(2);
        for run in &runs {
            let read = outcome_of(run);
            let cells = match &read {
                Ok(Some(outcome)) => [result(&outcome.test), test_loss(&outcome.test), seconds(outcome.seconds)],
                Ok(None) => ["unfinished".to_owned(), String::new(), String::new()],
                Err(error) => {
                    console.warn_of(error);
                    ["damaged".to_owned(), String::new(), String::new()]
                }
            };
            let (problem, outcome) = match read {
                Ok(outcome) => (None, outcome),
                Err(error) => (Some(console.report_of(&error).to_string()), None),
            };
            let about = run.about();
            let first = [name_of(run), kind_word(about.kind).to_owned(), about.seed.to_string()];
            table.row(first.into_iter().chain(cells));
            entries.push(Entry {
                folder: run.folder(),
                about,
                finished: outcome.is_some(),
                problem,
                seconds: outcome.as_ref().map(|outcome| outcome.seconds),
                test: outcome.map(|outcome| outcome.test),
            });
        }
        if entries.is_empty() && unreadable.is_empty() {
            console.say(&format!("no runs in {}", self.root.runs.display()));
        }
        console.answer(
            &Answer { runs: entries },
            |style| {
                if table.is_empty() { String::new() } else { table.render(style) }
            },
        )
    }
}
