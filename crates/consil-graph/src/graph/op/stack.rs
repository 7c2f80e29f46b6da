//! Stacking along a new axis.

use serde::{Deserialize, Serialize};

use super::shapes::disagree;
use super::{OpDoc, Operation, ShapeMismatch, Tensor};

/// Stacks operands of one shape along a new first axis: k × `[D] → [k, D]`, k × `[] → [k]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stack;

impl Operation for Stack {
    fn documentation() -> OpDoc {
        OpDoc { summary: "operands along a new first axis", shapes: "k × […] → [k, …]", onnx: Some("Concat") }
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        let first = data.first().ok_or(ShapeMismatch::Operands { takes: "at least one operand", given: 0 })?;
        if data.iter().any(|x| x != first) {
            return Err(disagree("operands of one shape", data));
        }
        Ok([&[data.len()], *first].concat())
    }

    fn label(&self, _: &[&[usize]]) -> String {
        "stack".to_owned()
    }

    fn evaluate(&self, data: &[&Tensor], _: &[&Tensor], _: &[usize]) -> Vec<f64> {
        data.iter().flat_map(|x| x.data.clone()).collect()
    }
}
