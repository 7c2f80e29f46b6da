//! The transpose of a matrix.

use serde::{Deserialize, Serialize};

use super::shapes::{one, rank};
use super::{OpDoc, Operation, ShapeMismatch, Tensor};

/// Swaps the two axes of a matrix: `[A, B] → [B, A]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transpose;

impl Operation for Transpose {
    fn documentation() -> OpDoc {
        OpDoc { summary: "swaps the two axes of a matrix", shapes: "[A, B] → [B, A]", onnx: Some("Transpose") }
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        match one(data)? {
            [a, b] => Ok(vec![*b, *a]),
            x => Err(rank("a matrix [A, B]", x, "reshape first")),
        }
    }

    fn label(&self, _: &[&[usize]]) -> String {
        "transpose".to_owned()
    }

    fn evaluate(&self, data: &[&Tensor], _: &[&Tensor], _: &[usize]) -> Vec<f64> {
        let width = data[0].width();
        (0..width).flat_map(|c| data[0].data.iter().skip(c).step_by(width)).copied().collect()
    }
}
