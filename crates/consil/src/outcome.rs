//! What a run came to: what `result.json` holds and `--json` prints.

use std::collections::BTreeMap;

use consil_neurosym::{Confusion, Evaluation};
use serde::{Deserialize, Serialize};

use crate::repeats::Repeats;
use crate::training_size::TrainingSize;

/// What a set of rows says of a model's weights.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// How many samples.
    pub n_samples: usize,
    /// The mean of `−log P(answer)` over the labelled samples, in nats.
    pub loss: f64,
    /// The share of labelled samples whose most probable answer is right, in 0–1.
    pub result_accuracy: f64,
    /// The share of inputs whose latent class came out right, in 0–1, for each modality whose truth the data knows.
    pub concepts: BTreeMap<String, f64>,
}

impl From<&Evaluation> for Score {
    fn from(evaluation: &Evaluation) -> Self {
        let labelled = evaluation.result.total().max(1) as f64;
        Self {
            n_samples: evaluation.n_samples,
            loss: evaluation.total_loss / labelled,
            result_accuracy: evaluation.result.accuracy(),
            concepts: evaluation.concept_accuracy(),
        }
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
    /// How large the training was; absent for a federation, whose sites do not report what they compute.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub size: Option<TrainingSize>,
}
