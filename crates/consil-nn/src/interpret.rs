//! Runs a graph's nodes in order on burn tensors.
//!
//! Every operation is a function from values to a value in the file of its kind; this file only walks the nodes, hands each
//! its operands and parameters, and drops a value after its last reader.

use burn::tensor::Device;
use consil_graph::{Graph, Node, Op, Source, ValueId, op};
use consil_random::Key;

use crate::gradients::Statistic;
use crate::network::RunError;

mod activation;
mod attention;
mod dense;
mod fused;
mod normalise;
mod product;
mod structure;
mod tokens;
pub(crate) mod value;
mod window;

pub(crate) use activation::is_known as is_known_activation;
use value::Value;

/// How a graph runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mode {
    /// Dropout is the identity, batch normalisation uses its running statistics.
    Evaluation,
    /// Dropout masks are drawn at `key.child(node name)`, batch normalisation uses the batch.
    Training(Key),
}

/// What a run gives.
pub(crate) struct Ran {
    /// The values of the graph's outputs.
    pub outputs: Vec<Value>,
    /// The batch statistics that batch normalisation met, by index of the buffer parameter.
    pub statistics: Vec<(usize, Statistic)>,
}

/// Runs `graph` over `inputs` (in the graph's order) with `params` (in the graph's order).
///
/// `last_reader[v]` is the number of the last node that reads value `v`: the value is moved there rather than copied, so that burn may
/// work in place.
pub(crate) fn run(
    graph: &Graph,
    last_reader: &[Option<usize>],
    params: &[Value],
    inputs: Vec<Value>,
    mode: Mode,
    device: &Device,
) -> Result<Ran, RunError> {
    let mut values: Vec<Option<Value>> = inputs.into_iter().chain(params.iter().cloned()).map(Some).collect();
    let mut statistics = Vec::new();
    for (i, node) in graph.nodes().iter().enumerate() {
        let operands: Vec<Value> = (node.inputs.iter().enumerate())
            .map(|(position, id)| {
                let later = node.inputs[position + 1..].contains(id);
                read(&mut values, *id, last_reader[id.0 as usize] == Some(i) && !later)
            })
            .collect();
        let context = Context { graph, node, mode, device };
        values.push(Some(context.apply(operands, &mut statistics)?));
    }
    let outputs = graph.outputs().iter().map(|output| read(&mut values, output.value, false)).collect();
    Ok(Ran { outputs, statistics })
}

/// For each value the last node that reads it; `None` for outputs, which outlive the run, and for values that nothing reads.
pub(crate) fn last_readers(graph: &Graph) -> Vec<Option<usize>> {
    let mut last = vec![None; graph.n_values()];
    for (i, node) in graph.nodes().iter().enumerate() {
        for id in &node.inputs {
            last[id.0 as usize] = Some(i);
        }
    }
    for output in graph.outputs() {
        last[output.value.0 as usize] = None;
    }
    last
}

fn read(values: &mut [Option<Value>], id: ValueId, is_last: bool) -> Value {
    let slot = &mut values[id.0 as usize];
    let value = if is_last { slot.take() } else { slot.clone() };
    value.expect("a value lives until its last reader")
}

/// One node about to run.
struct Context<'a> {
    graph: &'a Graph,
    node: &'a Node,
    mode: Mode,
    device: &'a Device,
}

impl Context<'_> {
    fn apply(&self, operands: Vec<Value>, statistics: &mut Vec<(usize, Statistic)>) -> Result<Value, RunError> {
        let (data, weights) = self.node.op.split(&operands);
        let weights = weights.to_vec();
        let weight = |i: usize| weights[i].clone();
        let mut data = data.to_vec().into_iter();
        drop(operands);
        let mut next = || data.next().expect("the number of operands was checked when the graph was built");
        Ok(match &self.node.op {
            Op::Linear(_) => dense::linear(next(), weight(0), weights.get(1).cloned()),
            Op::Conv1d(conv) => window::conv1d(next(), weight(0), weights.get(1).cloned(), conv),
            Op::Conv2d(conv) => window::conv2d(next(), weight(0), weights.get(1).cloned(), conv),
            Op::Pool1d(pool) => window::pool1d(next(), pool),
            Op::Pool2d(pool) => window::pool2d(next(), pool),
            Op::GlobalAveragePool(_) => window::global_average(next()),
            Op::MeanTokens(_) => tokens::mean(next(), data.next()),
            Op::LayerNorm(norm) => normalise::layer_norm(next(), weight(0), weight(1), norm.epsilon),
            Op::RmsNorm(norm) => normalise::rms_norm(next(), weight(0), norm.epsilon),
            Op::BatchNorm(norm) => match self.mode {
                Mode::Evaluation => normalise::batch_norm(next(), [0, 1, 2, 3].map(weight), norm.epsilon),
                Mode::Training(_) => {
                    let (y, mean, variance) =
                        normalise::batch_norm_train(&self.node.name, next(), weight(0), weight(1), norm.epsilon)?;
                    for (at, values) in [(2, mean), (3, variance)] {
                        let (_, operands) = self.node.op.split(&self.node.inputs);
                        if let Source::Param(param) = self.graph.source(operands[at]) {
                            statistics.push((param, Statistic { momentum: norm.momentum, values }));
                        }
                    }
                    y
                }
            },
            Op::Dropout(dropout) => match self.mode {
                Mode::Training(key) if dropout.rate > 0.0 => {
                    activation::dropout(next(), dropout.rate, key.child(&self.node.name), self.device)
                }
                _ => next(),
            },
            Op::Activation(activation) => activation::activate(next(), *activation),
            Op::Softmax(_) => activation::softmax(next()),
            Op::LogSoftmax(_) => activation::log_softmax(next()),
            Op::Embedding(table) => {
                tokens::embedding(&self.node.name, next(), weight(0), table.vocabulary, self.device)?
            }
            Op::PositionEmbedding(_) => tokens::add_positions(next(), weight(0)),
            Op::Attention(attention) if attention.inner.is_none() => {
                let (weights, tokens) = ([0, 1, 2, 3].map(weight), data.collect());
                let op::Attention { heads, causal, masked, .. } = *attention;
                attention::attend(tokens, weights, heads, causal, masked, self.device)
            }
            Op::Concat(concat) => Value::concat(data.collect(), concat.axis + 1),
            Op::Stack(_) => structure::stack(data.collect()),
            Op::Reshape(_) | Op::Flatten(_) => structure::reshape(next(), &self.node.shape),
            Op::Transpose(_) => structure::transpose(next()),
            Op::Add(_) if self.is_of_one_shape() => next().add(next()),
            Op::Mul(_) => structure::mul(next(), next()),
            _ => return Err(RunError::UnknownOp { node: self.node.name.clone() }),
        })
    }

    /// Whether both operands have the result's shape.
    fn is_of_one_shape(&self) -> bool {
        self.node.inputs.iter().all(|id| self.graph.shape_of(*id) == self.node.shape)
    }
}
