//! The training loop: an iterator of events over a task.

use std::ops::Range;

use consil_graph::Weights;
use consil_random::Key;

use crate::all_reduce::AllReduce;
use crate::checkpoint::Checkpoint;
use crate::early_stopping::EarlyStopping;
use crate::gradients::Gradients;
use crate::optim::Optimizer;
use crate::progress::Progress;
use crate::task::{Metrics, Task, TaskError};

mod batches;
mod config;

pub(crate) use batches::{batch_range, n_batches, order_of};
pub use config::{CheckedTrainConfig, StageConfig, TrainConfig, TrainPlan};

/// What happens in a training.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// An optimiser step is done.
    Step {
        /// The step, from 1 over the whole training.
        step: u64,
        /// Its epoch, from 1.
        epoch: usize,
        /// The mean loss of the batch, before the step.
        loss: f64,
        /// The learning rate of the step.
        learning_rate: f64,
        /// The norm of the gradient before clipping.
        gradient_norm: f64,
    },
    /// An epoch is done.
    Epoch {
        /// The last step of the epoch.
        step: u64,
        /// The epoch, from 1.
        epoch: usize,
        /// The mean loss over the epoch's rows, each at its own step.
        loss: f64,
        /// What the validation rows say; empty where they were not looked at.
        metrics: Metrics,
    },
    /// A good moment to save [`Trainer::checkpoint`].
    CheckpointDue {
        /// The step just done.
        step: u64,
    },
    /// The validation metric has stopped improving; [`Event::Finished`] follows.
    EarlyStopped {
        /// The epoch that was best, from 1.
        best_epoch: usize,
        /// The metric there.
        best: f64,
    },
    /// Training is over.
    Finished {
        /// The number of steps taken.
        step: u64,
    },
}

/// Why training cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The task failed.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// The loss is no longer a number.
    #[error("the loss became {loss} at step {step}; use a lower learning rate, or clip-norm")]
    Diverged {
        /// The step.
        step: u64,
        /// Its loss, or the norm of its gradient.
        loss: f64,
    },
    /// Early stopping watches a metric that the validation rows do not give.
    #[error("early-stopping watches {metric:?}, but validation gives {}", if given.is_empty() { "no metrics: there are no validation rows".to_owned() } else { given.join(", ") })]
    NoMetric {
        /// The metric watched.
        metric: String,
        /// The metrics given.
        given: Vec<String>,
    },
    /// A row that the task does not have.
    #[error("row {row} is not among the {n_rows} rows of the task")]
    NoSuchRow {
        /// The row.
        row: usize,
        /// How many the task has.
        n_rows: usize,
    },
    /// There is nothing to learn from.
    #[error("there are no rows to train on")]
    NoRows,
    /// A size that must be positive is zero.
    #[error("{setting} must be at least 1")]
    Zero {
        /// The setting.
        setting: &'static str,
    },
    /// The checkpoint was made by another training.
    #[error("the checkpoint does not belong to this training: {reason}")]
    OtherTraining {
        /// What differs.
        reason: String,
    },
}

/// A training under way: an iterator of events.
///
/// The order of the rows in epoch e is stream e of `key.child("shuffle")`, and step s draws at `key.child("step").at(s)`, both from 0: so a training resumed
/// from a checkpoint takes the very steps that it would have taken, bit for bit, also in the middle of an epoch. After an error
/// the iterator ends.
pub struct Trainer<'a> {
    config: CheckedTrainConfig,
    plan: TrainPlan,
    stopping: Option<EarlyStopping>,
    task: &'a dyn Task,
    validation: Option<&'a dyn Task>,
    parts: Option<&'a dyn AllReduce>,
    key: Key,
    rows: Vec<usize>,
    /// The rows in the order of the epoch under way.
    order: Option<(usize, Vec<usize>)>,
    weights: Weights,
    best_weights: Option<Vec<f32>>,
    optimizer: Optimizer,
    /// Kept between steps, as weights and moments are.
    gradients: Gradients,
    progress: Progress,
    due: Option<Event>,
    over: bool,
}

