//! `consil pathways capability`: from benchmark scores to a few capabilities, and from a capability to a task.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use consil::Key;
use consil::pathways::capability::{Components, ScoreTable, TaskCurve, TaskForecast, TaskTrial};
use consil::pathways::{Source, Table as Csv};
use serde::Serialize;

use super::backtest::Judged;
use super::files::{GivenError, level, required_column, table};
use super::interval;
use crate::console::Console;
use crate::failure::Failure;
use crate::global::up_to;
use crate::spinner::with_spinner;
use crate::style::TextStyle;
use crate::table::Table;
use consil::number::{count, number, percent};

/// Models that the text names; JSON has all.
const N_SHOWN: usize = 10;

/// Find what benchmarks have in common, and the score of a task from it.
///
/// Principal components of a table of benchmark scores (shares from 0 to 1), centred and not scaled; missing scores are filled from the first component. The
/// first component of a model is its capability. With --task, a sigmoid joins the capability by the *other* benchmarks to the score of that task; models without
/// a score there are forecast, with intervals that are widened by what such forecasts have missed from weaker models to stronger ones.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil pathways capability scores.csv
  consil pathways capability scores.csv --benchmarks MMLU,ARC-C,HellaSwag --json | jq .explained
  consil pathways capability scores.csv --task GSM8K --at 1.5")]
pub struct CapabilityArgs {
    /// The scores: a CSV file with a header, a row for each model
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// The columns of benchmarks [default: all whose fields are shares from 0 to 1]
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    benchmarks: Vec<String>,
    /// The column of names [default: model, name, system]
    #[arg(long, value_name = "COLUMN")]
    model: Option<String>,
    /// Forecast the score on this benchmark from the others
    #[arg(long, value_name = "COLUMN")]
    task: Option<String>,
    /// The score of guessing on the task
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, requires = "task", allow_negative_numbers = true)]
    floor: f64,
    /// Forecast the task at this capability as well; can be repeated
    #[arg(long, value_name = "CAPABILITY", requires = "task", allow_negative_numbers = true)]
    at: Vec<f64>,
    /// The level of the intervals
    #[arg(long, value_name = "SHARE", default_value_t = 0.8, requires = "task", allow_negative_numbers = true)]
    level: f64,
    /// How many times the points are resampled for the intervals
    #[arg(long, value_name = "N", default_value_t = 400, requires = "task", allow_negative_numbers = true, value_parser = up_to::<1_000_000>)]
    bootstrap: usize,
    /// The seed of the resamples
    #[arg(long, default_value_t = 7, requires = "task", allow_negative_numbers = true)]
    seed: u64,
}

#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    components: Components,
    task: Option<Task>,
    sources: Vec<Source>,
}

/// A task by the capability of the other benchmarks.
#[derive(Serialize)]
struct Task {
    name: String,
    n_models: usize,
    #[serde(flatten)]
    curve: TaskCurve,
    level: f64,
    record: Judged,
    forecasts: Vec<Named>,
}

#[derive(Serialize)]
struct Named {
    /// A model without a score, or none for a capability that was given.
    model: Option<String>,
    capability: f64,
    #[serde(flatten)]
    forecast: TaskForecast,
}

impl CapabilityArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let level = level(self.level)?;
        if !(0.0..1.0).contains(&self.floor) {
            let allowed = "a share from 0 to below 1";
            return Err(GivenError::OutOfRange { option: "--floor", value: self.floor, allowed }.into());
        }
        if let Some(value) = self.at.iter().copied().find(|at| !at.is_finite()) {
            return Err(GivenError::OutOfRange { option: "--at", value, allowed: "a finite capability" }.into());
        }
        if self.bootstrap < 100 {
            let (value, allowed) = (self.bootstrap as f64, "100 or more: the quantiles of fewer say nothing");
            return Err(GivenError::OutOfRange { option: "--bootstrap", value, allowed }.into());
        }
        let table = table(&self.file)?;
        let known = ["model", "name", "system"];
        let model = required_column(&table, self.model.as_deref(), &known, ("names", "--model COLUMN"))?;
        let benchmarks = if self.benchmarks.is_empty() { shares(&table)? } else { self.benchmarks.clone() };
        let answer = with_spinner(console, "finding components", || self.answer(&table, model, &benchmarks, level))?;
        console.answer(&answer, |style| render(&answer, style))
    }

    fn answer(&self, table: &Csv, model: &str, benchmarks: &[String], level: f64) -> Result<Answer, Failure> {
        let others: Vec<&str> = benchmarks.iter().map(String::as_str).collect();
        let others: Vec<&str> = match &self.task {
            Some(task) => others.into_iter().filter(|name| name != task).collect(),
            None => others,
        };
        let scores = ScoreTable::read(table, model, &others)?;
        let components = Components::fit(&scores)?;
        let task = |task| self.task(table, task, &scores, &components, level);
        let task = self.task.as_deref().map(task).transpose()?;
        Ok(Answer { components, task, sources: vec![table.source().clone()] })
    }

    fn task(
        &self,
        table: &Csv,
        name: &str,
        scores: &ScoreTable,
        components: &Components,
        level: f64,
    ) -> Result<Task, Failure> {
        let column = table.column(name)?;
        let on_task = (0..table.n_rows()).map(|row| column.number(row)).collect::<Result<Vec<_>, _>>()?;
        let (mut points, mut unknown) = (Vec::new(), Vec::new());
        for (row, capability) in components.capabilities.iter().enumerate() {
            match on_task[row] {
                Some(score) => points.push((*capability, score)),
                None => unknown.push((Some(components.models[row].clone()), *capability)),
            }
        }
        let curve = TaskCurve::fit(&points, self.floor)?;
        let key = Key::new(self.seed);
        let trial = TaskTrial { floor: self.floor, level, n_resamples: self.bootstrap };
        let record = Judged::of(Ok(scores.backtest_task(&on_task, trial, key)?));
        let widening = record.record().map(|record| &record.widening);
        let bootstrap = curve.bootstrap(self.bootstrap, key);
        let wanted = unknown.into_iter().chain(self.at.iter().map(|capability| (None, *capability)));
        let forecast = |capability| curve.forecast(capability, &bootstrap, level, widening);
        let named = |(model, capability)| Named { model, capability, forecast: forecast(capability) };
        let forecasts = wanted.map(named).collect();
        Ok(Task { name: name.to_owned(), n_models: points.len(), curve, level, record, forecasts })
    }
}

