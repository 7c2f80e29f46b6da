//! How learning went: the curves of every run.

use std::collections::BTreeMap;

use consil_report::{Block, Chart, Dash, Figure, Marks, Measure, Series};

use super::RunFacts;
use super::verdict::target_figures;
use crate::run::{Record, RunKind};
use crate::target_figures::is_one_class;

/// Up to this many points, a line has dots.
const DOTS: usize = 40;

/// The charts of all runs: what they share in one chart each, then what only federations have.
pub(super) fn figures(runs: &[RunFacts]) -> Vec<Block> {
    let mut curves = Curves { x_label: x_label(runs), figures: Vec::new() };
    let several = runs.len() > 1;
    let named = |run: &RunFacts, what: &str| match (several, what) {
        (true, "") => run.label.clone(),
        (true, what) => format!("{what}, {}", run.label),
        (false, "") => "result".to_owned(),
        (false, what) => what.to_owned(),
    };

    let mut losses = Vec::new();
    for (i, run) in runs.iter().enumerate() {
        losses.push(line(named(run, "training"), (i, 0), points(run, |record| Some(loss(record)))));
        losses.push(line(named(run, "validation"), (i, 1), metric(run, "loss")));
    }
    let in_nats = runs.iter().filter_map(|run| run.outcome.as_ref()).all(|outcome| is_one_class(&outcome.test.targets));
    let (caption, unit) = match in_nats {
        true => (
            "Mean −log P(right answer), in nats: on the rows learned from, and on validation rows where the data has them.",
            "nats",
        ),
        false => (
            "The targets' mean losses, by their weights: on the rows learned from, and on validation rows where the data has them.",
            "loss",
        ),
    };
    curves.add("loss", "Loss", caption, (Measure::FromZero, unit), losses);

    let accuracy = runs.iter().enumerate().map(|(i, run)| line(named(run, ""), (i, 0), metric(run, "accuracy")));
    let caption = "Share of validation rows whose most probable answer is right.";
    curves.add("accuracy", "Accuracy of the result", caption, (Measure::Share, "share"), accuracy.collect());

    let concepts: BTreeMap<String, String> = runs.iter().flat_map(concept_names).collect();
    let concepts = concepts.iter().enumerate().flat_map(|(colour, (key, name))| {
        let named = &named;
        (runs.iter().enumerate()).map(move |(i, run)| line(named(run, name), (colour, i), metric(run, key)))
    });
    let caption =
        "Share of validation inputs that their network names right, though none of these names is ever a target.";
    curves.add("concepts", "Latent concepts", caption, (Measure::Share, "share"), concepts.collect());

    curves.targets(runs, &named);

    curves.x_label = "round";
    for (i, run) in runs.iter().enumerate().filter(|(_, run)| run.kind == RunKind::Federated) {
        let of_run = |what: &str| if several { format!("{what}, {}", run.label) } else { what.to_owned() };
        curves.federation(i, run, of_run);
    }
    curves.figures
}

/// The figures made so far.
struct Curves {
    x_label: &'static str,
    figures: Vec<Block>,
}

impl Curves {
    /// Adds a figure of the lines that have something to show; none where none has.
    fn add(&mut self, id: &str, title: &str, caption: &str, y: (Measure, &str), lines: Vec<Series>) {
        let lines: Vec<Series> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        if lines.is_empty() {
            return;
        }
        let mut chart = Chart::new(id, title, (Measure::Count, self.x_label), y);
        chart.series = lines;
        self.figures.push(Figure::of_chart(&chart, caption).with_numbers(&chart).into());
    }

    /// What each target of several, or one that is no class, is judged by first, on the validation rows.
    fn targets(&mut self, runs: &[RunFacts], named: &dyn Fn(&RunFacts, &str) -> String) {
        let mut figures = target_figures(runs);
        figures.dedup_by(|later, first| later.0 == first.0);
        for (n, (target, figure)) in figures.into_iter().enumerate() {
            let key = format!("{target}.{}", figure.key);
            let lines = runs.iter().enumerate().map(|(i, run)| line(named(run, &target), (i, 0), metric(run, &key)));
            // R² falls below 0 where the mean would do better.
            let y = match figure.key {
                _ if figure.is_share => (Measure::Share, "share"),
                "r2" => (Measure::Amount, "R²"),
                _ => (Measure::FromZero, "units of the target"),
            };
            let title = format!("{target}: {}", figure.label);
            let caption = "On the validation rows, after each epoch or round.";
            self.add(&format!("target{n}"), &title, caption, y, lines.collect());
        }
    }

