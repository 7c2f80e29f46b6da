//! The plainest task: one network, one loss on its first output.

use consil_graph::{Array, Weights};
use consil_random::Key;

use crate::gradients::Gradients;
use crate::loss::{Loss, LossError, Target};
use crate::network::{Inputs, Network};
use crate::task::{Metrics, Step, Task, TaskError};

/// How many rows are looked at together in an evaluation.
const EVALUATE_ROWS: usize = 256;

/// Rows of inputs with what they should give.
pub trait Examples: Sync {
    /// How many there are.
    fn n_rows(&self) -> usize;

    /// The inputs of some rows; `draw` is the key of what is drawn anew at each step (noise, crops), `None` where nothing may be drawn.
    ///
    /// # Errors
    /// [`TaskError`] where the data cannot be read.
    fn inputs(&self, rows: &[usize], draw: Option<Key>) -> Result<Inputs, TaskError>;

    /// What those rows should give.
    ///
    /// # Errors
    /// [`TaskError`] where the data cannot be read.
    fn targets(&self, rows: &[usize]) -> Result<Targets, TaskError>;
}

/// What rows should give.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// A class for each row of the output.
    Classes(Vec<usize>),
    /// A value for each element of the output.
    Values(Array),
}

impl Targets {
    fn as_target(&self) -> Target<'_> {
        match self {
            Self::Classes(classes) => Target::Classes(classes),
            Self::Values(values) => Target::Values(values),
        }
    }
}

/// Learns a network from examples by a loss on its first output.
pub struct Supervised<'a> {
    network: &'a Network,
    loss: Loss,
    examples: &'a dyn Examples,
}

impl<'a> Supervised<'a> {
    /// A task over all rows of `examples`.
    pub fn new(network: &'a Network, loss: Loss, examples: &'a dyn Examples) -> Self {
        Self { network, loss, examples }
    }
}

impl Task for Supervised<'_> {
    fn n_rows(&self) -> usize {
        self.examples.n_rows()
    }

    fn gradient(&self, weights: &Weights, rows: &[usize], key: Key, into: &mut Gradients) -> Result<Step, TaskError> {
        let inputs = self.examples.inputs(rows, Some(key.child("examples")))?;
        let trace = self.network.trace(weights, &inputs, key)?;
        let (loss, cotangent) =
            self.loss.evaluate(first(trace.outputs())?, &self.examples.targets(rows)?.as_target())?;
        let mut cotangents = vec![None; trace.outputs().len()];
        cotangents[0] = Some(cotangent);
        trace.backward(&cotangents, into)?;
        Ok(Step { loss, n: rows.len() })
    }

    /// `loss`, and for classes `accuracy`: how often the largest output is the right one.
    fn evaluate(&self, weights: &Weights, rows: Option<&[usize]>) -> Result<Metrics, TaskError> {
        let all: Vec<usize>;
        let rows = match rows {
            Some(rows) => rows,
            None => {
                all = (0..self.n_rows()).collect();
                &all
            }
        };
        let (mut loss_sum, mut right, mut decided) = (0.0, 0, 0);
        for rows in rows.chunks(EVALUATE_ROWS) {
            let outputs = self.network.infer(weights, &self.examples.inputs(rows, None)?)?;
            let (output, targets) = (first(&outputs)?, self.examples.targets(rows)?);
            loss_sum += self.loss.evaluate(output, &targets.as_target())?.0 * rows.len() as f64;
            if let Targets::Classes(classes) = &targets {
                let width = output.data().len() / classes.len();
                right +=
                    output.data().chunks_exact(width).zip(classes).filter(|(x, class)| argmax(x) == **class).count();
                decided += classes.len();
            }
        }
        let mut metrics = Metrics::default();
        if !rows.is_empty() {
            metrics.push("loss", loss_sum / rows.len() as f64);
        }
        if decided > 0 {
            metrics.push("accuracy", right as f64 / decided as f64);
        }
        Ok(metrics)
    }
}

fn first(outputs: &[Array]) -> Result<&Array, LossError> {
    outputs.first().ok_or(LossError::Empty)
}

/// The first of the largest values.
fn argmax(x: &[f32]) -> usize {
    (1..x.len()).fold(0, |best, i| if x[i] > x[best] { i } else { best })
}
