//! The training driver: the one loop that steps a training and keeps what it yields.
//!
//! A training in one place, the trainings of a search or an ablation and those of a few samples differ in what they learn and in what they
//! leave behind, and in nothing else. So each says so in a [`Drive`], and [`drive`] does the rest: events become records, progress and
//! checkpoints, in that order.

use std::collections::BTreeMap;

use consil_graph::Weights;
use consil_nn::{CheckedTrainConfig, Checkpoint, Event, Task, Trainer};
use consil_random::Key;

use crate::context::RunContext;
use crate::progress::{Progress, Unit};
use crate::run::{CHECKPOINT, Record, Run};
use crate::train_error::TrainError;

/// A training that is to be driven.
pub(crate) struct Drive<'a> {
    /// How to train.
    pub config: &'a CheckedTrainConfig,
    /// What is learned.
    pub task: &'a dyn Task,
    /// What is looked at between epochs.
    pub validation: Option<&'a dyn Task>,
    /// The rows of the task to learn from.
    pub rows: Vec<usize>,
    /// Where order and draws come from.
    pub key: Key,
    /// Where it begins.
    pub start: Start,
    /// What it leaves behind; none where its result is all that is wanted.
    pub keeps: Option<Keeps<'a>>,
}

/// Where a training begins.
pub(crate) enum Start {
    /// At these weights.
    Weights(Box<Weights>),
    /// Where a checkpoint was taken.
    Checkpoint(Box<Checkpoint>),
}

/// The run folder that records and checkpoints go to.
pub(crate) struct Keeps<'a> {
    /// The run.
    pub run: &'a Run,
    /// What a checkpoint carries beyond the weights.
    pub metadata: BTreeMap<String, String>,
}

/// What a training came to.
pub(crate) struct Driven {
    /// The weights it ended with: those of the best epoch, where early stopping watched for one.
    pub weights: Weights,
    /// Steps taken, those before it was resumed included.
    pub steps: u64,
    /// Rows seen, each as often as it was seen.
    pub samples: u64,
    /// Seconds, those before it was resumed included.
    pub seconds: f64,
}

/// Trains to the end. `None` once the context is interrupted: the state is saved, where anything is kept.
///
/// # Errors
/// [`TrainError`].
pub(crate) fn drive(training: Drive<'_>, context: &mut RunContext<'_>) -> Result<Option<Driven>, TrainError> {
    context.workers().run(|| on_this_thread(training, context))
}

fn on_this_thread(training: Drive<'_>, context: &mut RunContext<'_>) -> Result<Option<Driven>, TrainError> {
    let now = context.seconds();
    let Drive { config, task, validation, rows, key, start, keeps } = training;
    let n_rows = rows.len() as u64;
    let mut trainer = match start {
        Start::Weights(weights) => Trainer::new(config, task, *weights, key, rows),
        Start::Checkpoint(checkpoint) => Trainer::resume(config, task, key, rows, *checkpoint)?,
    };
    if let Some(validation) = validation {
        trainer = trainer.validate_on(validation);
    }
    let (done, total) = (trainer.step(), trainer.total_steps());
    let steps_per_epoch = (trainer.plan().steps_per_epoch as u64).max(1);
    let mut keeper = keeps.map(|keeps| Keeper::new(keeps, done)).transpose()?;
    let begin = now - keeper.as_ref().map_or(0.0, |keeper| keeper.seconds_before);
    context.tell(Progress::Started { unit: Unit::Steps, total, done });
    let mut interrupted = context.is_interrupted();
    while !interrupted {
        let Some(event) = trainer.next() else { break };
        let event = event?;
        if let Some(progress) = progress_of(&event) {
            context.tell(progress);
        }
        interrupted = context.is_interrupted();
        if let Some(keeper) = &mut keeper {
            // The end of an epoch saves too; a state from just before it would have the epoch recorded twice.
            let ends_epoch = |step: &u64| step.is_multiple_of(steps_per_epoch);
            let save = match &event {
                Event::Epoch { .. } => true,
                Event::CheckpointDue { step } => !ends_epoch(step),
                _ => false,
            };
            keeper.pending.extend(record_of(event, context.seconds() - begin));
            if save || interrupted {
                keeper.save(&trainer)?;
            }
        }
    }
    if let Some(keeper) = &mut keeper {
        keeper.record()?;
    }
    if interrupted {
        return Ok(None);
    }
    let steps = trainer.step();
    // Early stopping ends with an epoch, so that whole epochs were seen whatever the last batch's size.
    let samples = steps / steps_per_epoch * n_rows;
    Ok(Some(Driven { weights: trainer.into_weights(), steps, samples, seconds: context.seconds() - begin }))
}

/// Writes what happens into a run folder.
struct Keeper<'a> {
    keeps: Keeps<'a>,
    pending: Vec<Record>,
    /// What the records of a resumed run say that it took before.
    seconds_before: f64,
}

impl<'a> Keeper<'a> {
    /// For a training that has done so many steps: what was recorded beyond them will be recorded again.
    fn new(keeps: Keeps<'a>, done: u64) -> Result<Self, TrainError> {
        let seconds_before = keeps.run.forget_after(done)?;
        Ok(Self { keeps, pending: Vec::new(), seconds_before })
    }

    fn record(&mut self) -> Result<(), TrainError> {
        Ok(self.keeps.run.append(&std::mem::take(&mut self.pending))?)
    }

    fn save(&mut self, trainer: &Trainer<'_>) -> Result<(), TrainError> {
        // In this order: what is recorded beyond the state is recorded again, what is not recorded by then never is.
        self.record()?;
        Ok(trainer.checkpoint(self.keeps.metadata.clone()).save(&self.keeps.run.path(CHECKPOINT))?)
    }
}

fn progress_of(event: &Event) -> Option<Progress> {
    match event {
        Event::Step { step, epoch, loss, .. } => Some(Progress::Step { step: *step, epoch: *epoch, loss: *loss }),
        Event::Epoch { epoch, loss, metrics, .. } => {
            Some(Progress::Epoch { epoch: *epoch, loss: *loss, metrics: metrics.clone() })
        }
        Event::EarlyStopped { best_epoch, .. } => Some(Progress::StoppedEarly { best_epoch: *best_epoch }),
        _ => None,
    }
}

fn record_of(event: Event, seconds: f64) -> Option<Record> {
    match event {
        Event::Step { step, epoch, loss, learning_rate, gradient_norm } => {
            Some(Record::Step { step, epoch, loss, learning_rate, gradient_norm })
        }
        Event::Epoch { step, epoch, loss, metrics } => {
            let metrics = metrics.iter().map(|(name, value)| (name.to_owned(), value)).collect();
            Some(Record::Epoch { step, epoch, loss, metrics, seconds })
        }
        _ => None,
    }
}