    /// What only a federation has.
    fn federation(&mut self, i: usize, run: &RunFacts, of_run: impl Fn(&str) -> String) {
        let caption = "Each site's mean training loss in the round, in nats.";
        let y = (Measure::FromZero, "nats");
        self.add(&format!("sites{i}"), &of_run("Loss at each site"), caption, y, sites(run));
        let drift = points(run, |record| match record {
            Record::Round { client_drift, .. } => Some(*client_drift),
            _ => None,
        });
        let caption =
            "How far the sites' changes lie from their mean, relative to it: what uneven data does to a federation.";
        let lines = vec![line("drift", (i, 0), drift)];
        self.add(&format!("drift{i}"), &of_run("Client drift"), caption, (Measure::FromZero, "relative"), lines);
        let update = points(run, |record| match record {
            Record::Round { update_norm, .. } => Some(*update_norm),
            _ => None,
        });
        let caption = "Euclidean norm of the change of the shared weights: it shrinks as the federation settles.";
        let lines = vec![line("update", (i, 0), update)];
        let title = of_run("Size of the shared update");
        self.add(&format!("update{i}"), &title, caption, (Measure::FromZero, "norm"), lines);
    }
}

/// A line of colour number `colour` and dashes number `dashes`, with dots where they can be told apart.
fn line(name: impl Into<String>, (colour, dashes): (usize, usize), points: Vec<(f64, f64)>) -> Series {
    let marks = if points.len() <= DOTS { Marks::LineAndDots } else { Marks::Line };
    let dash = [Dash::Solid, Dash::Dashed, Dash::Dotted][dashes.min(2)];
    Series::line(name, colour, points).with_marks(marks).with_dash(dash)
}

fn x_label(runs: &[RunFacts]) -> &'static str {
    let any = |kind| runs.iter().any(|run| run.kind == kind);
    match (any(RunKind::Central), any(RunKind::Federated)) {
        (true, true) => "epoch or round",
        (false, true) => "round",
        _ => "epoch",
    }
}

fn loss(record: &Record) -> f64 {
    match record {
        Record::Step { loss, .. } | Record::Epoch { loss, .. } | Record::Round { loss, .. } => *loss,
    }
}

/// The epochs or rounds of a run with what `value` takes from each.
fn points(run: &RunFacts, value: impl Fn(&Record) -> Option<f64>) -> Vec<(f64, f64)> {
    let x = |record: &Record| match record {
        Record::Step { .. } => None,
        Record::Epoch { epoch, .. } => Some(*epoch as f64),
        Record::Round { round, .. } => Some(*round as f64),
    };
    run.records.iter().filter_map(|record| Some((x(record)?, value(record)?))).collect()
}

fn metrics(record: &Record) -> Option<&BTreeMap<String, f64>> {
    match record {
        Record::Epoch { metrics, .. } | Record::Round { metrics, .. } => Some(metrics),
        Record::Step { .. } => None,
    }
}

/// A validation metric over the epochs or rounds that have it.
fn metric(run: &RunFacts, name: &str) -> Vec<(f64, f64)> {
    points(run, |record| metrics(record)?.get(name).copied())
}

/// The metrics of latent concepts, each with the concept's name.
fn concept_names(run: &RunFacts) -> BTreeMap<String, String> {
    let keys = run.records.iter().filter_map(metrics).flat_map(BTreeMap::keys);
    keys.filter_map(|key| Some((key.clone(), key.strip_prefix("concept.")?.to_owned()))).collect()
}

fn sites(run: &RunFacts) -> Vec<Series> {
    let mut sites: BTreeMap<u64, Vec<(f64, f64)>> = BTreeMap::new();
    let mut names: BTreeMap<u64, &str> = BTreeMap::new();
    for record in &run.records {
        let Record::Round { round, sites: reported, .. } = record else { continue };
        for site in reported {
            sites.entry(site.site).or_default().push((*round as f64, site.loss));
            names.extend(site.name.as_deref().map(|name| (site.site, name)));
        }
    }
    let lines = sites.into_iter().enumerate();
    let name = |site: u64| names.get(&site).map_or_else(|| site.to_string(), |name| (*name).to_owned());
    lines.map(|(i, (site, points))| line(format!("site {}", name(site)), (i, 0), points)).collect()
}
