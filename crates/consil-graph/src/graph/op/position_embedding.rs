//! Learned positions.

use serde::{Deserialize, Serialize};

use super::shapes::{disagree, one, product, tokens};
use super::{OpDoc, Operation, ParamSpec, ShapeMismatch, Tensor};
use crate::graph::Init;

/// A learned vector added to each position: `[T, D] → [T, D]`; weight `weight [L, D]`, of whose rows the first T are read (L is the
/// length T that the graph was built for; a shorter sequence may be bound).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionEmbedding;

impl Operation for PositionEmbedding {
    fn documentation() -> OpDoc {
        OpDoc { summary: "a learned vector added to each position", shapes: "[T, D] → [T, D]", onnx: Some("Add") }
    }

    fn n_weights(&self) -> usize {
        1
    }

    /// Normal with the 0.02 of BERT and ViT.
    fn weights(&self, data: &[&[usize]]) -> Vec<ParamSpec> {
        vec![ParamSpec::new("weight", data[0], Init::Normal { sd: 0.02 })]
    }

    fn accept_weights(&self, data: &[&[usize]], weights: &[&[usize]]) -> Result<(), ShapeMismatch> {
        let [t, width] = tokens(data[0])?;
        match weights[0] {
            [length, of_table] if *length >= t && *of_table == width => Ok(()),
            _ => {
                Err(disagree("no more tokens than its table has positions, of the same width", &[data[0], weights[0]]))
            }
        }
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        tokens(one(data)?).map(Vec::from)
    }

    fn flops(&self, _: &[&[usize]], out: &[usize]) -> u64 {
        product(out)
    }

    fn label(&self, _: &[&[usize]]) -> String {
        "position embedding".to_owned()
    }

    fn evaluate(&self, data: &[&Tensor], weights: &[&Tensor], _: &[usize]) -> Vec<f64> {
        data[0].data.iter().zip(&weights[0].data).map(|(a, b)| a + b).collect()
    }
}