/// The columns that hold shares and nothing else.
fn shares(table: &Csv) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    for header in table.headers() {
        let column = table.column(header)?;
        let mut fields = (0..table.n_rows()).filter_map(|row| column.text(row)).peekable();
        let is_share = |field: &str| field.trim().parse().is_ok_and(|share: f64| (0.0..=1.0).contains(&share));
        if fields.peek().is_some() && fields.all(is_share) {
            found.push(header.clone());
        }
    }
    Ok(found)
}

fn render(answer: &Answer, style: TextStyle) -> String {
    let components = &answer.components;
    let mut facts = Table::of_facts();
    for source in &answer.sources {
        facts.row(["source", &source.to_string()]);
    }
    let size =
        format!("{}, {}", count(components.models.len(), "model"), count(components.benchmarks.len(), "benchmark"));
    facts.row(["scores", &format!("{size}; {} were missing and are filled", components.n_filled)]);
    let shares: Vec<String> = components.explained.iter().take(3).map(|share| percent(*share)).collect();
    let first = components.explained.iter().take(3).sum();
    let of = if components.n_filled > 0 { " of the filled table" } else { "" };
    facts.row(["components explain", &format!("{}: together {}{of}", shares.join(", "), percent(first))]);
    let mut loadings = Table::new(["benchmark", "mean", "in the first component"]);
    for (at, benchmark) in components.benchmarks.iter().enumerate() {
        loadings.row([benchmark.clone(), number(components.means[at]), number(components.loadings[0][at])]);
    }
    let mut order: Vec<usize> = (0..components.models.len()).collect();
    order.sort_by(|a, b| components.capabilities[*b].total_cmp(&components.capabilities[*a]));
    let mut models = Table::new(["most capable", "capability"]);
    for at in order.iter().take(N_SHOWN) {
        models.row([components.models[*at].clone(), number(components.capabilities[*at])]);
    }
    let task = answer.task.as_ref().map(|task| of_task(task, style)).unwrap_or_default();
    format!("{}\n{}\n{}{task}", facts.render(style), loadings.render(style), models.render(style))
}

fn of_task(task: &Task, style: TextStyle) -> String {
    let curve = &task.curve;
    let mut facts = Table::of_facts();
    facts.row(["task", &format!("{}, {} with a score", task.name, count(task.n_models, "model"))]);
    let shape = format!("half-way at {}, slope {}", number(curve.centre), number(curve.slope));
    facts.row(["curve", &format!("{shape}, root mean squared error {}", number(curve.error))]);
    let nominal = format!("{:.0} % intervals", 100.0 * task.level);
    facts.row([nominal.as_str(), &task.record.sentence("more models with a score")]);
    let mut text = format!("\n{}", facts.render(style));
    if !task.forecasts.is_empty() {
        let mut table = Table::new(["forecast for", "capability", "score", "interval", "extrapolation"]);
        for Named { model, capability, forecast } in &task.forecasts {
            table.row([
                model.clone().unwrap_or_else(|| "the capability given".to_owned()),
                number(*capability),
                number(forecast.score),
                interval(forecast.interval),
                number(forecast.extrapolation),
            ]);
        }
        text.push_str(&format!("\n{}", table.render(style)));
    }
    text
}
