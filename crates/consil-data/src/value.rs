//! What a sample holds: one value, or nothing, for each of its items.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::ModalityKind;

/// An 8-bit image.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
        /// The channels' names, where the file has a header.
        names: Option<Arc<[String]>>,
        /// `[T, C]` row-major; a cell that was empty is NaN.
        values: Vec<f64>,
    },
    /// The cells of a row.
    Row(Vec<TableCell>),
}

/// A cell of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum TableCell {
    /// Nothing.
    Absent,
    /// A finite number; 1 or 0 for a truth value.
    Number(f64),
    /// A word, composed (NFC).
    Category(String),
    /// Seconds since 1970-01-01, UTC.
    Date(i64),
}

impl fmt::Display for TableCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => Ok(()),
            Self::Number(x) => write!(f, "{x}"),
            Self::Category(word) => f.write_str(word),
            Self::Date(seconds) => write!(f, "{}", crate::date::written(*seconds)),
        }
    }
}

impl Value {
    /// A row of numbers; NaN is absent.
    pub fn of_numbers(numbers: &[f64]) -> Self {
        let cell = |x: &f64| if x.is_nan() { TableCell::Absent } else { TableCell::Number(*x) };
        Self::Row(numbers.iter().map(cell).collect())
    }

    /// The modality that this value belongs to.
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

    /// Feeds the value to a hasher; numbers by their bits.
    pub(crate) fn hash_into(&self, hasher: &mut impl Hasher) {
        self.kind().hash(hasher);
        match self {
            Self::Image(image) => image.hash(hasher),
            Self::Video(frames) => frames.hash(hasher),
            Self::Text(text) => text.hash(hasher),
            Self::Audio { rate, samples } => {
                rate.hash(hasher);
                samples.iter().for_each(|x| x.to_bits().hash(hasher));
            }
            Self::Series { channels, names, values } => {
                (channels, names).hash(hasher);
                values.iter().for_each(|x| x.to_bits().hash(hasher));
            }
            Self::Row(cells) => cells.iter().for_each(|cell| match cell {
                TableCell::Absent => hasher.write_u8(0),
                TableCell::Number(x) => x.to_bits().hash(hasher),
                TableCell::Category(word) => word.hash(hasher),
                TableCell::Date(seconds) => seconds.hash(hasher),
            }),
        }
    }

    /// The bytes that the value occupies, as the cache counts them.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Image(image) => image.pixels.len(),
                Self::Audio { samples, .. } => size_of_val(samples.as_slice()),
                Self::Text(text) => text.len(),
                Self::Video(frames) => frames.iter().map(|f| size_of::<Image>() + f.pixels.len()).sum(),
                Self::Series { values, .. } => size_of_val(values.as_slice()),
                Self::Row(cells) => cells.iter().map(TableCell::bytes).sum(),
            }
    }
}

impl TableCell {
    fn bytes(&self) -> usize {
        size_of::<Self>() + if let Self::Category(word) = self { word.len() } else { 0 }
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
