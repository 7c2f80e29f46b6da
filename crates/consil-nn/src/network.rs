//! A graph bound to a layout: what runs.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use consil_graph::{Array, BoundShapes, Graph, Layout, Weights};
use consil_random::Key;

use crate::bind;
use crate::op::lower_graph;
use crate::plan::{Plan, Purpose};
use crate::run::{Batch, Rows, Workspace, forward};
use crate::run_error::RunError;
use crate::slot::Slot;

pub use crate::bind::BindError;

/// The inputs of a graph by name, each with the batch as its first axis; names that the graph does not have are ignored.
pub type Inputs = BTreeMap<String, Array>;

/// How many rows [`Network::infer`] runs at once: enough to fill the cores, little enough to stay in the caches.
const INFER_ROWS: usize = 256;

/// How many plans are kept: one for each length of a batch that came lately.
const PLANS: usize = 64;

/// A graph whose parameters have places in a [`Layout`].
///
/// Cheap to clone, and free of state but for memory that it uses again: the same weights, inputs and key give the same outputs and gradients bit
/// for bit, from any number of threads at once and with any number of threads at work. It works on the pool that calls it
/// (`rayon::ThreadPool::install`), and a small batch on the calling thread alone. Time axes have the length of the batch at hand.
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
    bound: Arc<Bound>,
}

#[derive(Debug)]
struct Bound {
    graph: Graph,
    slots: Vec<Slot>,
    layout_len: usize,
    plans: Mutex<Plans>,
    idle: Mutex<Vec<(Workspace, Vec<Vec<f32>>)>>,
}

/// Plans by their purpose and the shapes of a row of each input.
type Plans = HashMap<(Purpose, Vec<Vec<usize>>), Arc<Plan>>;

impl Network {
    /// Binds `graph` to the places its parameters have in `layout`.
    ///
    /// # Errors
    /// [`BindError`] where the layout lacks a parameter or has it in another shape, and where the graph has what cannot be
    /// run.
    pub fn new(graph: Arc<Graph>, layout: &Layout) -> Result<Self, BindError> {
        let slots = bind::check(&graph, layout)?;
        let graph = Arc::unwrap_or_clone(graph);
        let layout_len = layout.n_values();
        let bound = Bound { graph, slots, layout_len, plans: Mutex::default(), idle: Mutex::default() };
        Ok(Self { bound: Arc::new(bound) })
    }

    /// The graph.
    pub fn graph(&self) -> &Graph {
        &self.bound.graph
    }

    pub(crate) fn slots(&self) -> &[Slot] {
        &self.bound.slots
    }

    /// The outputs in evaluation mode, in the order of the graph's outputs, for any number of rows, in blocks of bounded memory.
    ///
    /// # Errors
    /// [`RunError`] where the inputs do not fit the graph.
    pub fn infer(&self, weights: &Weights, inputs: &Inputs) -> Result<Vec<Array>, RunError> {
        let given = self.check(weights, inputs)?;
        let purpose = Purpose { training: false, back: false, to_inputs: false, by_rows: false };
        let plan = self.plan(&given, purpose)?;
        let mut outputs: Vec<Vec<f32>> =
            plan.outputs.iter().map(|(value, _)| Vec::with_capacity(given.rows * plan.values[*value].size)).collect();
        let (mut workspace, spare) = self.take();
        let mut run = |rows: Range<usize>| -> Result<(), RunError> {
            workspace.fit(&plan, rows.len());
            let inputs: Vec<&[f32]> = (given.arrays.iter())
                .map(|array| {
                    let size = array.data().len() / given.rows;
                    &array.data()[rows.start * size..rows.end * size]
                })
                .collect();
            let batch = self.batch(&plan, weights, &inputs, Key::new(0));
            forward(batch, &mut workspace)?;
            (0..outputs.len()).for_each(|i| read_output(batch, &workspace, i, &mut outputs[i]));
            Ok(())
        };
        let blocks = (0..given.rows).step_by(INFER_ROWS);
        let ran = blocks.map(|begin| begin..given.rows.min(begin + INFER_ROWS)).try_for_each(&mut run);
        self.give_back(workspace, spare);
        ran?;
        Ok(with_shapes(&plan, given.rows, outputs))
    }

