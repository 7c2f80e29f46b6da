//! The items of a sample, and what values of several modalities are made of.

use std::fmt;

use serde::Serialize;

/// An 8-bit image.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Image {
    /// Pixels in a row.
    pub width: usize,
    /// Rows of pixels.
    pub height: usize,
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// `[height, width, channels]`, row-major.
    pub pixels: Vec<u8>,
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
