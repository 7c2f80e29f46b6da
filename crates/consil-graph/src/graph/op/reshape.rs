//! Another shape for the same values.

use serde::{Deserialize, Serialize};

use super::shapes::{one, size};
use super::{OpDoc, Operation, ShapeMismatch, Tensor};

/// The same values, row-major, under another shape of the same size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Reshape {
    /// The new per-sample shape, at the length the graph was built for.
    pub shape: Vec<usize>,
    /// The axis of the new shape whose length follows from the number of values, so that a time axis may have another length;
    /// none where every length is fixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free: Option<usize>,
}

impl Reshape {
    /// A reshape to exactly this shape.
    pub fn new(shape: impl Into<Vec<usize>>) -> Self {
        Self { shape: shape.into(), free: None }
    }

    /// The same with one axis as long as the number of values asks.
    pub fn with_free(self, axis: usize) -> Self {
        Self { free: Some(axis), ..self }
    }
}

impl Operation for Reshape {
    fn documentation() -> OpDoc {
        OpDoc { summary: "the same values under another shape", shapes: "[…] → […]", onnx: Some("Reshape") }
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        let x = one(data)?;
        let mut shape = self.shape.clone();
        if let Some(free) = self.free {
            let needs = "a free axis that its shape has, beside axes of at least 1";
            let axis = shape.get_mut(free).ok_or(ShapeMismatch::Attribute { needs })?;
            *axis = 1;
            let others = size(&shape);
            shape[free] = size(x).checked_div(others).ok_or(ShapeMismatch::Attribute { needs })?;
        }
        if size(&shape) == size(x) { Ok(shape) } else { Err(ShapeMismatch::Size { given: x.to_vec(), asked: shape }) }
    }

    fn label(&self, _: &[&[usize]]) -> String {
        "reshape".to_owned()
    }

    fn evaluate(&self, data: &[&Tensor], _: &[&Tensor], _: &[usize]) -> Vec<f64> {
        data[0].data.clone()
    }
}
