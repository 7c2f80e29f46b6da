#![doc = include_str!("../README.md")]

mod answer;
mod batching;
mod combine;
mod evaluate;
mod head;
mod input;
mod lengths;
mod query;
mod rules;
mod spelling;
mod target;
mod task;

use consil_diagnostic::hint::{Row, row};

pub use answer::{Answer, AnswerValue, Distribution, NeuralPrediction, Prediction};
pub use combine::{GATE, Integration};
pub use evaluate::{
    Confusion, Counts, Evaluation, LabelCounts, NumberErrors, OtherTask, SequenceCounts, TargetEvaluation,
};
pub use head::HEAD;
pub use input::{InputBatch, InputSource};
pub use query::{CompiledQuery, Place, QueryForm, QueryKind, RowQuery, SequenceQueryError, TargetError};
pub use spelling::{find, label_order, read, spell};
pub use target::{AnsweredBy, HeadKind, HeadOutput, NumberLoss, Scale, Target, Truth};
pub use task::{
    AllAbsent, AnswerFlip, AnswerTask, Example, ImpossibleTarget, InputGradient, StepTiming, TaskPartsError,
};

/// The errors of this crate that have hints.
pub const HINTS: &[Row] = &[row::<AllAbsent>, row::<ImpossibleTarget>];
