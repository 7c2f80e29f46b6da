//! A graph bound to a layout: what runs.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use burn::tensor::Device;
use consil_graph::{Array, Graph, Layout, Role, Weights};
use consil_random::Key;

use crate::bind;
use crate::interpret::value::Value;
use crate::interpret::{Mode, last_readers, run};
use crate::trace::Trace;

pub use crate::bind::BindError;

/// The inputs of a graph by name, each with the batch as its first axis; names that the graph does not have are ignored.
pub type Inputs = BTreeMap<String, Array>;

/// How many rows [`Network::infer`] runs at once: enough to fill the cores, little enough to stay in the caches.
const INFER_ROWS: usize = 256;

/// A graph whose parameters have places in a [`Layout`].
///
/// Cheap to clone, and free of state: the same weights, inputs and key give the same outputs and gradients bit for bit, from any number of
/// threads at once.
///
/// ```
/// use std::sync::Arc;
///
/// use consil_graph::{Array, Builder, Layout, op, Weights};
/// use consil_nn::{Gradients, Inputs, Network};
/// use consil_random::Key;
///
/// let mut b = Builder::new();
/// let x = b.input("x", [3]);
/// let y = b.push("out", op::Linear { out: 2, bias: true }, &[x])?;
/// b.output("y", y);
/// let graph = Arc::new(b.finish());
/// let layout = Arc::new(Layout::of(&[&*graph])?);
/// let weights = Weights::init(layout.clone(), Key::new(7));
/// let network = Network::new(graph, &layout)?;
///
/// let inputs = Inputs::from([("x".to_owned(), Array::new([1, 3], vec![1.0, 2.0, 3.0]))]);
/// let trace = network.trace(&weights, &inputs, Key::new(7))?;
/// let mut gradients = Gradients::zeros(&layout);
/// trace.backward(&[Some(Array::new([1, 2], vec![1.0, 0.0]))], &mut gradients)?;
/// assert_eq!(gradients.values(), [1.0, 2.0, 3.0, 0.0, 0.0, 0.0, 1.0, 0.0]); // d y₀ / d (weight, bias)
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Network {
    graph: Arc<Graph>,
    slots: Arc<[Slot]>,
    last_reader: Arc<[Option<usize>]>,
    layout_len: usize,
}

/// Where a parameter of the graph lies in the flat vector.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub range: Range<usize>,
    pub shape: Vec<usize>,
    pub role: Role,
}

/// Why a network cannot run on what it is given.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// An input of the graph is not among the inputs.
    #[error("input {name:?} is missing; the inputs are {}", given.join(", "))]
    MissingInput {
        /// The graph's name for it.
        name: String,
        /// The names that were given.
        given: Vec<String>,
    },
    /// An input has the wrong shape.
    #[error("input {name:?} must have the shape [batch] + {needs:?}, but it is {given:?}")]
    InputShape {
        /// The input's name.
        name: String,
        /// The per-sample shape that the graph needs.
        needs: Vec<usize>,
        /// The shape given, with the batch.
        given: Vec<usize>,
    },
    /// Two inputs have different numbers of rows.
    #[error("input {name:?} has {rows} rows where {first:?} has {first_rows}")]
    Rows {
        /// The input that disagrees.
        name: String,
        /// Its number of rows.
        rows: usize,
        /// The first input.
        first: String,
        /// Its number of rows.
        first_rows: usize,
    },
    /// Training on no rows, or a graph without inputs, whose batch size nothing tells.
    #[error("there are no rows to run on")]
    NoRows,
    /// The weights have another layout than the one the network was bound to.
    #[error("the weights hold {given} values where the network's layout has {needs}")]
    WrongWeights {
        /// The length of the layout.
        needs: usize,
        /// The number of weights.
        given: usize,
    },
    /// An embedding got something that is no index.
    #[error("{node}: {index} is no index below {vocabulary}")]
    IndexOutOfRange {
        /// The node.
        node: String,
        /// What it got.
        index: f32,
        /// The number of rows in its table.
        vocabulary: usize,
    },
    /// Batch normalisation in training needs two values per channel to have a variance.
    #[error("{node}: a batch of one row has no variance to normalise by; use a larger batch")]
    BatchTooSmall {
        /// The node.
        node: String,
    },
    /// One cotangent for each output is needed.
    #[error("{given} cotangents for {needs} outputs")]
    Cotangents {
        /// The number of outputs.
        needs: usize,
        /// The number given.
        given: usize,
    },
    /// A cotangent has another shape than its output.
    #[error("the cotangent of output {output:?} must have its shape {needs:?}, but it is {given:?}")]
    CotangentShape {
        /// The output.
        output: String,
        /// Its shape.
        needs: Vec<usize>,
        /// The cotangent's shape.
        given: Vec<usize>,
    },
    /// An op that this crate has no rule for.
    #[error("{node}: this operation cannot be run")]
    UnknownOp {
        /// The node.
        node: String,
    },
}

impl Network {
    /// Binds `graph` to the places its parameters have in `layout`.
    ///
    /// # Errors
    /// [`BindError`] where the layout lacks a parameter or has it in another shape, and where the graph has what cannot be
    /// run.
    pub fn new(graph: Arc<Graph>, layout: &Layout) -> Result<Self, BindError> {
        let slots = bind::check(&graph, layout)?;
        let last_reader = last_readers(&graph).into();
        Ok(Self { graph, slots: slots.into(), last_reader, layout_len: layout.n_values() })
    }

