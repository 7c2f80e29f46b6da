//! Root-mean-square normalisation.

use serde::{Deserialize, Serialize};

use super::shapes::{at_least_rank_1, one, product};
use super::{LayerForm, LayerKey, NORMALISATION_FLOPS, OpDoc, Operation, OverTime, ParamSpec, ShapeMismatch, Tensor};
use crate::graph::Init;

/// Root-mean-square normalisation over the last axis, `x / √(mean x² + ε) · weight` (Zhang and Sennrich, 2019); weight `weight [D]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RmsNorm {
    /// Added to the mean square.
    pub epsilon: f32,
}

impl Operation for RmsNorm {
    fn documentation() -> OpDoc {
        OpDoc {
            summary: "unit mean square over the last axis, then scale",
            shapes: "[…, D] → […, D]",
            onnx: Some("RMSNormalization"),
        }
    }

    fn layer_form() -> Option<LayerForm> {
        Some(LayerForm {
            name: "rms-norm",
            main: Some("epsilon"),
            keys: const { &[LayerKey::number("epsilon", 1e-6)] },
            example: "\"rms-norm\"",
            over_time: OverTime::LastAxis,
        })
    }

    fn n_weights(&self) -> usize {
        1
    }

    fn weights(&self, data: &[&[usize]]) -> Vec<ParamSpec> {
        vec![ParamSpec::new("weight", [data[0].last().copied().unwrap_or(1)], Init::Ones)]
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        Ok(at_least_rank_1(one(data)?)?.to_vec())
    }

    fn flops(&self, _: &[&[usize]], out: &[usize]) -> u64 {
        product(out).saturating_mul(NORMALISATION_FLOPS)
    }

    fn label(&self, _: &[&[usize]]) -> String {
        "RMS norm".to_owned()
    }

    fn evaluate(&self, data: &[&Tensor], weights: &[&Tensor], _: &[usize]) -> Vec<f64> {
        data[0].map_rows(|row| {
            let square = row.iter().map(|v| v * v).sum::<f64>() / row.len() as f64;
            let scale = 1.0 / (square + f64::from(self.epsilon)).sqrt();
            row.iter().enumerate().map(|(d, v)| v * scale * weights[0].data[d]).collect()
        })
    }
}
