//! Negative log-likelihood.

use serde::{Deserialize, Serialize};

use super::loss::{of_classes, weighted_mean};
use super::shapes::product;
use super::{OpDoc, Operation, ShapeMismatch, Tensor};

/// The negative log-likelihood of classes given by log-probabilities, one loss for each row: `[…, C] → []`, `−x[target]`.
///
/// Targets are class indices `[…]`; an optional third operand `[…]` weighs the positions, and the result is the weighted mean over them,
/// zero where all weights are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nll;

impl Operation for Nll {
    fn documentation() -> OpDoc {
        OpDoc {
            summary: "−x[target], the mean over a row's positions",
            shapes: "log-probabilities […, C], classes […], weights […] → []",
            onnx: Some("NegativeLogLikelihoodLoss"),
        }
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        of_classes(data)
    }

    fn flops(&self, data: &[&[usize]], _: &[usize]) -> u64 {
        product(data[0]).saturating_mul(1)
    }

    fn label(&self, _: &[&[usize]]) -> String {
        "negative log-likelihood".to_owned()
    }

    fn evaluate(&self, data: &[&Tensor], _: &[&Tensor], _: &[usize]) -> Vec<f64> {
        let classes = data[0].width();
        weighted_mean(data, |i| -data[0].data[i * classes + data[1].data[i] as usize])
    }
}
