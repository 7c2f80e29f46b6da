//! A value on its way into a network, or before somebody's eyes.

use serde::Serialize;

use super::{ColumnType, ModalityKind};
use crate::error::Fault;
use crate::{Image, Value};

/// A prepared value, at its own length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prepared {
    /// The numbers, row-major in [`Preparation::shape`](crate::Preparation::shape) with the value's own number of steps.
    pub values: Vec<f32>,
    /// The length of the last axis, for modalities with time.
    pub steps: Option<usize>,
    /// Steps beyond the limit, which were cut.
    pub cut: usize,
    /// Words (or categories) that the training rows never showed.
    pub unknown: usize,
    /// Words (or categories) that they did.
    pub known: usize,
}

impl Prepared {
    pub(crate) fn new(values: Vec<f32>) -> Self {
        Self { values, ..Self::default() }
    }
}

/// What there is to see of a value, in one of a few forms: a modality shows its values in the one that fits.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "as")]
pub enum View {
    /// A still image.
    Image(Image),
    /// Log-mel features, as the network is given them.
    Spectrogram {
        /// The number of frames T that hold sound: padding is left out.
        frames: usize,
        /// The number of mel bands M.
        bands: usize,
        /// `[M, T]` row-major, the lowest band first; shifted and scaled as training normalised them.
        values: Vec<f32>,
    },
    /// A time series, in the data's own units.
    Series {
        /// The number of channels C.
        channels: usize,
        /// The number of steps T.
        steps: usize,
        /// `[T, C]` row-major; a value that is absent is NaN.
        values: Vec<f32>,
    },
    /// A sentence.
    Text {
        /// The sentence.
        text: String,
    },
    /// The cells of a row.
    Row {
        /// The cells as they are written; one that is absent is empty.
        cells: Vec<String>,
    },
    /// The first images of a sequence.
    #[serde(rename = "video")]
    Frames {
        /// The frames.
        frames: Vec<Image>,
        /// How many there are in all.
        n_frames: usize,
    },
    /// Nothing: the value is absent.
    Absent,
}

/// A value that a preparation cannot take.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PrepareError {
    /// A value of another kind.
    #[error("a {found} value where {expected} is expected")]
    Kind {
        /// What the preparation takes.
        expected: ModalityKind,
        /// The value's kind.
        found: ModalityKind,
    },
    /// A series or row of another width than the training data's.
    #[error("{found} channels where the training data has {expected}")]
    Channels {
        /// The training data's number.
        expected: usize,
        /// The value's number.
        found: usize,
    },
    /// A series with other columns than the training data's.
    #[error("the columns {} where the training data has {}", found.join(", "), expected.join(", "))]
    Header {
        /// The training data's.
        expected: Vec<String>,
        /// The value's.
        found: Vec<String>,
    },
    /// A cell of another type than its column's.
    #[error("cell {at} is not what its column holds ({expected:?})")]
    Column {
        /// The position of the column.
        at: usize,
        /// What the column holds.
        expected: ColumnType,
    },
    /// A clip that would be too long at the network's rate.
    #[error(
        "at {to} instead of {from} samples per second it would have {samples} samples, and at most {limit} are made"
    )]
    Resampled {
        /// The clip's rate.
        from: u32,
        /// The network's rate.
        to: u32,
        /// The samples it would have.
        samples: u64,
        /// The limit.
        limit: u64,
    },
    /// A value so far from the training data that 32 bits do not hold its distance in standard deviations.
    #[error("a number is too far from the training data for 32 bits")]
    NotFinite,
    /// A video without frames, or an image without pixels.
    #[error("an empty {kind} value")]
    Empty {
        /// The kind.
        kind: ModalityKind,
    },
}

impl PrepareError {
    pub(super) fn kind(expected: ModalityKind, value: &Value) -> Self {
        Self::Kind { expected, found: value.kind() }
    }
}

impl From<PrepareError> for Fault {
    fn from(error: PrepareError) -> Self {
        match error {
            PrepareError::Kind { expected, found } => Self::Kind { expected, found },
            PrepareError::Channels { expected, found } => Self::Channels { expected, found, line: None },
            PrepareError::Header { expected, found } => Self::Header { expected, found },
            PrepareError::Empty { kind } => Self::Empty { kind },
            PrepareError::Resampled { from, to, samples, limit } => Self::Resampled { from, to, samples, limit },
            error @ (PrepareError::NotFinite | PrepareError::Column { .. }) => {
                Self::Refused { reason: error.to_string(), fix: "correct the row, or leave it out".to_owned() }
            }
        }
    }
}
