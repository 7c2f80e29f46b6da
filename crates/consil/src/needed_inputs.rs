//! Needed inputs: the modalities of which a row must have one, for a model to answer from it.

use std::collections::BTreeSet;

use crate::spec::Spec;

/// The modalities that the head and the networks read, where nothing else gives an answer; none where rows have facts or rules
/// of their own, or the rules ask no network.
pub(crate) fn needed_inputs(spec: &Spec) -> Option<Vec<String>> {
    if spec.logic.as_ref().is_some_and(|logic| logic.is_own() || spec.network.is_empty()) {
        return None;
    }
    let mut needed: BTreeSet<String> = BTreeSet::new();
    if let Some(head) = &spec.head {
        needed.extend(head.inputs.clone().unwrap_or_else(|| spec.modality.keys().cloned().collect()));
    }
    if spec.logic.is_some() {
        needed.extend(spec.network.values().flat_map(|network| network.inputs()).cloned());
    }
    // An input that is no modality is refused elsewhere.
    let known: Vec<String> = needed.into_iter().filter(|name| spec.modality.contains_key(name)).collect();
    (!known.is_empty()).then_some(known)
}
