//! The product of two operands.

use serde::{Deserialize, Serialize};

use super::shapes::{elementwise, product, zip_cycled};
use super::{OpDoc, Operation, ShapeMismatch, Tensor};

/// The product of two operands, `a · b`. The second operand is of the first's shape, or a single value `[]` or `[1]` (a presence gate), or as long as the
/// first's last axis and repeated along the others (a time mask `[T]` on `[C, T]`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mul;

impl Operation for Mul {
    fn documentation() -> OpDoc {
        OpDoc { summary: "a · b, elementwise", shapes: "[…], […] or [D] or [] → […]", onnx: Some("Mul") }
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        elementwise(data)
    }

    fn flops(&self, _: &[&[usize]], out: &[usize]) -> u64 {
        product(out)
    }

    fn label(&self, _: &[&[usize]]) -> String {
        "multiply".to_owned()
    }

    fn evaluate(&self, data: &[&Tensor], _: &[&Tensor], _: &[usize]) -> Vec<f64> {
        zip_cycled(&data[0].data, &data[1].data, |a, b| a * b)
    }
}
