//! The arguments of every command that fits a law to runs: a table of them, or the folders of one's own trainings.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum, ValueHint};
use consil::pathways::run::without_highest_losses;
use consil::pathways::{Basis, Bootstrap, Datum, Fit, FitConfig, Law, Objective, Run, RunColumns, Source};
use consil::{Key, TrainingRecord};

use super::files::{GivenError, column, level, required_column, table};
use crate::console::Console;
use crate::failure::Failure;
use crate::global::up_to;
use crate::spinner::with_spinner;

/// Reads a law by its name.
fn law_names() -> impl TypedValueParser<Value = Law> {
    let named = |name: String| {
        Law::ALL.iter().find(|(known, _)| *known == name).map(|(_, law)| *law).ok_or("there is no such law")
    };
    PossibleValuesParser::new(Law::ALL.iter().map(|(name, _)| *name)).try_map(named)
}

/// What a fit minimises.
#[derive(Clone, Copy, ValueEnum)]
pub enum ObjectiveName {
    /// Huber's function of the residuals of log loss
    Huber,
    /// Least absolute deviation
    Lad,
}

/// A table of runs, and how to fit a law to it.
#[derive(Args)]
pub struct RunsFile {
    /// The runs: a CSV file with a row for each, or run folders (or a folder of them)
    #[arg(value_name = "RUNS", required = true, value_hint = ValueHint::AnyPath)]
    runs: Vec<PathBuf>,
    #[command(flatten)]
    pub options: LawOptions,
}

/// How to read runs, and how to fit a law to them.
///
/// Where the runs are an option themselves, these need it.
#[derive(Args)]
#[group(requires = "runs")]
pub struct LawOptions {
    /// The law
    #[arg(long, value_parser = law_names(), default_value = "hoffmann")]
    law: Law,
    /// What is minimised [default: huber]
    #[arg(long, value_enum)]
    objective: Option<ObjectiveName>,
    /// Where Huber's function turns from squares to absolute values, 1e-8 to 10 [default: 0.001; 0.1 where runs count samples]
    #[arg(long, value_name = "DELTA", allow_negative_numbers = true)]
    delta: Option<f64>,
    /// How many times the runs are resampled for the intervals [default: 1000; for each law and origin of a backtest 400]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = up_to::<1_000_000>)]
    bootstrap: Option<usize>,
    /// The level of the intervals
    #[arg(long, value_name = "SHARE", default_value_t = 0.8, allow_negative_numbers = true)]
    level: f64,
    /// Leave out the N runs of the highest loss: unfinished or diverged ones
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    leave_out: usize,
    /// The seed of the resamples
    #[arg(long, default_value_t = 7, allow_negative_numbers = true)]
    seed: u64,
    /// The column of parameters [default: parameters, params, n, model size]
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    parameters: Option<String>,
    /// The column of tokens trained on [default: tokens, d, training tokens; or samples]
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    tokens: Option<String>,
    /// The column of distinct tokens [default: unique tokens, u; or unique samples]
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    unique_tokens: Option<String>,
    /// The column of training compute [default: compute, c, flop, training flop]
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    compute: Option<String>,
    /// The column of losses [default: loss, val loss, validation loss]
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    loss: Option<String>,
}

/// Runs, with what they count and where they come from.
pub struct ReadRuns {
    pub runs: Vec<Run>,
    pub datum: Datum,
    pub source: Source,
}

/// A law fitted to runs, with its resamples.
pub struct Fitted {
    pub runs: Vec<Run>,
    pub datum: Datum,
    pub fit: Fit,
    pub bootstrap: Bootstrap,
    pub level: f64,
}

impl RunsFile {
    /// Reads the runs.
    pub fn read(&self) -> Result<ReadRuns, Failure> {
        self.options.read(&self.runs)
    }

    /// Reads the runs and fits.
    pub fn fit(&self, console: &Console) -> Result<Fitted, Failure> {
        self.options.fit(self.read()?, console)
    }

    /// The trainings in run folders; none where the runs are a table.
    pub fn recorded(&self) -> Result<Option<Vec<TrainingRecord>>, Failure> {
        if is_table(&self.runs) { Ok(None) } else { Ok(Some(TrainingRecord::read_all(&self.runs)?)) }
    }
}

/// One file is a table; all else are run folders.
fn is_table(paths: &[PathBuf]) -> bool {
    matches!(paths, [path] if !path.is_dir())
}

impl LawOptions {
    /// The level of the intervals.
    pub fn level(&self) -> Result<f64, GivenError> {
        level(self.level)
    }

    /// The seed of resamples.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How many resamples were asked for.
    pub fn bootstrap(&self) -> Option<usize> {
        self.bootstrap
    }

    /// Whether the law is the default one, which an ensemble of laws and objectives forecasts.
    pub fn is_hoffmann(&self) -> bool {
        self.law == Law::Hoffmann
    }

