//! Multiplication by a constant.

use serde::{Deserialize, Serialize};

use super::shapes::{one, product};
use super::{OpDoc, Operation, ShapeMismatch, Tensor};

/// Multiplication by a constant, `factor · x`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Scale {
    /// The constant; finite.
    pub factor: f32,
}

impl Operation for Scale {
    fn documentation() -> OpDoc {
        OpDoc { summary: "factor · x", shapes: "[…] → […]", onnx: Some("Mul") }
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        if self.factor.is_finite() {
            Ok(one(data)?.to_vec())
        } else {
            Err(ShapeMismatch::Attribute { needs: "a finite factor" })
        }
    }

    fn flops(&self, _: &[&[usize]], out: &[usize]) -> u64 {
        product(out)
    }

    fn label(&self, _: &[&[usize]]) -> String {
        format!("scale by {}", self.factor)
    }

    fn evaluate(&self, data: &[&Tensor], _: &[&Tensor], _: &[usize]) -> Vec<f64> {
        data[0].map(|x| f64::from(self.factor) * x)
    }
}
