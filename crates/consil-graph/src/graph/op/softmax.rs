//! Softmax.

use serde::{Deserialize, Serialize};

use super::shapes::{at_least_rank_1, one, product};
use super::tensor::softmax;
use super::{LayerForm, OpDoc, Operation, OverTime, SOFTMAX_FLOPS, ShapeMismatch, Tensor};

/// Softmax, over the last axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Softmax;

impl Operation for Softmax {
    fn documentation() -> OpDoc {
        OpDoc { summary: "eˣ / Σ eˣ over the last axis", shapes: "[…, D] → […, D]", onnx: Some("Softmax") }
    }

    fn layer_form() -> Option<LayerForm> {
        Some(LayerForm::bare("softmax", "\"softmax\"", OverTime::LastAxis))
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        Ok(at_least_rank_1(one(data)?)?.to_vec())
    }

    fn flops(&self, _: &[&[usize]], out: &[usize]) -> u64 {
        product(out).saturating_mul(SOFTMAX_FLOPS)
    }

    fn label(&self, _: &[&[usize]]) -> String {
        "softmax".to_owned()
    }

    fn evaluate(&self, data: &[&Tensor], _: &[&Tensor], _: &[usize]) -> Vec<f64> {
        data[0].map_rows(softmax)
    }
}
