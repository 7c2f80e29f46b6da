//! What a model takes from its training rows, besides weights: a checkpoint carries it, so that a prediction needs no training data.

use std::collections::BTreeMap;

use consil_data::{Preparation, TargetKind, TargetSpread, TargetSurvey};
use consil_neurosym::label_order;
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

    /// A target of the weight 1, fitted to what its values are like.
    pub(crate) fn fit(name: &str, kind: TargetKind, survey: &TargetSurvey, spread: &TargetSpread) -> Self {
        let sorted = || {
            let mut labels: Vec<String> = survey.names().map(str::to_owned).collect();
            labels.sort_by(|a, b| label_order(a, b));
            labels
        };
        let values = match kind {
            TargetKind::Class => FittedValues::Class(sorted()),
            TargetKind::Labels => FittedValues::Labels(sorted()),
            TargetKind::Sequence => FittedValues::Sequence,
            TargetKind::Facts => FittedValues::Facts,
            _ => FittedValues::Numbers(spread.scales(survey)),
        };
        Self { name: name.to_owned(), weight: 1.0, values }
    }
}
