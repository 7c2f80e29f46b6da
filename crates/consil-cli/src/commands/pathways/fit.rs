//! `consil pathways fit`: a scaling law's coefficients, and which of them the runs hold in place.

use clap::Args;
use consil::pathways::fit::{FitReport, Identification};

use super::runs_file::RunsFile;
use super::{interval, range, word};
use crate::console::Console;
use crate::failure::Failure;
use crate::format::{count, number, percent};
use crate::paint::Paint;
use crate::table::Table;

/// Fit a scaling law to runs: coefficients with intervals.
///
/// Reads a table of training runs and fits a law to their losses, in logarithms. Intervals are of two kinds: by resampling the runs, and by the
/// profile: how far a coefficient can be moved before the runs contradict it. One without an end on both sides is flagged as not identified.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil pathways fit runs.csv
  consil pathways fit runs.csv --law kaplan --objective lad --bootstrap 4000
  consil pathways fit runs.csv --parameters 'n (M)' --tokens 'd (B)' --loss final
  consil pathways fit runs.csv --json | jq '.estimates[] | {name, value, identification}'

A row needs parameters, a loss, and tokens or compute. A header may state its unit: `tokens (B)`, `compute (PFLOP-days)`.")]
pub struct FitArgs {
    #[command(flatten)]
    runs: RunsFile,
}

impl FitArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let fitted = self.runs.fit(console)?;
        let report = fitted.fit.report(&fitted.bootstrap, fitted.level)?;
        console.answer(&report, |paint| render(&report, fitted.level, paint))
    }
}

fn render(report: &FitReport, level: f64, paint: Paint) -> String {
    let mut facts = Table::of_facts();
    facts.row(["law", &word(&report.law)]);
    for source in &report.sources {
        facts.row(["source", &source.to_string()]);
    }
    facts.row(["runs", &count(report.n_runs, "run")]);
    for covered in &report.ranges {
        facts.row([covered.axis.name(), &range(covered.low, covered.high)]);
    }
    facts.row(["objective", &format!("{:.6e}", report.value)]);
    let best = report.n_starts.min(4);
    facts.row(["starts", &format!("{}; {} of the best {best} agree", report.n_starts, report.n_agreeing)]);
    facts.row(["intervals", &format!("{}, {}", percent(level), count(report.n_resamples, "resample"))]);

    let mut table = Table::new(["", "estimate", "± error", "bootstrap", "profile", "the runs"]);
    for estimate in &report.estimates {
        let end = |end: Option<f64>| end.map_or_else(|| "no end".to_owned(), number);
        let verdict = match estimate.identification {
            None => "held".to_owned(),
            Some(Identification::Identified) => "identify it".to_owned(),
            Some(other) => format!("leave it {}", word(&other)),
        };
        table.row([
            estimate.name.to_owned(),
            number(estimate.value),
            estimate.standard_error.map_or_else(|| "—".to_owned(), number),
            estimate.interval.map_or_else(|| "—".to_owned(), interval),
            format!("{} to {}", end(estimate.profile_low), end(estimate.profile_high)),
            verdict,
        ]);
    }
    format!("{}\n{}", facts.render(paint), table.render(paint))
}
