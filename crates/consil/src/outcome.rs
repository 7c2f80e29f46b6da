//! What a run came to: what `result.json` holds and `--json` prints.

use std::collections::BTreeMap;

use consil_neurosym::{Confusion, Counts, Evaluation, TargetEvaluation};
use serde::{Deserialize, Serialize};

use crate::json_number::{number_or_nan, share_or_nan, values};
use crate::repeats::Repeats;
use crate::training_size::TrainingSize;

/// What a set of rows says of a model's weights.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// How many samples.
    pub n_samples: usize,
    /// The mean loss over the labelled samples: of classes `−log P(answer)`, in nats; several targets by their weights.
    #[serde(deserialize_with = "number_or_nan")]
    pub loss: f64,
    /// The share of labelled samples whose answer to the first target is right, in 0–1; NaN of numbers, and where nothing is labelled.
    #[serde(deserialize_with = "share_or_nan")]
    pub result_accuracy: f64,
    /// The share of inputs whose latent class came out right, in 0–1, for each modality whose truth the data knows.
    #[serde(with = "values")]
    pub concepts: BTreeMap<String, f64>,
    /// What is known of each target, in the order of the answers. Empty in runs of version 0.1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<TargetScore>,
}

/// What a set of rows says of one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetScore {
    /// The target.
    pub name: String,
    /// What it is.
    pub kind: ScoreKind,
    /// Samples that were judged.
    pub n_judged: usize,
    /// Labels that the model cannot answer with, and in how many samples: these are not judged.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unknown: BTreeMap<String, usize>,
    /// The mean loss.
    #[serde(deserialize_with = "number_or_nan")]
    pub loss: f64,
    /// Its measurements by name: `accuracy`; of labels `f1`, `macro-f1`; of numbers `r2`, `mae`, `rmse`; of sequences `place-accuracy`; of classes
    /// `balanced-accuracy`, and `baseline`, the accuracy of always answering the most frequent class. What has no value is left out.
    #[serde(with = "values")]
    pub metrics: BTreeMap<String, f64>,
}

/// The kind of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScoreKind {
    /// One of several classes.
    Class,
    /// A set of labels.
    Labels,
    /// Numbers.
    Numbers,
    /// A class at each place.
    Sequence,
}

impl From<&TargetEvaluation> for TargetScore {
    fn from(target: &TargetEvaluation) -> Self {
        let mut metrics: BTreeMap<String, f64> =
            target.metrics().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let kind = match &target.counts {
            Counts::Class(confusion) => {
                metrics.insert("balanced-accuracy".to_owned(), confusion.balanced_accuracy());
                metrics.insert("baseline".to_owned(), confusion.baseline());
                ScoreKind::Class
            }
            Counts::Labels(counts) => {
                metrics.insert("macro-f1".to_owned(), counts.macro_f1());
                ScoreKind::Labels
            }
            Counts::Numbers(_) => ScoreKind::Numbers,
            Counts::Sequence(_) => ScoreKind::Sequence,
        };
        metrics.retain(|_, value| !value.is_nan());
        Self {
            name: target.name.clone(),
            kind,
            n_judged: target.n_judged,
            unknown: target.unknown.clone(),
            loss: target.loss(),
            metrics,
        }
    }
}

impl From<&Evaluation> for Score {
    fn from(evaluation: &Evaluation) -> Self {
        let first = evaluation.targets.first();
        Self {
            n_samples: evaluation.n_samples,
            loss: evaluation.loss(),
            result_accuracy: first.and_then(TargetEvaluation::accuracy).unwrap_or(f64::NAN),
            concepts: evaluation.concept_accuracy(),
            targets: evaluation.targets.iter().map(TargetScore::from).collect(),
        }
    }
}

/// What the sites of a federation say of the model, each on its own training rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SiteScores {
    /// Over the rows of all sites that answered: their counts are added up, so that it is what all rows together would give.
    pub all: Score,
    /// Each site that answered.
    pub by_site: Vec<SiteScore>,
    /// The sites that could not evaluate the model, each with its reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unanswered: BTreeMap<String, String>,
}

/// What a site says of the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SiteScore {
    /// The site.
    pub site: String,
    /// How many rows it has.
    pub n_samples: usize,
    /// The mean loss.
    #[serde(deserialize_with = "number_or_nan")]
    pub loss: f64,
    /// The share of rows whose answer to the first target is right, in 0–1; NaN of numbers.
    #[serde(deserialize_with = "number_or_nan")]
    pub result_accuracy: f64,
}

impl SiteScore {
    pub(crate) fn new(site: String, evaluation: &Evaluation) -> Self {
        let Score { n_samples, loss, result_accuracy, .. } = Score::from(evaluation);
        Self { site, n_samples, loss, result_accuracy }
    }
}

/// A confusion matrix with its labels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Matrix {
    /// The labels of rows and columns.
    pub labels: Vec<String>,
    /// `counts[truth][predicted]`.
    pub counts: Vec<Vec<usize>>,
}

impl From<&Confusion> for Matrix {
    fn from(confusion: &Confusion) -> Self {
        let labels = confusion.labels();
        let counts = labels.iter().map(|t| labels.iter().map(|p| confusion.get(t, p)).collect()).collect();
        Self { labels, counts }
    }
}

/// The result of a finished run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Seconds of training, without the evaluation.
    pub seconds: f64,
    /// Optimiser steps, or rounds of a federation.
    pub steps: u64,
    /// The score on the test rows.
    pub test: Score,
    /// The confusion of the result on the test rows.
    pub result: Matrix,
    /// The confusion of each latent concept on the test rows, by the input's name.
    pub concepts: BTreeMap<String, Matrix>,
    /// What the test rows repeat of one another; absent in runs of version 0.1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub repeats: Option<Repeats>,
    /// The share of the training's seconds spent in the logic (circuit forward and backward), in 0–1; absent without rules.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub logic_share: Option<f64>,
    /// What the sites say of the model; absent for a training in one place, and in runs of version 0.1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at_sites: Option<SiteScores>,
    /// How large the training was; absent for a federation, whose sites do not report what they compute.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub size: Option<TrainingSize>,
}
