//! Words in networks: their numbers are indices, and nothing else is.

use consil_data::ModalityKind;
use consil_graph::Source;
use consil_graph::op::Op;
use consil_multimodal::Encoder;
use consil_neurosym::HEAD;

use crate::model::Model;
use crate::spec::Spec;
use crate::spec_fault::SpecFault;

/// The number of a word in a vocabulary says nothing of its size: networks over texts begin with an embedding.
pub(super) fn as_quantities(spec: &Spec, faults: &mut Vec<SpecFault>) {
    let is_text = |name: &String| spec.modality.get(name).is_some_and(|modality| modality.kind == ModalityKind::Text);
    let of_networks = spec.network.iter().flat_map(|(name, network)| {
        let encoders =
            network.encoder.iter().flat_map(|encoder| network.inputs().iter().map(move |input| (input, encoder)));
        encoders.map(move |(input, encoder)| (format!("network.{name}.encoder"), input, encoder))
    });
    let of_head = spec
        .head
        .iter()
        .flat_map(|head| head.encoder.iter().map(|(input, encoder)| (format!("head.encoder.{input}"), input, encoder)));
    for (key, input, encoder) in of_networks.chain(of_head) {
        if is_text(input) && !begins_with_embedding(encoder) {
            let problem = format!("it would take the numbers of the words of `{input}` for quantities");
            let help = "use \"text-embedding\" or \"transformer\", or begin the layers with { embedding = { vocabulary = N, width = D } }";
            faults.push(SpecFault::new(key, problem, help));
        }
    }
}

/// Whether the encoder learns a vector for each word.
fn begins_with_embedding(encoder: &Encoder) -> bool {
    match serde_json::to_value(encoder) {
        Ok(serde_json::Value::String(preset)) => ["text-embedding", "transformer"].contains(&preset.as_str()),
        Ok(serde_json::Value::Array(layers)) => {
            layers.first().is_some_and(|layer| layer.to_string().contains("embedding"))
        }
        _ => true,
    }
}

/// Embeddings of what is no word, and of fewer words than the training rows have: a step would read beyond their tables.
pub(super) fn faults(model: &Model) -> Vec<SpecFault> {
    let mut faults = Vec::new();
    for (name, network) in model.networks() {
        let graph = network.graph();
        for node in graph.nodes() {
            let Op::Embedding(embedding) = &node.op else { continue };
            let Some(Source::Input(input)) = node.inputs.first().map(|value| graph.source(*value)) else { continue };
            let Some((key, modality)) = read_by(model, name, &graph.inputs()[input].name) else { continue };
            let Some(preparation) = model.preparations().get(modality) else { continue };
            match preparation.vocabulary() {
                None => {
                    let problem =
                        format!("an embedding reads the numbers of words, and `{modality}` is {}", preparation.kind());
                    let help = format!("leave it out, or set modality.{modality}.kind = \"text\"");
                    faults.push(SpecFault::new(key, problem, help));
                }
                Some(n_words) if embedding.vocabulary < n_words => {
                    let problem = format!(
                        "an embedding of {} words is too small for the {n_words} of `{modality}` (the unknown word and padding are two of them)",
                        embedding.vocabulary
                    );
                    let help = format!(
                        "set its vocabulary to {n_words}, or modality.{modality}.vocabulary to at most {}",
                        embedding.vocabulary
                    );
                    faults.push(SpecFault::new(key, problem, help));
                }
                Some(_) => {}
            }
        }
    }
    faults
}

/// The key of the encoder that reads an input of a network, and the modality.
fn read_by<'m>(model: &'m Model, network: &str, input: &str) -> Option<(String, &'m str)> {
    let spec = model.spec();
    if network == HEAD && spec.head.is_some() {
        let (modality, _) = spec.modality.get_key_value(input)?;
        return Some((format!("head.encoder.{modality}"), modality));
    }
    let config = spec.network.get(network)?;
    let at = input.strip_prefix("input").and_then(|rest| rest.trim_start_matches('.').parse().ok()).unwrap_or(0);
    let owner = config.share.as_deref().unwrap_or(network);
    Some((format!("network.{owner}.encoder"), config.inputs().get::<usize>(at)?))
}