    /// The option, if one was given, that says how a single law is fitted.
    pub fn of_one_fit(&self) -> Option<&'static str> {
        self.objective.map(|_| "--objective").or_else(|| self.delta.map(|_| "--delta"))
    }

    /// The law and what is minimised over runs of a kind. The losses of small trainings vary by per cents with the seed, so that nearly all
    /// residuals would lie beyond the δ that papers use for large ones, and a few runs decide the fit.
    pub fn config(&self, datum: Datum) -> FitConfig {
        let usual = match datum {
            Datum::Token => 1e-3,
            Datum::Sample => 0.1,
        };
        let objective = match self.objective {
            None | Some(ObjectiveName::Huber) => Objective::Huber { delta: self.delta.unwrap_or(usual) },
            Some(ObjectiveName::Lad) => Objective::LeastAbsolute,
        };
        FitConfig::new(self.law).objective(objective)
    }

    /// How many resamples there are.
    pub fn n_resamples(&self) -> usize {
        self.bootstrap.unwrap_or(1000)
    }

    /// The option, if one was given, that names a column.
    fn column(&self) -> Option<&'static str> {
        let named = [
            ("--parameters", &self.parameters),
            ("--tokens", &self.tokens),
            ("--unique-tokens", &self.unique_tokens),
            ("--compute", &self.compute),
            ("--loss", &self.loss),
        ];
        named.into_iter().find(|(_, column)| column.is_some()).map(|(option, _)| option)
    }

    fn check_delta(&self) -> Result<(), GivenError> {
        if let Some(value) = self.delta.filter(|delta| !(1e-8..=10.0).contains(delta)) {
            let allowed = "a number from 1e-8 to 10, or --objective lad for its limit at zero";
            return Err(GivenError::OutOfRange { option: "--delta", value, allowed });
        }
        if self.delta.is_some() && matches!(self.objective, Some(ObjectiveName::Lad)) {
            let (why, help) = ("least absolute deviation has no delta", "leave it out, or give --objective huber");
            return Err(GivenError::WithoutEffect { option: "--delta", why, help });
        }
        Ok(())
    }

    /// Reads a table of runs, or run folders.
    pub fn read(&self, paths: &[PathBuf]) -> Result<ReadRuns, Failure> {
        self.check_delta()?;
        match paths {
            [file] if is_table(paths) => self.read_table(file),
            folders => {
                if let Some(option) = self.column() {
                    let (why, help) =
                        ("run folders say themselves what their columns would", "leave it out, or give a CSV file");
                    return Err(GivenError::WithoutEffect { option, why, help }.into());
                }
                let recorded = TrainingRecord::read_all(folders)?;
                let document = match folders {
                    [folder] => format!("{}: {} trainings", folder.display(), recorded.len()),
                    _ => format!("{} trainings", recorded.len()),
                };
                let runs =
                    without_highest_losses(recorded.iter().map(TrainingRecord::scaled).collect(), self.leave_out)?;
                Ok(ReadRuns { runs, datum: Datum::Sample, source: Source::new(document, Basis::Measured) })
            }
        }
    }

    fn read_table(&self, file: &Path) -> Result<ReadRuns, Failure> {
        let table = table(file)?;
        let known = ["parameters", "params", "n", "model size"];
        let parameters =
            required_column(&table, self.parameters.as_deref(), &known, ("the parameters", "--parameters COLUMN"))?;
        let known = ["loss", "val loss", "validation loss"];
        let loss = required_column(&table, self.loss.as_deref(), &known, ("the loss", "--loss COLUMN"))?;
        let or_known = |named: &'_ Option<String>, known: &[&str]| {
            named.clone().or_else(|| column(&table, known).map(str::to_owned))
        };
        let tokens = or_known(&self.tokens, &["tokens", "d", "training tokens", "samples"]);
        let unique_tokens = or_known(&self.unique_tokens, &["unique tokens", "u", "unique samples"]);
        let samples = column(&table, &["samples"]);
        let datum = if samples.is_some() && samples == tokens.as_deref() { Datum::Sample } else { Datum::Token };
        let compute = or_known(&self.compute, &["compute", "c", "flop", "training flop"]);
        let columns = RunColumns {
            datum,
            parameters,
            tokens: tokens.as_deref(),
            unique_tokens: unique_tokens.as_deref(),
            compute: compute.as_deref(),
            loss,
        };
        let runs = without_highest_losses(columns.read(&table)?, self.leave_out)?;
        Ok(ReadRuns { runs, datum, source: table.source().clone() })
    }

    /// Fits the law to runs.
    pub fn fit(&self, read: ReadRuns, console: &Console) -> Result<Fitted, Failure> {
        let level = self.level()?;
        let ReadRuns { runs, datum, source } = read;
        let config = self.config(datum);
        with_spinner(console, "fitting", || {
            let fit = config.fit(&runs)?.with_sources(vec![source]);
            let bootstrap = fit.bootstrap(self.bootstrap.unwrap_or(1000), Key::new(self.seed))?;
            Ok(Fitted { runs, datum, fit, bootstrap, level })
        })
    }
}
