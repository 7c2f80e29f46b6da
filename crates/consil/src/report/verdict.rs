//! The report in a few sentences, and its table of figures.

use std::collections::BTreeSet;

use consil_report::Markup;
use consil_report::number::{percent_range, seconds, unbroken};

use super::{RunFacts, count, share};
use crate::accuracy::{Accuracies, Accuracy};
use crate::outcome::Outcome;
use crate::run::RunKind;
use crate::target_figures::{TargetFigure, is_one_class};

/// What the runs came to, in sentences.
pub(super) fn verdict(runs: &[RunFacts]) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut first: Option<&Outcome> = None;
    for run in runs {
        let Some(outcome) = &run.outcome else {
            sentences.push(format!("The {} run has not finished.", run.label));
            continue;
        };
        let found = Accuracies::of_outcome(outcome);
        let score = share(found.result.accuracy);
        let how = learned(run);
        if !is_one_class(&found.targets) {
            sentences.push(judged(&how, outcome));
            first = first.or(Some(outcome));
            continue;
        }
        match first {
            None => {
                let interval = match interval(&found.result) {
                    range if range.is_empty() => range,
                    range => format!(" (95\u{a0}% interval {range})"),
                };
                sentences.push(format!(
                    "{how}, the system answers {score} of {} test samples right{interval}; always saying the most frequent answer would reach {}.",
                    count(outcome.test.n_samples),
                    share(found.most_frequent),
                ));
                sentences.extend(imbalance(&found));
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

/// What each of several targets, or one that is no class, is judged by.
fn judged(how: &str, outcome: &Outcome) -> String {
    let mut said = Vec::new();
    for target in &outcome.test.targets {
        let figures: Vec<String> =
            target.figures().iter().map(|figure| format!("{} {}", figure.label, unbroken(&figure.text()))).collect();
        let figures = if figures.is_empty() { "nothing to judge by".to_owned() } else { figures.join(", ") };
        said.push(format!("{}: {figures}", target.name));
    }
    format!("{how}, the system answers {} test samples. {}.", count(outcome.test.n_samples), said.join("; "))
}

/// How a run learned, to begin a sentence with.
fn learned(run: &RunFacts) -> String {
    let sites = run.n_sites();
    match (run.kind, run.program.is_some()) {
        (RunKind::Central, true) => "Trained on nothing but the result".to_owned(),
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

/// Said where the accuracy is carried by some classes more than by others.
fn imbalance(found: &Accuracies) -> Option<String> {
    const FAR: f64 = 0.05;
    let worst = found.recalls.iter().min_by(|a, b| a.recall.total_cmp(&b.recall))?;
    (found.result.accuracy - found.balanced > FAR).then(|| {
        format!(
            "The classes are not found equally well: the mean of their recalls is {}, and of {} rows of {} it finds {}.",
            share(found.balanced),
            count(worst.n),
            worst.class,
            share(worst.recall),
        )
    })
}

/// The interval, with the number of independent rows where that is fewer; empty where nothing was judged.
fn interval(accuracy: &Accuracy) -> String {
    if accuracy.n == 0 || !accuracy.accuracy.is_finite() {
        return String::new();
    }
    let range = unbroken(&percent_range(accuracy.interval));
    match accuracy.distinct {
        Some(n) => format!("{range}, of {} independent rows", count(n)),
        None => range,
    }
}

/// A row of the table: a figure of every run.
struct Figures {
    name: String,
    note: String,
    cells: Vec<Cell>,
}

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

/// Writes the table that sets the runs side by side.
pub(super) fn write_table(runs: &[RunFacts], html: &mut Markup) {
    let rows = table(runs);
    if rows.is_empty() {
        html.text("p", &[], "No run has finished yet: there is nothing to measure.");
        return;
    }
    html.element("div", &[("class", &"scroll")], |html| {
        html.element("table", &[("class", &"figures")], |html| {
            html.element("thead", &[], |html| {
                html.element("tr", &[], |html| {
                    html.text("th", &[("scope", &"col")], "figure");
                    runs.iter().for_each(|run| html.text("th", &[("scope", &"col")], &run.label));
                });
            });
            html.element("tbody", &[], |html| rows.iter().for_each(|row| row.write(html)));
        });
    });
}

impl Figures {
    fn write(&self, html: &mut Markup) {
        html.element("tr", &[], |html| {
            html.element("th", &[("scope", &"row")], |html| {
                html.say(&self.name);
                html.text_if_any("small", &[], &self.note);
            });
            self.cells.iter().for_each(|cell| cell.write(html));
        });
        html.end_line();
    }
}

impl Cell {
    fn write(&self, html: &mut Markup) {
        html.element("td", &[], |html| {
            html.element("span", &[("class", &"value")], |html| {
                html.text("b", &[], &self.text);
                if let Some(bar) = self.bar {
                    html.element("span", &[("class", &"meter"), ("aria-hidden", &"true")], |html| {
                        html.text("i", &[("style", &format!("width:{bar}%"))], "");
                    });
                }
            });
            html.text_if_any("small", &[], &self.note);
        });
    }
}

/// Each target's measurements, of all runs whose result is not one class alone, in the order of their targets.
pub(super) fn target_figures(runs: &[RunFacts]) -> Vec<(String, TargetFigure)> {
    let mut found: Vec<(String, TargetFigure)> = Vec::new();
    for outcome in runs.iter().filter_map(|run| run.outcome.as_ref()) {
        if is_one_class(&outcome.test.targets) {
            continue;
        }
        for target in &outcome.test.targets {
            for figure in target.figures() {
                if !found.iter().any(|(name, known)| *name == target.name && known.key == figure.key) {
                    found.push((target.name.clone(), figure));
                }
            }
        }
    }
    found
}

/// The rows of the table that sets the runs side by side.
fn table(runs: &[RunFacts]) -> Vec<Figures> {
    let row = |name: &str, note: &str, of: &dyn Fn(&RunFacts, &Outcome) -> Option<Cell>| {
        let found: Vec<Option<Cell>> =
            runs.iter().map(|run| run.outcome.as_ref().and_then(|outcome| of(run, outcome))).collect();
        found.iter().any(Option::is_some).then(|| Figures {
            name: name.to_owned(),
            note: note.to_owned(),
            cells: found.into_iter().map(|cell| cell.unwrap_or_else(|| Cell::text("–".to_owned()))).collect(),
        })
    };
    // What several targets say together, or one number, is never right or wrong.
    let classified = |outcome: &Outcome| is_one_class(&outcome.test.targets).then(|| Accuracies::of_outcome(outcome));
    let mut rows = vec![row("result", "right answers on the test rows, with the 95 % interval", &|_, outcome| {
        let found = classified(outcome)?;
        Some(Cell::share(found.result.accuracy, interval(&found.result)))
    })];
    for (target, figure) in target_figures(runs) {
        let name = format!("{target}: {}", figure.label);
        rows.push(row(&name, "", &|_, outcome| {
            let found = outcome.test.targets.iter().find(|score| score.name == target)?.figures();
            let found = found.into_iter().find(|found| found.key == figure.key)?;
            Some(if found.is_share {
                Cell::share(found.value, String::new())
            } else {
                Cell::text(unbroken(&found.text()))
            })
        }));
    }
    let outcomes = runs.iter().filter_map(|run| run.outcome.as_ref());
    let concepts: BTreeSet<&String> = outcomes.flat_map(|outcome| outcome.test.concepts.keys()).collect();
    for concept in concepts {
        rows.push(row(concept, "named right by its network", &|_, outcome| {
            let found = Accuracies::of_outcome(outcome);
            let of_concept = found.concepts.get(concept)?;
            Some(Cell::share(of_concept.accuracy, interval(of_concept)))
        }));
    }
    rows.push(row("most frequent answer", "what always saying it would reach", &|_, outcome| {
        Some(Cell::share(classified(outcome)?.most_frequent, String::new()))
    }));
    rows.push(row("balanced accuracy", "the mean of the classes' recalls", &|_, outcome| {
        Some(Cell::share(classified(outcome)?.balanced, String::new()))
    }));
    let in_nats = target_figures(runs).is_empty();
    let note = if in_nats {
        "mean −log P(right answer) on the test rows, nats"
    } else {
        "of all targets on the test rows, by their weights"
    };
    rows.push(row("loss", note, &|_, outcome| {
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
