//! A part of an axis.

use serde::{Deserialize, Serialize};

use super::shapes::{one, rank};
use super::{OpDoc, Operation, ShapeMismatch, Tensor};

/// The positions `start..end` of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Slice {
    /// The axis, per sample.
    pub axis: usize,
    /// The first position.
    pub start: usize,
    /// The position after the last; the axis's end where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<usize>,
}

impl Operation for Slice {
    fn documentation() -> OpDoc {
        OpDoc {
            summary: "the positions start..end of an axis", shapes: "[…, A, …] → […, B, …]", onnx: Some("Slice")
        }
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        let x = one(data)?;
        let Some(length) = x.get(self.axis) else {
            return Err(rank("an axis of the number it slices", x, "choose an axis that there is, counted from 0"));
        };
        let end = self.end.unwrap_or(*length);
        if self.start >= end || end > *length {
            return Err(ShapeMismatch::OutOfRange { start: self.start, end, length: *length });
        }
        let mut shape = x.to_vec();
        shape[self.axis] = end - self.start;
        Ok(shape)
    }

    fn label(&self, data: &[&[usize]]) -> String {
        let end = self.end.or(data[0].get(self.axis).copied()).unwrap_or(self.start);
        format!("slice {}..{end}", self.start)
    }

    fn evaluate(&self, data: &[&Tensor], _: &[&Tensor], out: &[usize]) -> Vec<f64> {
        let inner: usize = data[0].shape[self.axis + 1..].iter().product();
        let block = data[0].shape[self.axis] * inner;
        let kept = |block: &[f64]| block[self.start * inner..][..out[self.axis] * inner].to_vec();
        data[0].data.chunks(block).flat_map(kept).collect()
    }
}
