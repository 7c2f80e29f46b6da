//! What there is to see of a value.

use std::fmt::Display;

use consil_data::{Image, Preparation, Value};
use serde::Serialize;

/// An input for the eye.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "as")]
pub enum View {
    /// A still image.
    Image(Picture),
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
        /// `[T, C]` row-major; a value that is missing is NaN.
        values: Vec<f32>,
    },
    /// A sentence.
    Text {
        /// The sentence.
        text: String,
    },
    /// A row of a table.
    Row {
        /// Its cells as they are written; one that is absent is empty.
        cells: Vec<String>,
    },
    /// The first frames of a video.
    Video {
        /// At most [`Self::MOST_FRAMES`].
        frames: Vec<Picture>,
        /// How many frames the video has.
        n_frames: usize,
    },
    /// The sample has no such input.
    Absent,
}

impl View {
    /// How many frames of a video are shown.
    pub const MOST_FRAMES: usize = 8;

    /// What it is and how large, in a few words.
    pub(super) fn summary(&self, kind: &dyn Display) -> String {
        match self {
            Self::Image(picture) => format!("{kind}, {} × {} pixels", picture.width, picture.height),
            Self::Spectrogram { frames, bands, .. } => format!("{kind}, {frames} frames of {bands} mel bands"),
            Self::Series { channels, steps, .. } => format!("{kind}, {steps} steps of {channels} channels"),
            Self::Text { text } => format!("{kind}: “{text}”"),
            Self::Row { cells } => format!("{kind}, {} columns", cells.len()),
            Self::Video { n_frames, .. } => format!("{kind}, {n_frames} frames"),
            Self::Absent => format!("{kind}, absent"),
        }
    }
}

/// 8-bit pixels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// 1 for grey; 3 for red, green and blue.
    pub channels: usize,
    /// `[height, width, channels]` row-major.
    pub pixels: Vec<u8>,
}

/// What there is to see of a value, as its modality shows it.
pub(super) fn view(value: &Value, preparation: &Preparation) -> View {
    match preparation.view(value) {
        consil_data::View::Image(image) => View::Image(picture(&image)),
        consil_data::View::Video { frames, n_frames } => {
            View::Video { frames: frames.iter().take(View::MOST_FRAMES).map(picture).collect(), n_frames }
        }
        consil_data::View::Series { channels, steps, values } => View::Series { channels, steps, values },
        consil_data::View::Spectrogram { frames, bands, values } => View::Spectrogram { frames, bands, values },
        consil_data::View::Text(text) => View::Text { text },
        consil_data::View::Row(cells) => View::Row { cells },
        _ => View::Absent,
    }
}

fn picture(image: &Image) -> Picture {
    let Image { height, width, channels, pixels } = image;
    Picture { width: *width, height: *height, channels: *channels, pixels: pixels.clone() }
}
