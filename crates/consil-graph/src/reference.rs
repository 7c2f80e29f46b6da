//! What each op means: an interpreter for one sample in `f64`, written to be read rather than to be fast.
//!
//! Faster interpreters (training, the device) are tested against it. It runs the graph in evaluation mode: dropout is the
//! identity, batch normalisation uses its running statistics.

mod window;

use std::collections::BTreeMap;

use crate::array::Array;
use crate::graph::{Graph, Node};
use crate::op::{Activation, Op};
use crate::weights::Weights;
use window::{convolve, pool};

/// Why a graph cannot be run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// An input is missing.
    #[error("the graph needs an input {name:?} of shape {shape:?}")]
    MissingInput {
        /// The input's name.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// An input has another shape.
    #[error("the input {name:?} has the shape {given:?} rather than {shape:?}")]
    InputShape {
        /// The input's name.
        name: String,
        /// The shape it must have.
        shape: Vec<usize>,
        /// The shape it has.
        given: Vec<usize>,
    },
    /// The weights lack a parameter.
    #[error("the weights have no parameter {name:?}")]
    MissingParameter {
        /// The parameter's name.
        name: String,
    },
}

/// Evaluates the graph on one sample: arrays have per-sample shapes, without a batch axis. Returns every output by name.
///
/// Attention and means over an all-zero mask give zeros before the output projection.
///
/// # Errors
/// If an input or a parameter is missing, or an input has another shape.
pub fn evaluate(
    graph: &Graph,
    weights: &Weights,
    inputs: &BTreeMap<String, Array>,
) -> Result<BTreeMap<String, Array>, ReferenceError> {
    let mut values: Vec<Tensor> = Vec::new();
    for input in graph.inputs() {
        let given = inputs
            .get(&input.name)
            .ok_or_else(|| ReferenceError::MissingInput { name: input.name.clone(), shape: input.shape.clone() })?;
        if given.shape() != input.shape {
            let (name, shape, given) = (input.name.clone(), input.shape.clone(), given.shape().to_vec());
            return Err(ReferenceError::InputShape { name, shape, given });
        }
        values.push(Tensor { shape: input.shape.clone(), data: given.data().iter().map(|x| f64::from(*x)).collect() });
    }
    for node in graph.nodes() {
        let params = parameters(graph, node, weights)?;
        let operands: Vec<&Tensor> = node.inputs.iter().map(|id| &values[id.0 as usize]).collect();
        let data = compute(node, &operands, &params);
        values.push(Tensor { shape: node.shape.clone(), data });
    }
    let read = |value: &Tensor| Array::new(value.shape.clone(), value.data.iter().map(|x| *x as f32).collect());
    Ok(graph.outputs().iter().map(|o| (o.name.clone(), read(&values[o.value.0 as usize]))).collect())
}

/// A row-major array of `f64`.
struct Tensor {
    shape: Vec<usize>,
    data: Vec<f64>,
}

fn parameters(graph: &Graph, node: &Node, weights: &Weights) -> Result<Vec<Vec<f64>>, ReferenceError> {
    let values = node.params.iter().map(|i| {
        let name = &graph.params()[*i].name;
        let values = weights.get(name).ok_or_else(|| ReferenceError::MissingParameter { name: name.clone() })?;
        Ok(values.iter().map(|x| f64::from(*x)).collect())
    });
    values.collect()
}

fn compute(node: &Node, operands: &[&Tensor], params: &[Vec<f64>]) -> Vec<f64> {
    let x = operands[0];
    let width = x.shape.last().copied().unwrap_or(1);
    match &node.op {
        Op::Linear { out, .. } => {
            let bias = params.get(1);
            x.data.chunks(width).flat_map(|row| affine(row, &params[0], bias, *out)).collect()
        }
        Op::Conv1d(conv) => convolve(conv, &x.shape, &x.data, params, &node.shape),
        Op::Conv2d(conv) => convolve(conv, &x.shape, &x.data, params, &node.shape),
        Op::Pool1d(window) => pool(window, &x.shape, &x.data, &node.shape),
        Op::Pool2d(window) => pool(window, &x.shape, &x.data, &node.shape),
        Op::GlobalAveragePool => x.data.chunks(x.data.len() / x.shape[0]).map(mean).collect(),
        Op::MeanTokens => {
            let ones = vec![1.0; x.shape[0]];
            let mask = operands.get(1).map_or(&ones, |mask| &mask.data);
            let total: f64 = mask.iter().sum();
            let column = |d: usize| -> f64 { mask.iter().enumerate().map(|(t, m)| m * x.data[t * width + d]).sum() };
            (0..width).map(|d| if total == 0.0 { 0.0 } else { column(d) / total }).collect()
        }
        Op::LayerNorm { epsilon } => per_row(x, |row| {
            let mean = mean(row);
            let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / row.len() as f64;
            let scale = 1.0 / (variance + f64::from(*epsilon)).sqrt();
            row.iter().enumerate().map(|(d, v)| (v - mean) * scale * params[0][d] + params[1][d]).collect()
        }),
        Op::RmsNorm { epsilon } => per_row(x, |row| {
            let square = row.iter().map(|v| v * v).sum::<f64>() / row.len() as f64;
            let scale = 1.0 / (square + f64::from(*epsilon)).sqrt();
            row.iter().enumerate().map(|(d, v)| v * scale * params[0][d]).collect()
        }),
        Op::BatchNorm { epsilon, .. } => {
            let per_channel = x.data.len() / x.shape[0];
            let [weight, bias, mean, variance] = params else {
                unreachable!("batch normalisation has four parameters")
            };
            let normal = |(i, v): (usize, &f64)| {
                let c = i / per_channel;
                (v - mean[c]) / (variance[c] + f64::from(*epsilon)).sqrt() * weight[c] + bias[c]
            };
            x.data.iter().enumerate().map(normal).collect()
        }
        Op::Dropout { .. } | Op::Reshape { .. } | Op::Flatten => x.data.clone(),
        Op::Activation(activation) => x.data.iter().map(|v| activate(*activation, *v)).collect(),
        Op::Softmax => per_row(x, softmax),
        Op::LogSoftmax => {
            per_row(x, |row| softmax(row).into_iter().zip(row).map(|(_, v)| v - log_sum_exp(row)).collect())
        }
        Op::Embedding { width, .. } => {
            x.data.iter().flat_map(|i| &params[0][*i as usize * width..][..*width]).copied().collect()
        }
        Op::PositionEmbedding => x.data.iter().zip(&params[0]).map(|(a, b)| a + b).collect(),
        Op::Attention { heads, causal, masked } => {
            let mask = masked.then(|| operands[operands.len() - 1].data.as_slice());
            let keys = if operands.len() - usize::from(*masked) == 2 { operands[1] } else { x };
            attend(&x.data, &keys.data, width, *heads, *causal, mask, params)
        }
        Op::Concat { axis } => {
            let outer: usize = x.shape[..*axis].iter().product();
            let block = |t: &&Tensor, i: usize| {
                let n = t.data.len() / outer;
                t.data[i * n..(i + 1) * n].to_vec()
            };
            (0..outer).flat_map(|i| operands.iter().flat_map(move |t| block(t, i))).collect()
        }
        Op::Stack => operands.iter().flat_map(|t| t.data.clone()).collect(),
        Op::Transpose => (0..width).flat_map(|c| x.data.iter().skip(c).step_by(width)).copied().collect(),
        Op::Add => x.data.iter().zip(&operands[1].data).map(|(a, b)| a + b).collect(),
        // Equal shapes, a scalar and a last axis are all the second operand repeated.
        Op::Mul => x.data.iter().zip(operands[1].data.iter().cycle()).map(|(a, b)| a * b).collect(),
    }
}

