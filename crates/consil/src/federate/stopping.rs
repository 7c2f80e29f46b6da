//! Early stopping in a federation: the best round by a metric of the validation rows.

use std::collections::BTreeMap;
use std::path::PathBuf;

use consil_graph::Weights;
use consil_nn::{Checkpoint, EarlyStopping, Metrics};

use crate::run::{Record, Run};
use crate::train::TrainError;

/// The model of the best round so far.
const BEST: &str = "best.safetensors";

/// The best round, its model in the run's folder.
pub(super) struct BestRound<'a> {
    stopping: &'a EarlyStopping,
    path: PathBuf,
    progress: consil_nn::Progress,
}

impl<'a> BestRound<'a> {
    /// As it was after the rounds that the run has recorded.
    ///
    /// # Errors
    /// When the records cannot be read.
    pub(super) fn new(stopping: &'a EarlyStopping, run: &Run) -> Result<Self, TrainError> {
        let mut best = Self { stopping, path: run.path(BEST), progress: consil_nn::Progress::default() };
        for record in run.records()? {
            if let Record::Round { round, metrics, .. } = record
                && let Some(value) = metrics.get(&stopping.metric)
            {
                best.look(round, *value);
            }
        }
        Ok(best)
    }

    /// Takes a look at a round, and keeps its model if it is the best; says whether patience has run out.
    ///
    /// # Errors
    /// When the metric does not exist, or the model cannot be written.
    pub(super) fn watch(
        &mut self,
        round: u64,
        metrics: &Metrics,
        weights: &Weights,
        metadata: impl FnOnce() -> BTreeMap<String, String>,
    ) -> Result<bool, TrainError> {
        let value = metrics.get(&self.stopping.metric).ok_or_else(|| consil_nn::TrainError::NoMetric {
            metric: self.stopping.metric.clone(),
            given: metrics.iter().map(|(name, _)| name.to_owned()).collect(),
        })?;
        if self.look(round, value) {
            Checkpoint::of_weights(weights.clone(), metadata()).save(&self.path)?;
        }
        Ok(self.progress.stopped)
    }

    /// The best round, and its model; none where no round was looked at.
    ///
    /// # Errors
    /// When the model cannot be read.
    pub(super) fn into_weights(self) -> Result<Option<(usize, Weights)>, TrainError> {
        let Some(best) = self.progress.best else { return Ok(None) };
        Ok(Some((best.epoch, Checkpoint::load(&self.path)?.into_weights())))
    }

    /// Whether it is the best so far.
    fn look(&mut self, round: u64, value: f64) -> bool {
        self.progress.epoch = round as usize;
        self.progress.watch(value, self.stopping)
    }
}
