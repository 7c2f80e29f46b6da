//! From values to the numbers that a network reads.
//!
//! A preparation is fitted on the training rows and is plain data: a checkpoint carries it, so that the device and a
//! later `predict` prepare exactly as training did. Absent values never reach it; the [`Loader`](crate::Loader) answers
//! for them.

mod audio;
mod image;
mod moments;
mod sensor;
mod table;
mod text;
mod video;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::{Item, ModalityConfig, ModalityKind, Split, Value};

pub use audio::AudioPreparation;
pub use image::ImagePreparation;
pub use sensor::SensorPreparation;
pub use table::TablePreparation;
pub use text::TextPreparation;
pub use video::VideoPreparation;

/// The most rows whose values are decoded to fit statistics, evenly spaced over the split. A mean over thousands of
/// samples has an error that no network notices, and decoding 100,000 files before the first step would be noticed. A
/// vocabulary reads all rows.
const MAX_FIT_ROWS: usize = 4_096;

/// How a modality's values become numbers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
#[non_exhaustive]
pub enum Preparation {
    /// `[C, H, W]`.
    Vision(ImagePreparation),
    /// `[1, n_mels, T]` with a mask over T.
    Audio(AudioPreparation),
    /// Word numbers `[T]` with a mask over T.
    Text(TextPreparation),
    /// `[T·C, H, W]`.
    Video(VideoPreparation),
    /// `[C, T]` with a mask over T.
    Sensor(SensorPreparation),
    /// `[D]`.
    Table(TablePreparation),
}

/// A prepared value.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// The numbers, row-major in [`Preparation::shape`].
    pub values: Vec<f32>,
    /// 1 for each time step that the value has and 0 for padding; none for preparations without time.
    pub mask: Option<Vec<f32>>,
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
    /// A video without frames, or an image without pixels.
    #[error("an empty {kind} value")]
    Empty {
        /// The kind.
        kind: ModalityKind,
    },
}

impl Preparation {
    /// Fits the preparation of a modality to the training rows, over all of its items.
    ///
    /// # Errors
    /// A modality that is absent from every row, a file that cannot be decoded, or features that cannot be computed as
    /// configured.
    pub fn fit(modality: &str, config: &ModalityConfig, split: &Split, items: &[Item]) -> Result<Self, DataError> {
        let values = Values { modality, split, items };
        Ok(match config.kind {
            ModalityKind::Vision => Self::Vision(ImagePreparation::fit(config, &values)?),
            ModalityKind::Audio => Self::Audio(AudioPreparation::fit(config, &values)?),
            ModalityKind::Text => Self::Text(TextPreparation::fit(config, &values)?),
            ModalityKind::Video => Self::Video(VideoPreparation::fit(config, &values)?),
            ModalityKind::Sensor => Self::Sensor(SensorPreparation::fit(config, &values)?),
            ModalityKind::Table => Self::Table(TablePreparation::fit(config, &values)?),
        })
    }

    /// The kind of the values it takes.
    pub fn kind(&self) -> ModalityKind {
        match self {
            Self::Vision(_) => ModalityKind::Vision,
            Self::Audio(_) => ModalityKind::Audio,
            Self::Text(_) => ModalityKind::Text,
            Self::Video(_) => ModalityKind::Video,
            Self::Sensor(_) => ModalityKind::Sensor,
            Self::Table(_) => ModalityKind::Table,
        }
    }

    /// The shape of a prepared value.
    pub fn shape(&self) -> Vec<usize> {
        match self {
            Self::Vision(p) => p.shape().to_vec(),
            Self::Audio(p) => p.shape().to_vec(),
            Self::Text(p) => vec![p.length()],
            Self::Video(p) => p.shape().to_vec(),
            Self::Sensor(p) => p.shape().to_vec(),
            Self::Table(p) => vec![p.width()],
        }
    }

    /// The number of numbers in a prepared value.
    pub fn len(&self) -> usize {
        self.shape().iter().product()
    }

    /// Whether a prepared value is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The length of the mask, for preparations with time.
    pub fn time(&self) -> Option<usize> {
        match self {
            Self::Audio(p) => Some(p.shape()[2]),
            Self::Text(p) => Some(p.length()),
            Self::Sensor(p) => Some(p.shape()[1]),
            Self::Vision(_) | Self::Video(_) | Self::Table(_) => None,
        }
    }

    /// The number of words, for text.
    pub fn vocabulary(&self) -> Option<usize> {
        match self {
            Self::Text(p) => Some(p.vocabulary().len()),
            _ => None,
        }
    }

    /// Prepares a value.
    ///
    /// # Errors
    /// A value of another kind or width than the training data's.
    pub fn apply(&self, value: &Value) -> Result<Prepared, PrepareError> {
        match (self, value) {
            (Self::Vision(p), Value::Image(image)) => p.apply(image).map(unmasked),
            (Self::Audio(p), Value::Audio { rate, samples }) => Ok(p.apply(*rate, samples)),
            (Self::Text(p), Value::Text(text)) => Ok(p.apply(text)),
            (Self::Video(p), Value::Video(frames)) => p.apply(frames).map(unmasked),
            (Self::Sensor(p), Value::Series { channels, values }) => p.apply(*channels, values),
            (Self::Table(p), Value::Row(row)) => p.apply(row).map(unmasked),
            _ => Err(PrepareError::Kind { expected: self.kind(), found: value.kind() }),
        }
    }
}

fn unmasked(values: Vec<f32>) -> Prepared {
    Prepared { values, mask: None }
}

/// 1 for each of the first `n` of `length` steps.
fn prefix_mask(n: usize, length: usize) -> Vec<f32> {
    (0..length).map(|t| if t < n { 1.0 } else { 0.0 }).collect()
}

/// The values that a preparation is fitted to.
struct Values<'a> {
    modality: &'a str,
    split: &'a Split,
    items: &'a [Item],
}

impl Values<'_> {
    /// Visits present values: of all rows, or of at most [`MAX_FIT_ROWS`].
    fn visit(&self, all: bool, mut visit: impl FnMut(Value)) -> Result<(), DataError> {
        let step = if all { 1 } else { self.split.len().div_ceil(MAX_FIT_ROWS).max(1) };
        for row in (0..self.split.len()).step_by(step) {
            for item in self.items {
                if let Some(value) = self.split.value(row, item)? {
                    visit(value);
                }
            }
        }
        Ok(())
    }

    /// The first present value.
    fn first(&self) -> Result<Value, DataError> {
        for row in 0..self.split.len() {
            for item in self.items {
                if let Some(value) = self.split.value(row, item)? {
                    return Ok(value);
                }
            }
        }
        Err(self.all_absent())
    }

    fn all_absent(&self) -> DataError {
        DataError::AllAbsent { modality: self.modality.to_owned() }
    }
}

#[cfg(test)]
mod tests;
