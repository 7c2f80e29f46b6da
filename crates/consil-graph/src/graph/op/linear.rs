//! The linear layer.

use serde::{Deserialize, Serialize};

use super::param_spec::affine_params;
use super::shapes::{at_least_rank_1, one, positive, product};
use super::tensor::affine;
use super::{OpDoc, Operation, ParamSpec, ShapeMismatch, Tensor};

/// `y = x Wᵀ + b` over the last axis: `[…, I] → […, O]`; weights `weight [O, I]` and, with `bias`, `bias [O]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Linear {
    /// The length O of the output's last axis.
    pub out: usize,
    /// Whether a bias is added.
    pub bias: bool,
}

impl Operation for Linear {
    fn documentation() -> OpDoc {
        OpDoc { summary: "y = x Wᵀ + b over the last axis", shapes: "[…, I] → […, O]", onnx: Some("Gemm") }
    }

    fn n_weights(&self) -> usize {
        1 + usize::from(self.bias)
    }

    fn weights(&self, data: &[&[usize]]) -> Vec<ParamSpec> {
        let width = data[0].last().copied().unwrap_or(1);
        affine_params(vec![self.out, width], width, self.bias)
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        positive(self.out, "an output of at least 1 value")?;
        let x = at_least_rank_1(one(data)?)?;
        Ok([&x[..x.len() - 1], &[self.out]].concat())
    }

    fn flops(&self, data: &[&[usize]], out: &[usize]) -> u64 {
        product(&[2, data[0].last().copied().unwrap_or(1)]).saturating_mul(product(out))
    }

    fn label(&self, data: &[&[usize]]) -> String {
        format!("linear {} → {}", data[0].last().copied().unwrap_or(1), self.out)
    }

    fn evaluate(&self, data: &[&Tensor], weights: &[&Tensor], _: &[usize]) -> Vec<f64> {
        let bias = weights.get(1).map(|bias| bias.data.as_slice());
        data[0].map_rows(|row| affine(row, &weights[0].data, bias, self.out))
    }
}
