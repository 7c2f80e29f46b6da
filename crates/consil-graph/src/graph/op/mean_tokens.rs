//! The mean over tokens.

use serde::{Deserialize, Serialize};

use super::shapes::{disagree, product, tokens};
use super::{OpDoc, Operation, ShapeMismatch, Tensor};

/// The mean over tokens: `[T, D] → [D]`; an optional second operand `[T]` weighs the tokens: a mask's zeros do not count. A sample
/// whose mask is all zero gives zeros.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeanTokens;

impl Operation for MeanTokens {
    fn documentation() -> OpDoc {
        OpDoc {
            summary: "the mean over tokens that a mask counts",
            shapes: "[T, D], mask [T] → [D]",
            onnx: Some("ReduceMean"),
        }
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        let (x, mask) = match data {
            [x] => (x, None),
            [x, mask] => (x, Some(mask)),
            _ => return Err(ShapeMismatch::Operands { takes: "tokens and optionally their mask", given: data.len() }),
        };
        let [t, width] = tokens(x)?;
        if mask.is_some_and(|mask| **mask != [t]) {
            return Err(disagree("a mask with one value for each token", data));
        }
        Ok(vec![width])
    }

    fn flops(&self, data: &[&[usize]], _: &[usize]) -> u64 {
        product(data[0])
    }

    fn label(&self, data: &[&[usize]]) -> String {
        if data.len() == 2 { "masked mean of tokens" } else { "mean of tokens" }.to_owned()
    }

    fn evaluate(&self, data: &[&Tensor], _: &[&Tensor], _: &[usize]) -> Vec<f64> {
        let x = data[0];
        let width = x.width();
        let ones = vec![1.0; x.shape[0]];
        let mask = data.get(1).map_or(&ones, |mask| &mask.data);
        let total: f64 = mask.iter().sum();
        let column = |d: usize| -> f64 { mask.iter().enumerate().map(|(t, m)| m * x.data[t * width + d]).sum() };
        (0..width).map(|d| if total == 0.0 { 0.0 } else { column(d) / total }).collect()
    }
}
