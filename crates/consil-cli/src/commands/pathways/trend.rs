//! `consil pathways trend`: growth over time, and when a value is reached.

use clap::Args;
use consil::Key;
use consil::pathways::ensemble::{DATE_LIMIT, DateForecast, TrendEnsemble};
use consil::pathways::trend::{Breakpoint, TrendError};
use consil::pathways::{Date, Interval, Source, Trend};
use serde::Serialize;

use super::backtest::{Judged, trend_record};
use super::files::level;
use super::interval;
use super::observations_file::{ObservationsFile, Observed};
use crate::console::Console;
use crate::failure::Failure;
use crate::style::TextStyle;
use crate::table::Table;
use consil::number::{count, number};

/// Measure growth over time, and the day on which a value is reached.
///
/// Fits a straight line to logarithms over dates: growth per year, doubling time, and where the trend bends most, with a test whether it does. With
/// --reach, the day on which a value is reached, if the trend goes on; none is named beyond half the span of the data. The interval of that day is
/// widened by backtests: by how far forecasts from earlier days would have missed. The other intervals are those of the line alone.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil pathways trend models.csv --value 'Training compute (FLOP)' --date 'Publication date' --from 2010-01-01
  consil pathways trend horizons.yaml --reach 480
  consil pathways trend models.csv --value cost --json | jq .doubling_days

A .yaml file is read as METR's benchmark results: horizons in minutes.")]
pub struct TrendArgs {
    #[command(flatten)]
    observations: ObservationsFile,
    /// Say when this value is reached
    #[arg(long, value_name = "VALUE", allow_negative_numbers = true)]
    reach: Option<f64>,
    /// The level of the intervals
    #[arg(long, value_name = "SHARE", default_value_t = 0.9, allow_negative_numbers = true)]
    level: f64,
    /// The seed of the test for a bend
    #[arg(long, default_value_t = 7, allow_negative_numbers = true)]
    seed: u64,
    /// How many days ahead the backtested forecasts look
    #[arg(long, value_name = "DAYS", default_value_t = 365.0, requires = "reach", allow_negative_numbers = true)]
    ahead: f64,
}

#[derive(Serialize)]
struct Answer {
    n_observations: usize,
    n_incomplete: usize,
    first: Date,
    last: Date,
    growth_per_year: f64,
    growth_interval: Interval,
    doubling_days: Option<f64>,
    doubling_interval: Option<Interval>,
    r_squared: f64,
    breakpoint: Option<Breakpoint>,
    reach: Option<DateForecast>,
    record: Option<Judged>,
    sources: Vec<Source>,
}

impl TrendArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let level = level(self.level)?;
        let Observed { observations, n_incomplete, source, today } = self.observations.read()?;
        let trend = Trend::fit(&observations, today)?.with_sources(vec![source]);
        let ensemble = TrendEnsemble { level, ..TrendEnsemble::default() };
        let record = self.reach.map(|_| trend_record(&ensemble, &observations, &[], self.ahead)).transpose()?;
        let widening = record.as_ref().and_then(Judged::record).map(|record| &record.widening);
        let date_of = |value| ensemble.fit(&observations, today)?.date_of(value, DATE_LIMIT, widening);
        let reach = self.reach.map(date_of).transpose()?;
        let breakpoint = match trend.breakpoint(999, Key::new(self.seed)) {
            Ok(breakpoint) => Some(breakpoint),
            // Too few observations for a bend are enough for a line.
            Err(TrendError::TooFewForBreak { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let (first, last) = trend.span();
        let answer = Answer {
            n_observations: observations.len(),
            n_incomplete,
            first,
            last,
            growth_per_year: trend.growth_per_year(),
            growth_interval: trend.growth_interval(level),
            doubling_days: trend.doubling_days(),
            doubling_interval: trend.doubling_interval(level),
            r_squared: trend.r_squared(),
            breakpoint,
            reach,
            record,
            sources: trend.sources().to_vec(),
        };
        console.answer(&answer, |style| render(&answer, style))
    }
}

fn render(answer: &Answer, style: TextStyle) -> String {
    let mut facts = Table::of_facts();
    for source in &answer.sources {
        facts.row(["source", &source.to_string()]);
    }
    let n = count(answer.n_observations, "observation");
    facts.row(["data", &format!("{n}, {} to {}", answer.first, answer.last)]);
    if answer.n_incomplete > 0 {
        let rows = count(answer.n_incomplete, "row");
        facts.row(["left out", &format!("{rows} without a value or a date")]);
    }
    let (growth, ends) = (number(answer.growth_per_year), interval(answer.growth_interval));
    let level = 100.0 * answer.growth_interval.level;
    facts.row(["growth", &format!("{growth} times a year ({level:.0} %: {ends})")]);
    let pace = |days: f64, ends: Option<Interval>| {
        let ends = ends.map_or_else(|| "no end".to_owned(), interval);
        format!("{} days ({level:.0} %: {ends})", number(days))
    };
    match answer.doubling_days {
        None => facts.row(["doubling", "never: the values do not change"]),
        Some(days) if days > 0.0 => facts.row(["doubling", &pace(days, answer.doubling_interval)]),
        Some(days) => {
            let ends = answer.doubling_interval.map(|i| Interval { low: -i.high, high: -i.low, ..i });
            facts.row(["halving", &pace(-days, ends)])
        }
    }
    facts.row(["R²", &number(answer.r_squared)]);
    let bend = match &answer.breakpoint {
        None => "too few observations to tell".to_owned(),
        Some(bend) => format!(
            "most on {}: {} times a year before, {} after, p {:.3}",
            bend.date,
            number(bend.growth_before),
            number(bend.growth_after),
            bend.p_value
        ),
    };
    facts.row(["bend", &bend]);
    let reached = match &answer.reach {
        None => return facts.render(style),
        Some(DateForecast::Within { date, earliest, latest, extrapolation, .. }) => {
            let latest = latest.map_or_else(|| "beyond the limit".to_owned(), |latest| latest.to_string());
            format!("{date} ({level:.0} %: {earliest} to {latest}), extrapolation {extrapolation:.2}")
        }
        Some(DateForecast::BeyondLimit { limit, chance_on_limit, .. }) => {
            format!(
                "no day is named beyond {limit}; an observation on that day reaches it with a chance of {chance_on_limit:.4}"
            )
        }
        Some(DateForecast::Passed { before }) => {
            format!("before {before}, the first observation, if the trend held then; it leads away from the value")
        }
        Some(DateForecast::Never) => "never, if the trend goes on: it is flat".to_owned(),
    };
    facts.row(["reached", &reached]);
    if let Some(record) = &answer.record {
        facts.row(["such intervals", &record.sentence("more observations, or another --ahead")]);
    }
    facts.render(style)
}
