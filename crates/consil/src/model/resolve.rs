//! The spec with what the data decided written out: sizes, rates, presets and widths.
//!
//! A run keeps it, so that its folder says what was trained, whatever later versions choose by themselves.

use std::collections::BTreeMap;

use consil_data::Preparation;
use consil_multimodal::{Encoder, HeadConfig, InputShape, NetworkConfig, Preset};

use super::{Fitted, shape_of};
use crate::spec::Spec;

/// The length of the vector that a preset gives.
const WIDTH: usize = 64;
/// That of `perception`.
const PERCEPTION_WIDTH: usize = 32;

/// What the spec leaves open, as it was decided. What it says stays as it is, so that resolving twice changes nothing.
pub(super) fn resolved(spec: &Spec, fitted: &Fitted) -> Spec {
    let mut spec = spec.clone();
    for (name, modality) in &mut spec.modality {
        match fitted.preparations.get(name) {
            Some(Preparation::Vision(image)) => {
                let [channels, height, width] = image.shape();
                modality.size.get_or_insert([height, width]);
                modality.channels.get_or_insert(channels);
            }
            Some(Preparation::Video(video)) => {
                let [all, height, width] = video.shape();
                modality.size.get_or_insert([height, width]);
                modality.channels.get_or_insert(all / video.frames().max(1));
                modality.length.get_or_insert(video.frames());
            }
            Some(Preparation::Audio(audio)) => {
                modality.rate.get_or_insert(audio.rate());
            }
            _ => {}
        }
    }
    for network in spec.network.values_mut() {
        network.width = width(network);
    }
    if let Some(head) = &mut spec.head {
        let shapes: BTreeMap<String, InputShape> =
            fitted.preparations.iter().map(|(name, preparation)| (name.clone(), shape_of(preparation))).collect();
        resolve_head(head, &shapes);
    }
    spec
}

fn width(network: &NetworkConfig) -> Option<usize> {
    match &network.encoder {
        Encoder::Preset(Preset::Perception) => network.width.or(Some(PERCEPTION_WIDTH)),
        Encoder::Preset(_) => network.width.or(Some(WIDTH)),
        Encoder::Layers(_) => network.width,
    }
}

fn resolve_head(head: &mut HeadConfig, shapes: &BTreeMap<String, InputShape>) {
    head.width.get_or_insert(WIDTH);
    let read: Vec<String> = match &head.inputs {
        Some(inputs) => inputs.clone(),
        None => shapes.keys().cloned().collect(),
    };
    for modality in read {
        if let Some(shape) = shapes.get(&modality) {
            head.encoder.entry(modality).or_insert_with(|| Encoder::Preset(Preset::for_input(shape)));
        }
    }
    head.inputs.get_or_insert_with(|| shapes.keys().cloned().collect());
}