    /// The graph.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The outputs in evaluation mode, in the order of the graph's outputs, for any number of rows, in blocks of bounded memory.
    ///
    /// # Errors
    /// [`RunError`] where the inputs do not fit the graph.
    pub fn infer(&self, weights: &Weights, inputs: &Inputs) -> Result<Vec<Array>, RunError> {
        let rows = self.check(weights, inputs)?;
        let device = Device::flex();
        let params = self.params(weights, &device, false);
        if rows <= INFER_ROWS {
            return self.infer_block(&params, inputs, 0..rows, &device);
        }
        let mut joined: Vec<(Vec<usize>, Vec<f32>)> = Vec::new();
        for begin in (0..rows).step_by(INFER_ROWS) {
            let block = begin..rows.min(begin + INFER_ROWS);
            for (i, output) in self.infer_block(&params, inputs, block, &device)?.into_iter().enumerate() {
                match joined.get_mut(i) {
                    Some((_, data)) => data.extend_from_slice(output.data()),
                    None => joined.push((output.shape()[1..].to_vec(), output.into_data())),
                }
            }
        }
        let with_rows = |shape: Vec<usize>| std::iter::once(rows).chain(shape).collect::<Vec<_>>();
        Ok(joined.into_iter().map(|(shape, data)| Array::new(with_rows(shape), data)).collect())
    }

    /// Runs in training mode and remembers what the way back needs.
    ///
    /// Dropout masks are drawn at `key.child(node name)`, so a caller gives every step, and every network of a step, its own key.
    ///
    /// # Errors
    /// [`RunError`] where the inputs do not fit the graph.
    pub fn trace(&self, weights: &Weights, inputs: &Inputs, key: Key) -> Result<Trace, RunError> {
        self.record(weights, inputs, Mode::Training(key))
    }

    /// As [`trace`](Self::trace), in evaluation mode: gradients of the network as it predicts, such as an explanation or a frozen teacher
    /// needs.
    ///
    /// # Errors
    /// [`RunError`] where the inputs do not fit the graph.
    pub fn trace_evaluation(&self, weights: &Weights, inputs: &Inputs) -> Result<Trace, RunError> {
        self.record(weights, inputs, Mode::Evaluation)
    }

    fn record(&self, weights: &Weights, inputs: &Inputs, mode: Mode) -> Result<Trace, RunError> {
        let rows = self.check(weights, inputs)?;
        if rows == 0 {
            return Err(RunError::NoRows);
        }
        let device = Device::flex().autodiff();
        let leaves = self.params(weights, &device, true);
        let inputs = self.block(inputs, 0..rows, &device);
        let ran = run(&self.graph, &self.last_reader, &leaves, inputs, mode, &device)?;
        Ok(Trace::new(self.graph.clone(), self.slots.clone(), leaves, ran))
    }

    fn infer_block(
        &self,
        params: &[Value],
        inputs: &Inputs,
        rows: Range<usize>,
        device: &Device,
    ) -> Result<Vec<Array>, RunError> {
        if rows.is_empty() {
            let shapes = self.graph.outputs().iter().map(|output| self.graph.shape_of(output.value));
            return Ok(shapes.map(|shape| Array::zeros([&[0], shape].concat())).collect());
        }
        let inputs = self.block(inputs, rows, device);
        let ran = run(&self.graph, &self.last_reader, params, inputs, Mode::Evaluation, device)?;
        Ok(ran.outputs.into_iter().map(Value::into_host).collect())
    }

    /// The parameters as tensors, in the graph's order; leaves of a tape where they are `tracked` and trained.
    fn params(&self, weights: &Weights, device: &Device, tracked: bool) -> Vec<Value> {
        let values = weights.values();
        let tensor = |slot: &Slot| {
            let value = Value::from_host(&slot.shape, values[slot.range.clone()].to_vec(), device);
            if tracked && slot.role.is_trained() { value.require_grad() } else { value }
        };
        self.slots.iter().map(tensor).collect()
    }

    /// Some rows of the inputs as tensors, in the graph's order.
    fn block(&self, inputs: &Inputs, rows: Range<usize>, device: &Device) -> Vec<Value> {
        let tensor = |input: &consil_graph::Input| {
            let width = input.shape.iter().product::<usize>();
            let data = inputs[&input.name].data()[rows.start * width..rows.end * width].to_vec();
            Value::from_host(&[&[rows.len()], &input.shape[..]].concat(), data, device)
        };
        self.graph.inputs().iter().map(tensor).collect()
    }

    /// Checks the inputs and returns their number of rows.
    fn check(&self, weights: &Weights, inputs: &Inputs) -> Result<usize, RunError> {
        if weights.values().len() != self.layout_len {
            return Err(RunError::WrongWeights { needs: self.layout_len, given: weights.values().len() });
        }
        let mut first: Option<(&str, usize)> = None;
        for input in self.graph.inputs() {
            let array = inputs.get(&input.name).ok_or_else(|| RunError::MissingInput {
                name: input.name.clone(),
                given: inputs.keys().cloned().collect(),
            })?;
            match array.shape() {
                [rows, per_sample @ ..] if per_sample == input.shape => match first {
                    Some((name, first_rows)) if first_rows != *rows => {
                        return Err(RunError::Rows {
                            name: input.name.clone(),
                            rows: *rows,
                            first: name.to_owned(),
                            first_rows,
                        });
                    }
                    _ => first = Some((&input.name, *rows)),
                },
                given => {
                    return Err(RunError::InputShape {
                        name: input.name.clone(),
                        needs: input.shape.clone(),
                        given: given.to_vec(),
                    });
                }
            }
        }
        first.map(|(_, rows)| rows).ok_or(RunError::NoRows)
    }
}
