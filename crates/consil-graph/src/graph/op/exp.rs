//! The exponential.

use serde::{Deserialize, Serialize};

use super::shapes::{one, product};
use super::{OpDoc, Operation, ShapeMismatch, Tensor};

/// The exponential of each value, `eˣ`: from log-probabilities to probabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exp;

impl Operation for Exp {
    fn documentation() -> OpDoc {
        OpDoc { summary: "eˣ, elementwise", shapes: "[…] → […]", onnx: Some("Exp") }
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        Ok(one(data)?.to_vec())
    }

    fn flops(&self, _: &[&[usize]], out: &[usize]) -> u64 {
        product(out)
    }

    fn label(&self, _: &[&[usize]]) -> String {
        "exponential".to_owned()
    }

    fn evaluate(&self, data: &[&Tensor], _: &[&Tensor], _: &[usize]) -> Vec<f64> {
        data[0].map(f64::exp)
    }
}
