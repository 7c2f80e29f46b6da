//! `consil runs compare`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, ValueHint};
use consil::{Outcome, SpecDifference, is_one_class, spec_differences};
use serde::Serialize;

use super::{name_of, outcome_of};
use crate::console::Console;
use crate::failure::{Failure, InputError};
use crate::runs::{self, RunsArg, resume_command};
use crate::table::Table;
use consil::number::{metric, seconds};

/// Compare two runs: where their specs differ, and their metrics side by side.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil runs compare demo-001 demo-federated-001
  consil runs compare runs/a-001 elsewhere/a-001 --json | jq .spec")]
pub struct CompareArgs {
    /// The first run: its folder, or its name in the folder of runs
    #[arg(value_name = "A", value_hint = ValueHint::DirPath)]
    a: PathBuf,
    /// The second run
    #[arg(value_name = "B", value_hint = ValueHint::DirPath)]
    b: PathBuf,
    /// Where runs are kept.
    #[command(flatten)]
    root: RunsArg,
}

#[derive(Serialize)]
struct Answer {
    a: PathBuf,
    b: PathBuf,
    spec: Vec<SpecDifference>,
    same_rules: bool,
    metrics: BTreeMap<String, Pair>,
}

/// A metric of both runs.
#[derive(Clone, Copy, Serialize)]
struct Pair {
    a: Option<f64>,
    b: Option<f64>,
}

impl CompareArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let (a, b) = (runs::open(&self.a, &self.root.runs)?, runs::open(&self.b, &self.root.runs)?);
        let outcome = |run| {
            let finished: Result<Outcome, Failure> = outcome_of(run)?.ok_or_else(|| {
                InputError::Unfinished { run: run.folder().to_owned(), command: resume_command(run) }.into()
            });
            finished
        };
        let (of_a, of_b) = (metrics(&outcome(&a)?), metrics(&outcome(&b)?));
        let rules = |run: &consil::Run| std::fs::read_to_string(run.path("program.pl")).ok();
        let names: std::collections::BTreeSet<&String> = of_a.keys().chain(of_b.keys()).collect();
        let pairs = names
            .into_iter()
            .map(|name| (name.clone(), Pair { a: of_a.get(name).copied(), b: of_b.get(name).copied() }));
        let answer = Answer {
            a: a.folder().to_owned(),
            b: b.folder().to_owned(),
            spec: spec_differences(&a.spec()?, &b.spec()?),
            same_rules: rules(&a) == rules(&b),
            metrics: pairs.collect(),
        };
        console.answer(&answer, |style| {
            let header = |first: &str| [first.to_owned(), name_of(&a), name_of(&b)];
            let mut specs = Table::new(header("spec"));
            for difference in &answer.spec {
                specs.row([difference.key.clone(), difference.a_text(), difference.b_text()]);
            }
            if !answer.same_rules {
                specs.row(["rules", "differ: see program.pl", ""]);
            }
            let specs = if specs.is_empty() { "the specs are the same\n".to_owned() } else { specs.render(style) };
            let [metric_, in_a, in_b] = header("metric");
            let mut table = Table::new([metric_, in_a, in_b, "difference".to_owned()]);
            for (name, pair) in &answer.metrics {
                let cell = |value: Option<f64>| value.map_or_else(|| "—".to_owned(), |value| show(name, value));
                let change = pair.a.zip(pair.b).map(|(a, b)| change(name, b - a));
                table.row([name.clone(), cell(pair.a), cell(pair.b), change.unwrap_or_default()]);
            }
            format!("{specs}\n{}", table.render(style))
        })
    }
}

fn metrics(outcome: &Outcome) -> BTreeMap<String, f64> {
    let test = &outcome.test;
    let concepts = test.concepts.iter().map(|(name, accuracy)| (format!("concept.{name}"), *accuracy));
    let all = [("accuracy", test.result_accuracy), ("loss", test.loss), ("seconds", outcome.seconds)];
    let several = if is_one_class(&test.targets) { &[] } else { test.targets.as_slice() };
    let targets = several.iter().flat_map(|target| {
        target.figures().into_iter().map(|figure| (format!("{}.{}", target.name, figure.key), figure.value))
    });
    let known = all.into_iter().filter(|(_, value)| !value.is_nan()).map(|(name, value)| (name.to_owned(), value));
    concepts.chain(known).chain(targets).collect()
}

fn show(name: &str, value: f64) -> String {
    if name == "seconds" { seconds(value) } else { metric(name, value) }
}

/// A difference with its sign; of shares, in percentage points.
fn change(name: &str, difference: f64) -> String {
    let sign = if difference < 0.0 { "−" } else { "+" };
    let size = show(name, difference.abs());
    format!("{sign}{}", size.replace('%', "pp"))
}
