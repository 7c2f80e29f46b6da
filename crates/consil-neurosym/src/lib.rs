//! Networks as neural predicates: the join of `consil-logic` and `consil-nn`.
//!
//! A rule program that declares `nn(digit, [image], D, [0, …, 9]) :: seen(D).` asks a network for a distribution over the
//! classes of `D`. Each row is grounded once into a circuit; in a training step every distinct (network, inputs, row) is one
//! row of one batch per network, the circuit turns the log-probabilities into the likelihood of the row's *target*, and the
//! gradient crosses back at log p: `Σ log p · stop_grad(∂L/∂ log p)` (DeepProbLog: Manhaeve et al., 2018, eq. 4). Only the
//! target is labelled; what the networks call each input stays latent, and [`Evaluation`] reports how often the latent
//! concepts come out right where a data set happens to know them.
//!
//! - [`InputSource`] — what the caller implements: gives the networks their inputs;
//! - [`CompiledQuery`] — a query's circuit and what its answers mean as a target; rows with one ground structure share it;
//! - [`AnswerTask`] — the [`Task`](consil_nn::Task) that trains networks on typed [`Target`]s by rules, by a head, or by both ([`Integration`]), and that
//!   predicts typed [`Answer`]s.
//!
//! Two numbers of one digit each, learned from their sum alone:
//!
//! ```
//! use std::collections::BTreeMap;
//! use std::sync::Arc;
//!
//! use consil_graph::{Array, Builder, Layout, Op, Weights};
//! use consil_logic::{Budget, Engine, Goal, Program, Term};
//! use consil_neurosym::{
//!     AnsweredBy, AnswerTask, CompiledQuery, Example, InputBatch, InputSource, QueryKind, RowQuery, Target, Truth,
//! };
//! use consil_nn::{Inputs, Network, TaskError, TrainConfig, Trainer};
//! use consil_random::Key;
//!
//! // The rules, asked once.
//! let engine = Engine::new(Program::parse("sum.pl", "
//!     nn(digit, [X], D, [0, 1, 2]) :: digit(X, D).
//!     sum(S) :- digit(left, A), digit(right, B), S is A + B.
//! ")?)?;
//! let query: Term = "sum(S)".parse()?;
//! let plan = engine.plan(&Goal::new(query.clone()), &Budget::default())?;
//! let sum = Arc::new(CompiledQuery::new(&query, plan, QueryKind::Class)?);
//!
//! // One network for both inputs, each a row of three pixels.
//! let mut builder = Builder::new();
//! let pixels = builder.input("input", [3]);
//! let scores = builder.push("digit.classify", Op::Linear { out: 3, bias: true }, &[pixels])?;
//! let log_probs = builder.push("digit.log-softmax", Op::LogSoftmax, &[scores])?;
//! builder.output("log-probabilities", log_probs);
//! let graph = Arc::new(builder.finish());
//! let layout = Arc::new(Layout::of(&[&*graph])?);
//! let networks = BTreeMap::from([("digit".to_owned(), Network::new(graph, &layout)?)]);
//!
//! // The data: the picture of digit d has its d-th pixel set; row r holds the digits r / 3 and r % 3.
//! struct Pictures;
//! impl InputSource for Pictures {
//!     fn inputs(&self, _: &str, terms: &[Term], rows: &[usize], _: Option<Key>) -> Result<InputBatch, TaskError> {
//!         let digit = |row: &usize| if terms[0] == Term::atom("left") { row / 3 } else { row % 3 };
//!         let pixels = rows.iter().flat_map(|row| (0..3).map(move |d| f32::from(u8::from(d == digit(row)))));
//!         let array = Array::new([rows.len(), 3], pixels.collect::<Vec<_>>());
//!         Ok(InputBatch { inputs: Inputs::from([("input".to_owned(), array)]), present: vec![true; rows.len()] })
//!     }
//!     fn head_inputs(&self, _: &str, _: &[usize], _: Option<Key>) -> Result<InputBatch, TaskError> {
//!         unreachable!("there is no head")
//!     }
//!     fn concept(&self, _: &[Term], _: usize) -> Option<&str> {
//!         None
//!     }
//! }
//!
//! let truths = (0..9).map(|row| Truth::Class(row / 3 + row % 3)).collect();
//! let target = Target { name: "sum".into(), weight: 1.0, by: AnsweredBy::Rules, truths };
//! let example = Example { asked: RowQuery::closed(sum), learned: None };
//! let task = AnswerTask::new(&networks, Box::new(Pictures), 9, vec![target], vec![example; 9])?;
//!
//! let weights = Weights::init(layout, Key::new(1));
//! let config: TrainConfig = toml::from_str("epochs = 60\nbatch-size = 3\noptimizer = { adam = { lr = 0.1 } }")?;
//! let mut trainer = Trainer::new(&config, &task, weights, Key::new(1), (0..9).collect());
//! trainer.by_ref().try_for_each(|event| event.map(drop))?;
//! let said = task.predict(trainer.weights(), &[5])?;
//! assert_eq!(said[0].best().map(|(sum, _)| sum), Some("3".to_owned())); // 1 + 2
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod batching;
mod combine;
mod evaluate;
mod head;
mod input;
mod query;
mod rules;
mod spelling;
mod target;
mod task;

pub use answer::{Answer, AnswerValue, Distribution, NeuralPrediction, Prediction};
pub use combine::{GATE, Integration};
pub use evaluate::{Confusion, Counts, Evaluation, LabelCounts, NumberErrors, SequenceCounts, TargetEvaluation};
pub use head::HEAD;
pub use input::{InputBatch, InputSource};
pub use query::{CompiledQuery, Place, QueryForm, QueryKind, RowQuery, SequenceQueryError, TargetError};
pub use spelling::{find, label_order, read, spell};
pub use target::{AnsweredBy, HeadKind, HeadOutput, NumberLoss, Scale, Target, Truth};
pub use task::{AllAbsent, AnswerTask, Example, ImpossibleTarget, StepTiming, TaskPartsError};
