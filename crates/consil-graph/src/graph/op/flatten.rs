//! All axes in one.

use serde::{Deserialize, Serialize};

use super::shapes::{one, size};
use super::{OpDoc, Operation, ShapeMismatch, Tensor};

/// All axes in one: `[…] → [N]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flatten;

impl Operation for Flatten {
    fn documentation() -> OpDoc {
        OpDoc { summary: "all axes in one", shapes: "[…] → [N]", onnx: Some("Flatten") }
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        Ok(vec![size(one(data)?)])
    }

    fn label(&self, _: &[&[usize]]) -> String {
        "flatten".to_owned()
    }

    fn evaluate(&self, data: &[&Tensor], _: &[&Tensor], _: &[usize]) -> Vec<f64> {
        data[0].data.clone()
    }
}
