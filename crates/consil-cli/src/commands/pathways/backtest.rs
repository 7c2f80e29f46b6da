//! `consil pathways backtest`: what forecasts like these would have been worth.

use clap::{Args, Subcommand};
use consil::Key;
use consil::pathways::backtest::{Backtest, BacktestError, Performance, Record, RecordRow};
use consil::pathways::ensemble::{LawEnsemble, TrendEnsemble};
use consil::pathways::run::Datum;
use consil::pathways::{Date, Observation, Run, Source};
use consil_diagnostic::Hint;
use serde::Serialize;

use super::files::{GivenError, date_or_today, level};
use super::observations_file::{ObservationsFile, Observed};
use super::runs_file::{LawOptions, ReadRuns, RunsFile};
use crate::console::Console;
use crate::failure::Failure;
use crate::spinner::with_spinner;
use crate::style::TextStyle;
use crate::table::Table;
use consil::number::{count, number, percent};

/// Resamples of each law: as many as a quantile at 80 % needs to two digits.
const N_RESAMPLES: usize = 400;

/// Try forecasts on the past: what their intervals would have covered.
///
/// A forecast is made from what was known at an origin (the runs below a compute, the observations up to a day) and compared with what came after; then
/// the origin moves on. The table gives how many truths the intervals covered and their interval score (width plus what is missed, of the logarithm: lower is better):
/// naive, as the fit alone has them; and widened by what was known then, that is by what had come by the origin of forecasts made before it. Origins roll over the
/// data; where some are named, the others only teach. A dash stands where too little had come to learn from.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil pathways backtest losses runs.csv
  consil pathways backtest losses runs.csv --origins 1e20,3e20,1e21
  consil pathways backtest trend horizons.yaml --origins 2023-12-31,2024-06-30,2024-12-31 --ahead 365")]
pub struct BacktestArgs {
    #[command(subcommand)]
    of: Of,
}

#[derive(Subcommand)]
enum Of {
    Losses(LossesArgs),
    Trend(TrendArgs),
}

/// The losses of larger runs, forecast from smaller ones.
///
/// With --law hoffmann the forecast is the even mixture of two laws (Hoffmann, over-training) by two objectives, so that --objective and --delta need --single;
/// with another law it is that law alone.
#[derive(Args)]
struct LossesArgs {
    #[command(flatten)]
    runs: RunsFile,
    /// The computes below which the runs are known [default: sixteen, from those of 15 to 95 % of the runs]
    #[arg(long, value_name = "FLOP", value_delimiter = ',', allow_negative_numbers = true)]
    origins: Vec<f64>,
    /// Forecast by the named law and objective alone
    #[arg(long)]
    single: bool,
}

/// The values of later days, forecast from earlier ones.
#[derive(Args)]
struct TrendArgs {
    #[command(flatten)]
    observations: ObservationsFile,
    /// The days up to which observations are known [default: up to sixteen of those with an observation]
    #[arg(long, value_name = "DATE", value_delimiter = ',')]
    origins: Vec<String>,
    /// How many days ahead the forecasts look
    #[arg(long, value_name = "DAYS", default_value_t = 365.0, allow_negative_numbers = true)]
    ahead: f64,
    /// The level of the intervals
    #[arg(long, value_name = "SHARE", default_value_t = 0.8, allow_negative_numbers = true)]
    level: f64,
}

/// A record, or why there is none.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Judged {
    Record(Box<Record>),
    None { no_record: String },
}

impl Judged {
    /// The record of a backtest. That there is nothing to judge a forecast by is no reason to refuse it, but has to be said beside it.
    pub fn of(backtest: Result<Backtest, BacktestError>) -> Self {
        match backtest.and_then(|backtest| backtest.record()) {
            Ok(record) => Self::Record(Box::new(record)),
            Err(error) => Self::None { no_record: error.to_string() },
        }
    }

    /// The record, if there is one.
    pub fn record(&self) -> Option<&Record> {
        match self {
            Self::Record(record) => Some(record),
            Self::None { .. } => None,
        }
    }

    /// What stands beside a forecast, with what a record would take where there is none.
    pub fn sentence(&self, takes: &str) -> String {
        match self {
            Self::Record(record) => {
                let widening = &record.widening;
                let (naive, widened) = (percent(widening.naive_coverage), percent(widening.coverage));
                let cases = format!("{} ({})", count(widening.n_judged, "case"), count(widening.n_truths, "truth"));
                format!(
                    "covered {widened} of {cases} in backtests, each widened by what was known at its origin ({naive} before they were widened), {:.0} % being said",
                    100.0 * widening.level
                )
            }
            Self::None { no_record } => {
                format!("have no record, so are not widened: {no_record} (it takes {takes})")
            }
        }
    }
}

