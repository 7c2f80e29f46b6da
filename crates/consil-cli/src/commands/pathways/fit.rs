//! `consil pathways fit`: a scaling law's coefficients, which of them the runs hold in place, and what the law says of a run that it has not seen.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use consil::Key;
use consil::pathways::fit::{FitReport, Identification, Prediction, hold_out_largest};
use consil::pathways::{Datum, Design};
use consil_diagnostic::file;
use serde::Serialize;

use super::runs_file::{ReadRuns, RunsFile};
use super::{interval, range, word};
use crate::console::Console;
use crate::failure::{Failure, InputError};
use crate::spinner::with_spinner;
use crate::style::TextStyle;
use crate::table::Table;
use consil::number::{count, number, percent};

/// Fit a scaling law to runs, one's own or of a table: coefficients with intervals.
///
/// Reads training runs and fits a law to their losses, in logarithms. Runs are those of a table, or one's own: run folders of `consil train`, of one task in
/// several sizes, whose parameters, samples, operations and test losses are recorded there. Intervals are of two kinds: by resampling the runs, and by the
/// profile: how far a coefficient can be moved before the runs contradict it. One without an end on both sides is flagged as not identified.
///
/// With --hold-out the law is fitted without the largest run, whose loss is then predicted, with the interval for one run: of the law, of the noise
/// of trainings and of seeds.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil pathways fit runs.csv
  consil pathways fit runs --hold-out largest
  consil pathways fit runs/mnist-cnn-00* --law saturating-compute
  consil pathways fit runs.csv --law kaplan --objective lad --bootstrap 4000
  consil pathways fit runs.csv --parameters 'n (M)' --tokens 'd (B)' --loss final
  consil pathways fit runs.csv --json | jq '.estimates[] | {name, value, identification}'

A row needs parameters, a loss, and tokens or compute. A header may state its unit: `tokens (B)`, `compute (PFLOP-days)`. Laws of one axis are
L(N): saturating-parameters, L(D): saturating-tokens, L(C): saturating-compute; without an irreducible loss: power-*.")]
pub struct FitArgs {
    #[command(flatten)]
    runs: RunsFile,
    /// Fit without these runs and predict them
    #[arg(long, value_enum, value_name = "RUNS")]
    hold_out: Option<HoldOut>,
    /// Write what the run folders record to a table, which `fit` reads as well
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    write_runs: Option<PathBuf>,
}

/// Which runs are held out.
#[derive(Clone, Copy, ValueEnum)]
enum HoldOut {
    /// That of the largest compute, in all its seeds
    Largest,
}

#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    report: FitReport,
    datum: Datum,
    held_out: Vec<HeldOut>,
}

/// A run that the law was not fitted to.
#[derive(Serialize)]
struct HeldOut {
    origin: String,
    design: Design,
    loss: f64,
    inside: bool,
    prediction: Prediction,
}

impl FitArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        if let Some(path) = &self.write_runs {
            self.write_runs(path)?;
        }
        let ReadRuns { runs, datum, source } = self.runs.read()?;
        let (runs, held) = match self.hold_out {
            Some(HoldOut::Largest) => hold_out_largest(runs),
            None => (runs, Vec::new()),
        };
        let options = &self.runs.options;
        let fitted = options.fit(ReadRuns { runs, datum, source }, console)?;
        let report = fitted.fit.report(&fitted.bootstrap, fitted.level)?;
        let (n_draws, key) = (options.n_resamples(), Key::new(options.seed()));
        let held_out = with_spinner(console, "predicting", || {
            let predicted = held.into_iter().map(|run| {
                let prediction = fitted.fit.predict(&run.design, fitted.level, n_draws, key)?;
                let inside = prediction.interval.holds(run.loss);
                Ok(HeldOut { origin: run.origin, design: run.design, loss: run.loss, inside, prediction })
            });
            predicted.collect::<Result<Vec<_>, Failure>>()
        })?;
        let answer = Answer { report, datum, held_out };
        console.answer(&answer, |style| {
            let text = render(&answer.report, datum, fitted.level, style);
            text + &render_held_out(&answer.held_out, datum, style)
        })
    }

    /// Writes the trainings of run folders as a table.
    fn write_runs(&self, path: &std::path::Path) -> Result<(), Failure> {
        let recorded = self.runs.recorded()?.ok_or(InputError::NotFolders { option: "--write-runs" })?;
        let mut text = String::from("run,seed,parameters,samples,unique_samples,compute,loss,accuracy,seconds\n");
        for recorded in recorded {
            let size = recorded.size;
            text.push_str(&format!(
                "{},{},{},{},{},{},{},{},{:.2}\n",
                recorded.run,
                recorded.seed,
                size.parameters,
                size.samples,
                size.unique_samples,
                size.training_flops,
                recorded.loss,
                recorded.accuracy,
                recorded.seconds
            ));
        }
        file::write(path, text.as_bytes())?;
        Ok(())
    }
}

fn render_held_out(held_out: &[HeldOut], datum: Datum, style: TextStyle) -> String {
    let mut text = String::new();
    for run in held_out {
        let prediction = &run.prediction;
        let mut facts = Table::of_facts();
        facts.row(["held out", &run.origin]);
        facts.row(["its size", &size(&run.design, datum)]);
        facts.row(["beyond the others", &format!("{} times", number(prediction.extrapolation))]);
        facts.row(["predicted", &number(prediction.loss)]);
        let level = percent(prediction.interval.level);
        facts.row(["interval", &format!("{}, {level}", interval(prediction.interval))]);
        let verdict = if run.inside { style.good("inside") } else { style.error("outside") };
        facts.row(["its loss", &format!("{}: {verdict}", number(run.loss))]);
        let seeds = prediction.seed_deviation.map_or_else(
            || "no size was run twice, so that seeds count among the noise".to_owned(),
            |deviation| format!("{} among seeds of one size", percent(deviation)),
        );
        let noise = percent(prediction.residual_deviation);
        facts.row(["noise of runs", &format!("{noise} about the law; {seeds}")]);
        text.push_str(&format!("\n{}", facts.render(style)));
    }
    text
}

fn size(design: &Design, datum: Datum) -> String {
    let (n, d, c) = (number(design.parameters), number(design.tokens), number(design.compute));
    format!("{n} parameters, {d} {}, {c} FLOP", datum.plural())
}

fn render(report: &FitReport, datum: Datum, level: f64, style: TextStyle) -> String {
    let mut facts = Table::of_facts();
    facts.row(["law", &word(&report.law)]);
    for source in &report.sources {
        facts.row(["source", &source.to_string()]);
    }
    facts.row(["runs", &count(report.n_runs, "run")]);
    for covered in &report.ranges {
        facts.row([&covered.axis.name().replace("tokens", datum.plural()), &range(covered.low, covered.high)]);
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
    format!("{}\n{}", facts.render(style), table.render(style))
}
