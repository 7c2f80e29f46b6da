//! The progress of a training: all of its state but the weights and the optimiser's.

use serde::{Deserialize, Serialize};

use crate::early_stopping::{EarlyStopping, Goal};

/// How far a training has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Progress {
    /// Epochs done.
    pub epoch: usize,
    /// Batches done in the epoch under way.
    pub batch: usize,
    /// Steps done in all.
    pub step: u64,
    /// The sum of the losses of the epoch's rows so far.
    pub loss_sum: f64,
    /// The number of those rows.
    pub loss_rows: u64,
    /// The best look at the validation rows, where early stopping watches.
    pub best: Option<Best>,
    /// Looks since the best.
    pub looks_since_best: usize,
    /// Whether early stopping has ended the training.
    pub stopped: bool,
    /// The rows trained on, which a resumed training must have too.
    pub n_rows: usize,
    /// The batch size, likewise.
    pub batch_size: usize,
}

/// The best value that early stopping has seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Best {
    /// The metric's value.
    pub value: f64,
    /// The epoch, from 1.
    pub epoch: usize,
}

impl Progress {
    pub(crate) fn count(&mut self, loss: f64, n: usize) {
        self.step += 1;
        self.batch += 1;
        self.loss_sum += loss * n as f64;
        self.loss_rows += n as u64;
    }

    /// Ends the epoch; gives its mean loss.
    pub(crate) fn end_epoch(&mut self) -> f64 {
        let loss = self.loss_sum / self.loss_rows as f64;
        self.epoch += 1;
        (self.batch, self.loss_sum, self.loss_rows) = (0, 0.0, 0);
        loss
    }

    /// Takes a look at the metric; whether it is the best so far. Sets `stopped` when patience runs out.
    pub fn watch(&mut self, value: f64, stopping: &EarlyStopping) -> bool {
        let is_better = self.best.as_ref().is_none_or(|best| match stopping.goal() {
            Goal::Lowest => value < best.value - stopping.min_delta,
            Goal::Highest => value > best.value + stopping.min_delta,
        });
        if is_better && value.is_finite() {
            self.best = Some(Best { value, epoch: self.epoch });
            self.looks_since_best = 0;
            return true;
        }
        self.looks_since_best += 1;
        self.stopped = self.looks_since_best > stopping.patience;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(stopping: &EarlyStopping, values: &[f64]) -> (Option<usize>, Option<f64>) {
        let mut progress = Progress::default();
        for value in values {
            progress.epoch += 1;
            progress.watch(*value, stopping);
            if progress.stopped {
                return (Some(progress.epoch), progress.best.map(|best| best.value));
            }
        }
        (None, progress.best.map(|best| best.value))
    }

    #[test]
    fn patience_is_how_many_looks_without_improvement_are_borne() {
        let stopping = EarlyStopping { patience: 2, ..EarlyStopping::default() };
        assert_eq!(look(&stopping, &[3.0, 2.0, 2.5, 2.1, 1.9, 2.0, 2.0, 2.0]), (Some(8), Some(1.9)));
    }

    #[test]
    fn min_delta_and_goal_decide_what_counts() {
        let lowest = EarlyStopping { patience: 0, min_delta: 0.5, ..EarlyStopping::default() };
        assert_eq!(look(&lowest, &[3.0, 2.4, 2.0]), (Some(3), Some(2.4)));
        let highest = EarlyStopping { patience: 0, goal: Some(Goal::Highest), ..EarlyStopping::default() };
        assert_eq!(look(&highest, &[0.1, 0.2, 0.3]), (None, Some(0.3)));
    }

    #[test]
    fn a_value_that_is_no_number_is_never_the_best() {
        let stopping = EarlyStopping { patience: 3, ..EarlyStopping::default() };
        assert_eq!(look(&stopping, &[f64::NAN, 2.0, f64::NAN]), (None, Some(2.0)));
    }
}
