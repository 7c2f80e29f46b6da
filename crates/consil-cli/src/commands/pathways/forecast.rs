//! `consil pathways forecast`: a model of uncertain quantities and dates, sampled.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use consil::pathways::forecast::{Forecast, Index, PointDate, SpreadScale, When};
use serde::Serialize;

use super::compare::sampled;
use crate::console::Console;
use crate::failure::Failure;
use crate::spinner::with_spinner;
use crate::style::TextStyle;
use crate::table::Table;
use consil::number::{number, percent};

/// Sample a forecast: quantities and dates with their spread.
///
/// Reads a TOML file of quantities, each a number or a distribution with its source, and of dates with what they require; samples it; and
/// prints quantiles. A single date is named only where the evidence reaches far enough. With --sensitivity, which input the spread comes from.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil pathways forecast my-forecast.toml
  consil pathways forecast my-forecast.toml --sensitivity arrival
  consil pathways forecast my-forecast.toml --json | jq '.outcomes[] | {name, summary}'

A forecast that is one:
  today = 2026.9
  horizon = 2060
  observed = [2010, 2026]
  judged-by = \"Ada\"
  [quantity]
  growth = \"4.2 to 5.2\"
  [date]
  arrival = \"today + log(1e30 / 5e26) / log(growth)\"")]
pub struct ForecastArgs {
    /// The forecast: a TOML file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// Say which inputs the spread of this quantity or date comes from; can be repeated
    #[arg(long, value_name = "NAME")]
    sensitivity: Vec<String>,
}

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    forecast: &'a Forecast,
    sensitivities: &'a [Sensitivity],
}

#[derive(Serialize)]
struct Sensitivity {
    of: String,
    factors: Vec<Index>,
}

impl ForecastArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let (model, forecast) = sampled(console, Some(&self.file))?;
        let mut sensitivities = Vec::new();
        for name in &self.sensitivity {
            let factors = with_spinner(console, "finding what the spread comes from", || model.sensitivity(name))?;
            sensitivities.push(Sensitivity { of: name.clone(), factors });
        }
        let answer = Answer { forecast: &forecast, sensitivities: &sensitivities };
        console.answer(&answer, |style| render(&answer, style))
    }
}

fn render(answer: &Answer<'_>, style: TextStyle) -> String {
    let forecast = answer.forecast;
    let header = format!("{} samples, seed {}", forecast.n_samples, forecast.seed);
    let mut text = format!("{}: {header}\n\n", forecast.name);
    let mut quantities = Table::new(["quantity", "unit", "stands on", "5 %", "median", "95 %"]).words(3);
    let by_horizon = format!("by {:.0}", forecast.horizon);
    let mut dates = Table::new(["date", "stands on", &by_horizon, "5 %", "median", "95 %", "a single date"]).words(2);
    for outcome in &forecast.outcomes {
        let (name, on) = (outcome.name.clone(), outcome.evidence.word().to_owned());
        match &outcome.timeline {
            Some(timeline) => {
                let at = |p: f64| {
                    let when = timeline.quantiles.iter().find(|(probability, _)| *probability == p);
                    when.map_or_else(|| "—".to_owned(), |(_, when)| year(*when))
                };
                let by = percent(timeline.by_horizon);
                dates.row([name, on, by, at(0.05), at(0.5), at(0.95), point(timeline.point)]);
            }
            None => {
                let at = |i: usize| outcome.summary.quantiles[i].map_or_else(|| "not finite".to_owned(), number);
                quantities.row([name, outcome.unit.clone().unwrap_or_default(), on, at(0), at(3), at(6)]);
            }
        }
    }
    let tables = [&quantities, &dates].into_iter().filter(|table| !table.is_empty());
    text.push_str(&tables.map(|table| table.render(style)).collect::<Vec<_>>().join("\n"));
    for sensitivity in answer.sensitivities {
        let by_logarithm = sensitivity.factors.iter().any(|index| index.scale == SpreadScale::Logarithm);
        let scale = if by_logarithm { ", by its logarithm," } else { "" };
        let of = format!("the spread of {}{scale} comes from", sensitivity.of);
        let mut table = Table::new([of.as_str(), "alone", "in all", "±"]);
        for index in &sensitivity.factors {
            table.row([index.factor.clone(), number(index.first), number(index.total), number(index.total_error)]);
        }
        text.push_str(&format!("\n{}", table.render(style)));
    }
    text
}

fn year(when: When) -> String {
    match when {
        When::Year(year) => format!("{year:.1}"),
        When::Beyond => "beyond".to_owned(),
    }
}

/// A single date, or why there is none.
fn point(point: PointDate) -> String {
    match point {
        PointDate::Median { year } => format!("{year:.0}"),
        PointDate::Past { year } => format!("none: {year:.0} is before today"),
        PointDate::TooFar { ratio, limit } => format!("none: {ratio:.1} × the evidence, of at most {limit:.1}"),
        PointDate::BeyondHorizon { share } => format!("none: beyond the horizon with {}", percent(share)),
        PointDate::NoObservedRange => "none: no observed range is stated".to_owned(),
    }
}
