//! Binary cross-entropy over logits.

use serde::{Deserialize, Serialize};

use super::loss::{of_values, weighted_mean};
use super::shapes::product;
use super::{OpDoc, Operation, ShapeMismatch, Tensor};

/// The binary cross-entropy of logits x and targets y in `[0, 1]` of one shape, one loss for each row: `[…] → []`,
/// `max(x, 0) − x y + ln(1 + e^{−|x|})`.
///
/// An optional third operand of the same shape weighs the values, and the result is the weighted mean over them, zero where all
/// weights are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bce;

impl Operation for Bce {
    fn documentation() -> OpDoc {
        OpDoc {
            summary: "−y ln σ(x) − (1 − y) ln(1 − σ(x)), the mean over a row's values",
            shapes: "logits […], targets […], weights […] → []",
            onnx: None,
        }
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        of_values(data)
    }

    fn flops(&self, data: &[&[usize]], _: &[usize]) -> u64 {
        product(data[0]).saturating_mul(5)
    }

    fn label(&self, _: &[&[usize]]) -> String {
        "binary cross-entropy".to_owned()
    }

    fn evaluate(&self, data: &[&Tensor], _: &[&Tensor], _: &[usize]) -> Vec<f64> {
        let loss = |x: f64, y: f64| x.max(0.0) - x * y + (-x.abs()).exp().ln_1p();
        weighted_mean(data, |i| loss(data[0].data[i], data[1].data[i]))
    }
}
