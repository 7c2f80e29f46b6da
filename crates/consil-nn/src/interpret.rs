//! Runs a graph's nodes in order on burn tensors.
//!
//! Every operation is a function from values to a value in the file of its kind; this file only walks the nodes, hands each
//! its operands and parameters, and drops a value after its last reader.

use burn::tensor::Device;
use consil_graph::{Graph, Node, Op, ValueId};
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
    let mut values: Vec<Option<Value>> = inputs.into_iter().map(Some).collect();
    let mut statistics = Vec::new();
    for (i, node) in graph.nodes().iter().enumerate() {
        let operands: Vec<Value> = (node.inputs.iter().enumerate())
            .map(|(position, id)| {
                let later = node.inputs[position + 1..].contains(id);
                read(&mut values, *id, last_reader[id.0 as usize] == Some(i) && !later)
            })
            .collect();
        let context = Context { node, params, mode, device };
        values.push(Some(context.apply(operands, &mut statistics)?));
    }
    let outputs = graph.outputs().iter().map(|output| read(&mut values, output.value, false)).collect();
    Ok(Ran { outputs, statistics })
}

/// For each value the last node that reads it; `None` for outputs, which outlive the run, and for values that nothing reads.
pub(crate) fn last_readers(graph: &Graph) -> Vec<Option<usize>> {
    let mut last = vec![None; graph.inputs().len() + graph.nodes().len()];
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
    node: &'a Node,
    params: &'a [Value],
    mode: Mode,
    device: &'a Device,
}

impl Context<'_> {
    /// Parameter `i` of the node.
    fn param(&self, i: usize) -> Value {
        self.params[self.node.params[i]].clone()
    }

    /// Parameter `i` of the node, where it has that many.
    fn optional(&self, i: usize) -> Option<Value> {
        self.node.params.get(i).map(|at| self.params[*at].clone())
    }

    fn apply(&self, operands: Vec<Value>, statistics: &mut Vec<(usize, Statistic)>) -> Result<Value, RunError> {
        let mut operands = operands.into_iter();
        let mut next = || operands.next().expect("the number of operands was checked when the network was bound");
        Ok(match &self.node.op {
            Op::Linear { .. } => dense::linear(next(), self.param(0), self.optional(1)),
            Op::Conv1d(conv) => window::conv1d(next(), self.param(0), self.optional(1), conv),
            Op::Conv2d(conv) => window::conv2d(next(), self.param(0), self.optional(1), conv),
            Op::Pool1d(pool) => window::pool1d(next(), pool),
            Op::Pool2d(pool) => window::pool2d(next(), pool),
            Op::GlobalAveragePool => window::global_average(next()),
            Op::MeanTokens => tokens::mean(next(), operands.next()),
            Op::LayerNorm { epsilon } => normalise::layer_norm(next(), self.param(0), self.param(1), *epsilon),
            Op::RmsNorm { epsilon } => normalise::rms_norm(next(), self.param(0), *epsilon),
            Op::BatchNorm { epsilon, momentum } => match self.mode {
                Mode::Evaluation => normalise::batch_norm(next(), [0, 1, 2, 3].map(|i| self.param(i)), *epsilon),
                Mode::Training(_) => {
                    let (y, mean, variance) =
                        normalise::batch_norm_train(&self.node.name, next(), self.param(0), self.param(1), *epsilon)?;
                    for (at, values) in [(2, mean), (3, variance)] {
                        statistics.push((self.node.params[at], Statistic { momentum: *momentum, values }));
                    }
                    y
                }
            },
            Op::Dropout { rate } => match self.mode {
                Mode::Training(key) if *rate > 0.0 => {
                    activation::dropout(next(), *rate, key.child(&self.node.name), self.device)
                }
                _ => next(),
            },
            Op::Activation(activation) => activation::activate(next(), *activation),
            Op::Softmax => activation::softmax(next()),
            Op::LogSoftmax => activation::log_softmax(next()),
            Op::Embedding { vocabulary, .. } => {
                tokens::embedding(&self.node.name, next(), self.param(0), *vocabulary, self.device)?
            }
            Op::PositionEmbedding => tokens::add_positions(next(), self.param(0)),
            Op::Attention { heads, causal, masked } => {
                let tokens: Vec<Value> = operands.collect();
                attention::attend(tokens, [0, 1, 2, 3].map(|i| self.param(i)), *heads, *causal, *masked, self.device)
            }
            Op::Concat { axis } => Value::concat(operands.collect(), axis + 1),
            Op::Stack => structure::stack(operands.collect()),
            Op::Reshape { .. } | Op::Flatten => structure::reshape(next(), &self.node.shape),
            Op::Transpose => structure::transpose(next()),
            Op::Add => next().add(next()),
            Op::Mul => structure::mul(next(), next()),
            _ => return Err(RunError::UnknownOp { node: self.node.name.clone() }),
        })
    }
}
