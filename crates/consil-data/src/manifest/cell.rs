//! The cells of a manifest.

use serde_json::Value as Json;

/// What one row holds in one column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// A marker of absence (`data.absent`), JSON's null, or a key that an object lacks.
    Absent,
    /// Nothing between two separators, where nothing means absent; a set without members may be written so too.
    Empty,
    Text(String),
    /// A JSON number or truth value, with how it was written.
    Number(f64, String),
    Array(Vec<Json>),
}

impl Cell {
    /// The cell of a text, given the markers of absence.
    pub fn of_text(text: &str, absent: &[String]) -> Self {
        match text {
            "" => Self::Empty,
            _ if absent.iter().any(|marker| marker == text) => Self::Absent,
            _ => Self::Text(text.to_owned()),
        }
    }

    /// The cell of a JSON value.
    pub fn of_json(value: Json, absent: &[String]) -> Self {
        match value {
            Json::Null => Self::Absent,
            Json::String(text) => Self::of_text(&text, absent),
            Json::Number(number) => Self::Number(number.as_f64().unwrap_or(f64::NAN), number.to_string()),
            Json::Bool(yes) => Self::Number(f64::from(u8::from(yes)), yes.to_string()),
            Json::Array(values) => Self::Array(values),
            Json::Object(_) => Self::Text(value.to_string()),
        }
    }

    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent | Self::Empty)
    }

    /// The cell as it was written; none where it is absent.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Absent | Self::Empty => None,
            Self::Text(text) | Self::Number(_, text) => Some(text.clone()),
            Self::Array(values) => Some(Json::Array(values.clone()).to_string()),
        }
    }
}
