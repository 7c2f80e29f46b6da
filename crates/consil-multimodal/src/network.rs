//! A network that rules reason about: an encoder and a classifier.

use std::collections::BTreeMap;

use consil_graph::{Builder, Graph, ValueId, op};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::encode::encode;
use crate::encoder::Encoder;
use crate::error::NetworkError;
use crate::input::{InputShape, Names};
use crate::layer::Layers;
use crate::positions::up_to_limits;
use crate::preset::{Preset, PresetOptions};
use crate::roles::{Roles, with_adapters};
use crate::{EMBEDDING, LOG_PROBABILITIES};

/// A network of a spec, `[network.NAME]`.
///
/// Its graph has the input `input` (and `input.mask [T]` where it is padded along time). Over several inputs, of one modality or of several, these are
/// `input.0`, `input.1`, …, each with an encoder of its own unless it is [siamese](Self::siamese), and their vectors are concatenated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NetworkConfig {
    /// The modality that is shown to the network, or a list of them. One name stands for as many inputs as the rules show the network at once.
    pub input: Names,
    /// A preset's name or a list of layers. Where there is none, the input's shape chooses a preset, or `share` names the
    /// network whose encoder it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoder: Option<Encoder>,
    /// The length of the vector that a preset gives; 64, and 32 for `perception`, where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<usize>,
    /// The dropout of a preset; none, and 0.2 for `perception`, where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropout: Option<f32>,
    /// The number of different words of a text, where the data do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vocabulary: Option<usize>,
    /// Another network whose encoder this one uses, weights and all; its classifier is its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<String>,
    /// Whether all inputs go through one encoder with one set of weights (a siamese network; Bromley et al., 1993), rather than one each.
    #[serde(default, skip_serializing_if = "is_false")]
    pub siamese: bool,
    /// Layers between the vectors of several inputs, one after the other, and the classifier: what compares them.
    #[serde(default, skip_serializing_if = "Layers::is_empty")]
    pub layers: Layers,
    /// The rank of a low-rank adapter (LoRA; Hu et al., 2022) at every linear layer; everything else is frozen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lora: Option<usize>,
    /// Parameters that are neither trained nor sent: the names of layers within the network (`"2.conv"`, `"classify"`), `"*"` for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frozen: Vec<String>,
    /// Parameters that are trained, and stay at their site in a federation (personalisation layers; Arivazhagan et al., 2019).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub local: Vec<String>,
    /// Parameters that are trained and sent as adapters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adapter: Vec<String>,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl NetworkConfig {
    /// A network over one modality with every option at its default.
    pub fn new(input: impl Into<String>, encoder: Encoder) -> Self {
        Self {
            input: Names(vec![input.into()]),
            encoder: Some(encoder),
            width: None,
            dropout: None,
            vocabulary: None,
            share: None,
            siamese: false,
            layers: Layers::default(),
            lora: None,
            frozen: Vec::new(),
            local: Vec::new(),
            adapter: Vec::new(),
        }
    }

    /// The modalities that are shown to the network.
    pub fn inputs(&self) -> &[String] {
        &self.input.0
    }

    /// The network's graph with the output `log-probabilities [n_classes]`, for inputs of these shapes: one for each of
    /// [`NetworkConfig::inputs`]. Nodes and parameters are named below `name`, roles and adapters given as the config says.
    ///
    /// A network that [shares](Self::share) another's encoder is built [among](Self::build_among) the others.
    ///
    /// # Errors
    /// If a layer does not fit, or the inputs are not as many as the config names.
    pub fn build<I: Clone + Into<InputShape>>(
        &self,
        name: &str,
        inputs: &[I],
        n_classes: usize,
    ) -> Result<Graph, NetworkError> {
        self.build_among(&BTreeMap::new(), name, inputs, n_classes)
    }

    /// As [`NetworkConfig::build`], where the encoder may be that of one of `networks`: its parameters are then named below that network's name in
    /// both graphs, and [`Layout::of`](consil_graph::Layout::of) gives both one place.
    ///
    /// # Errors
    /// As [`NetworkConfig::build`], and if the network whose encoder is shared is not there.
    pub fn build_among<I: Clone + Into<InputShape>>(
        &self,
        networks: &BTreeMap<String, NetworkConfig>,
        name: &str,
        inputs: &[I],
        n_classes: usize,
    ) -> Result<Graph, NetworkError> {
        let build = |inputs: &[InputShape]| {
            let mut builder = Builder::new();
            let vector = self.encode(&mut builder, networks, name, inputs)?;
            classify(&mut builder, name, vector, n_classes)?;
            self.finish(builder, networks, name)
        };
        let inputs: Vec<InputShape> = inputs.iter().cloned().map(Into::into).collect();
        let graph = build(&inputs)?;
        up_to_limits(graph, inputs, |longer| build(&longer))
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
        let (mut builder, networks) = (Builder::new(), BTreeMap::new());
        let vector = self.encode(&mut builder, &networks, name, inputs)?;
        builder.output(EMBEDDING, vector);
        self.finish(builder, &networks, name)
    }

    fn finish(
        &self,
        builder: Builder,
        networks: &BTreeMap<String, NetworkConfig>,
        name: &str,
    ) -> Result<Graph, NetworkError> {
        let mut graph = with_adapters(builder.finish(), self.lora)?;
        if let Some((owner, config)) = self.owner(networks, name)? {
            config.roles().apply_shared(&mut graph, owner);
        }
        self.roles().apply(&mut graph, name)?;
        Ok(graph)
    }

    fn roles(&self) -> Roles<'_> {
        Roles { frozen: &self.frozen, local: &self.local, adapter: &self.adapter }
    }

    /// The network whose encoder this one shares, if it shares one.
    fn owner<'a>(
        &'a self,
        networks: &'a BTreeMap<String, NetworkConfig>,
        name: &str,
    ) -> Result<Option<(&'a str, &'a NetworkConfig)>, NetworkError> {
        let Some(owner) = &self.share else { return Ok(None) };
        if self.encoder.is_some() {
            return Err(NetworkError::TwoEncoders { network: name.to_owned(), owner: owner.clone() });
        }
        let config = networks.get(owner).filter(|config| config.share.is_none());
        let config = config.ok_or_else(|| NetworkError::NotShareable {
            network: name.to_owned(),
            owner: owner.clone(),
            known: networks.keys().filter(|known| *known != name).cloned().collect(),
        })?;
        let (own, owned) = (self.inputs().len(), config.inputs().len());
        if !config.has_one_encoder() && own != owned {
            return Err(NetworkError::OtherEncoders { network: name.to_owned(), own, owner: owner.clone(), owned });
        }
        Ok(Some((owner, config)))
    }

    /// Whether all of its inputs go through one encoder.
    fn has_one_encoder(&self) -> bool {
        self.siamese || self.inputs().len() == 1
    }

    /// The name below which the parameters of an input's encoder stand, for a network of this name.
    fn tower(&self, name: &str, input: usize) -> String {
        match self.inputs().len() {
            1 => name.to_owned(),
            _ => format!("{name}.input-{}", if self.siamese { 0 } else { input }),
        }
    }

    fn encode<I: Clone + Into<InputShape>>(
        &self,
        builder: &mut Builder,
        networks: &BTreeMap<String, NetworkConfig>,
        name: &str,
        inputs: &[I],
    ) -> Result<ValueId, NetworkError> {
        let (takes, given) = (self.inputs().len(), inputs.len());
        if takes != given {
            return Err(NetworkError::Inputs { network: name.to_owned(), takes, given });
        }
        let owner = self.owner(networks, name)?;
        let config = owner.map_or(self, |(_, config)| config);
        let options = PresetOptions { width: config.width, dropout: config.dropout };
        // The parameters' names, which are the owner's: `{owner}` or, of several inputs, `{owner}.input-{i}`.
        let tower = |i: usize| match owner {
            Some((owner, config)) if config.has_one_encoder() => config.tower(owner, 0),
            Some((owner, config)) => config.tower(owner, i),
            None => self.tower(name, i),
        };
        let mut vectors = Vec::new();
        for (i, input) in inputs.iter().enumerate() {
            let mut input: InputShape = input.clone().into();
            input.vocabulary = config.vocabulary.or(input.vocabulary);
            let (scope, input_name) = match given {
                1 => (name.to_owned(), "input".to_owned()),
                _ => (format!("{name}.input-{i}"), format!("input.{i}")),
            };
            let chosen = Encoder::Preset(Preset::for_input(&input));
            let encoder = config.encoder.as_ref().unwrap_or(&chosen);
            let owned = tower(i);
            if owned != scope {
                builder.share(&scope, owned);
            }
            vectors.push(encode(builder, &scope, &input_name, &input, encoder, &options)?);
            builder.unshare(&scope);
        }
        match vectors[..] {
            [] => Err(NetworkError::Nothing { network: name.to_owned(), what: "no input" }),
            [_] if !self.layers.is_empty() => Err(NetworkError::LayersOfOne { network: name.to_owned() }),
            [vector] => Ok(vector),
            _ => {
                let both = builder.push(&format!("{name}.concat"), op::Concat { axis: 0 }, &vectors)?;
                Ok(self.layers.apply(builder, name, both)?)
            }
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
