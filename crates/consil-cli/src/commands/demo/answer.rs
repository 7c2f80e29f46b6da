//! What `consil demo --json` prints: a contract that scripts rely on.

use std::collections::BTreeMap;
use std::path::PathBuf;

use consil::Outcome;
use serde::Serialize;

/// The whole demo.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// From the first line to the last.
    pub seconds: f64,
    /// TrainedModel in one place.
    pub central: Side,
    /// TrainedModel across sites.
    pub federated: Side,
    /// How many distinct items of each modality the test rows hold.
    pub distinct_test: BTreeMap<String, usize>,
    /// The run folder with the report.
    pub run: PathBuf,
}

/// One training's accuracies on the test rows, in 0–1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// Of the result.
    pub result_accuracy: f64,
    /// Of each modality's concept.
    pub concepts: BTreeMap<String, f64>,
}

impl From<&Outcome> for Side {
    fn from(outcome: &Outcome) -> Self {
        Self { result_accuracy: outcome.test.result_accuracy, concepts: outcome.test.concepts.clone() }
    }
}
