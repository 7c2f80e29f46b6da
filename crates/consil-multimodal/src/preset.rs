//! Encoders by name: lists of layers that follow from the input's shape.

mod convolution;
mod sequence;

use std::fmt;
use std::str::FromStr;

use consil_graph::{Activation, op};

use crate::input::InputShape;
use crate::layer::{Layer, Layers};

/// An encoder known by name. Every preset ends in a vector of [`PresetOptions::width`] values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Preset {
    /// Two linear layers over all values; any input.
    Mlp,
    /// Blocks of 3×3 convolution, ReLU and 2×2 pooling until the image is 8×8 or less; images `[C, H, W]`.
    ImageCnn,
    /// Convolutions over time whose first kernel spans all bands, then the mean over the frames that count; spectrograms
    /// `[1, bands, T]` or `[bands, T]`.
    AudioCnn,
    /// Convolutions over time and the mean over the frames that count; series `[C, T]`.
    Conv1d,
    /// The perception network of a neurosymbolic system: linear 64, 64, 32 with ReLU and dropout 0.2; any input.
    Perception,
    /// The mean of learned word vectors, then a linear layer; text `[T]`.
    TextEmbedding,
    /// Pre-norm self-attention over words, frames or patches, then the mean; text, series, spectrograms and images.
    Transformer,
}

/// What a preset leaves to the spec.
#[derive(Clone, Debug, PartialEq)]
pub struct PresetOptions {
    /// The length of the vector that the encoder gives; [`Preset::width`] where it is absent.
    pub width: Option<usize>,
    /// The dropout before the last linear layer; 0.2 for `perception` and none for the others where it is absent.
    pub dropout: Option<f32>,
}

/// Why a name is not a preset's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no encoder {name:?}; {}", self.suggestion())]
pub struct PresetError {
    name: String,
}

impl PresetError {
    fn suggestion(&self) -> String {
        match consil_diagnostic::nearest(&self.name, Preset::ALL.iter().map(|preset| preset.name())) {
            Some(preset) => format!("did you mean \"{preset}\"?"),
            None => {
                let names: Vec<&str> = Preset::ALL.iter().map(|preset| preset.name()).collect();
                format!("there are {}, and lists of layers such as [ {{ linear = 64 }}, \"relu\" ]", names.join(", "))
            }
        }
    }
}

impl Preset {
    /// All presets.
    pub const ALL: [Self; 7] = [
        Self::Mlp,
        Self::ImageCnn,
        Self::AudioCnn,
        Self::Conv1d,
        Self::Perception,
        Self::TextEmbedding,
        Self::Transformer,
    ];

    /// The name in a spec.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mlp => "mlp",
            Self::ImageCnn => "image-cnn",
            Self::AudioCnn => "audio-cnn",
            Self::Conv1d => "conv-1d",
            Self::Perception => "perception",
            Self::TextEmbedding => "text-embedding",
            Self::Transformer => "transformer",
        }
    }

    /// What the preset takes, as errors say it.
    pub fn takes(self) -> &'static str {
        match self {
            Self::Mlp | Self::Perception => "any input",
            Self::ImageCnn => "images [C, H, W]",
            Self::AudioCnn => "spectrograms [1, bands, T] or [bands, T]",
            Self::Conv1d => "series [C, T]",
            Self::TextEmbedding => "text [T]",
            Self::Transformer => "text [T], series [C, T], spectrograms and images [C, H, W]",
        }
    }

    /// The length of the vector that it gives where the spec leaves it open.
    pub fn width(self) -> usize {
        if self == Self::Perception { 32 } else { 64 }
    }

    /// Whether it takes words, whose vocabulary it then needs.
    pub(crate) fn takes_words(self) -> bool {
        matches!(self, Self::TextEmbedding | Self::Transformer)
    }

    /// The preset for an input where the spec names none: by the number of axes and whether there is time.
    pub fn for_input(input: &InputShape) -> Self {
        match (input.shape.len(), input.time) {
            (1, _) if input.vocabulary.is_some() => Self::TextEmbedding,
            (2, _) => Self::Conv1d,
            (3, Some(_)) => Self::AudioCnn,
            (3, None) => Self::ImageCnn,
            _ => Self::Mlp,
        }
    }

    /// The layers for an input, or nothing where the preset does not take its shape. Text needs its vocabulary.
    pub fn layers(self, input: &InputShape, options: &PresetOptions) -> Option<Layers> {
        let shape = input.shape.as_slice();
        let mut layers = match (self, shape) {
            (Self::Mlp, _) => [vec![Layer::Flatten], dense(128)].concat(),
            (Self::Perception, _) => {
                let dropout = Layer::op(op::Dropout { rate: options.dropout.unwrap_or(0.2) });
                let hidden = [dense(64), vec![dropout.clone()], dense(64), vec![dropout]].concat();
                [vec![Layer::Flatten], hidden].concat()
            }
            (Self::ImageCnn, [_, height, width]) => convolution::image(*height, *width),
            (Self::AudioCnn, [_, bands, frames]) => convolution::spectrogram(*bands, *frames),
            (Self::AudioCnn | Self::Conv1d, [_, frames]) => convolution::series(*frames),
            (Self::TextEmbedding, [_]) => sequence::words(input.vocabulary?),
            (Self::Transformer, _) => sequence::transformer(input)?,
            _ => return None,
        };
        let width = options.width.unwrap_or(self.width());
        match (self, options.dropout) {
            // The perception network ends in its linear layer and has had its dropout.
            (Self::Perception, _) => layers.push(linear(width)),
            (_, rate) => {
                layers.extend(rate.map(|rate| Layer::op(op::Dropout { rate })));
                layers.extend(dense(width));
            }
        }
        Some(Layers(layers))
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Preset {
    type Err = PresetError;

    fn from_str(name: &str) -> Result<Self, PresetError> {
        let found = Self::ALL.into_iter().find(|preset| preset.name() == name);
        found.ok_or_else(|| PresetError { name: name.to_owned() })
    }
}

fn linear(out: usize) -> Layer {
    Layer::Linear { out, bias: true, lora: None }
}

fn dense(out: usize) -> Vec<Layer> {
    vec![linear(out), Layer::Activation(Activation::Relu)]
}
