//! Losses: pure functions on host arrays, each with its analytic gradient.

use consil_graph::Array;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is minimised.
///
/// Each is a mean: of a classification over the rows (all axes but the last), of a regression over the elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Loss {
    /// `−log softmax(x)[class]` of logits `[…, C]`.
    CrossEntropy,
    /// `−x[class]` of log-probabilities `[…, C]`.
    Nll,
    /// `(x − t)²`.
    Mse,
    /// `−t log σ(x) − (1 − t) log(1 − σ(x))` of logits, for targets in `[0, 1]`.
    Bce,
}

/// What an output is compared with.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// A class for each row of the output.
    Classes(&'a [usize]),
    /// A value for each element of the output.
    Values(&'a Array),
}

/// Why an output and a target do not compare.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LossError {
    /// The loss compares with the other kind of target.
    #[error("the loss {loss:?} compares with {needs}")]
    Kind {
        /// The loss.
        loss: Loss,
        /// What it compares with.
        needs: &'static str,
    },
    /// There are more or fewer classes than rows.
    #[error("{given} classes for {rows} rows")]
    Rows {
        /// The rows of the output.
        rows: usize,
        /// The number of classes given.
        given: usize,
    },
    /// A class beyond the output's last axis.
    #[error("row {row} has the class {class}, but the output has {classes} classes")]
    Class {
        /// The row.
        row: usize,
        /// Its class.
        class: usize,
        /// The length of the last axis.
        classes: usize,
    },
    /// The target has another shape.
    #[error("the target has the shape {target:?} and the output {output:?}")]
    Shape {
        /// The output's shape.
        output: Vec<usize>,
        /// The target's shape.
        target: Vec<usize>,
    },
    /// A binary target that is no probability.
    #[error("element {at} of the target is {value}, not within 0 and 1")]
    NotAProbability {
        /// Its position.
        at: usize,
        /// Its value.
        value: f32,
    },
    /// A mean over nothing.
    #[error("the output has no rows")]
    Empty,
}

impl Loss {
    /// The mean loss, and its gradient with respect to the output.
    ///
    /// # Errors
    /// [`LossError`] where output and target do not compare.
    pub fn evaluate(self, output: &Array, target: &Target) -> Result<(f64, Array), LossError> {
        if output.data().is_empty() {
            return Err(LossError::Empty);
        }
        match (self, target) {
            (Loss::CrossEntropy, Target::Classes(classes)) => by_class(output, classes, cross_entropy),
            (Loss::Nll, Target::Classes(classes)) => by_class(output, classes, negative_log_likelihood),
            (Loss::Mse, Target::Values(values)) => {
                by_element(output, values, |x, t| ((x - t) * (x - t), 2.0 * (x - t)))
            }
            (Loss::Bce, Target::Values(values)) => {
                if let Some(at) = values.data().iter().position(|t| !(0.0..=1.0).contains(t)) {
                    return Err(LossError::NotAProbability { at, value: values.data()[at] });
                }
                by_element(output, values, binary_cross_entropy)
            }
            (Loss::CrossEntropy | Loss::Nll, Target::Values(_)) => {
                Err(LossError::Kind { loss: self, needs: "one class for each row" })
            }
            (Loss::Mse | Loss::Bce, Target::Classes(_)) => {
                Err(LossError::Kind { loss: self, needs: "one value for each element" })
            }
        }
    }
}

/// A row's loss, which writes its gradient.
type RowLoss = fn(row: &[f32], class: usize, gradient: &mut [f32], weight: f64) -> f64;

fn by_class(output: &Array, classes: &[usize], of_row: RowLoss) -> Result<(f64, Array), LossError> {
    let width = output.shape().last().copied().unwrap_or(1);
    let rows = output.data().len() / width;
    if classes.len() != rows {
        return Err(LossError::Rows { rows, given: classes.len() });
    }
    if let Some(row) = classes.iter().position(|class| *class >= width) {
        return Err(LossError::Class { row, class: classes[row], classes: width });
    }
    let weight = 1.0 / rows as f64;
    let mut gradient = Array::zeros(output.shape());
    let pairs = output.data().chunks_exact(width).zip(gradient.data_mut().chunks_exact_mut(width));
    let total: f64 = pairs.zip(classes).map(|((x, g), class)| of_row(x, *class, g, weight)).sum();
    Ok((total * weight, gradient))
}

fn cross_entropy(x: &[f32], class: usize, gradient: &mut [f32], weight: f64) -> f64 {
    let max = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let shifted = |x: f32| f64::from(x) - f64::from(max);
    let total: f64 = x.iter().map(|x| shifted(*x).exp()).sum();
    for (i, (g, x)) in gradient.iter_mut().zip(x).enumerate() {
        let probability = shifted(*x).exp() / total;
        *g = (weight * (probability - f64::from(u8::from(i == class)))) as f32;
    }
    total.ln() - shifted(x[class])
}

fn negative_log_likelihood(x: &[f32], class: usize, gradient: &mut [f32], weight: f64) -> f64 {
    gradient[class] = -weight as f32;
    -f64::from(x[class])
}

fn by_element(
    output: &Array,
    target: &Array,
    of_element: fn(f64, f64) -> (f64, f64),
) -> Result<(f64, Array), LossError> {
    if output.shape() != target.shape() {
        return Err(LossError::Shape { output: output.shape().to_vec(), target: target.shape().to_vec() });
    }
    let weight = 1.0 / output.data().len() as f64;
    let mut gradient = Array::zeros(output.shape());
    let mut total = 0.0;
    for ((x, t), g) in output.data().iter().zip(target.data()).zip(gradient.data_mut()) {
        let (loss, slope) = of_element(f64::from(*x), f64::from(*t));
        total += loss;
        *g = (slope * weight) as f32;
    }
    Ok((total * weight, gradient))
}

/// `max(x, 0) − x t + log(1 + e^{−|x|})`: the same, without overflow.
fn binary_cross_entropy(x: f64, t: f64) -> (f64, f64) {
    let decay = (-x.abs()).exp();
    let sigmoid = if x >= 0.0 { 1.0 / (1.0 + decay) } else { decay / (1.0 + decay) };
    (x.max(0.0) - x * t + decay.ln_1p(), sigmoid - t)
}

#[cfg(test)]
#[path = "loss/tests.rs"]
mod tests;
