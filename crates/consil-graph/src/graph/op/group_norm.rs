//! Group normalisation.

use serde::{Deserialize, Serialize};

use super::shapes::{at_least_rank_1, one, positive, product};
use super::tensor::mean;
use super::{
    KeyKind, LayerForm, LayerKey, NORMALISATION_FLOPS, OpDoc, Operation, OverTime, ParamSpec, ShapeMismatch, Tensor,
};
use crate::graph::Init;

/// Group normalisation (Wu and He, 2018, eq. 1–4): the channels, the first axis, are divided into groups of neighbours, and each value becomes
/// `(x − mean) / √(variance + ε) · weight + bias` by the mean and the biased variance of its group in this sample, over all positions;
/// weights `weight [C]`, `bias [C]`. One group is layer normalisation over the whole sample, as many as channels instance normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GroupNorm {
    /// The number of groups, which divides the number of channels.
    pub groups: usize,
    /// Added to the variance.
    pub epsilon: f32,
}

impl Operation for GroupNorm {
    fn documentation() -> OpDoc {
        OpDoc {
            summary: "zero mean, unit variance of each group of channels, then scale and shift of each channel",
            shapes: "[C, …] → [C, …]",
            onnx: Some("GroupNormalization"),
        }
    }

    fn layer_form() -> Option<LayerForm> {
        Some(LayerForm {
            name: "group-norm",
            main: Some("groups"),
            keys: const {
                &[LayerKey { name: "groups", kind: KeyKind::Whole, default: None }, LayerKey::number("epsilon", 1e-5)]
            },
            example: "{ group-norm = 8 }",
            // The statistics are over all positions, and would have padding in them.
            over_time: OverTime::Mixes,
        })
    }

    fn n_weights(&self) -> usize {
        2
    }

    fn weights(&self, data: &[&[usize]]) -> Vec<ParamSpec> {
        let channels = [data[0][0]];
        vec![ParamSpec::new("weight", channels, Init::Ones), ParamSpec::new("bias", channels, Init::Zeros)]
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        let x = at_least_rank_1(one(data)?)?;
        positive(self.groups, "at least 1 group")?;
        if !x[0].is_multiple_of(self.groups) {
            let attribute = format!("groups = {}", self.groups);
            return Err(ShapeMismatch::Indivisible { attribute, of: "the number of channels", length: x[0] });
        }
        Ok(x.to_vec())
    }

    fn flops(&self, _: &[&[usize]], out: &[usize]) -> u64 {
        product(out).saturating_mul(NORMALISATION_FLOPS)
    }

    fn label(&self, _: &[&[usize]]) -> String {
        format!("group norm, {} groups", self.groups)
    }

    fn evaluate(&self, data: &[&Tensor], weights: &[&Tensor], _: &[usize]) -> Vec<f64> {
        let (x, channels) = (data[0], data[0].shape[0]);
        let positions = (x.data.len() / channels).max(1);
        let statistics: Vec<(f64, f64)> = (x.data.chunks((x.data.len() / self.groups).max(1)))
            .map(|group| {
                let mean = mean(group);
                let variance = group.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / group.len() as f64;
                (mean, (variance + f64::from(self.epsilon)).sqrt())
            })
            .collect();
        let normal = |(i, v): (usize, &f64)| {
            let channel = i / positions;
            let (mean, deviation) = statistics[channel * self.groups / channels];
            (v - mean) / deviation * weights[0].data[channel] + weights[1].data[channel]
        };
        x.data.iter().enumerate().map(normal).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_divide_the_channels() {
        let shape = |groups, x: &[usize]| GroupNorm { groups, epsilon: 1e-5 }.shape(&[x]).map_err(|e| e.to_string());
        assert_eq!(shape(2, &[4, 3, 5]), Ok(vec![4, 3, 5]));
        assert_eq!(shape(4, &[4]), Ok(vec![4]));
        let expected = "has groups = 3, which does not divide the number of channels, 4; choose a divisor of 4";
        assert_eq!(shape(3, &[4, 3]), Err(expected.to_owned()));
        assert_eq!(shape(0, &[4, 3]), Err("needs at least 1 group".to_owned()));
        assert!(shape(1, &[]).is_err());
    }

    /// Values of `torch.nn.functional.group_norm` (PyTorch 2.15, in doubles) of four channels of three positions.
    #[test]
    fn the_arithmetic_is_pytorchs() {
        let tensor = |shape: &[usize], data: &[f64]| Tensor { shape: shape.to_vec(), data: data.to_vec() };
        let x = tensor(&[4, 3], &[1.0, -2.0, 0.5, 3.0, 0.0, 1.0, -1.0, 4.0, 2.0, 0.25, -0.5, 8.0]);
        let (weight, bias) = (tensor(&[4], &[1.0, 2.0, -1.0, 0.5]), tensor(&[4], &[0.0, 0.25, -0.5, 1.0]));
        #[rustfmt::skip]
        let expected = [
            (1, [-0.138421874, -1.31093657, -0.33384099, 1.536509181, -0.808520212, -0.026843748,
                0.420098338, -1.534092822, -0.752416358, 0.784224726, 0.637660389, 2.298722875]),
            (2, [0.28082734, -1.74112951, -0.056165468, 3.507597148, -0.536316553, 0.811654681,
                0.503214925, -1.101928955, -0.459871403, 0.699035522, 0.578649731, 1.94302203]),
            (4, [0.888998308, -1.396997341, 0.507999033, 2.922603829, -1.888083063, -0.284520766,
                0.797769832, -1.635548603, -0.662221229, 0.696368896, 0.598773184, 1.70485792]),
        ];
        for (groups, expected) in expected {
            let ours = GroupNorm { groups, epsilon: 1e-5 }.evaluate(&[&x], &[&weight, &bias], &[4, 3]);
            for (ours, theirs) in ours.iter().zip(expected) {
                // Nine digits were written down, and ε is a number of 32 bits here.
                assert!((ours - theirs).abs() < 1e-8, "{groups}: {ours}, not {theirs}");
            }
        }
    }
}
