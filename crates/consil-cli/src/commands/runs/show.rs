//! `consil runs show`.

use std::path::Path;

use clap::Args;
use consil::{About, Accuracies, Outcome, Record};
use serde::Serialize;

use super::outcome_of;
use crate::accuracy;
use crate::commands::run_table::confusion;
use crate::console::Console;
use crate::failure::Failure;
use crate::runs::{RunArg, kind_word, resume_command};
use crate::table::Table;
use consil::number::{count, metric, number, seconds};

/// Show one run: what was trained, how it went, what came of it.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil runs show demo-001
  consil runs show demo-001 --json | jq .outcome.test")]
pub struct ShowArgs {
    /// The run.
    #[command(flatten)]
    run: RunArg,
}

#[derive(Serialize)]
struct Answer<'a> {
    folder: &'a Path,
    #[serde(flatten)]
    about: &'a About,
    outcome: Option<&'a Outcome>,
    /// The records of epochs or rounds.
    records: Vec<&'a Record>,
}

impl ShowArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let run = self.run.open()?;
        let about = run.about();
        let outcome = outcome_of(&run)?;
        let records = run.records()?;
        let milestones: Vec<&Record> = records.iter().filter(|record| !matches!(record, Record::Step { .. })).collect();
        let answer = Answer { folder: run.folder(), about, outcome: outcome.as_ref(), records: milestones };
        console.answer(&answer, |style| {
            let mut facts = Table::of_facts();
            facts.row(["folder", &run.folder().display().to_string()]);
            facts.row(["kind", kind_word(about.kind)]);
            facts.row(["seed", &about.seed.to_string()]);
            facts.row(["version", &about.version]);
            match &outcome {
                Some(outcome) => {
                    facts.row(["time", &seconds(outcome.seconds)]);
                    facts.row(["test loss", &accuracy::test_loss(&outcome.test)]);
                    facts.row(["test samples", &count(outcome.test.n_samples, "sample")]);
                }
                None => facts.row(["state", &format!("unfinished; go on with: {}", resume_command(&run))]),
            }
            if run.path("report.html").exists() {
                facts.row(["report", &run.path("report.html").display().to_string()]);
            }
            let mut text = facts.render(style);
            if let Some(outcome) = &outcome {
                let found = Accuracies::of_outcome(outcome);
                text.push_str(&format!("\n{}{}", accuracy::table(&found, style), accuracy::recalls(&found, style)));
                text.push_str(&confusion(&outcome.result, style));
            }
            if !answer.records.is_empty() {
                text.push_str(&format!("\n{}", course(&answer.records).render(style)));
            }
            text
        })
    }
}

/// How training went: epochs or rounds, at most this many, evenly chosen and the last among them.
fn course(records: &[&Record]) -> Table {
    const SHOWN: usize = 12;
    let stride = records.len().div_ceil(SHOWN).max(1);
    let mut table = Table::new(["", "loss", "validation"]);
    for record in records.iter().rev().step_by(stride).rev() {
        let (name, loss, metrics) = match record {
            Record::Epoch { epoch, loss, metrics, .. } => (format!("epoch {epoch}"), loss, metrics),
            Record::Round { round, loss, metrics, .. } => (format!("round {round}"), loss, metrics),
            Record::Step { .. } => continue,
        };
        let metrics: Vec<String> =
            metrics.iter().map(|(name, value)| format!("{name} {}", metric(name, *value))).collect();
        table.row([name, number(*loss), metrics.join(", ")]);
    }
    table
}