impl<'a> Trainer<'a> {
    /// A training that begins at `weights`, over `rows` of the task.
    pub fn new(config: &CheckedTrainConfig, task: &'a dyn Task, weights: Weights, key: Key, rows: Vec<usize>) -> Self {
        let optimizer = Optimizer::new(&config.optimizer, weights.layout());
        let gradients = Gradients::zeros(weights.layout());
        Self {
            config: config.clone(),
            plan: config.plan(rows.len()),
            stopping: config.early_stopping.clone(),
            task,
            validation: None,
            parts: None,
            key,
            rows,
            order: None,
            weights,
            best_weights: None,
            optimizer,
            gradients,
            progress: Progress::default(),
            due: None,
            over: false,
        }
    }

    /// A training that goes on where the checkpoint was taken.
    ///
    /// # Errors
    /// [`TrainError::OtherTraining`] where the checkpoint has another optimiser or another number of rows.
    pub fn resume(
        config: &CheckedTrainConfig,
        task: &'a dyn Task,
        key: Key,
        rows: Vec<usize>,
        checkpoint: Checkpoint,
    ) -> Result<Self, TrainError> {
        let other = |reason: &str| TrainError::OtherTraining { reason: reason.to_owned() };
        let parts = checkpoint.into_training().ok_or_else(|| other("it holds weights only"))?;
        let optimizer = Optimizer::resume(&config.optimizer, parts.weights.layout(), parts.optimizer)
            .ok_or_else(|| other("its optimiser is of another kind"))?;
        if parts.progress.n_rows != rows.len() || parts.progress.batch_size != config.batch_size {
            let Progress { n_rows, batch_size, .. } = parts.progress;
            let (rows, size) = (rows.len(), config.batch_size);
            return Err(other(&format!(
                "it was taken over {n_rows} rows in batches of {batch_size}, and now there are {rows} in batches of {size}"
            )));
        }
        let weights = parts.weights;
        let mut trainer = Self::new(config, task, weights, key, rows);
        trainer.optimizer = optimizer;
        trainer.progress = parts.progress;
        trainer.best_weights = parts.best_weights;
        Ok(trainer)
    }

    /// Looks at all rows of `validation` after each `validate-every` epochs, and stops as [`CheckedTrainConfig::stopping`] says.
    pub fn validate_on(self, validation: &'a dyn Task) -> Self {
        let stopping = self.config.stopping(self.rows.len());
        Self { validation: Some(validation), stopping, ..self }
    }

    /// Takes every step along the mean gradient of several parts, each a trainer with rows of its own and the same weights.
    pub fn reduce_with(self, parts: &'a dyn AllReduce) -> Self {
        Self { parts: Some(parts), ..self }
    }

    /// The steps taken.
    pub fn step(&self) -> u64 {
        self.progress.step
    }

    /// The steps that all epochs have together.
    pub fn total_steps(&self) -> u64 {
        self.plan.steps()
    }

    /// The epochs and their steps.
    pub fn plan(&self) -> TrainPlan {
        self.plan
    }

    /// The weights as they are.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The result: the weights of the best epoch where early stopping watched for one, otherwise the last.
    pub fn into_weights(self) -> Weights {
        let mut weights = self.weights;
        if let Some(best) = self.best_weights {
            weights.values_mut().copy_from_slice(&best);
        }
        weights
    }

    /// The whole state, from which [`resume`](Self::resume) goes on; `metadata` is the caller's own.
    pub fn checkpoint(&self, metadata: std::collections::BTreeMap<String, String>) -> Checkpoint {
        let progress =
            Progress { n_rows: self.rows.len(), batch_size: self.config.batch_size, ..self.progress.clone() };
        Checkpoint::of_training(
            self.weights.clone(),
            self.optimizer.state().clone(),
            progress,
            self.best_weights.clone(),
            metadata,
        )
    }

    fn advance(&mut self) -> Result<Event, TrainError> {
        if self.rows.is_empty() {
            return Err(TrainError::NoRows);
        }
        if let Some(due) = self.due.take() {
            return Ok(due);
        }
        if self.progress.stopped || self.progress.epoch >= self.plan.epochs {
            self.over = true;
            return Ok(Event::Finished { step: self.progress.step });
        }
        if self.progress.batch == self.plan.steps_per_epoch { self.end_epoch() } else { self.take_step() }
    }