/// The ensemble that forecasts losses: the default one for Hoffmann's law, otherwise the law alone.
pub fn law_ensemble(options: &LawOptions, datum: Datum, single: bool) -> Result<LawEnsemble, GivenError> {
    let default = LawEnsemble::default();
    let members = if options.is_hoffmann() && !single { default.members } else { vec![options.config(datum)] };
    let n_resamples = options.bootstrap().unwrap_or(N_RESAMPLES);
    Ok(LawEnsemble { members, n_resamples, level: options.level()? })
}

/// The record of forecasts of losses.
pub fn law_record(ensemble: &LawEnsemble, runs: &[Run], origins: &[f64], seed: u64) -> Judged {
    Judged::of(ensemble.rolling(runs, origins, Key::new(seed)))
}

/// The record of forecasts of a trend.
pub fn trend_record(
    ensemble: &TrendEnsemble,
    observations: &[Observation],
    origins: &[Date],
    ahead: f64,
) -> Result<Judged, GivenError> {
    if !(ahead > 0.0 && ahead < 1e5) {
        return Err(GivenError::OutOfRange { option: "--ahead", value: ahead, allowed: "a number of days above zero" });
    }
    Ok(Judged::of(ensemble.rolling(observations, origins, ahead)))
}

/// The answer of the command.
#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    record: Record,
    sources: Vec<Source>,
}

/// There is nothing to tell by these origins.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NoRecord(String);

impl Hint for NoRecord {
    fn help(&self) -> Option<String> {
        Some("name other origins with --origins, or give more data".to_owned())
    }
}

impl BacktestArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let (judged, sources) = match self.of {
            Of::Losses(args) => {
                let options = &args.runs.options;
                if let Some(option) = options.of_one_fit().filter(|_| options.is_hoffmann() && !args.single) {
                    let why = "the forecast is a mixture of two laws by two objectives";
                    let help = "add --single to forecast by the named law and objective alone";
                    return Err(GivenError::WithoutEffect { option, why, help }.into());
                }
                let ReadRuns { runs, datum, source } = args.runs.read()?;
                let ensemble = law_ensemble(options, datum, args.single)?;
                let record = || law_record(&ensemble, &runs, &args.origins, args.runs.options.seed());
                (with_spinner(console, "forecasting the past", record), vec![source])
            }
            Of::Trend(args) => {
                let Observed { observations, source, .. } = args.observations.read()?;
                let day = |text: &String| date_or_today(Some(text));
                let origins = args.origins.iter().map(day).collect::<Result<Vec<_>, _>>()?;
                let ensemble = TrendEnsemble { level: level(args.level)?, ..TrendEnsemble::default() };
                (trend_record(&ensemble, &observations, &origins, args.ahead)?, vec![source])
            }
        };
        match judged {
            Judged::Record(record) => {
                let answer = Answer { record: *record, sources };
                console.answer(&answer, |style| render(&answer, style))
            }
            Judged::None { no_record } => Err(NoRecord(no_record).into()),
        }
    }
}

fn render(answer: &Answer, style: TextStyle) -> String {
    let record = &answer.record;
    let mut table = Table::new(["origin", "cases", "naive", "score", "as known then", "score"]);
    let mut row = |row: &RecordRow| {
        let pair = |of: Option<&Performance>| match of {
            Some(of) => [format!("{:.0} %", 100.0 * of.coverage), number(of.score)],
            None => ["—".to_owned(), "—".to_owned()],
        };
        let columns = [Some(&row.naive), row.widened.as_ref()].map(pair);
        let first = [row.origin.clone(), row.naive.n.to_string()];
        table.row(first.into_iter().chain(columns.into_iter().flatten()));
    };
    record.origins.iter().for_each(&mut row);
    row(&record.overall);
    let sources: String = answer.sources.iter().map(|source| format!("from {source}\n")).collect();
    let widening = &record.widening;
    format!(
        "{}\nIntervals of {:.0} %; score: width plus what is missed, of the logarithm: lower is better. A new forecast reaches at least {} of the logarithm\n\
         to each side, times √(1 + distance in lengths of the known range), by what the latest of {} origins teach.\n{sources}",
        table.render(style),
        100.0 * widening.level,
        number(widening.reach),
        widening.n_origins
    )
}
