//! Runs and trains a model graph: the arithmetic of its operations with their gradients, losses, optimisers, the training loop and checkpoints.
//!
//! Everything that crosses its border is on the host: [`Array`](consil_graph::Array)s in and
//! out, one flat vector of weights. That vector is what federation averages, what optimisers update in one loop, and what checkpoints
//! store.
//!
//! - [`Network`] — a graph bound to a layout: [`infer`](Network::infer) predicts, [`trace`](Network::trace) runs in training mode, and
//!   [`Trace::backward`] sends cotangents back: a vector–Jacobian product, so a loss may be anything that can name its gradient, rules
//!   included;
//! - [`Task`] — what is learned: a loss over rows, with its gradient;
//! - [`Trainer`] — an iterator of [`Event`]s over a task, which resumes bit for bit; [`local`] is its counterpart at a federated site.
//!
//! ```
//! use std::sync::Arc;
//!
//! use consil_graph::{Array, Builder, Layout, op, Weights};
//! use consil_nn::{Event, Examples, Inputs, Loss, Network, Supervised, Targets, TaskError, TrainConfig, Trainer};
//! use consil_random::Key;
//!
//! // Which of two numbers is larger?
//! struct Larger;
//! impl Examples for Larger {
//!     fn n_rows(&self) -> usize {
//!         256
//!     }
//!     fn inputs(&self, rows: &[usize], _: Option<Key>) -> Result<Inputs, TaskError> {
//!         let x = rows.iter().flat_map(|row| pair(*row)).collect();
//!         Ok(Inputs::from([("x".to_owned(), Array::new([rows.len(), 2], x))]))
//!     }
//!     fn targets(&self, rows: &[usize]) -> Result<Targets, TaskError> {
//!         Ok(Targets::Classes(rows.iter().map(|row| usize::from(pair(*row)[1] > pair(*row)[0])).collect()))
//!     }
//! }
//! fn pair(row: usize) -> [f32; 2] {
//!     let mut stream = Key::new(1).nth_stream(row as u64);
//!     [stream.normal() as f32, stream.normal() as f32]
//! }
//!
//! let mut b = Builder::new();
//! let x = b.input("x", [2]);
//! let logits = b.push("larger", op::Linear { out: 2, bias: true }, &[x])?;
//! b.output("logits", logits);
//! let graph = Arc::new(b.finish());
//! let layout = Arc::new(Layout::of(&[&*graph])?);
//! let network = Network::new(graph, &layout)?;
//! let task = Supervised::new(&network, Loss::CrossEntropy, &Larger);
//!
//! let config: TrainConfig = toml::from_str("epochs = 20\noptimizer = { adam = { lr = 0.05 } }")?;
//! let weights = Weights::init(layout, Key::new(7));
//! let mut trainer = Trainer::new(&config.check()?, &task, weights, Key::new(7), (0..256).collect()).validate_on(&task);
//! let mut accuracy = None;
//! for event in trainer.by_ref() {
//!     if let Event::Epoch { metrics, .. } = event? {
//!         accuracy = metrics.get("accuracy");
//!     }
//! }
//! assert!(accuracy > Some(0.97));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod all_reduce;
mod bind;
mod checkpoint;
mod early_stopping;
mod gradients;
mod kernel;
mod local;
mod loss;
mod network;
mod op;
mod optim;
mod plan;
mod progress;
mod run;
mod run_error;
mod schedule;
mod settings;
mod slot;
mod spelling;
mod supervised;
mod task;
mod trace;
mod train;

pub use all_reduce::{AllReduce, ThreadPart, Threads};
pub use bind::BindError;
pub use checkpoint::{Checkpoint, CheckpointError};
pub use early_stopping::{EarlyStopping, Goal};
pub use gradients::Gradients;
pub use local::{LocalConfig, LocalReport, local};
pub use loss::{Loss, LossError, Target};
pub use network::{Inputs, Network};
pub use optim::{Adam, AdamW, GroupConfig, Optimizer, OptimizerConfig, OptimizerState, Sgd};
pub use progress::{Best, Progress};
pub use run_error::RunError;
pub use schedule::{Constant, Cosine, Linear, ScheduleConfig, StepDown};
pub use settings::{SettingError, SettingErrors};
pub use supervised::{Examples, Supervised, Targets};
pub use task::{Metrics, Step, Task, TaskError};
pub use trace::{Trace, backward_all};
pub use train::{CheckedTrainConfig, Event, StageConfig, TrainConfig, TrainError, TrainPlan, Trainer};
