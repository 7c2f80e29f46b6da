//! What a sample holds: one value, or nothing, for each of its items.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The senses a sample may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ModalityKind {
    /// A still image: PNG, JPEG, or a slice of an idx array.
    Vision,
    /// A waveform: WAV.
    Audio,
    /// A sentence.
    Text,
    /// A sequence of images: a folder of frames.
    Video,
    /// A multi-channel time series: CSV, or a slice of an idx array.
    Sensor,
    /// A row of numbers: columns of the manifest.
    Table,
}

impl fmt::Display for ModalityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Vision => "vision",
            Self::Audio => "audio",
            Self::Text => "text",
            Self::Video => "video",
            Self::Sensor => "sensor",
            Self::Table => "table",
        })
    }
}

/// An 8-bit image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Rows of pixels.
    pub height: usize,
    /// Pixels in a row.
    pub width: usize,
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// `[height, width, channels]`, row-major.
    pub pixels: Vec<u8>,
}

/// One decoded value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A still image.
    Image(Image),
    /// A mono waveform.
    Audio {
        /// Samples per second.
        rate: u32,
        /// Samples within −1…1.
        samples: Vec<f32>,
    },
    /// A sentence.
    Text(String),
    /// Frames in order.
    Video(Vec<Image>),
    /// A time series.
    Series {
        /// The number of channels C.
        channels: usize,
        /// `[T, C]` row-major; a cell that was empty is NaN.
        values: Vec<f32>,
    },
    /// A row of numbers; a cell that was empty is NaN.
    Row(Vec<f32>),
}

impl Value {
    /// The sense that this value belongs to.
    pub fn kind(&self) -> ModalityKind {
        match self {
            Self::Image(_) => ModalityKind::Vision,
            Self::Audio { .. } => ModalityKind::Audio,
            Self::Text(_) => ModalityKind::Text,
            Self::Video(_) => ModalityKind::Video,
            Self::Series { .. } => ModalityKind::Sensor,
            Self::Row(_) => ModalityKind::Table,
        }
    }

    /// The bytes that the value occupies, as the cache counts them.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Image(image) => image.pixels.len(),
                Self::Audio { samples, .. } => 4 * samples.len(),
                Self::Text(text) => text.len(),
                Self::Video(frames) => frames.iter().map(|f| size_of::<Image>() + f.pixels.len()).sum(),
                Self::Series { values, .. } | Self::Row(values) => 4 * values.len(),
            }
    }
}

/// Which value of a sample: a modality, or one of the items of a modality that is a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Item {
    /// The modality's name in the spec.
    pub modality: String,
    /// The position in the list, for a modality with a `count`.
    pub index: Option<usize>,
}

impl Item {
    /// The item of a modality that is not a list.
    pub fn new(modality: impl Into<String>) -> Self {
        Self { modality: modality.into(), index: None }
    }

    /// The item at `index` of a modality that is a list.
    pub fn at(modality: impl Into<String>, index: usize) -> Self {
        Self { modality: modality.into(), index: Some(index) }
    }

    /// The items of a modality: one, or `count` of them.
    pub fn of(modality: &str, count: Option<usize>) -> Vec<Self> {
        match count {
            None => vec![Self::new(modality)],
            Some(n) => (0..n).map(|i| Self::at(modality, i)).collect(),
        }
    }

    /// The manifest column of this item, given the column of its modality: `column` or `column.index`.
    pub fn column(&self, column: &str) -> String {
        match self.index {
            None => column.to_owned(),
            Some(i) => format!("{column}.{i}"),
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            None => f.write_str(&self.modality),
            Some(i) => write!(f, "{}({i})", self.modality),
        }
    }
}
