//! `metrics.jsonl`: what happened, one record a line.

use std::collections::BTreeMap;

use consil_diagnostic::file;
use serde::{Deserialize, Serialize};

use super::{Run, RunError};
use crate::json_number::{number_or_nan, values};

const FILE: &str = "metrics.jsonl";

/// One line of `metrics.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Record {
    /// An optimiser step.
    Step {
        /// The step, counted from 1 over the whole training.
        step: u64,
        /// The epoch it belongs to, from 1.
        epoch: usize,
        /// The mean loss of the batch, in nats.
        #[serde(deserialize_with = "number_or_nan")]
        loss: f64,
        /// The learning rate.
        learning_rate: f64,
        /// The gradient's Euclidean norm before clipping.
        #[serde(deserialize_with = "number_or_nan")]
        gradient_norm: f64,
    },
    /// The end of an epoch.
    Epoch {
        /// The last step of the epoch.
        step: u64,
        /// The epoch, from 1.
        epoch: usize,
        /// The mean loss over the epoch's batches, in nats.
        #[serde(deserialize_with = "number_or_nan")]
        loss: f64,
        /// Metrics on the validation rows, where they were computed.
        #[serde(with = "values")]
        metrics: BTreeMap<String, f64>,
        /// Seconds of training so far, those before it was resumed included.
        seconds: f64,
    },
    /// The end of a federated round.
    Round {
        /// The round, from 1.
        round: u64,
        /// The sample-weighted mean of the sites' losses, in nats.
        #[serde(deserialize_with = "number_or_nan")]
        loss: f64,
        /// The norm of the change of the global weights.
        #[serde(deserialize_with = "number_or_nan")]
        update_norm: f64,
        /// How far the sites' changes lie from their mean, relative to it.
        #[serde(deserialize_with = "number_or_nan")]
        client_drift: f64,
        /// What each site reported.
        sites: Vec<SiteRecord>,
        /// The parameters that only some of the sites could train, each with how many did.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        partly_covered: BTreeMap<String, u64>,
        /// Metrics of the global weights, where they were computed.
        #[serde(with = "values")]
        metrics: BTreeMap<String, f64>,
        /// Seconds of the simulation so far, those before it was resumed included.
        seconds: f64,
    },
}

/// What one site reported of a round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SiteRecord {
    /// The site's number, from 0.
    pub site: u64,
    /// What people call it; runs of version 0.1 have no names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How many samples it trained on.
    pub n_samples: u64,
    /// Its mean training loss in the round, in nats.
    #[serde(deserialize_with = "number_or_nan")]
    pub loss: f64,
}

impl Record {
    /// Seconds since the run began, where the record says so.
    fn seconds(&self) -> Option<f64> {
        match self {
            Record::Step { .. } => None,
            Record::Epoch { seconds, .. } | Record::Round { seconds, .. } => Some(*seconds),
        }
    }

    /// How far training had come: a step or a round.
    fn progress(&self) -> u64 {
        match self {
            Record::Step { step, .. } | Record::Epoch { step, .. } => *step,
            Record::Round { round, .. } => *round,
        }
    }
}

impl Run {
    /// Appends records, each a line, in one write.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn append(&self, records: &[Record]) -> Result<(), RunError> {
        let path = self.path(FILE);
        Ok(file::append(&path, lines(records).as_bytes())?)
    }

    /// All records, in the order they were written. A last line cut off by a crash is passed over.
    ///
    /// # Errors
    /// When the file cannot be read, or a line before the last is no record.
    pub fn records(&self) -> Result<Vec<Record>, RunError> {
        let path = self.path(FILE);
        if !path.exists() {
            return Ok(Vec::new());
        }
        let text = file::read_text(&path, file::TEXT_LIMIT)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        text[..whole]
            .lines()
            .enumerate()
            .map(|(i, line)| {
                serde_json::from_str(line).map_err(|error| RunError::Damaged {
                    path: path.clone(),
                    line: Some(i + 1),
                    problem: error.to_string(),
                })
            })
            .collect()
    }

    /// Forgets what was recorded after a step (or round): a resumed run will record it again. Gives the seconds that the rest took.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn forget_after(&self, progress: u64) -> Result<f64, RunError> {
        let kept: Vec<Record> = self.records()?.into_iter().filter(|record| record.progress() <= progress).collect();
        self.write(FILE, lines(&kept).as_bytes())?;
        Ok(kept.iter().rev().find_map(Record::seconds).unwrap_or(0.0))
    }
}

/// The records as JSON, a line each.
fn lines(records: &[Record]) -> String {
    let mut lines = String::new();
    for record in records {
        lines.push_str(&serde_json::to_string(record).expect("a record's keys are strings"));
        lines.push('\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_value_is_left_out_and_read_back() {
        let metrics = BTreeMap::from([("loss".to_owned(), 0.5), ("r2".to_owned(), f64::NAN)]);
        let line = lines(&[Record::Epoch { step: 1, epoch: 1, loss: f64::NAN, metrics, seconds: 0.0 }]);
        let Record::Epoch { loss, metrics, .. } = serde_json::from_str(&line).unwrap() else { panic!("{line}") };
        assert!(loss.is_nan());
        assert_eq!(metrics, BTreeMap::from([("loss".to_owned(), 0.5)]));
        // As it was written before.
        let old = r#"{"kind":"epoch","step":1,"epoch":1,"loss":0.5,"metrics":{"r2":null},"seconds":0.0}"#;
        let Record::Epoch { metrics, .. } = serde_json::from_str(old).unwrap() else { panic!("{old}") };
        assert!(metrics.is_empty());
    }
}
