//! How learning went: the curves of every run.

use std::collections::BTreeMap;

use serde::Serialize;

use super::RunFacts;
use super::chart::{Chart, Line, WHOLE};
use super::scale::Measure;
use crate::run::{Record, RunKind};

/// A curve of more points than this is not also given as a whole table: its rows are thinned.
const MOST_ROWS: usize = 200;

/// A chart with its legend and its numbers.
#[derive(Serialize)]
pub(super) struct Figure {
    title: String,
    caption: String,
    svg: String,
    legend: Vec<Key>,
    x_label: String,
    rows: Vec<Vec<String>>,
    thinned: bool,
}

#[derive(Serialize)]
struct Key {
    name: String,
    class: String,
}

/// The charts of all runs: what they share in one chart each, then what only federations have.
pub(super) fn figures(runs: &[RunFacts]) -> Vec<Figure> {
    let x_label = x_label(runs);
    let mut figures = Vec::new();
    let several = runs.len() > 1;
    let named = |run: &RunFacts, what: &str| match (several, what) {
        (true, "") => run.label.clone(),
        (true, what) => format!("{what}, {}", run.label),
        (false, "") => "result".to_owned(),
        (false, what) => what.to_owned(),
    };

    let mut losses = Vec::new();
    for (i, run) in runs.iter().enumerate() {
        losses.push(Line::new(named(run, "training"), (i, 0), points(run, |record| Some(loss(record)))));
        losses.push(Line::new(named(run, "validation"), (i, 1), metric(run, "loss")));
    }
    let caption =
        "Mean −log P(right answer), in nats: on the rows learned from, and on validation rows where the data has them.";
    figures.extend(figure("loss", "Loss", caption, x_label, (Measure::Amount, "nats"), losses));

    let accuracy = runs.iter().enumerate().map(|(i, run)| Line::new(named(run, ""), (i, 0), metric(run, "accuracy")));
    let accuracy = accuracy.collect();
    let caption = "Share of validation rows whose most probable answer is right.";
    figures.extend(figure("accuracy", "Accuracy of the result", caption, x_label, (Measure::Share, "share"), accuracy));

    let concepts: BTreeMap<String, String> = runs.iter().flat_map(concept_names).collect();
    let concepts = concepts.iter().enumerate().flat_map(|(colour, (key, name))| {
        let named = &named;
        (runs.iter().enumerate()).map(move |(i, run)| Line::new(named(run, name), (colour, i), metric(run, key)))
    });
    let caption =
        "Share of validation inputs that their network names right, though none of these names is ever taught.";
    let concepts = concepts.collect();
    figures.extend(figure("concepts", "Latent concepts", caption, x_label, (Measure::Share, "share"), concepts));

    for (i, run) in runs.iter().enumerate().filter(|(_, run)| run.kind == RunKind::Federated) {
        let of_run = |what: &str| if several { format!("{what}, {}", run.label) } else { what.to_owned() };
        let caption = "Each site's mean training loss in the round, in nats.";
        figures.extend(figure(
            &format!("sites{i}"),
            &of_run("Loss at each site"),
            caption,
            "round",
            (Measure::Amount, "nats"),
            sites(run),
        ));
        let drift = points(run, |record| match record {
            Record::Round { client_drift, .. } => Some(*client_drift),
            _ => None,
        });
        let caption =
            "How far the sites' changes lie from their mean, relative to it: what uneven data does to a federation.";
        let lines = vec![Line::new("drift", (i, 0), drift)];
        figures.extend(figure(
            &format!("drift{i}"),
            &of_run("Client drift"),
            caption,
            "round",
            (Measure::Amount, "relative"),
            lines,
        ));
        let update = points(run, |record| match record {
            Record::Round { update_norm, .. } => Some(*update_norm),
            _ => None,
        });
        let caption = "Euclidean norm of the change of the shared weights: it shrinks as the federation settles.";
        let lines = vec![Line::new("update", (i, 0), update)];
        figures.extend(figure(
            &format!("update{i}"),
            &of_run("Size of the shared update"),
            caption,
            "round",
            (Measure::Amount, "norm"),
            lines,
        ));
    }
    figures
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

fn sites(run: &RunFacts) -> Vec<Line> {
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
    lines.map(|(i, (site, points))| Line::new(format!("site {}", name(site)), (i, 0), points)).collect()
}

/// A figure of the lines that have something to show; none where none has.
fn figure(
    id: &str,
    title: &str,
    caption: &str,
    x_label: &str,
    (y, y_label): (Measure, &str),
    lines: Vec<Line>,
) -> Option<Figure> {
    let lines: Vec<Line> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    if lines.is_empty() {
        return None;
    }
    let chart = Chart { id, title, size: WHOLE, x_label, y, y_label, lines: &lines };
    let mut xs: Vec<f64> = lines.iter().flat_map(|line| line.points.iter().map(|(x, _)| *x)).collect();
    xs.sort_by(f64::total_cmp);
    xs.dedup();
    let stride = xs.len().div_ceil(MOST_ROWS);
    let row = |x: f64| {
        let value = |line: &Line| line.points.iter().find(|p| p.0 == x).map_or(String::new(), |p| chart.value(p.1));
        std::iter::once(format!("{x:.0}")).chain(lines.iter().map(value)).collect()
    };
    Some(Figure {
        title: title.to_owned(),
        caption: caption.to_owned(),
        svg: chart.svg(),
        legend: lines.iter().map(|line| Key { name: line.name.clone(), class: line.class.clone() }).collect(),
        x_label: x_label.to_owned(),
        rows: xs.iter().step_by(stride).map(|x| row(*x)).collect(),
        thinned: stride > 1,
    })
}
