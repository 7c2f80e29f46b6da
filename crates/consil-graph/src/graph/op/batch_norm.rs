//! Batch normalisation.

use serde::{Deserialize, Serialize};

use super::shapes::{at_least_rank_1, one, product};
use super::{LayerForm, LayerKey, NORMALISATION_FLOPS, OpDoc, Operation, OverTime, ParamSpec, ShapeMismatch, Tensor};
use crate::graph::{Init, Role};

/// Batch normalisation over the channel axis, the first (Ioffe and Szegedy, 2015); weights `weight [C]`, `bias [C]` and the buffers
/// `running_mean [C]`, `running_var [C]`, which training updates with the batch's statistics and evaluation reads.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BatchNorm {
    /// Added to the variance.
    pub epsilon: f32,
    /// The weight of the new batch in the running statistics, as PyTorch defines it.
    pub momentum: f32,
}

impl Operation for BatchNorm {
    fn documentation() -> OpDoc {
        OpDoc {
            summary: "zero mean, unit variance of each channel over the batch, then scale and shift",
            shapes: "[C, …] → [C, …]",
            onnx: Some("BatchNormalization"),
        }
    }

    fn layer_form() -> Option<LayerForm> {
        Some(LayerForm {
            name: "batch-norm",
            main: Some("epsilon"),
            keys: const { &[LayerKey::number("epsilon", 1e-5), LayerKey::number("momentum", 0.1)] },
            example: "\"batch-norm\"",
            over_time: OverTime::EachChannel,
        })
    }

    fn n_weights(&self) -> usize {
        4
    }

    fn weights(&self, data: &[&[usize]]) -> Vec<ParamSpec> {
        let channels = [data[0][0]];
        vec![
            ParamSpec::new("weight", channels, Init::Ones),
            ParamSpec::new("bias", channels, Init::Zeros),
            ParamSpec::new("running_mean", channels, Init::Zeros).with_role(Role::Buffer),
            ParamSpec::new("running_var", channels, Init::Ones).with_role(Role::Buffer),
        ]
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        Ok(at_least_rank_1(one(data)?)?.to_vec())
    }

    fn flops(&self, _: &[&[usize]], out: &[usize]) -> u64 {
        product(out).saturating_mul(NORMALISATION_FLOPS)
    }

    fn label(&self, _: &[&[usize]]) -> String {
        "batch norm".to_owned()
    }

    /// In evaluation, by the running statistics.
    fn evaluate(&self, data: &[&Tensor], weights: &[&Tensor], _: &[usize]) -> Vec<f64> {
        let per_channel = (data[0].data.len() / data[0].shape[0]).max(1);
        let of = |weight: usize, channel: usize| weights[weight].data[channel];
        let normal = |(i, v): (usize, &f64)| {
            let c = i / per_channel;
            (v - of(2, c)) / (of(3, c) + f64::from(self.epsilon)).sqrt() * of(0, c) + of(1, c)
        };
        data[0].data.iter().enumerate().map(normal).collect()
    }
}
