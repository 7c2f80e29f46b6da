//! `consil pathways allocate`: how to spend a budget.

use clap::Args;
use consil::Key;
use consil::pathways::Datum;
use consil::pathways::allocate::{Allocation, Budget, Demand, FlopPrice};
use consil::pathways::ensemble::JudgedForecast;
use serde::Serialize;

use super::backtest::{Judged, law_ensemble, law_record};
use super::interval;
use super::runs_file::{Fitted, RunsFile};
use crate::console::Console;
use crate::failure::{Failure, InputError};
use crate::spinner::with_spinner;
use crate::style::TextStyle;
use crate::table::Table;
use consil::number::number;

/// Find the parameters and tokens with the least loss for a budget.
///
/// Fits a law to a table of runs and finds the best use of a budget in FLOP or dollars under it. The intervals of the table are those of the law alone.
/// What the loss of one such run will be is less certain: with --law hoffmann it is forecast by several laws and objectives, whatever --objective says of the
/// table, and with another law by that one; with an interval that backtests have widened, and with what such intervals have covered. The extrapolation is how far the design lies beyond the runs: 1 is within.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil pathways allocate runs.csv --flop 5.88e23
  consil pathways allocate runs.csv --usd 1e6 --usd-per-hour 2 --peak 989e12 --utilisation 0.4
  consil pathways allocate runs.csv --flop 1e24 --serve 5e12
  consil pathways allocate runs.csv --law data-constrained --flop 1e23 --distinct-tokens 1e11")]
pub struct AllocateArgs {
    #[command(flatten)]
    runs: RunsFile,
    /// The budget in FLOP
    #[arg(
        long,
        value_name = "FLOP",
        required_unless_present = "usd",
        conflicts_with = "usd",
        help_heading = "Budget",
        allow_negative_numbers = true
    )]
    flop: Option<f64>,
    /// The budget in dollars; needs a price
    #[arg(long, value_name = "USD", requires_all = ["usd_per_hour", "peak", "utilisation"], help_heading = "Budget", allow_negative_numbers = true)]
    usd: Option<f64>,
    /// What an hour of one accelerator costs
    #[arg(long, value_name = "USD", requires = "usd", help_heading = "Budget", allow_negative_numbers = true)]
    usd_per_hour: Option<f64>,
    /// FLOP per second that it reaches at best
    #[arg(long, value_name = "FLOP/S", requires = "usd", help_heading = "Budget", allow_negative_numbers = true)]
    peak: Option<f64>,
    /// The share of its peak that is reached, 0 to 1
    #[arg(long, value_name = "SHARE", requires = "usd", help_heading = "Budget", allow_negative_numbers = true)]
    utilisation: Option<f64>,
    /// Tokens to serve afterwards, out of the same budget
    #[arg(long, value_name = "TOKENS", default_value_t = 0.0, help_heading = "Demand", allow_negative_numbers = true)]
    serve: f64,
    /// How many distinct tokens there are; needs --law data-constrained
    #[arg(long, value_name = "TOKENS", help_heading = "Demand", allow_negative_numbers = true)]
    distinct_tokens: Option<f64>,
    /// Tokens per parameter, as demanded
    #[arg(long, value_name = "RATIO", help_heading = "Demand", allow_negative_numbers = true)]
    tokens_per_parameter: Option<f64>,
}

impl AllocateArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let budget = match (self.usd, self.usd_per_hour, self.peak, self.utilisation) {
            (Some(usd), Some(usd_per_hour), Some(peak_flop_per_second), Some(utilisation)) => {
                Budget::Money(usd, FlopPrice { usd_per_hour, peak_flop_per_second, utilisation })
            }
            // The parser has asked for one of both.
            _ => Budget::Compute(self.flop.unwrap_or(f64::NAN)),
        };
        let demand = Demand {
            inference_tokens: self.serve,
            unique_tokens: self.distinct_tokens,
            tokens_per_parameter: self.tokens_per_parameter,
        };
        let fitted = self.runs.fit(console)?;
        if fitted.datum == Datum::Sample {
            return Err(InputError::NotTokens.into());
        }
        let allocation = fitted.fit.allocate(&fitted.bootstrap, budget, demand, fitted.level)?;
        let (loss_of_a_run, record) =
            with_spinner(console, "forecasting the past", || self.loss_of_a_run(&fitted, &allocation))?;
        let answer = Answer { allocation, loss_of_a_run, record };
        console.answer(&answer, |style| render(&answer, style))
    }

    /// The loss of one run of the design, with the record of such forecasts; nothing is forecast where there is no record.
    fn loss_of_a_run(
        &self,
        fitted: &Fitted,
        allocation: &Allocation,
    ) -> Result<(Option<JudgedForecast>, Judged), Failure> {
        let ensemble = law_ensemble(&self.runs.options, fitted.datum, false)?;
        let record = law_record(&ensemble, &fitted.runs, &[], self.runs.options.seed());
        let Some(found) = record.record() else { return Ok((None, record)) };
        let laws =
            ensemble.fit(&fitted.runs, Key::new(self.runs.options.seed()))?.with_sources(allocation.sources.clone());
        let forecast = laws.forecast(&allocation.design, &found.widening)?;
        Ok((Some(forecast), record))
    }
}

#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    allocation: Allocation,
    loss_of_a_run: Option<JudgedForecast>,
    record: Judged,
}

fn render(answer: &Answer, style: TextStyle) -> String {
    let allocation = &answer.allocation;
    let intervals = allocation.intervals;
    let level = intervals.map_or_else(String::new, |i| format!("{:.0} % interval", 100.0 * i.loss.level));
    let mut table = Table::new(["", "best", &level]);
    let mut row = |name: &str, value: f64, ends: Option<_>| {
        table.row([name.to_owned(), number(value), ends.map_or_else(String::new, interval)]);
    };
    row("parameters", allocation.design.parameters, intervals.map(|i| i.parameters));
    row("tokens", allocation.design.tokens, intervals.map(|i| i.tokens));
    row("tokens per parameter", allocation.tokens_per_parameter, intervals.map(|i| i.tokens_per_parameter));
    row("epochs", allocation.epochs, None);
    row("loss", allocation.loss, intervals.map(|i| i.loss));
    row("training FLOP", allocation.design.compute, None);
    row("serving FLOP", allocation.inference_compute, None);
    if let Some(cost) = allocation.cost_usd {
        row("cost in USD", cost, None);
    }
    if let Some(extrapolation) = allocation.extrapolation {
        row("extrapolation", extrapolation, None);
    }
    if let Some(forecast) = &answer.loss_of_a_run {
        row("loss of one such run", forecast.point, Some(forecast.interval));
    }
    let efficiency = allocation.efficiency.map_or_else(|| "below 1e-6, or unknown".to_owned(), number);
    table.row(["efficiency".to_owned(), efficiency, String::new()]);
    let record = answer.record.sentence("more runs, over a wider range of compute");
    let record = format!("\nIntervals of one run's loss {record}.\n");
    let sources: String = allocation.sources.iter().map(|source| format!("from {source}\n")).collect();
    table.render(style) + &record + &sources
}
