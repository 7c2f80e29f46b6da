//! A network that rules reason about: an encoder and a classifier.

use consil_graph::{Builder, Graph, ShapeError, ValueId, op};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::encode::encode;
use crate::encoder::Encoder;
use crate::input::{InputShape, Names};
use crate::preset::{Preset, PresetOptions};
use crate::{EMBEDDING, LOG_PROBABILITIES};

/// A network of a spec, `[network.NAME]`.
///
/// Its graph has the input `input` (and `input.mask [T]` where it is padded along time). Over several modalities the inputs are
/// `input.0`, `input.1`, …, each with an encoder of its own, and their vectors are concatenated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NetworkConfig {
    /// The modality that is shown to the network, or a list of them.
    pub input: Names,
    /// A preset's name or a list of layers.
    pub encoder: Encoder,
    /// The length of the vector that a preset gives; 64, and 32 for `perception`, where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<usize>,
    /// The dropout of a preset; none, and 0.2 for `perception`, where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropout: Option<f32>,
    /// The number of different words of a text, where the data do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vocabulary: Option<usize>,
}

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
    Misfit {
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
    #[error("the head reads the modality {name:?}, which is none of {known:?}")]
    UnknownModality {
        /// The name.
        name: String,
        /// The modalities that there are.
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

impl NetworkConfig {
    /// A network over one modality with every option at its default.
    pub fn new(input: impl Into<String>, encoder: Encoder) -> Self {
        Self { input: Names(vec![input.into()]), encoder, width: None, dropout: None, vocabulary: None }
    }

    /// The modalities that are shown to the network.
    pub fn inputs(&self) -> &[String] {
        &self.input.0
    }

    /// The network's graph with the output `log-probabilities [n_classes]`, for inputs of these shapes: one for each of
    /// [`NetworkConfig::inputs`]. Nodes and parameters are named below `name`.
    ///
    /// # Errors
    /// If a layer does not fit, or the inputs are not as many as the config names.
    pub fn build<I: Clone + Into<InputShape>>(
        &self,
        name: &str,
        inputs: &[I],
        n_classes: usize,
    ) -> Result<Graph, NetworkError> {
        let mut builder = Builder::new();
        let vector = self.encode(&mut builder, name, inputs)?;
        classify(&mut builder, name, vector, n_classes)?;
        Ok(builder.finish())
    }

    /// The encoder alone, with the output `embedding [D]`.
    ///
    /// # Errors
    /// As [`NetworkConfig::build`].
    pub fn build_embedding<I: Clone + Into<InputShape>>(
        &self,
        name: &str,
        inputs: &[I],
    ) -> Result<Graph, NetworkError> {
        let mut builder = Builder::new();
        let vector = self.encode(&mut builder, name, inputs)?;
        builder.output(EMBEDDING, vector);
        Ok(builder.finish())
    }

    fn encode<I: Clone + Into<InputShape>>(
        &self,
        builder: &mut Builder,
        name: &str,
        inputs: &[I],
    ) -> Result<ValueId, NetworkError> {
        let (takes, given) = (self.inputs().len(), inputs.len());
        if takes != given {
            return Err(NetworkError::Inputs { network: name.to_owned(), takes, given });
        }
        let options = PresetOptions { width: self.width, dropout: self.dropout };
        let mut vectors = Vec::new();
        for (i, input) in inputs.iter().enumerate() {
            let mut input: InputShape = input.clone().into();
            input.vocabulary = self.vocabulary.or(input.vocabulary);
            let (scope, input_name) = match given {
                1 => (name.to_owned(), "input".to_owned()),
                _ => (format!("{name}.input-{i}"), format!("input.{i}")),
            };
            vectors.push(encode(builder, &scope, &input_name, &input, &self.encoder, &options)?);
        }
        match vectors[..] {
            [] => Err(NetworkError::Nothing { network: name.to_owned(), what: "no input" }),
            [vector] => Ok(vector),
            _ => Ok(builder.push(&format!("{name}.concat"), op::Concat { axis: 0 }, &vectors)?),
        }
    }
}

/// A linear layer to the classes, `{name}.classify`, and the output `log-probabilities`.
pub(crate) fn classify(
    builder: &mut Builder,
    name: &str,
    vector: ValueId,
    n_classes: usize,
) -> Result<(), NetworkError> {
    if n_classes == 0 {
        return Err(NetworkError::Nothing { network: name.to_owned(), what: "no class to tell apart" });
    }
    let linear = op::Linear { out: n_classes, bias: true };
    let scores = builder.push(&format!("{name}.classify"), linear, &[vector])?;
    let value = builder.push(&format!("{name}.log-softmax"), op::LogSoftmax, &[scores])?;
    builder.output(LOG_PROBABILITIES, value);
    Ok(())
}

#[cfg(test)]
mod tests;
