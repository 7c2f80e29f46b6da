//! Dropout.

use serde::{Deserialize, Serialize};

use super::shapes::one;
use super::{KeyKind, LayerForm, LayerKey, OpDoc, Operation, OverTime, ShapeMismatch, Tensor};

/// Inverted dropout (Srivastava et al., 2014): zeroes each value with probability `rate` in training, and scales the others by
/// `1 / (1 - rate)`; the identity in evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Dropout {
    /// The probability of zeroing a value, in `[0, 1)`.
    pub rate: f32,
}

impl Operation for Dropout {
    fn documentation() -> OpDoc {
        OpDoc { summary: "zeroes values at random in training", shapes: "[…] → […]", onnx: Some("Dropout") }
    }

    fn layer_form() -> Option<LayerForm> {
        Some(LayerForm {
            name: "dropout",
            main: Some("rate"),
            keys: &[LayerKey { name: "rate", kind: KeyKind::Fraction, default: None }],
            example: "{ dropout = 0.2 }",
            over_time: OverTime::KeepsZeros,
        })
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        let x = one(data)?;
        if (0.0..1.0).contains(&self.rate) {
            Ok(x.to_vec())
        } else {
            Err(ShapeMismatch::Attribute { needs: "a rate of at least 0 and below 1" })
        }
    }

    fn label(&self, _: &[&[usize]]) -> String {
        format!("dropout {}", self.rate)
    }

    fn evaluate(&self, data: &[&Tensor], _: &[&Tensor], _: &[usize]) -> Vec<f64> {
        data[0].data.clone()
    }
}