    fn take_step(&mut self) -> Result<Event, TrainError> {
        let Range { start, end } = batch_range(self.rows.len(), self.config.batch_size, self.progress.batch);
        let (epoch, n_rows) = (self.progress.epoch, self.task.n_rows());
        let order = match &self.order {
            Some((of, order)) if *of == epoch => order,
            _ => {
                if let Some(row) = self.rows.iter().find(|row| **row >= n_rows) {
                    return Err(TrainError::NoSuchRow { row: *row, n_rows });
                }
                let frozen = self.config.stage(epoch).map_or(&[][..], |stage| &stage.freeze);
                let Self { optimizer, gradients, .. } = self;
                optimizer.regroup(self.weights.layout(), &self.config.groups, frozen);
                // What stays as it is needs no gradient.
                gradients.leave_out(|place| !optimizer.trains(place));
                let order = order_of(self.task, &self.rows, epoch, self.config.batch_size, self.key);
                &self.order.insert((epoch, order)).1
            }
        };
        let step = self.progress.step;
        self.gradients.restart();
        let mut taken = self.task.gradient(
            &self.weights,
            &order[start..end],
            self.key.child("step").at(step),
            &mut self.gradients,
        )?;
        self.gradients.settle();
        if let Some(parts) = self.parts {
            parts.mean(&mut taken, &mut self.gradients)?;
        }
        let clipped = self.config.clip_norm.map(|limit| self.gradients.clip_norm(limit));
        let stage = self.config.stage(epoch).map_or(1.0, |stage| f64::from(stage.lr_factor));
        let factor = stage * self.config.schedule.factor(step, self.total_steps());
        let norm = self.optimizer.step(&mut self.weights, &self.gradients, factor as f32);
        let gradient_norm = clipped.unwrap_or(norm);
        for value in [taken.loss, gradient_norm] {
            if !value.is_finite() {
                return Err(TrainError::Diverged { step: step + 1, loss: value });
            }
        }
        self.progress.count(taken.loss, taken.n);
        let step = self.progress.step;
        if self.config.checkpoint_every.is_some_and(|every| step.is_multiple_of(every)) {
            self.due = Some(Event::CheckpointDue { step });
        }
        let learning_rate = f64::from(self.config.optimizer.lr()) * factor;
        Ok(Event::Step { step, epoch: epoch + 1, loss: taken.loss, learning_rate, gradient_norm })
    }

    fn end_epoch(&mut self) -> Result<Event, TrainError> {
        let (step, loss) = (self.progress.step, self.progress.end_epoch());
        let epoch = self.progress.epoch;
        let look = epoch.is_multiple_of(self.config.validate_every) || epoch == self.plan.epochs;
        let metrics = match self.validation {
            Some(validation) if look => validation.evaluate(&self.weights, None)?,
            _ => Metrics::default(),
        };
        if let Some(stopping) = self.stopping.clone()
            && look
        {
            self.watch(&stopping, &metrics)?;
        }
        Ok(Event::Epoch { step, epoch, loss, metrics })
    }

    fn watch(&mut self, stopping: &EarlyStopping, metrics: &Metrics) -> Result<(), TrainError> {
        let value = metrics.get(&stopping.metric).ok_or_else(|| TrainError::NoMetric {
            metric: stopping.metric.clone(),
            given: metrics.iter().map(|(name, _)| name.to_owned()).collect(),
        })?;
        if self.progress.watch(value, stopping) {
            self.best_weights = Some(self.weights.values().to_vec());
        }
        if let Some(best) = self.progress.best.as_ref().filter(|_| self.progress.stopped) {
            self.due = Some(Event::EarlyStopped { best_epoch: best.epoch, best: best.value });
        }
        Ok(())
    }
}

impl Iterator for Trainer<'_> {
    type Item = Result<Event, TrainError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let event = self.advance();
        self.over |= event.is_err();
        Some(event)
    }
}
