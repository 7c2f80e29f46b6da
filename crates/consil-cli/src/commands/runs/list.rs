//! `consil runs list`.

use std::path::Path;

use clap::Args;
use consil::{About, Run, Score};
use serde::Serialize;

use super::{name_of, outcome_of};
use crate::console::Console;
use crate::failure::Failure;
use crate::runs::{RunsArg, kind_word};
use crate::table::Table;
use consil::number::{number, percent, seconds};

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
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test: Option<Score>,
}

impl ListArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let runs = Run::list(&self.root.runs);
        let mut entries = Vec::with_capacity(runs.len());
        let mut table = Table::new(["run", "kind", "seed", "result", "loss", "time"]).words(2);
        for run in &runs {
            let outcome = outcome_of(run)?;
            let cells = match &outcome {
                Some(outcome) => {
                    let test = &outcome.test;
                    [percent(test.result_accuracy), number(test.loss), seconds(outcome.seconds)]
                }
                None => ["unfinished".to_owned(), String::new(), String::new()],
            };
            let about = run.about();
            let first = [name_of(run), kind_word(about.kind).to_owned(), about.seed.to_string()];
            table.row(first.into_iter().chain(cells));
            entries.push(Entry {
                folder: run.folder(),
                about,
                finished: outcome.is_some(),
                seconds: outcome.as_ref().map(|outcome| outcome.seconds),
                test: outcome.map(|outcome| outcome.test),
            });
        }
        if entries.is_empty() {
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
