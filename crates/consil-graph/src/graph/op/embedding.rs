//! Rows of a table.

use serde::{Deserialize, Serialize};

use super::shapes::{one, positive, rank};
use super::{OpDoc, Operation, ParamSpec, ShapeMismatch, Tensor};
use crate::graph::Init;

/// Rows of a table: `[T] → [T, D]`, the operand holding indices below `vocabulary`; weight `weight [V, D]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Embedding {
    /// The number of rows V.
    pub vocabulary: usize,
    /// The length D of a row.
    pub width: usize,
}

impl Operation for Embedding {
    fn documentation() -> OpDoc {
        OpDoc { summary: "rows of a learned table by index", shapes: "[T] → [T, D]", onnx: Some("Gather") }
    }

    fn n_weights(&self) -> usize {
        1
    }

    /// Normal with the 0.02 of BERT and GPT-2, as the positions: wider word vectors would drown the positions added to them, and
    /// order would be learned late or not at all.
    fn weights(&self, _: &[&[usize]]) -> Vec<ParamSpec> {
        vec![ParamSpec::new("weight", [self.vocabulary, self.width], Init::Normal { sd: 0.02 })]
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        positive(self.vocabulary, "a vocabulary of at least 1 row")?;
        positive(self.width, "a width of at least 1")?;
        match one(data)? {
            [t] => Ok(vec![*t, self.width]),
            x => Err(rank("a list of indices [T]", x, "put it before any other layer")),
        }
    }

    fn label(&self, _: &[&[usize]]) -> String {
        format!("embedding {} → {}", self.vocabulary, self.width)
    }

    fn evaluate(&self, data: &[&Tensor], weights: &[&Tensor], _: &[usize]) -> Vec<f64> {
        data[0].data.iter().flat_map(|i| &weights[0].data[*i as usize * self.width..][..self.width]).copied().collect()
    }
}
