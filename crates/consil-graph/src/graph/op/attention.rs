//! Multi-head attention.

use serde::{Deserialize, Serialize};

use super::param_spec::uniform;
use super::shapes::{disagree, positive, product, tokens};
use super::tensor::{affine, softmax};
use super::{OpDoc, Operation, ParamSpec, SOFTMAX_FLOPS, ShapeMismatch, Tensor};
use crate::graph::Init;

/// Multi-head attention (Vaswani et al., 2017), `[T, D] → [T, D]`. Operands: query tokens, then optionally the key/value tokens `[S, D]` (two
/// operands: cross-attention), with `masked` a last operand `[S]` whose zeros are not attended to; where every key is masked, the
/// context is zero.
///
/// Weights, `I` being the inner width: `in_proj_weight [3I, D]` (queries, keys, values), `in_proj_bias [3I]`, `out_proj.weight [D, I]`,
/// `out_proj.bias [D]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Attention {
    /// The number of heads; it divides the inner width.
    pub heads: usize,
    /// Whether position t attends only to positions up to t.
    pub causal: bool,
    /// Whether the last operand is a mask over the keys.
    pub masked: bool,
    /// The width `I` of queries, keys and values, all heads together; D where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inner: Option<usize>,
}

impl Attention {
    /// Self-attention or cross-attention with queries as wide as the tokens.
    pub fn new(heads: usize, causal: bool, masked: bool) -> Self {
        Self { heads, causal, masked, inner: None }
    }

    /// The inner width over tokens of the given width.
    pub fn inner_width(&self, width: usize) -> usize {
        self.inner.unwrap_or(width)
    }

    /// The operand that keys and values are made of, for so many data operands: 1 in cross-attention, else 0.
    pub fn key_operand(&self, n_data: usize) -> usize {
        usize::from(n_data - usize::from(self.masked) == 2)
    }
}

impl Operation for Attention {
    fn documentation() -> OpDoc {
        OpDoc {
            summary: "multi-head attention, causal or not, with a mask over the keys and an inner width",
            shapes: "[T, D], keys [S, D], mask [S] → [T, D]",
            onnx: Some("Attention"),
        }
    }

    fn n_weights(&self) -> usize {
        4
    }

    /// The joint projection begins by Glorot and Bengio (2010), the output projection as a linear layer, biases at zero.
    fn weights(&self, data: &[&[usize]]) -> Vec<ParamSpec> {
        let width = data[0][1];
        let inner = self.inner_width(width);
        let joint = inner.saturating_mul(3);
        // Glorot's bound √(6 / (fan_in + fan_out)) for the joint matrix [3I, D].
        let glorot = (6.0 / joint.saturating_add(width) as f32).sqrt();
        vec![
            ParamSpec::new("in_proj_weight", [joint, width], Init::Uniform { bound: glorot }),
            ParamSpec::new("in_proj_bias", [joint], Init::Zeros),
            ParamSpec::new("out_proj.weight", [width, inner], uniform(inner)),
            ParamSpec::new("out_proj.bias", [width], Init::Zeros),
        ]
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        positive(self.heads, "at least 1 head")?;
        let n_tokens = data.len().checked_sub(usize::from(self.masked)).filter(|n| (1..=2).contains(n));
        let n_tokens = n_tokens.ok_or(ShapeMismatch::Operands {
            takes: "the query tokens, optionally the key tokens and, if masked, the keys' mask",
            given: data.len(),
        })?;
        let [t, width] = tokens(data[0])?;
        let [keys, key_width] = tokens(data[n_tokens - 1])?;
        if width != key_width {
            return Err(disagree("query and key tokens of one width", data));
        }
        if self.masked && data[n_tokens] != [keys] {
            return Err(disagree("a mask with one value for each key token", data));
        }
        let inner = self.inner_width(width);
        positive(inner, "an inner width of at least 1")?;
        if !inner.is_multiple_of(self.heads) {
            let of = if self.inner.is_some() { "the inner width" } else { "the width of a token" };
            return Err(ShapeMismatch::Indivisible { attribute: format!("heads = {}", self.heads), of, length: inner });
        }
        Ok(vec![t, width])
    }

    fn flops(&self, data: &[&[usize]], _: &[usize]) -> u64 {
        let [queries, width] = [data[0][0], data[0][1]];
        let keys = data[self.key_operand(data.len())][0];
        let inner = self.inner_width(width);
        let projections = product(&[4, width, inner, queries]).saturating_add(product(&[4, width, inner, keys]));
        let products = product(&[4, queries, keys, inner]);
        let softmax = product(&[self.heads, queries, keys]).saturating_mul(SOFTMAX_FLOPS);
        projections.saturating_add(products).saturating_add(softmax)
    }

    fn label(&self, _: &[&[usize]]) -> String {
        let kind = match (self.causal, self.masked) {
            (true, true) => "causal masked attention",
            (true, false) => "causal attention",
            (false, true) => "masked attention",
            (false, false) => "attention",
        };
        let inner = self.inner.map(|inner| format!(", inner width {inner}")).unwrap_or_default();
        format!("{kind}, {} {}{inner}", self.heads, if self.heads == 1 { "head" } else { "heads" })
    }

    fn evaluate(&self, data: &[&Tensor], weights: &[&Tensor], _: &[usize]) -> Vec<f64> {
        let width = data[0].width();
        let inner = self.inner_width(width);
        let mask = self.masked.then(|| data[data.len() - 1].data.as_slice());
        let project = |tokens: &Tensor, part: usize| -> Vec<Vec<f64>> {
            let weight = &weights[0].data[part * inner * width..][..inner * width];
            let bias = &weights[1].data[part * inner..][..inner];
            tokens.rows().map(|row| affine(row, weight, Some(bias), inner)).collect()
        };
        let keys = data[self.key_operand(data.len())];
        let (q, k, v) = (project(data[0], 0), project(keys, 1), project(keys, 2));
        let per_head = inner / self.heads;
        let token = |(t, query): (usize, &Vec<f64>)| {
            let is_visible = |s: &usize| (!self.causal || *s <= t) && mask.is_none_or(|mask| mask[*s] != 0.0);
            let visible: Vec<usize> = (0..k.len()).filter(is_visible).collect();
            let mut context = vec![0.0; inner];
            for head in 0..self.heads {
                let columns = head * per_head..(head + 1) * per_head;
                let dot = |s: &usize| -> f64 { columns.clone().map(|d| query[d] * k[*s][d]).sum() };
                let scores: Vec<f64> = visible.iter().map(|s| dot(s) / (per_head as f64).sqrt()).collect();
                for (share, s) in softmax(&scores).into_iter().zip(&visible) {
                    columns.clone().for_each(|d| context[d] += share * v[*s][d]);
                }
            }
            affine(&context, &weights[2].data, Some(&weights[3].data), width)
        };
        q.iter().enumerate().flat_map(token).collect()
    }
}
