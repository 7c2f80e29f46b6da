//! The arguments of every command that fits a law to a table of runs.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum, ValueHint};
use consil::Key;
use consil::pathways::run::without_highest_losses;
use consil::pathways::{Axis, Bootstrap, Fit, FitConfig, Law, Objective, Run, RunColumns, Source};

use super::files::{GivenError, column, level, required_column, table};
use crate::console::Console;
use crate::failure::Failure;
use crate::waiting::waiting;

/// A law by its name on the command line.
#[derive(Clone, Copy, ValueEnum)]
pub enum LawName {
    Kaplan,
    Hoffmann,
    DataConstrained,
    OverTraining,
    PowerParameters,
    PowerTokens,
    PowerCompute,
    SaturatingParameters,
    SaturatingTokens,
    SaturatingCompute,
}

impl LawName {
    fn law(self) -> Law {
        match self {
            Self::Kaplan => Law::Kaplan,
            Self::Hoffmann => Law::Hoffmann,
            Self::DataConstrained => Law::DataConstrained,
            Self::OverTraining => Law::OverTraining,
            Self::PowerParameters => Law::Power(Axis::Parameters),
            Self::PowerTokens => Law::Power(Axis::Tokens),
            Self::PowerCompute => Law::Power(Axis::Compute),
            Self::SaturatingParameters => Law::Saturating(Axis::Parameters),
            Self::SaturatingTokens => Law::Saturating(Axis::Tokens),
            Self::SaturatingCompute => Law::Saturating(Axis::Compute),
        }
    }
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
    /// The runs: a CSV file with a header, a row for each run
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
    #[command(flatten)]
    pub options: LawOptions,
}

/// How to read runs, and how to fit a law to them.
#[derive(Args)]
pub struct LawOptions {
    /// The law
    #[arg(long, value_enum, default_value = "hoffmann")]
    law: LawName,
    /// What is minimised
    #[arg(long, value_enum, default_value = "huber")]
    objective: ObjectiveName,
    /// Where Huber's function turns from squares to absolute values
    #[arg(long, value_name = "DELTA", default_value_t = 1e-3)]
    delta: f64,
    /// How many times the runs are resampled for the intervals
    #[arg(long, value_name = "N", default_value_t = 1000)]
    bootstrap: usize,
    /// The level of the intervals
    #[arg(long, value_name = "SHARE", default_value_t = 0.8)]
    level: f64,
    /// Leave out the N runs of the highest loss: unfinished or diverged ones
    #[arg(long, value_name = "N", default_value_t = 0)]
    leave_out: usize,
    /// The seed of the resamples
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// The column of parameters [default: parameters, params, n, model size]
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    parameters: Option<String>,
    /// The column of tokens trained on [default: tokens, d, training tokens]
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    tokens: Option<String>,
    /// The column of distinct tokens [default: unique tokens, u]
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    unique_tokens: Option<String>,
    /// The column of training compute [default: compute, c, flop, training flop]
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    compute: Option<String>,
    /// The column of losses [default: loss, val loss, validation loss]
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    loss: Option<String>,
}

/// A law fitted to a file, with its resamples.
pub struct Fitted {
    pub runs: Vec<Run>,
    pub fit: Fit,
    pub bootstrap: Bootstrap,
    pub level: f64,
}

impl RunsFile {
    /// Reads the runs.
    pub fn read(&self) -> Result<(Vec<Run>, Source), Failure> {
        self.options.read(&self.file)
    }

    /// Reads the runs and fits.
    pub fn fit(&self, console: &Console) -> Result<Fitted, Failure> {
        self.options.fit(&self.file, console)
    }
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

    /// The law and what is minimised.
    pub fn config(&self) -> FitConfig {
        let objective = match self.objective {
            ObjectiveName::Huber => Objective::Huber { delta: self.delta },
            ObjectiveName::Lad => Objective::LeastAbsolute,
        };
        FitConfig::new(self.law.law()).objective(objective)
    }

    /// Reads a table of runs.
    pub fn read(&self, file: &Path) -> Result<(Vec<Run>, Source), Failure> {
        if !(self.delta > 0.0 && self.delta.is_finite()) {
            let allowed = "a number above zero";
            return Err(GivenError::OutOfRange { option: "--delta", value: self.delta, allowed }.into());
        }
        let table = table(file)?;
        let known = ["parameters", "params", "n", "model size"];
        let parameters =
            required_column(&table, self.parameters.as_deref(), &known, ("the parameters", "--parameters COLUMN"))?;
        let known = ["loss", "val loss", "validation loss"];
        let loss = required_column(&table, self.loss.as_deref(), &known, ("the loss", "--loss COLUMN"))?;
        let or_known = |named: &'_ Option<String>, known: &[&str]| {
            named.clone().or_else(|| column(&table, known).map(str::to_owned))
        };
        let tokens = or_known(&self.tokens, &["tokens", "d", "training tokens"]);
        let unique_tokens = or_known(&self.unique_tokens, &["unique tokens", "u"]);
        let compute = or_known(&self.compute, &["compute", "c", "flop", "training flop"]);
        let columns = RunColumns {
            parameters,
            tokens: tokens.as_deref(),
            unique_tokens: unique_tokens.as_deref(),
            compute: compute.as_deref(),
            loss,
        };
        Ok((without_highest_losses(columns.read(&table)?, self.leave_out), table.source().clone()))
    }

    /// Reads a table of runs and fits.
    pub fn fit(&self, file: &Path, console: &Console) -> Result<Fitted, Failure> {
        let level = self.level()?;
        let (runs, source) = self.read(file)?;
        waiting(console, "fitting", || {
            let fit = self.config().fit(&runs)?.with_sources(vec![source]);
            let bootstrap = fit.bootstrap(self.bootstrap, Key::new(self.seed))?;
            Ok(Fitted { runs, fit, bootstrap, level })
        })
    }
}
