//! The façade: one spec file from data to answer.
//!
//! A [`Spec`] says what a sample holds, which networks learn, which rules turn their classes into a result, and how training and
//! federation go. A [`Project`] is a spec with its data opened; [`train::train`] and [`federate::simulate`] train its [`Model`] and record
//! everything into a [`Run`] folder; [`TrainedModel`] is such a folder ready to predict and [`explain`].
//!
//! ```no_run
//! use std::num::NonZeroUsize;
//! use std::path::Path;
//! use consil::{Project, RunContext, RunKind, Workers, train};
//!
//! let project = Project::load(Path::new("examples/demo/consil.toml"), &["train.epochs=5".parse()?])?;
//! let run = train::new_run(&project, RunKind::Central, Path::new("runs"))?;
//! let workers = Workers::new(NonZeroUsize::MIN)?;
//! let outcome = train::train(&project, &run, &mut RunContext::new(&workers))?.expect("nothing interrupted it");
//! println!("{:.1} % of results right", 100.0 * outcome.test.result_accuracy);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is deliberately absent: terminals and sockets, threads and clocks of its own: a [`RunContext`] brings them. Long runs tell its observer of
//! their [`Progress`]; who prints it is the caller's affair.

pub mod ablate;
pub mod check;
mod context;
pub mod describe;
mod driver;
pub mod evolve;
pub mod example;
pub mod explain;
pub mod federate;
mod fine_tune;
mod head;
mod learner;
mod model;
mod outcome;
mod progress;
mod project;
pub mod reason;
pub mod report;
mod run;
mod senses;
mod spec;
pub mod train;
mod trained_model;
mod training_record;
mod training_size;
mod trial;

pub use context::{RunContext, Workers, WorkersError};
pub use fine_tune::{FineTuneConfig, FineTuneError};
pub use learner::{DeriveError, Learner};
pub use model::{Model, ModelError};
pub use outcome::{Matrix, Outcome, Score};
pub use progress::{Progress, Unit};
pub use project::{OpenError, Project};
pub use run::{About, NewRun, Record, Run, RunError, RunKind, SiteRecord, bad_name};
pub use spec::{LogicConfig, Override, Spec, SpecError};
pub use trained_model::{TrainedModel, TrainedModelError};
pub use training_record::{TrainingRecord, TrainingRecordError};
pub use training_size::TrainingSize;
pub use trial::Trial;

/// The logic engine, for those who ask rules alone.
pub use consil_logic as logic;
/// What scale buys: laws, trends, forecasts.
pub use consil_pathways as pathways;

// What the façade's own signatures name.
pub use consil_data::{DataError, Split, data_folder};
pub use consil_neurosym::{Belief, Evaluation, Prediction};
pub use consil_nn::{Metrics, TaskError};
pub use consil_random::Key;
