//! Concatenation.

use serde::{Deserialize, Serialize};

use super::shapes::disagree;
use super::{OpDoc, Operation, ShapeMismatch, Tensor};

/// Concatenation of the operands along an axis; they differ in no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Concat {
    /// The axis, per sample.
    pub axis: usize,
}

impl Operation for Concat {
    fn documentation() -> OpDoc {
        OpDoc {
            summary: "operands one after the other along an axis",
            shapes: "[A], [B] → [A + B]",
            onnx: Some("Concat"),
        }
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        let axis = self.axis;
        let first = data.first().ok_or(ShapeMismatch::Operands { takes: "at least one operand", given: 0 })?;
        let fits = |x: &&[usize]| {
            x.len() == first.len()
                && axis < x.len()
                && x.iter().zip(*first).enumerate().all(|(i, (a, b))| i == axis || a == b)
        };
        if !data.iter().all(fits) {
            return Err(disagree("operands that differ only along the axis of concatenation", data));
        }
        let mut shape = first.to_vec();
        shape[axis] = data.iter().fold(0, |sum: usize, x| sum.saturating_add(x[axis]));
        Ok(shape)
    }

    fn label(&self, _: &[&[usize]]) -> String {
        "concatenate".to_owned()
    }

    fn evaluate(&self, data: &[&Tensor], _: &[&Tensor], _: &[usize]) -> Vec<f64> {
        let outer: usize = data[0].shape[..self.axis].iter().product();
        let block = |x: &Tensor, i: usize| {
            let n = x.data.len() / outer;
            x.data[i * n..(i + 1) * n].to_vec()
        };
        (0..outer).flat_map(|i| data.iter().flat_map(move |x| block(x, i))).collect()
    }
}
