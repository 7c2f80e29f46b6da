//! The mean over all positions.

use serde::{Deserialize, Serialize};

use super::shapes::{one, product, rank};
use super::tensor::mean;
use super::{OpDoc, Operation, ShapeMismatch, Tensor};

/// The mean over all positions: `[C, T] → [C]`, `[C, H, W] → [C]` and `[C, D, H, W] → [C]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GlobalAveragePool;

impl Operation for GlobalAveragePool {
    fn documentation() -> OpDoc {
        OpDoc {
            summary: "the mean over all positions",
            shapes: "[C, T] or [C, H, W] or [C, D, H, W] → [C]",
            onnx: Some("GlobalAveragePool"),
        }
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        let x = one(data)?;
        if (2..=4).contains(&x.len()) {
            Ok(vec![x[0]])
        } else {
            Err(rank("a series [C, T] or an image [C, H, W]", x, "leave it out"))
        }
    }

    fn flops(&self, data: &[&[usize]], _: &[usize]) -> u64 {
        product(data[0])
    }

    fn label(&self, _: &[&[usize]]) -> String {
        "global average pool".to_owned()
    }

    fn evaluate(&self, data: &[&Tensor], _: &[&Tensor], _: &[usize]) -> Vec<f64> {
        data[0].data.chunks(data[0].data.len() / data[0].shape[0]).map(mean).collect()
    }
}
