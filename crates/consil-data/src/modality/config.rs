//! The `[modality.NAME]` sections of a spec: what a sample holds and how it is prepared.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Item, ModalityKind};

/// One modality of a sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ModalityConfig {
    /// What its values are.
    pub kind: ModalityKind,
    /// The manifest column with the file (or the text); the modality's name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The manifest columns of a table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// What the columns of a table hold, by column; a number where a column is not named.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub types: BTreeMap<String, ColumnType>,
    /// Makes the modality a list of this many items, in columns `NAME.0`, `NAME.1`, ….
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
    /// The pool that items are drawn from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// The column with the latent label, which only evaluation reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concept: Option<String>,
    /// Height and width of an image or a frame; the medians over the training images when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<[usize; 2]>,
    /// 1 (grey) or 3 (colour); colour if any training image has it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<usize>,
    /// The features of audio.
    #[serde(default)]
    pub features: Features,
    /// Samples per second that audio is brought to; the most frequent of the training clips when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// Frames (audio, video), samples (sensor) or words (text) to pad or trim each row to; rows keep their own length, up to
    /// `max-length`, when absent (8 for video).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<usize>,
    /// Frames (audio), samples (sensor) or words (text) beyond which a row is cut, and counted; eight times the length that
    /// 95 % of the training rows do not exceed, and at least 64, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
    /// Noise added to audio, the same in each epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<NoiseConfig>,
    /// Whether features are shifted and scaled to mean 0 and standard deviation 1 over the training rows.
    #[serde(default = "yes")]
    pub normalize: bool,
    /// The most words that a text vocabulary keeps.
    #[serde(default = "default_vocabulary")]
    pub vocabulary: usize,
    /// Random changes of training samples, fresh in each epoch.
    #[serde(default, skip_serializing_if = "Augment::is_none")]
    pub augment: Augment,
}

fn yes() -> bool {
    true
}

fn default_vocabulary() -> usize {
    20_000
}

impl ModalityConfig {
    /// A modality of a kind with every other field at its default.
    pub fn new(kind: ModalityKind) -> Self {
        Self {
            kind,
            column: None,
            columns: Vec::new(),
            types: BTreeMap::new(),
            count: None,
            pool: None,
            concept: None,
            size: None,
            channels: None,
            features: Features::default(),
            rate: None,
            length: None,
            max_length: None,
            noise: None,
            normalize: true,
            vocabulary: default_vocabulary(),
            augment: Augment::default(),
        }
    }

    /// What a column of a table holds.
    pub(crate) fn column_type(&self, column: &str) -> ColumnType {
        self.types.get(column).copied().unwrap_or_default()
    }

    /// The manifest columns that hold the values of a modality of this name.
    pub(crate) fn value_columns(&self, name: &str) -> Vec<String> {
        let column = self.column.as_deref().unwrap_or(name).to_owned();
        let columns = if self.columns.is_empty() { vec![column] } else { self.columns.clone() };
        Item::of(name, self.count).iter().flat_map(|item| columns.iter().map(|column| item.column(column))).collect()
    }
}

/// What a column of a table holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnType {
    /// A finite number.
    #[default]
    Number,
    /// One of several words: an input for each of the 256 most frequent of the training rows, and one for all others.
    Category,
    /// `true` or `false`, `yes` or `no`, `1` or `0`: an input of 1 or 0.
    Boolean,
    /// A day, with or without a time: inputs for the day itself and its place in the year, the week and the day.
    Date,
}

/// The log-mel features of audio. Lengths that are absent follow from the rate: windows of 32 ms rounded down to a
/// power of two samples, half a window apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Features {
    /// The number of mel bands.
    pub log_mel: usize,
    /// The window's length in samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n_fft: Option<usize>,
    /// The step between frames in samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hop: Option<usize>,
    /// The lower edge of the lowest band in hertz.
    pub fmin: f32,
    /// The upper edge of the highest band in hertz; half the rate when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fmax: Option<f32>,
}

impl Default for Features {
    fn default() -> Self {
        Self { log_mel: 40, n_fft: None, hop: None, fmin: 0.0, fmax: None }
    }
}

/// White Gaussian noise whose variance is the clip's mean power divided by `10^(snr/10)`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NoiseConfig {
    /// The range of signal-to-noise ratios in decibels, drawn uniformly for each row.
    pub snr_db: [f64; 2],
}

/// Random changes of prepared training samples; zero leaves a change out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Augment {
    /// Moves by up to this many pixels along each axis (vision, video) or frames (audio, sensor), the same for all
    /// channels.
    pub shift: usize,
    /// Sets up to this many consecutive frames to the mean (audio, sensor).
    pub time_mask: usize,
    /// Sets up to this many consecutive mel bands to the mean (audio).
    pub band_mask: usize,
    /// Adds normal noise of this standard deviation, in normalised units (any but text).
    pub jitter: f32,
    /// Multiplies by a factor within 1 ± this (any but text).
    pub scale: f32,
}

impl Augment {
    /// Whether nothing is changed.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}
