//! The report in a few sentences, and its table of figures.

use std::collections::BTreeSet;

use serde::Serialize;

use super::RunFacts;
use super::matrix::{most_frequent, right, total};
use super::number::{count, seconds, share, wilson};
use crate::outcome::Outcome;
use crate::run::RunKind;

/// What the runs came to, in sentences.
pub(super) fn verdict(runs: &[RunFacts]) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut first: Option<&Outcome> = None;
    for run in runs {
        let Some(outcome) = &run.outcome else {
            sentences.push(format!("The {} run has not finished.", run.label));
            continue;
        };
        let score = share(outcome.test.result_accuracy);
        let how = learned(run);
        match first {
            None => {
                let interval =
                    interval(outcome).map(|range| format!(" (95\u{a0}% interval {range})")).unwrap_or_default();
                sentences.push(format!(
                    "{how}, the system answers {score} of {} test samples right{interval}; always saying the most frequent answer would reach {}.",
                    count(outcome.test.n_samples),
                    share(most_frequent(&outcome.result)),
                ));
                sentences.extend(concepts(run, outcome));
            }
            Some(first) => {
                let points = 100.0 * (outcome.test.result_accuracy - first.test.result_accuracy);
                let difference = match points {
                    p if !p.is_finite() => String::new(),
                    p if p.abs() < 0.05 => ", the same".to_owned(),
                    p if p > 0.0 => format!(", {p:.1} points more"),
                    p => format!(", {:.1} points less", -p),
                };
                sentences.push(format!("{how}, it reaches {score}{difference}."));
            }
        }
        first = first.or(Some(outcome));
    }
    sentences
}

/// How a run learned, to begin a sentence with.
fn learned(run: &RunFacts) -> String {
    let sites = run.n_sites();
    match (run.kind, run.program.is_some()) {
        (RunKind::Central, true) => "Taught nothing but the result".to_owned(),
        (RunKind::Central, false) => "Trained in one place".to_owned(),
        (RunKind::Federated, _) if sites > 0 => {
            format!("Trained at {sites} sites that keep their data to themselves")
        }
        (RunKind::Federated, _) => "Trained by a federation".to_owned(),
    }
}

fn concepts(run: &RunFacts, outcome: &Outcome) -> Option<String> {
    run.program.as_ref()?;
    let named: Vec<String> = outcome.test.concepts.iter().map(|(name, p)| format!("{name} {}", share(*p))).collect();
    let (last, before) = named.split_last()?;
    let list = if before.is_empty() { last.clone() } else { format!("{} and {last}", before.join(", ")) };
    Some(format!("On the way it learned to name what it was never told: {list} right."))
}

fn interval(outcome: &Outcome) -> Option<String> {
    let (low, high) = wilson(right(&outcome.result), total(&outcome.result))?;
    Some(format!("{:.1}–{}", 100.0 * low, share(high)))
}

/// A row of the table: a figure of every run.
#[derive(Serialize)]
pub(super) struct Figures {
    name: String,
    note: String,
    cells: Vec<Cell>,
}

#[derive(Serialize)]
struct Cell {
    text: String,
    note: String,
    /// The share as whole percent, for a bar; none for figures that are no shares.
    bar: Option<u8>,
}

impl Cell {
    fn text(text: String) -> Self {
        Self { text, note: String::new(), bar: None }
    }

    fn share(value: f64, note: String) -> Self {
        let bar = value.is_finite().then(|| (100.0 * value).round().clamp(0.0, 100.0) as u8);
        Self { text: share(value), note, bar }
    }
}

/// The table that sets the runs side by side.
pub(super) fn table(runs: &[RunFacts]) -> Vec<Figures> {
    let row = |name: &str, note: &str, of: &dyn Fn(&RunFacts, &Outcome) -> Option<Cell>| {
        let found: Vec<Option<Cell>> =
            runs.iter().map(|run| run.outcome.as_ref().and_then(|outcome| of(run, outcome))).collect();
        found.iter().any(Option::is_some).then(|| Figures {
            name: name.to_owned(),
            note: note.to_owned(),
            cells: found.into_iter().map(|cell| cell.unwrap_or_else(|| Cell::text("–".to_owned()))).collect(),
        })
    };
    let mut rows = vec![row("result", "right answers on the test rows, with the 95 % interval", &|_, outcome| {
        Some(Cell::share(outcome.test.result_accuracy, interval(outcome).unwrap_or_default()))
    })];
    let outcomes = runs.iter().filter_map(|run| run.outcome.as_ref());
    let concepts: BTreeSet<&String> = outcomes.flat_map(|outcome| outcome.test.concepts.keys()).collect();
    for concept in concepts {
        rows.push(row(concept, "named right by its network", &|_, outcome| {
            Some(Cell::share(*outcome.test.concepts.get(concept)?, String::new()))
        }));
    }
    rows.push(row("most frequent answer", "what always saying it would reach", &|_, outcome| {
        Some(Cell::share(most_frequent(&outcome.result), String::new()))
    }));
    rows.push(row("loss", "mean −log P(right answer) on the test rows, nats", &|_, outcome| {
        let loss = outcome.test.loss;
        Some(Cell::text(if loss.is_finite() { format!("{loss:.3}") } else { "–".to_owned() }))
    }));
    rows.push(row("test samples", "", &|_, outcome| Some(Cell::text(count(outcome.test.n_samples)))));
    rows.push(row("training time", "without the evaluation", &|_, outcome| Some(Cell::text(seconds(outcome.seconds)))));
    rows.push(row("steps or rounds", "", &|run, outcome| {
        let unit = if run.kind == RunKind::Central { "steps" } else { "rounds" };
        Some(Cell::text(format!("{} {unit}", count(outcome.steps as usize))))
    }));
    rows.push(row("time in the rules", "share of training spent in circuits", &|_, outcome| {
        Some(Cell::text(share(outcome.logic_share?)))
    }));
    rows.into_iter().flatten().collect()
}