/// `W row + b` for the first `out` rows of `weight`.
fn affine(row: &[f64], weight: &[f64], bias: Option<&Vec<f64>>, out: usize) -> Vec<f64> {
    let dot = |w: &[f64]| -> f64 { w.iter().zip(row).map(|(a, b)| a * b).sum() };
    (0..out).map(|o| dot(&weight[o * row.len()..][..row.len()]) + bias.map_or(0.0, |b| b[o])).collect()
}

fn attend(
    queries: &[f64],
    keys: &[f64],
    width: usize,
    heads: usize,
    causal: bool,
    mask: Option<&[f64]>,
    params: &[Vec<f64>],
) -> Vec<f64> {
    let project = |tokens: &[f64], part: usize| -> Vec<Vec<f64>> {
        let weight = &params[0][part * width * width..][..width * width];
        let bias = params[1][part * width..][..width].to_vec();
        tokens.chunks(width).map(|row| affine(row, weight, Some(&bias), width)).collect()
    };
    let (q, k, v) = (project(queries, 0), project(keys, 1), project(keys, 2));
    let per_head = width / heads;
    let token = |(t, query): (usize, &Vec<f64>)| {
        let visible: Vec<usize> =
            (0..k.len()).filter(|s| (!causal || *s <= t) && mask.is_none_or(|mask| mask[*s] != 0.0)).collect();
        let mut context = vec![0.0; width];
        for head in 0..heads {
            let columns = head * per_head..(head + 1) * per_head;
            let dot = |s: &usize| -> f64 { columns.clone().map(|d| query[d] * k[*s][d]).sum() };
            let scores: Vec<f64> = visible.iter().map(|s| dot(s) / (per_head as f64).sqrt()).collect();
            for (share, s) in softmax(&scores).into_iter().zip(&visible) {
                columns.clone().for_each(|d| context[d] += share * v[*s][d]);
            }
        }
        affine(&context, &params[2], Some(&params[3]), width)
    };
    q.iter().enumerate().flat_map(token).collect()
}

fn per_row(x: &Tensor, f: impl Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
    x.data.chunks(x.shape[x.shape.len() - 1]).flat_map(f).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn log_sum_exp(row: &[f64]) -> f64 {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + row.iter().map(|v| (v - largest).exp()).sum::<f64>().ln()
}

fn softmax(row: &[f64]) -> Vec<f64> {
    let normaliser = log_sum_exp(row);
    row.iter().map(|v| (v - normaliser).exp()).collect()
}

fn activate(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Relu => x.max(0.0),
        Activation::LeakyRelu { slope } if x < 0.0 => x * f64::from(slope),
        Activation::LeakyRelu { .. } => x,
        Activation::Gelu => 0.5 * x * (1.0 + erf(x / std::f64::consts::SQRT_2)),
        Activation::Silu => x / (1.0 + (-x).exp()),
        Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Activation::Tanh => x.tanh(),
    }
}

/// The error function by its series of positive terms, `2/√π · e^{−x²} · Σ 2ⁿ x^{2n+1} / (2n+1)!!` (Abramowitz and Stegun,
/// 1964, 7.1.6).
fn erf(x: f64) -> f64 {
    if x.abs() > 6.0 {
        return x.signum();
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        term *= 2.0 * x * x / f64::from(2 * n + 1);
        sum += term;
    }
    std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp() * sum
}

#[cfg(test)]
mod tests;
