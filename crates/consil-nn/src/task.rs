//! What is learned: the one thing that central training, federated clients and searches ask of a model.

use consil_graph::Weights;
use consil_random::Key;

use crate::gradients::Gradients;
use crate::loss::LossError;
use crate::run_error::RunError;

/// A loss over rows of data, with its gradient.
///
/// A head's loss and the rules' loss are both tasks; whoever trains does not know which it is. Tasks are shared between threads.
pub trait Task: Sync {
    /// How many rows there are to learn from.
    fn n_rows(&self) -> usize;

    /// The mean loss of some rows, in training mode; adds its gradient to `into`, which holds none before. The result is a function of the arguments
    /// alone.
    ///
    /// # Errors
    /// [`TaskError`] where the data cannot be read or does not fit the model.
    fn gradient(&self, weights: &Weights, rows: &[usize], key: Key, into: &mut Gradients) -> Result<Step, TaskError>;

    /// Changes the random order of an epoch's rows, for a task whose batches are the cheaper the more alike their rows are. The result is a function of
    /// the arguments alone and holds each row once. The order as it is by default.
    fn arrange(&self, order: Vec<usize>, batch_size: usize, key: Key) -> Vec<usize> {
        let _ = (batch_size, key);
        order
    }

    /// How good the weights are on some rows, or on all of them.
    ///
    /// # Errors
    /// [`TaskError`] where the data cannot be read or does not fit the model.
    fn evaluate(&self, weights: &Weights, rows: Option<&[usize]>) -> Result<Metrics, TaskError>;
}

/// What one batch gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The mean loss over the rows.
    pub loss: f64,
    /// The number of rows.
    pub n: usize,
}

/// Named measurements, in the order they were made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metrics(pub Vec<(String, f64)>);

impl Metrics {
    /// Adds a measurement.
    pub fn push(&mut self, name: &str, value: f64) {
        self.0.push((name.to_owned(), value));
    }

    /// The measurement of that name.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// The names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(name, value)| (name.as_str(), *value))
    }
}

/// Whatever went wrong in a task, by whoever implements it; reads as the error within, whose causes are its own.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TaskError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl TaskError {
    /// Wraps an error, to be used as `map_err(TaskError::new)`.
    pub fn new(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }

    /// The error within.
    pub fn into_inner(self) -> Box<dyn std::error::Error + Send + Sync> {
        self.0
    }
}

impl From<RunError> for TaskError {
    fn from(error: RunError) -> Self {
        Self::new(error)
    }
}

impl From<LossError> for TaskError {
    fn from(error: LossError) -> Self {
        Self::new(error)
    }
}
