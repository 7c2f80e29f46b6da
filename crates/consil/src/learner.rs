//! A model and a split together: what can be learned from, evaluated and asked.

mod derive;
mod questions;
mod truths;

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use consil_data::{DataError, Split};
use consil_graph::Weights;
use consil_neurosym::{
    AnswerFlip, AnswerTask, CompiledQuery, Evaluation, Example, InputGradient, Prediction, StepTiming, Target, Truth,
};
use consil_nn::{Gradients, Metrics, Step, Task, TaskError};
use consil_random::Key;

pub use derive::DeriveError;
pub(crate) use derive::derive_targets;
pub(crate) use questions::{open_facts, questions, unanswerable};
pub(crate) use truths::{text, truths};

use crate::input_source::SplitInputs;
use crate::model::{Model, ModelTarget};

/// A model over the rows of a split.
pub struct Learner<'a> {
    model: &'a Model,
    split: &'a Split,
    /// The number of steps of each row, once it was asked for; none where all batches have one length.
    lengths: OnceLock<Option<Vec<usize>>>,
    n_rows: usize,
    questions: Vec<Arc<CompiledQuery>>,
    task: Result<AnswerTask<'a>, RowsError>,
}

/// Rows whose own query, facts or rules cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct RowsError(Arc<DataError>);

/// A label that the model cannot answer with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLabel {
    /// The row.
    pub row: usize,
    /// The target.
    pub target: String,
    /// The label.
    pub label: String,
}

impl<'a> Learner<'a> {
    /// The model over a split. Rows without a target, or with one that the model cannot answer, are not learned from: a [`Project`](crate::Project) is
    /// refused while it has such rows. Rows whose own queries cannot be compiled are an error of whatever is asked of the learner.
    pub fn new(model: &'a Model, split: &'a Split) -> Self {
        let asked = questions(model, split).map_err(|error| RowsError(Arc::new(error)));
        let (task, questions) = match asked {
            Ok(examples) => {
                let targets = model.targets().iter().map(|target| target_over(model, target, split, &examples));
                let targets = targets.collect();
                let questions = examples.iter().map(|example| Arc::clone(&example.asked.query)).collect();
                (Ok(Self::task(model, split, targets, examples)), questions)
            }
            Err(error) => (Err(error), Vec::new()),
        };
        Self { model, split, lengths: OnceLock::new(), n_rows: split.len(), questions, task }
    }

    /// The model over a split with other targets than the data's: those of a task made of its rows.
    pub(crate) fn with_targets(model: &'a Model, split: &'a Split, targets: Vec<Target>) -> Self {
        let task = Ok(Self::task(model, split, targets, Vec::new()));
        Self { model, split, lengths: OnceLock::new(), n_rows: split.len(), questions: Vec::new(), task }
    }

    fn task(model: &'a Model, split: &'a Split, targets: Vec<Target>, examples: Vec<Example>) -> AnswerTask<'a> {
        let source = Box::new(SplitInputs::new(model, split));
        let task = AnswerTask::new(model.networks(), source, split.len(), targets, examples);
        task.expect("a model's targets and its graphs were built together").with_clock(seconds)
    }

    fn ready(&self) -> Result<&AnswerTask<'a>, TaskError> {
        self.task.as_ref().map_err(|error| TaskError::new(error.clone()))
    }

    /// What the model says of each of `rows`, in their order.
    ///
    /// # Errors
    /// When the data cannot be read, or a row has nothing to answer from.
    pub fn predict(&self, weights: &Weights, rows: &[usize]) -> Result<Vec<Prediction>, TaskError> {
        self.ready()?.predict(weights, rows)
    }

    /// Predicts `rows` and compares with the targets.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn evaluation(&self, weights: &Weights, rows: &[usize]) -> Result<Evaluation, TaskError> {
        self.ready()?.evaluation(weights, rows)
    }

    /// The log-weights of a row's leaves, for proofs; `None` where there are no rules.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn log_weights(&self, weights: &Weights, row: usize) -> Result<Option<Vec<f32>>, TaskError> {
        self.ready()?.log_weights(weights, row)
    }

    /// The nearest change that would give a row another answer; nothing where there is none.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn nearest_flip(&self, weights: &Weights, row: usize) -> Result<Option<AnswerFlip>, TaskError> {
        self.ready()?.nearest_flip(weights, row)
    }

    /// How the log-probability of a row's answer changes with each network's inputs.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn input_gradients(&self, weights: &Weights, row: usize) -> Result<Vec<InputGradient>, TaskError> {
        self.ready()?.input_gradients(weights, row)
    }

    /// What the rules are asked of a row; nothing where there are no rules.
    pub fn question(&self, row: usize) -> Option<&Arc<CompiledQuery>> {
        self.questions.get(row)
    }

    /// Seconds spent in networks and in logic so far; `None` where there are no rules.
    pub fn spent(&self) -> Option<StepTiming> {
        if self.questions.is_empty() { None } else { self.task.as_ref().ok().map(AnswerTask::spent) }
    }
}

impl Task for Learner<'_> {
    fn n_rows(&self) -> usize {
        self.n_rows
    }

    fn gradient(&self, weights: &Weights, rows: &[usize], key: Key, into: &mut Gradients) -> Result<Step, TaskError> {
        self.ready()?.gradient(weights, rows, key, into)
    }

    fn arrange(&self, order: Vec<usize>, batch_size: usize, key: Key) -> Vec<usize> {
        // A row that cannot be prepared is an error of the step that reads it.
        let measure = || consil_data::row_lengths(self.split, self.model.preparations()).ok().flatten();
        match self.lengths.get_or_init(measure) {
            Some(lengths) => consil_data::by_length(&order, |row| lengths[row], batch_size, key),
            None => order,
        }
    }

    fn evaluate(&self, weights: &Weights, rows: Option<&[usize]>) -> Result<Metrics, TaskError> {
        self.ready()?.evaluate(weights, rows)
    }
}

fn target_over(model: &Model, target: &ModelTarget, split: &Split, examples: &[Example]) -> Target {
    Target {
        name: target.name.clone(),
        weight: target.weight,
        by: target.by.clone(),
        truths: truths(model, target, split, examples),
    }
}

/// Targets, each with how many rows lack it.
pub(crate) type Lacking = Vec<(String, usize)>;

/// The rows of a split whose target the model cannot answer with, and how many rows lack each target.
///
/// # Errors
/// Rows whose own queries cannot be used: all of them are named.
pub(crate) fn bad_labels(model: &Model, split: &Split) -> Result<(Vec<BadLabel>, Lacking), DataError> {
    let examples = questions(model, split)?;
    let (mut bad, mut absent) = (Vec::new(), Vec::new());
    for target in model.targets() {
        let truths = truths(model, target, split, &examples);
        let n_absent = truths.iter().filter(|truth| **truth == Truth::Absent).count();
        if n_absent > 0 {
            absent.push((target.name.clone(), n_absent));
        }
        bad.extend(truths.into_iter().enumerate().filter_map(|(row, truth)| match truth {
            Truth::Unknown(label) => Some(BadLabel { row, target: target.name.clone(), label }),
            _ => None,
        }));
    }
    Ok((bad, absent))
}

/// Seconds since the first call.
fn seconds() -> f64 {
    static BEGIN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    BEGIN.get_or_init(Instant::now).elapsed().as_secs_f64()
}
