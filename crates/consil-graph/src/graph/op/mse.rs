//! Mean squared error.

use serde::{Deserialize, Serialize};

use super::loss::{of_values, weighted_mean};
use super::shapes::product;
use super::{OpDoc, Operation, ShapeMismatch, Tensor};

/// The mean squared error of predictions and targets of one shape, one loss for each row: `[…] → []`, `(x − y)²`.
///
/// An optional third operand of the same shape weighs the values, and the result is the weighted mean over them, zero where all
/// weights are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mse;

impl Operation for Mse {
    fn documentation() -> OpDoc {
        OpDoc {
            summary: "(x − y)², the mean over a row's values",
            shapes: "predictions […], targets […], weights […] → []",
            onnx: None,
        }
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        of_values(data)
    }

    fn flops(&self, data: &[&[usize]], _: &[usize]) -> u64 {
        product(data[0]).saturating_mul(3)
    }

    fn label(&self, _: &[&[usize]]) -> String {
        "squared error".to_owned()
    }

    fn evaluate(&self, data: &[&Tensor], _: &[&Tensor], _: &[usize]) -> Vec<f64> {
        weighted_mean(data, |i| (data[0].data[i] - data[1].data[i]).powi(2))
    }
}
