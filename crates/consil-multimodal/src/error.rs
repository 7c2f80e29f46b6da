//! Errors of building a network or a head from its config.

use consil_graph::{Role, ShapeError};

use crate::input::InputShape;
use crate::preset::Preset;

/// Why a network or a head cannot be built.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// A layer does not fit its input.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A preset does not take inputs of this shape.
    #[error(
        "the encoder \"{preset}\" of network {network:?} takes {takes}, but its input is {given:?}; \
         for this input there is \"{}\"", Preset::for_input(&InputShape { shape: given.clone(), ..Default::default() })
    )]
    UnsupportedInput {
        /// The network.
        network: String,
        /// The preset.
        preset: Preset,
        /// What it takes.
        takes: &'static str,
        /// The input's shape.
        given: Vec<usize>,
    },
    /// A text encoder does not know how many words there are.
    #[error(
        "the encoder \"{preset}\" of network {network:?} reads words; add `vocabulary = N` to say how many there are"
    )]
    NoVocabulary {
        /// The network.
        network: String,
        /// The preset.
        preset: Preset,
    },
    /// The number of inputs is not that of the config.
    #[error("network {network:?} takes {takes} inputs, but {given} were given")]
    Inputs {
        /// The network.
        network: String,
        /// The number of modalities that it names.
        takes: usize,
        /// The number of shapes that it was given.
        given: usize,
    },
    /// A head fuses a modality that there is none of.
    #[error("the head reads the modality {name:?}, which is not one of {known:?}")]
    UnknownModality {
        /// The name.
        name: String,
        /// The modalities that there are.
        known: Vec<String>,
    },
    /// A network shares the encoder of one that there is none of, or that shares another's.
    #[error(
        "network {network:?} shares the encoder of {owner:?}, which {}; it may share those of {known:?}",
        if known.contains(owner) { "shares another's" } else { "is not one of the networks" }
    )]
    NotShareable {
        /// The network.
        network: String,
        /// The network it names.
        owner: String,
        /// The networks that there are.
        known: Vec<String>,
    },
    /// A network shares the encoders of one that has others for other inputs.
    #[error(
        "network {network:?} has {own} inputs and shares the encoders of {owner:?}, which has one for each of its {owned}; \
         give both as many inputs, or {owner:?} one encoder for all (siamese = true)"
    )]
    OtherEncoders {
        /// The network.
        network: String,
        /// The number of its inputs.
        own: usize,
        /// The network whose encoders it shares.
        owner: String,
        /// The number of the owner's inputs.
        owned: usize,
    },
    /// A network of one input has layers to compare several.
    #[error("network {network:?} has one input, and `layers` follow the vectors of several; add them to its `encoder`")]
    LayersOfOne {
        /// The network.
        network: String,
    },
    /// A network both shares an encoder and has one.
    #[error("network {network:?} has an encoder of its own and shares that of {owner:?}; leave one out")]
    TwoEncoders {
        /// The network.
        network: String,
        /// The network whose encoder it shares.
        owner: String,
    },
    /// A role is given to parameters that there are none of.
    #[error("network {network:?} has no parameters {name:?} to be {role}; it has {}", known.join(", "))]
    NoParameters {
        /// The network.
        network: String,
        /// The role.
        role: Role,
        /// The name.
        name: String,
        /// The layers that have parameters.
        known: Vec<String>,
    },
    /// There is nothing to encode or nothing to tell apart.
    #[error("network {network:?} has {what}; it needs at least one")]
    Nothing {
        /// The network.
        network: String,
        /// What is missing.
        what: &'static str,
    },
}
