//! Probabilistic logic: rules to a derivation graph, to an exact circuit, to batched gradients and proofs.
//!
//! The language is ProbLog's with DeepProbLog's neural predicates. A [`Program`] is read from text; an [`Engine`] derives
//! what a [`Goal`] depends on, once, and compiles it into a [`Plan`]; the plan evaluates any number of samples, forward
//! and backward, and explains each by its most probable proofs. Weights never enter derivation or compilation, so a
//! training step costs a pass over a flat circuit.
//!
//! ```
//! use consil_logic::{Budget, Engine, Goal, Program, Workspace};
//!
//! let program = Program::parse("sum.pl", "
//!     nn(digit, [X], D, [0, 1, 2]) :: digit(X, D).
//!     sum(X, Y, S) :- digit(X, A), digit(Y, B), S is A + B.
//! ")?;
//! let engine = Engine::new(program)?;
//! let plan = engine.plan(&Goal::new("sum(left, right, S)".parse()?), &Budget::default())?;
//! assert_eq!(plan.answers().len(), 5); // 0 to 4
//!
//! // Two groups of three slots, `left` and `right`; a batch of one sample.
//! let log_weights: Vec<f32> = [0.1, 0.7, 0.2, 0.5, 0.25, 0.25].map(f32::ln).to_vec();
//! let mut ws = Workspace::new();
//! plan.forward(&log_weights, 1, &mut ws);
//! let two = plan.find_answer(&"sum(left, right, 2)".parse()?).expect("2 is an answer");
//! assert!((ws.log_prob(two, 0).exp() - (0.1 * 0.25 + 0.7 * 0.25 + 0.2 * 0.5)).abs() < 1e-6);
//! let gradient = plan.loss_and_gradient(&[Some(two)], &mut ws);
//! assert_eq!(gradient.len(), plan.n_slots());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Where facts come and go, a [`LiveEngine`] keeps the answers current and derives and compiles only what a change reaches.
//!
//! What this crate does not do: it has no tensors and no networks, reads no files and no clock, and prints nothing.

mod budget;
mod builtin;
mod circuit;
mod compile;
pub mod datalog;
mod derivation;
mod diagnostic;
mod diagram;
mod engine;
mod error;
mod explain;
mod hash;
mod intervene;
mod leaf;
mod learn;
mod library;
mod number;
mod plan;
mod program;
mod proof;
mod provenance;
mod rules;
mod span;
mod store;
mod syntax;
mod task;
mod term;

pub use budget::{Budget, Limit};
pub use builtin::builtin_names;
pub use circuit::{Compilation, Workspace};
pub use diagnostic::{Diagnostic, DiagnosticKind, Diagnostics};
pub use engine::live::{Change, LiveEngine, Update};
pub use engine::{Engine, Solution};
pub use error::ReasonError;
pub use explain::{FailedRule, Sensitivity, WhyNot};
pub use leaf::{LeafGroup, LeafKind};
pub use learn::{Examples, Interpretation, LearnConfig, LearnError, LearnMethod, Learned, Start, read_examples};
pub use number::ArithmeticError;
pub use plan::{Bounds, Certificate, Flip, Goal, Plan};
pub use program::{ColumnType, Loaded, Loader, NeuralDecl, Program, Request, RequestKind, UncertainHead};
pub use proof::{Proof, ProofNode, Proofs, Step};
pub use provenance::{
    Absorptive, Boolean, Count, Counting, LeafSet, MaxProduct, MinMax, Probability, Provenance, Semiring, TopK,
    Tropical,
};
pub use span::{Place, Source, Span};
pub use syntax::{is_complete, parse_term, read_clauses};
pub use task::{
    Decision, DecisionProblem, Given, KBest, MapAssignment, Outcome, Sampler, SamplingConfig, Strategy, World,
};
pub use term::{Compound, Term};
