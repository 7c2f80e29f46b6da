//! Cross-entropy over logits.

use serde::{Deserialize, Serialize};

use super::loss::{of_classes, weighted_mean};
use super::shapes::product;
use super::tensor::log_sum_exp;
use super::{OpDoc, Operation, ShapeMismatch, Tensor};

/// The cross-entropy of classes given by logits, one loss for each row: `[…, C] → []`, `ln Σ eˣ − x[target]`.
///
/// Targets are class indices `[…]`; an optional third operand `[…]` weighs the positions, and the result is the weighted mean over them,
/// zero where all weights are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrossEntropy;

impl Operation for CrossEntropy {
    fn documentation() -> OpDoc {
        OpDoc {
            summary: "ln Σ eˣ − x[target], the mean over a row's positions",
            shapes: "logits […, C], classes […], weights […] → []",
            onnx: Some("SoftmaxCrossEntropyLoss"),
        }
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        of_classes(data)
    }

    fn flops(&self, data: &[&[usize]], _: &[usize]) -> u64 {
        product(data[0]).saturating_mul(4)
    }

    fn label(&self, _: &[&[usize]]) -> String {
        "cross-entropy".to_owned()
    }

    fn evaluate(&self, data: &[&Tensor], _: &[&Tensor], _: &[usize]) -> Vec<f64> {
        let classes = data[0].width();
        weighted_mean(data, |i| {
            let row = &data[0].data[i * classes..][..classes];
            log_sum_exp(row) - row[data[1].data[i] as usize]
        })
    }
}
