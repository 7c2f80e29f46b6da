//! A sub-graph applied along an axis.

use serde::{Deserialize, Serialize};

use super::shapes::rank;
use super::{OpDoc, Operation, ParamSpec, ShapeMismatch, Tensor};
use crate::graph::{Graph, evaluate::evaluate_body};

/// A sub-graph applied to each slice along the first axis of its operands: an image encoder over the frames of a video, a text encoder over
/// the sentences of a document. `[N, …] → [N, …']`, the body taking `[…]` to `[…']`.
///
/// Each input of the body takes a slice of the operand of the same place (the first one of the values, further ones of masks); the body
/// has one output. The body's parameters are the op's weights, shared by all slices, named as the body names them. Slices are as rows of a
/// batch: batch normalisation within counts them all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Each {
    /// What is applied.
    pub body: Box<Graph>,
}

impl Each {
    /// Applies `body` along the first axis.
    pub fn new(body: Graph) -> Self {
        Self { body: Box::new(body) }
    }

    /// The common first length of the operands and the shapes of their slices.
    fn slices<'a>(&self, data: &[&'a [usize]]) -> Result<(usize, Vec<&'a [usize]>), ShapeMismatch> {
        if data.is_empty() || data.len() != self.body.inputs().len() {
            return Err(ShapeMismatch::Operands { takes: "one operand for each input of its body", given: data.len() });
        }
        let mut n_slices = None;
        let mut slices = Vec::new();
        for x in data {
            let Some((n, slice)) = x.split_first() else {
                return Err(rank("an axis to be applied along", x, "reshape first"));
            };
            if n_slices.is_some_and(|others| others != *n) {
                return Err(super::shapes::disagree("operands of one first length", data));
            }
            n_slices = Some(*n);
            slices.push(slice);
        }
        Ok((n_slices.unwrap_or(0), slices))
    }
}

impl Operation for Each {
    fn documentation() -> OpDoc {
        OpDoc {
            summary: "a sub-graph applied to each slice along the first axis",
            shapes: "[N, …] → [N, …']",
            onnx: Some("Scan"),
        }
    }

    fn n_weights(&self) -> usize {
        self.body.params().len()
    }

    fn weights(&self, _: &[&[usize]]) -> Vec<ParamSpec> {
        let spec = |param: &crate::graph::Param| ParamSpec {
            name: param.name.clone().into(),
            shape: param.shape.clone(),
            role: param.role,
            init: param.init,
        };
        self.body.params().iter().map(spec).collect()
    }

    fn shape(&self, data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
        let (n, slices) = self.slices(data)?;
        let [output] = self.body.outputs() else {
            return Err(ShapeMismatch::Attribute { needs: "a body with one output" });
        };
        let bound = self.body.bind_shapes(slices.iter().map(|slice| slice.to_vec()).collect());
        let bound = bound.map_err(|error| ShapeMismatch::Body { error: error.to_string() })?;
        Ok([&[n], bound.shape(output.value)].concat())
    }

    fn flops(&self, data: &[&[usize]], _: &[usize]) -> u64 {
        let Ok((n, slices)) = self.slices(data) else { return 0 };
        let bound = self.body.bind_shapes(slices.iter().map(|slice| slice.to_vec()).collect());
        bound.map_or(0, |bound| self.body.flops_at(&bound).into_iter().sum::<u64>().saturating_mul(n as u64))
    }

    fn label(&self, data: &[&[usize]]) -> String {
        let n = data[0].first().copied().unwrap_or(0);
        let nodes = self.body.nodes().iter().map(|node| self.body.op_summary(node)).collect::<Vec<_>>();
        format!("each of {n}: {}", nodes.join(", "))
    }

    fn evaluate(&self, data: &[&Tensor], weights: &[&Tensor], out: &[usize]) -> Vec<f64> {
        let slice = |x: &Tensor, i: usize| {
            let n = x.data.len() / x.shape[0];
            Tensor { shape: x.shape[1..].to_vec(), data: x.data[i * n..(i + 1) * n].to_vec() }
        };
        let params: Vec<Tensor> = weights.iter().map(|weight| (*weight).clone()).collect();
        (0..out[0])
            .flat_map(|i| evaluate_body(&self.body, data.iter().map(|x| slice(x, i)).collect(), params.clone()))
            .collect()
    }
}
