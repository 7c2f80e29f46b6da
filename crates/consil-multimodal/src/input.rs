//! What an encoder is told about its input.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The per-sample shape of a prepared input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputShape {
    /// An image `[C, H, W]`, a spectrogram `[1, bands, T]`, a series `[C, T]`, text `[T]`, a video `[T, C, H, W]` or a row of a table `[D]`.
    pub shape: Vec<usize>,
    /// The number of frames of the time mask, where the input is padded along time.
    pub time: Option<usize>,
    /// The length along time that rows may reach, where it is known to be more than `time`: learned positions are made for so many.
    pub limit: Option<usize>,
    /// The number of different indices, where the input holds indices (text).
    pub vocabulary: Option<usize>,
}

impl From<(Vec<usize>, Option<usize>)> for InputShape {
    fn from((shape, time): (Vec<usize>, Option<usize>)) -> Self {
        Self { shape, time, ..Self::default() }
    }
}

/// One name or several: `"image"` or `["image", "speech"]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "OneOrMany", into = "OneOrMany")]
#[schemars(with = "OneOrMany")]
pub struct Names(pub Vec<String>);

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Names {
    fn from(names: OneOrMany) -> Self {
        match names {
            OneOrMany::One(name) => Self(vec![name]),
            OneOrMany::Many(names) => Self(names),
        }
    }
}

impl From<Names> for OneOrMany {
    fn from(Names(mut names): Names) -> Self {
        match names.len() {
            1 => Self::One(names.remove(0)),
            _ => Self::Many(names),
        }
    }
}
