//! Layer normalisation.

use serde::{Deserialize, Serialize};

use super::shapes::{at_least_rank_1, one, product};
use super::tensor::mean;
use super::{LayerForm, LayerKey, NORMALISATION_FLOPS, OpDoc, Operation, OverTime, ParamSpec, ShapeMismatch, Tensor};
use crate::graph::Init;

/// Layer normalisation over the last axis, `(x − mean) / √(variance + ε) · weight + bias` (Ba et al., 2016); weights `weight [D]`,
/// `bias [D]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LayerNorm {
    /// Added to the variance.
    pub epsilon: f32,
}

impl Operation for LayerNorm {
    fn documentation() -> OpDoc {
        OpDoc {
            summary: "zero mean, unit variance over the last axis, then scale and shift",
            shapes: "[…, D] → […, D]",
            onnx: Some("LayerNormalization"),
        }
    }

    fn layer_form() -> Option<LayerForm> {
        Some(LayerForm {
            name: "layer-norm",
            main: Some("epsilon"),
            keys: const { &[LayerKey::number("epsilon", 1e-5)] },
            example: "\"layer-norm\"",
            over_time: OverTime::LastAxis,
        })
    }

    fn n_weights(&self) -> usize {
        2
    }

    fn weights(&self, data: &[&[usize]]) -> Vec<ParamSpec> {
        let width = data[0].last().copied().unwrap_or(1);
        vec![ParamSpec::new("weight", [width], Init::Ones), ParamSpec::new("bias", [width], Init::Zeros)]
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        Ok(at_least_rank_1(one(data)?)?.to_vec())
    }

    fn flops(&self, _: &[&[usize]], out: &[usize]) -> u64 {
        product(out).saturating_mul(NORMALISATION_FLOPS)
    }

    fn label(&self, _: &[&[usize]]) -> String {
        "layer norm".to_owned()
    }

    fn evaluate(&self, data: &[&Tensor], weights: &[&Tensor], _: &[usize]) -> Vec<f64> {
        data[0].map_rows(|row| {
            let mean = mean(row);
            let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / row.len() as f64;
            let scale = 1.0 / (variance + f64::from(self.epsilon)).sqrt();
            let normal = |(d, v): (usize, &f64)| (v - mean) * scale * weights[0].data[d] + weights[1].data[d];
            row.iter().enumerate().map(normal).collect()
        })
    }
}
