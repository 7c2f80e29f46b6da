//! `consil predict`: what a run's model makes of new samples.

mod table;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum, ValueHint};
use consil::{LogicConfig, Split, TrainedModel};
use consil_diagnostic::FileError;
use consil_diagnostic::file::{self, Action};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::console::Console;
use crate::failure::{Failure, InputError};
use crate::rows::{Wanted, open_rows};
use crate::runs::{RunArg, load};
use consil::number::count;
use table::{Columns, Predicted, Writer};

/// Rows predicted at a time: enough to fill the networks' batches, few enough for the bar to move.
const ROWS: usize = 1024;

/// Say what a run's model makes of new samples.
///
/// Takes a CSV or JSONL manifest with the columns of the spec's modalities (a target is not needed), and writes for each row its id (the column that data.id names,
/// or else file and line), the answer, its probability, for each input of a network the class seen there and its probability, and the
/// probability of every class.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil predict runs/demo-001 --data new.csv
  consil predict demo-001 --data new.csv --out answers.csv
  consil predict demo-001 --data new.jsonl --format jsonl | jq -r .answer
  consil predict demo-001 --data new.csv --json | jq '.predictions[0].concepts'")]
pub struct PredictArgs {
    /// The run.
    #[command(flatten)]
    run: RunArg,
    /// The samples: a CSV or JSONL manifest; paths in it are relative to it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    data: PathBuf,
    /// Where to write; without it, to stdout
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    out: Option<PathBuf>,
    /// Leave out rows that cannot be used; they are counted and listed
    #[arg(long)]
    skip_bad: bool,
    /// The form to write [default: as the ending of --out says, otherwise csv]
    #[arg(long, value_name = "FORM")]
    format: Option<Format>,
}

/// The form of predictions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A header, then a line for each row
    Csv,
    /// A JSON object for each row
    Jsonl,
}

#[derive(Serialize)]
struct Answer<'a> {
    n_samples: usize,
    /// The rows that were left out, each with why.
    skipped: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<&'a Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    predictions: Option<Vec<Predicted>>,
}

impl PredictArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        if self.format.is_some() && self.out.is_none() && console.wants_json() {
            let (why, help) =
                ("--json prints one object with all predictions", "leave one of them out, or write a file with --out");
            return Err(InputError::WithoutEffect { option: "--format", why, help }.into());
        }
        let trained = load(&self.run.open()?, console)?;
        let opened = open_rows(console, &trained, &self.data, Wanted { skip_bad: self.skip_bad, targets: false })?;
        let (split, skipped) = (opened.split, opened.skipped.iter().map(ToString::to_string).collect());
        let n_samples = split.len();
        match &self.out {
            Some(path) => {
                self.write_file(console, &trained, &split, path)?;
                let answer = Answer { n_samples, skipped, out: Some(path), predictions: None };
                console.say(&format!("{} predicted into {}", count(n_samples, "sample"), path.display()));
                if console.wants_json() { console.answer(&answer, |_| String::new()) } else { Ok(()) }
            }
            None if console.wants_json() => {
                let mut predictions = Vec::with_capacity(n_samples);
                each(console, &trained, &split, |predicted| {
                    predictions.push(predicted);
                    Ok(())
                })?;
                let answer = Answer { n_samples, skipped, out: None, predictions: Some(predictions) };
                console.answer(&answer, |_| String::new())
            }
            None => {
                let mut writer = Writer::new(self.format(), id_name(&split), console.data());
                write(console, &trained, &split, &mut writer, Failure::stdout)?;
                writer.finish().and_then(|mut out| out.flush()).map_err(Failure::stdout)
            }
        }
    }

    fn format(&self) -> Format {
        let ending = self.out.as_ref().and_then(|path| path.extension()).and_then(|ending| ending.to_str());
        let by_ending = if matches!(ending, Some("jsonl" | "ndjson")) { Format::Jsonl } else { Format::Csv };
        self.format.unwrap_or(by_ending)
    }

    /// Writes all predictions, or leaves the file as it was.
    fn write_file(&self, console: &Console, trained: &TrainedModel, split: &Split, path: &Path) -> Result<(), Failure> {
        // What predicting fails with passes through the writing, which knows errors of files alone.
        let mut failed = None;
        let written = file::write_with(path, |out| {
            let mut writer = Writer::new(self.format(), id_name(split), out);
            let failure = |source| FileError::new(Action::Write, path, source).into();
            if let Err(failure) = write(console, trained, split, &mut writer, failure) {
                failed = Some(failure);
                return Err(io::Error::from(io::ErrorKind::Interrupted));
            }
            writer.finish().map(drop)
        });
        match failed {
            Some(failure) => Err(failure),
            None => Ok(written?),
        }
    }
}

/// What the column that names rows is called.
fn id_name(split: &Split) -> &str {
    split.id_column().unwrap_or("id")
}

/// Writes the predictions of all rows. Where rows ask or know something of their own, each may have other classes, and all are known only at the end.
fn write<W: Write>(
    console: &Console,
    trained: &TrainedModel,
    split: &Split,
    writer: &mut Writer<W>,
    failure: impl Fn(io::Error) -> Failure,
) -> Result<(), Failure> {
    let is_own = trained.model().spec().logic.as_ref().is_some_and(LogicConfig::has_own_answers);
    if !(is_own && matches!(writer, Writer::Csv(..))) {
        return each(console, trained, split, |predicted| writer.write(&predicted).map_err(&failure));
    }
    let mut all = Vec::with_capacity(split.len());
    each(console, trained, split, |predicted| {
        all.push(predicted);
        Ok(())
    })?;
    writer.begin(Columns::of(&all)).map_err(&failure)?;
    all.iter().try_for_each(|predicted| writer.write(predicted).map_err(&failure))
}

/// Predicts all rows, and hands each prediction on.
fn each(
    console: &Console,
    trained: &TrainedModel,
    split: &Split,
    mut take: impl FnMut(Predicted) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let target = if console.draws_bars() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template("predicting {wide_bar} {pos}/{len} samples  {elapsed}, {eta} left");
    let bar = ProgressBar::with_draw_target(Some(split.len() as u64), target)
        .with_style(style.expect("a constant template").progress_chars("━━─"));
    let rows: Vec<usize> = (0..split.len()).collect();
    for rows in rows.chunks(ROWS) {
        for prediction in trained.predict(split, rows)? {
            let row = prediction.row;
            let name = split.row_id(row).map_or_else(|| split.id(row), str::to_owned);
            take(Predicted::new(name, &prediction))?;
        }
        bar.inc(rows.len() as u64);
    }
    bar.finish_and_clear();
    Ok(())
}
