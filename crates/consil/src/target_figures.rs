//! The measurements of a target, in words: the one place that names and orders its measurements, for the terminal and for reports.

use consil_report::number::{number, percent};

use crate::outcome::{ScoreKind, TargetScore};

/// A measurement of a target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TargetFigure {
    /// Its key in [`TargetScore::metrics`]; training records have it as `TARGET.KEY`.
    pub key: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// Its value: a share in 0–1 or, of R² and errors, a number.
    pub value: f64,
    /// Whether it is a share.
    pub is_share: bool,
}

impl TargetFigure {
    /// The value as it is written: a percentage or a number.
    pub fn text(&self) -> String {
        if self.is_share { percent(self.value) } else { number(self.value) }
    }
}

/// A measurement that has no value yet: its key, what it is called, and whether it is a share.
type Measurement = (&'static str, &'static str, bool);

/// The measurements of a kind of target, what it is judged by first.
fn measurements(kind: ScoreKind) -> &'static [Measurement] {
    match kind {
        ScoreKind::Class => &[
            ("accuracy", "accuracy", true),
            ("balanced-accuracy", "balanced", true),
            ("baseline", "always the most frequent class", true),
        ],
        ScoreKind::Labels => {
            &[("f1", "F1", true), ("macro-f1", "mean F1 of the labels", true), ("accuracy", "whole sets right", true)]
        }
        ScoreKind::Numbers => {
            &[("r2", "R²", false), ("mae", "mean absolute error", false), ("rmse", "root mean squared error", false)]
        }
        ScoreKind::Sequence => &[("accuracy", "whole sequences right", true), ("place-accuracy", "places right", true)],
    }
}

impl TargetScore {
    /// The measurements that have a value, what the target is judged by first.
    pub fn figures(&self) -> Vec<TargetFigure> {
        let known = |(key, label, is_share): &Measurement| {
            Some(TargetFigure { key, label, value: self.metrics.get(*key).copied()?, is_share: *is_share })
        };
        measurements(self.kind).iter().filter_map(known).collect()
    }
}

/// Whether the accuracy of the result says all: of rules, of runs of version 0.1, and of a single class.
pub fn is_one_class(targets: &[TargetScore]) -> bool {
    matches!(targets, [] | [TargetScore { kind: ScoreKind::Class, .. }])
}
