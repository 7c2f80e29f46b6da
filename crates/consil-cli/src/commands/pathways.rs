//! `consil pathways`: what scale buys, from data, each number beside what it rests on.

mod ablate;
mod allocate;
mod audit;
mod backtest;
mod capability;
mod compare;
mod evolve;
mod files;
mod fit;
mod forecast;
mod measured;
mod observations_file;
mod profile;
mod report;
mod runs_file;
mod trend;

use clap::Subcommand;
use consil::Workers;
use consil::pathways::Interval;
use consil_diagnostic::hint::{Row, row};
use serde::Serialize;
use serde_json::Value;

use crate::console::Console;
use crate::failure::Failure;
use consil::number::number;

/// The errors of these commands that have hints.
pub const HINTS: &[Row] = &[row::<backtest::NoRecord>, row::<files::GivenError>];

/// Fit scaling laws, forecast, compare pathways; published numbers checked.
///
/// Scaling laws, trends and forecasts from data, each number with its source, how far it reaches beyond the data, and what forecasts like
/// it have been worth. What the data do not support is refused, with what would be needed.
#[derive(Subcommand)]
#[command(after_long_help = "\
EXAMPLES
  consil pathways audit                            published numbers, worked out again
  consil pathways fit runs.csv --law hoffmann      coefficients with intervals
  consil pathways allocate runs.csv --flop 5.88e23
  consil pathways profile --json | jq .cognitive.plan
  consil pathways report report.html")]
pub enum PathwaysCommand {
    Fit(fit::FitArgs),
    Allocate(allocate::AllocateArgs),
    Trend(trend::TrendArgs),
    Capability(capability::CapabilityArgs),
    Backtest(backtest::BacktestArgs),
    Profile(profile::ProfileArgs),
    Forecast(forecast::ForecastArgs),
    Compare(compare::CompareArgs),
    Evolve(evolve::EvolveArgs),
    Ablate(ablate::AblateArgs),
    Report(report::ReportArgs),
    Audit(audit::AuditArgs),
}

impl PathwaysCommand {
    pub fn run(self, console: &Console, workers: &Workers) -> Result<(), Failure> {
        match self {
            Self::Fit(args) => workers.run(|| args.run(console)),
            Self::Allocate(args) => workers.run(|| args.run(console)),
            Self::Trend(args) => workers.run(|| args.run(console)),
            Self::Capability(args) => workers.run(|| args.run(console)),
            Self::Backtest(args) => workers.run(|| args.run(console)),
            Self::Profile(args) => workers.run(|| args.run(console)),
            Self::Forecast(args) => workers.run(|| args.run(console)),
            Self::Compare(args) => workers.run(|| args.run(console)),
            Self::Evolve(args) => args.run(console, workers),
            Self::Ablate(args) => args.run(console, workers),
            Self::Report(args) => workers.run(|| args.run(console)),
            Self::Audit(args) => workers.run(|| args.run(console)),
        }
    }
}

/// The words that stand for a value in JSON, with spaces for hyphens: `power in compute` for `{"power": "compute"}`.
fn word(value: &impl Serialize) -> String {
    words_of(&serde_json::to_value(value).unwrap_or_default()).replace('-', " ")
}

fn words_of(value: &Value) -> String {
    match value {
        Value::String(word) => word.clone(),
        Value::Object(of) => of.iter().map(|(name, of)| format!("{name} in {}", words_of(of))).collect(),
        other => other.to_string(),
    }
}

/// `1.2 to 3.4`.
fn range(low: f64, high: f64) -> String {
    format!("{} to {}", number(low), number(high))
}

/// An interval as text.
fn interval(interval: Interval) -> String {
    range(interval.low, interval.high)
}
