//! Networks as neural predicates: the join of `consil-logic` and `consil-nn`.
//!
//! A rule program that declares `nn(digit, [image], D, [0, …, 9]) :: seen(D).` asks a network for a distribution over the
//! classes of `D`. Each sample is grounded once into a circuit; in a training step every distinct (network, inputs, row) is one
//! row of one batch per network, the circuit turns the log-probabilities into the likelihood of the sample's *result*, and the
//! gradient crosses back at log p: `Σ log p · stop_grad(∂L/∂ log p)` (DeepProbLog: Manhaeve et al., 2018, eq. 4). Only the
//! result is labelled; what the networks call each input stays latent, and [`Evaluation`] reports how often the latent
//! concepts come out right where a data set happens to know them.
//!
//! - [`Senses`] — what the caller implements: hands the networks their inputs;
//! - [`Case`] — a sample ready to learn from: the [`Question`] put to it and which answer is right;
//! - [`RuleTask`] — the [`Task`](consil_nn::Task) that trains the networks on the query alone.

mod belief;
mod evaluate;
mod gather;
mod question;
mod senses;
mod task;

pub use belief::{Belief, Prediction};
pub use evaluate::{Confusion, Evaluation, label_order};
pub use question::{Question, TargetError};
pub use senses::{Sensed, Senses};
pub use task::{Case, ImpossibleTarget, RuleTask, Spent};
