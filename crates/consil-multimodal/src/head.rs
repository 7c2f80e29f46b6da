//! A head on the fused modalities: it answers targets without rules, or together with them.

mod target;

use std::collections::BTreeMap;

use consil_graph::{Builder, Graph};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::encode::encode;
use crate::encoder::Encoder;
use crate::error::NetworkError;
use crate::fusion::Fusion;
use crate::input::InputShape;
use crate::layer::Layers;
use crate::positions::up_to_limits;
use crate::preset::{Preset, PresetOptions};
use crate::roles::{Roles, with_adapters};

pub use target::{GATE, HeadTarget, HeadTargetKind};

/// The `[head]` of a spec: every modality is encoded, those present are fused, and a linear layer chooses among the target's labels.
///
/// Its graph has for each modality the inputs `NAME`, `NAME.present []` and, where it is padded along time, `NAME.mask [T]`, and the output
/// `log-probabilities`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct HeadConfig {
    /// How the modalities' vectors are joined.
    pub fusion: Fusion,
    /// The modalities that are read; all of them where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Vec<String>>,
    /// The encoder of each modality: a preset's name or a list of layers. Where there is none, the input's shape chooses a preset.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub encoder: BTreeMap<String, Encoder>,
    /// The length of each modality's vector; 64 where it is absent. Encoders made of layers are followed by a linear layer to it, unless
    /// modalities are concatenated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<usize>,
    /// The dropout of the presets; none where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dropout: Option<f32>,
    /// Layers between the fusion and the classifier.
    #[serde(skip_serializing_if = "Layers::is_empty")]
    pub layers: Layers,
    /// The rank of a low-rank adapter (LoRA; Hu et al., 2022) at every linear layer; everything else is frozen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lora: Option<usize>,
    /// Parameters that are neither trained nor sent: names within the head (`"image"` for that encoder, `"classify"`), `"*"` for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub frozen: Vec<String>,
    /// Parameters that are trained, and stay at their site in a federation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub local: Vec<String>,
    /// Parameters that are trained and sent as adapters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub adapter: Vec<String>,
}

impl HeadConfig {
    /// The length of the fused vector, and of those that are fused, where the spec leaves it open.
    pub const WIDTH: usize = 64;

    /// The head's graph over modalities of these shapes. Nodes and parameters are named below `name`: encoders `{name}.{modality}`,
    /// fusion `{name}.fusion`.
    ///
    /// # Errors
    /// If a layer does not fit, a modality is unknown, or there are no modalities or classes.
    pub fn build<I: Clone + Into<InputShape>>(
        &self,
        name: &str,
        modalities: &BTreeMap<String, I>,
        n_classes: usize,
    ) -> Result<Graph, NetworkError> {
        let target = HeadTarget { name: None, kind: HeadTargetKind::Class, n: n_classes };
        self.build_targets(name, modalities, &[target], false)
    }

    /// As [`HeadConfig::build`], with an output for each of several targets, and a gate's logits where they are asked for: the output [`GATE`].
    ///
    /// # Errors
    /// As [`HeadConfig::build`].
    pub fn build_targets<I: Clone + Into<InputShape>>(
        &self,
        name: &str,
        modalities: &BTreeMap<String, I>,
        targets: &[HeadTarget],
        has_gate: bool,
    ) -> Result<Graph, NetworkError> {
        let (names, inputs): (Vec<String>, Vec<InputShape>) =
            modalities.iter().map(|(name, input)| (name.clone(), input.clone().into())).unzip();
        let build = |inputs: &[InputShape]| {
            let modalities = names.iter().cloned().zip(inputs.iter().cloned()).collect();
            self.build_at(name, &modalities, targets, has_gate)
        };
        let graph = build(&inputs)?;
        up_to_limits(graph, inputs, |longer| build(&longer))
    }

    /// The graph for inputs of exactly these lengths.
    fn build_at(
        &self,
        name: &str,
        modalities: &BTreeMap<String, InputShape>,
        targets: &[HeadTarget],
        has_gate: bool,
    ) -> Result<Graph, NetworkError> {
        let read: Vec<&String> = match &self.inputs {
            Some(names) => names.iter().collect(),
            None => modalities.keys().collect(),
        };
        if read.is_empty() {
            return Err(NetworkError::Nothing { network: name.to_owned(), what: "no modality to read" });
        }
        if let Some(unknown) =
            read.iter().copied().chain(self.encoder.keys()).find(|name| !modalities.contains_key(*name))
        {
            let known = modalities.keys().cloned().collect();
            return Err(NetworkError::UnknownModality { name: unknown.clone(), known });
        }
        let width = self.width.unwrap_or(Self::WIDTH);
        let options = PresetOptions { width: Some(width), dropout: self.dropout };
        let mut builder = Builder::new();
        let (mut vectors, mut presences) = (Vec::new(), Vec::new());
        for modality in read {
            let input = &modalities[modality];
            let scope = format!("{name}.{modality}");
            let chosen = Encoder::Preset(Preset::for_input(input));
            let encoder = self.encoder.get(modality).unwrap_or(&chosen);
            let mut vector = encode(&mut builder, &scope, modality, input, encoder, &options)?;
            if self.fusion != Fusion::Concat && builder.shape(vector) != [width] {
                let project = consil_graph::op::Linear { out: width, bias: true };
                vector = builder.push(&format!("{scope}.project"), project, &[vector])?;
            }
            vectors.push(vector);
            presences.push(builder.input(format!("{modality}.present"), []));
        }
        let fused = self.fusion.apply(&mut builder, &format!("{name}.fusion"), &vectors, &presences)?;
        let hidden = self.layers.apply(&mut builder, name, fused)?;
        for target in targets {
            target.apply(&mut builder, name, hidden)?;
        }
        if has_gate {
            target::gate(&mut builder, name, hidden)?;
        }
        let mut graph = with_adapters(builder.finish(), self.lora)?;
        Roles { frozen: &self.frozen, local: &self.local, adapter: &self.adapter }.apply(&mut graph, name)?;
        Ok(graph)
    }
}

#[cfg(test)]
mod tests;
