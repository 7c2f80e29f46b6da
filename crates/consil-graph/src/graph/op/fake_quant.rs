//! Fake quantisation.

use serde::{Deserialize, Serialize};

use super::shapes::{one, product, rank};
use super::{OpDoc, Operation, ParamSpec, ShapeMismatch, Tensor};
use crate::graph::{Init, Role};

/// Symmetric quantisation and back, `s · clamp(round(x / s), −q, q)` with `q = 2^(bits − 1) − 1` (127 for int8), rounding halves to even
/// (Jacob et al., 2018); weight `scale`, `[]` for one scale s, or `[C]` for one for each position of an axis.
///
/// The gradient passes *straight through* to x where `|x / s| ≤ q` and is zero beyond (Bengio et al., 2013); the scale has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FakeQuant {
    /// The bits of a value, 2 to 16.
    pub bits: u32,
    /// The axis each of whose positions has a scale of its own; one scale for all where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub axis: Option<usize>,
}

impl FakeQuant {
    /// The largest integer q.
    pub fn largest(&self) -> i32 {
        (1 << (self.bits.clamp(2, 16) - 1)) - 1
    }
}

impl Operation for FakeQuant {
    fn documentation() -> OpDoc {
        OpDoc {
            summary: "symmetric quantisation and back, its gradient straight through",
            shapes: "[…] → […]",
            onnx: Some("QuantizeLinear, DequantizeLinear"),
        }
    }

    fn n_weights(&self) -> usize {
        1
    }

    fn weights(&self, data: &[&[usize]]) -> Vec<ParamSpec> {
        let shape = self.axis.map(|axis| data[0][axis]);
        vec![ParamSpec::new("scale", Vec::from_iter(shape), Init::Ones).with_role(Role::Frozen)]
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        let x = one(data)?;
        if !(2..=16).contains(&self.bits) {
            return Err(ShapeMismatch::Attribute { needs: "2 to 16 bits" });
        }
        if self.axis.is_some_and(|axis| axis >= x.len()) {
            return Err(rank("the axis that its scales are along", x, "choose an axis that there is, counted from 0"));
        }
        Ok(x.to_vec())
    }

    fn flops(&self, _: &[&[usize]], out: &[usize]) -> u64 {
        product(out).saturating_mul(4)
    }

    fn label(&self, _: &[&[usize]]) -> String {
        format!("fake int{}", self.bits)
    }

    fn evaluate(&self, data: &[&Tensor], weights: &[&Tensor], _: &[usize]) -> Vec<f64> {
        let (x, q) = (data[0], f64::from(self.largest()));
        let inner: usize = self.axis.map_or(1, |axis| x.shape[axis + 1..].iter().product());
        let scale = |i: usize| match self.axis {
            Some(axis) => weights[0].data[i / inner % x.shape[axis]],
            None => weights[0].data[0],
        };
        let round = |(i, x): (usize, &f64)| scale(i) * (x / scale(i)).round_ties_even().clamp(-q, q);
        x.data.iter().enumerate().map(round).collect()
    }
}
