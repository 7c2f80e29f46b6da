#![doc = include_str!("../README.md")]

pub mod ablate;
mod accuracy;
pub mod check;
mod context;
pub mod describe;
mod driver;
pub mod evolve;
pub mod example;
pub mod explain;
pub mod federate;
mod federate_error;
mod federation_check;
mod fine_tune;
mod hints;
mod input_source;
mod json_number;
mod learner;
mod model;
mod needed_inputs;
mod outcome;
mod progress;
mod project;
pub mod reason;
mod repeats;
pub mod report;
mod run;
mod run_name;
mod settings;
mod site_statistics;
mod source;
mod spec;
mod spec_difference;
mod spec_fault;
mod starting_spec;
mod target_figures;
pub mod train;
mod train_error;
mod trained_model;
mod training_record;
mod training_size;
mod trial;
mod understanding;

pub use accuracy::{Accuracies, Accuracy, ClassRecall};
pub use context::{RunContext, Workers, WorkersError};
pub use fine_tune::{FineTuneConfig, FineTuneError};
pub use hints::{HINTS, help_of};
pub use learner::{DeriveError, Learner, RowsError};
pub use model::{Fitted, FittedTarget, FittedValues, GraphMismatch, Model, ModelError, QueryError};
pub use outcome::{Matrix, Outcome, Score, ScoreKind, SiteScore, SiteScores, TargetScore};
pub use progress::{Progress, Unit};
pub use project::{OpenError, Project};
pub use repeats::Repeats;
pub use run::{About, NewRun, Record, Run, RunError, RunKind, SiteRecord};
pub use run_name::bad_name;
pub use site_statistics::StatisticsError;
pub use source::SpecSource;
pub use spec::{
    AnswerConfig, IntegrationConfig, LearnConfig, LogicConfig, Override, QueryColumn, QueryConfig, Spec, SpecError,
};
pub use spec_difference::{SpecDifference, spec_differences};
pub use spec_fault::{SpecFault, SpecPlace};
pub use starting_spec::{StartingSpec, StartingSpecError};
pub use target_figures::{TargetFigure, is_one_class};
pub use trained_model::{RewriteError, TrainedModel, TrainedModelError};
pub use training_record::{TrainingRecord, TrainingRecordError};
pub use training_size::TrainingSize;
pub use trial::Trial;
pub use understanding::Understanding;

/// The logic engine, for those who ask rules alone.
pub use consil_logic as logic;
/// What scale buys: laws, trends, forecasts.
pub use consil_pathways as pathways;

// What the façade's own signatures name.
pub use consil_data::{
    BadRow, BadRows, DataError, InferredColumn, Rows, RowsOptions, Split, TargetColumn, data_folder,
};
pub use consil_neurosym::{
    AllAbsent, Answer, AnswerValue, CompiledQuery, Distribution, Evaluation, NeuralPrediction, Prediction,
};
pub use consil_nn::{Metrics, TaskError};
pub use consil_random::Key;
pub use consil_report::number;