    pub(crate) fn batch<'b>(
        &'b self,
        plan: &'b Plan,
        weights: &'b Weights,
        inputs: &'b [&'b [f32]],
        key: Key,
    ) -> Batch<'b> {
        Batch { plan, slots: &self.bound.slots, weights: weights.values(), inputs, prepared: &[], key }
    }

    /// The plan for inputs of these shapes.
    pub(crate) fn plan(&self, given: &Given<'_>, purpose: Purpose) -> Result<Arc<Plan>, RunError> {
        let shapes: Vec<Vec<usize>> = given.arrays.iter().map(|array| array.shape()[1..].to_vec()).collect();
        let key = (purpose, shapes);
        if let Some(plan) = lock(&self.bound.plans).get(&key) {
            return Ok(plan.clone());
        }
        let bound: BoundShapes = self.bound.graph.bind_shapes(key.1.clone())?;
        let plan = Arc::new(lower_graph(&self.bound.graph, &self.bound.slots, &bound, purpose));
        let mut plans = lock(&self.bound.plans);
        if plans.len() >= PLANS {
            plans.clear();
        }
        plans.insert(key, plan.clone());
        Ok(plan)
    }

    pub(crate) fn take(&self) -> (Workspace, Vec<Vec<f32>>) {
        lock(&self.bound.idle).pop().unwrap_or_default()
    }

    pub(crate) fn give_back(&self, workspace: Workspace, inputs: Vec<Vec<f32>>) {
        lock(&self.bound.idle).push((workspace, inputs));
    }

    /// Checks the inputs and gives them in the graph's order.
    pub(crate) fn check<'i>(&self, weights: &Weights, inputs: &'i Inputs) -> Result<Given<'i>, RunError> {
        let Bound { graph, layout_len, .. } = &*self.bound;
        if weights.values().len() != *layout_len {
            return Err(RunError::WrongWeights { needs: *layout_len, given: weights.values().len() });
        }
        let mut arrays = Vec::with_capacity(graph.inputs().len());
        let mut first: Option<(&str, usize)> = None;
        for input in graph.inputs() {
            let array = inputs.get(&input.name).ok_or_else(|| RunError::MissingInput {
                name: input.name.clone(),
                given: inputs.keys().cloned().collect(),
            })?;
            let is_free = |axis: usize| input.time.iter().any(|time| time.axis == axis);
            let fits = |of_row: &[usize]| {
                let lengths = of_row.iter().zip(&input.shape).enumerate();
                of_row.len() == input.shape.len() && lengths.into_iter().all(|(i, (a, b))| a == b || is_free(i))
            };
            match array.shape() {
                [rows, of_row @ ..] if fits(of_row) => match first {
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
            arrays.push(array);
        }
        let (_, rows) = first.ok_or(RunError::NoRows)?;
        Ok(Given { rows, arrays })
    }
}

/// Inputs that fit a graph.
pub(crate) struct Given<'i> {
    pub rows: usize,
    pub arrays: Vec<&'i Array>,
}

/// Appends an output of all rows.
pub(crate) fn read_output(batch: Batch<'_>, workspace: &Workspace, output: usize, into: &mut Vec<f32>) {
    let (value, _) = batch.plan.outputs[output];
    for share in &workspace.shares {
        into.extend_from_slice(batch.read(value, Rows::of(&share.rows), &share.memory, Some(&workspace.common)));
    }
}

pub(crate) fn with_shapes(plan: &Plan, rows: usize, outputs: Vec<Vec<f32>>) -> Vec<Array> {
    let with_shape =
        |(data, (_, shape)): (Vec<f32>, &(usize, Vec<usize>))| Array::new([&[rows], &shape[..]].concat(), data);
    outputs.into_iter().zip(&plan.outputs).map(with_shape).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
