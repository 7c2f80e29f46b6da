//! The spec with what the data decided written out: sizes, rates, presets and widths.
//!
//! A run keeps it, so that its folder says what was trained, whatever later versions choose by themselves.

use std::collections::BTreeMap;

use consil_multimodal::{Encoder, HeadConfig, InputShape, NetworkConfig, Preset};

use super::{Fitted, shape_of};
use crate::spec::Spec;

/// What the spec leaves open, as it was decided. What it says stays as it is, so that resolving twice changes nothing.
pub(super) fn resolved(spec: &Spec, fitted: &Fitted) -> Spec {
    let mut spec = spec.clone();
    for (name, modality) in &mut spec.modality {
        let Some(preparation) = fitted.preparations.get(name) else { continue };
        preparation.resolve(modality);
    }
    for network in spec.network.values_mut() {
        // One encoder is written for all inputs: it follows from the first where they are of one modality.
        let first = network.inputs().first();
        let is_one = network.inputs().iter().all(|input| Some(input) == first);
        let preparation = first.filter(|_| is_one).and_then(|input| fitted.preparations.get(input));
        if let (None, None, Some(preparation)) = (&network.encoder, &network.share, preparation) {
            network.encoder = Some(Encoder::Preset(Preset::for_input(&shape_of(preparation))));
        }
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
        Some(Encoder::Preset(preset)) => network.width.or(Some(preset.width())),
        // Layers have their own widths, and a shared encoder its owner's.
        Some(Encoder::Layers(_)) | None => network.width,
    }
}

fn resolve_head(head: &mut HeadConfig, shapes: &BTreeMap<String, InputShape>) {
    head.width.get_or_insert(HeadConfig::WIDTH);
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
