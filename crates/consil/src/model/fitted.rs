//! What a model takes from its training rows, besides weights: a checkpoint carries it, so that a prediction needs no training data.

use std::collections::BTreeMap;

use consil_data::{Preparation, Split, TargetKind, TargetRef};
use consil_neurosym::{Scale, label_order};
use serde::{Deserialize, Serialize};

/// What was fitted on the training rows.
#[derive(Clone, Debug, Default)]
pub struct Fitted {
    /// How each modality is prepared.
    pub preparations: BTreeMap<String, Preparation>,
    /// The targets, in the order of the answers.
    pub targets: Vec<FittedTarget>,
    /// The open facts that occur, as written.
    pub open_facts: Vec<String>,
}

/// A target and what it can be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FittedTarget {
    /// Its name.
    pub name: String,
    /// The weight of its loss.
    pub weight: f64,
    /// What it can be.
    pub values: FittedValues,
}

/// What a target can be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FittedValues {
    /// The classes that occur: numbers in their order before words in theirs.
    Class(Vec<String>),
    /// The labels that occur, in the same order.
    Labels(Vec<String>),
    /// For each number its mean and standard deviation.
    Numbers(Vec<(f64, f64)>),
    /// What the rules can derive.
    Sequence,
    /// What the rules can derive.
    Facts,
}

/// The name of the only target of composed samples, and of runs that were written when a model had one target.
pub(crate) const TARGET: &str = "target";

impl FittedTarget {
    /// A target of classes.
    pub fn classes(name: &str, classes: Vec<String>) -> Self {
        Self { name: name.to_owned(), weight: 1.0, values: FittedValues::Class(classes) }
    }

    /// The targets of a split, fitted to it; none where it has no targets.
    pub fn fit(split: &Split) -> Vec<Self> {
        let fit = |(name, column): (&str, &consil_data::TargetColumn)| {
            let sorted = || {
                let mut labels: Vec<String> = column.distinct().into_iter().map(str::to_owned).collect();
                labels.sort_by(|a, b| label_order(a, b));
                labels
            };
            let values = match column.kind() {
                TargetKind::Class => FittedValues::Class(sorted()),
                TargetKind::Labels => FittedValues::Labels(sorted()),
                TargetKind::Sequence => FittedValues::Sequence,
                TargetKind::Facts => FittedValues::Facts,
                _ => FittedValues::Numbers(scales(split, column)),
            };
            Self { name: name.to_owned(), weight: column.weight(), values }
        };
        split.targets().map(fit).collect()
    }
}

/// The mean and spread of each number.
fn scales(split: &Split, column: &consil_data::TargetColumn) -> Vec<(f64, f64)> {
    let mut by_number: Vec<Vec<f64>> = Vec::new();
    for row in 0..split.len() {
        let numbers: Vec<f64> = match column.get(row) {
            Some(TargetRef::Number(number)) => vec![number],
            Some(TargetRef::Numbers(numbers)) => numbers.to_vec(),
            _ => continue,
        };
        by_number.resize(by_number.len().max(numbers.len()), Vec::new());
        by_number.iter_mut().zip(numbers).for_each(|(all, number)| all.push(number));
    }
    let scales = by_number.iter().map(|numbers| Scale::fit(numbers));
    scales.map(|scale| (scale.mean, scale.deviation)).collect()
}
