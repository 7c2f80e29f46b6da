//! The logarithm of softmax.

use serde::{Deserialize, Serialize};

use super::shapes::{at_least_rank_1, one, product};
use super::tensor::log_sum_exp;
use super::{LayerForm, OpDoc, Operation, OverTime, SOFTMAX_FLOPS, ShapeMismatch, Tensor};

/// The logarithm of softmax, over the last axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogSoftmax;

impl Operation for LogSoftmax {
    fn documentation() -> OpDoc {
        OpDoc {
            summary: "x − ln Σ eˣ over the last axis", shapes: "[…, D] → […, D]", onnx: Some("LogSoftmax")
        }
    }

    fn layer_form() -> Option<LayerForm> {
        Some(LayerForm::bare("log-softmax", "\"log-softmax\"", OverTime::LastAxis))
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        Ok(at_least_rank_1(one(data)?)?.to_vec())
    }

    fn flops(&self, _: &[&[usize]], out: &[usize]) -> u64 {
        product(out).saturating_mul(SOFTMAX_FLOPS)
    }

    fn label(&self, _: &[&[usize]]) -> String {
        "log-softmax".to_owned()
    }

    fn evaluate(&self, data: &[&Tensor], _: &[&Tensor], _: &[usize]) -> Vec<f64> {
        data[0].map_rows(|row| {
            let normaliser = log_sum_exp(row);
            row.iter().map(|v| v - normaliser).collect()
        })
    }
}
