//! The interface of a network, its inputs and outputs, whatever its graph is made of: what a stored or rewritten graph is checked against.
//!
//! The spec says which modality a network is shown and what its answer is about; the layers between are the graph's own. So a rewritten graph fits
//! where its inputs have the shapes of the prepared modalities and its outputs those of the classes, labels and numbers that are learned.

use std::collections::BTreeMap;

use consil_data::Preparation;
use consil_graph::{Graph, Input};
use consil_multimodal::LOG_PROBABILITIES;
use consil_neurosym::{AnsweredBy, GATE, HEAD, HeadKind, Integration};

use super::{ModelTarget, shape_of};
use crate::spec::Spec;

/// Why a graph cannot be that of a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphMismatch {
    /// There is no graph of a network's name.
    #[error("there is no graph of the network `{network}`")]
    Missing {
        /// The network.
        network: String,
    },
    /// A graph is of no network.
    #[error("the graph `{network}` is of no network; the networks are {}", known.join(", "))]
    Unknown {
        /// The graph's name.
        network: String,
        /// The networks that there are.
        known: Vec<String>,
    },
    /// A graph reads something that the network is not shown.
    #[error("the graph `{network}` reads `{input}`; the network is shown {}", known.join(", "))]
    UnknownInput {
        /// The network.
        network: String,
        /// The input.
        input: String,
        /// What it may read.
        known: Vec<String>,
    },
    /// A graph reads an input of another shape.
    #[error("the graph `{network}` reads `{input}` of shape {found:?}, and the modality is prepared as {expected:?}")]
    InputShape {
        /// The network.
        network: String,
        /// The input.
        input: String,
        /// The graph's per-sample shape.
        found: Vec<usize>,
        /// The modality's.
        expected: Vec<usize>,
    },
    /// A graph gives no such output, or one of another shape.
    #[error("the graph `{network}` must give `{output}` of shape [{n}]{}", found.as_ref().map_or(", and does not".to_owned(), |shape| format!(", and gives it the shape {shape:?}")))]
    Output {
        /// The network.
        network: String,
        /// The output.
        output: String,
        /// How many values it has.
        n: usize,
        /// The graph's per-sample shape of it.
        found: Option<Vec<usize>>,
    },
}

/// A network's inputs, of which its graph reads some, and its outputs, all of which it gives.
struct Interface {
    inputs: BTreeMap<String, Vec<usize>>,
    outputs: Vec<(String, usize)>,
}

/// Whether there is a graph for each network, and each fits.
///
/// # Errors
/// The first [`GraphMismatch`].
pub(super) fn check(
    spec: &Spec,
    preparations: &BTreeMap<String, Preparation>,
    n_classes: &BTreeMap<String, usize>,
    targets: &[ModelTarget],
    graphs: &BTreeMap<String, Graph>,
) -> Result<(), GraphMismatch> {
    let mut interfaces: BTreeMap<&str, Interface> = n_classes
        .iter()
        .map(|(name, n)| (name.as_str(), of_network(spec.network[name].inputs(), preparations, *n)))
        .collect();
    if spec.head.is_some() {
        interfaces.insert(HEAD, of_head(preparations, targets));
    }
    if let Some(network) = interfaces.keys().find(|name| !graphs.contains_key(**name)) {
        return Err(GraphMismatch::Missing { network: (*network).to_owned() });
    }
    for (name, graph) in graphs {
        let Some(interface) = interfaces.get(name.as_str()) else {
            let known = interfaces.keys().map(|name| (*name).to_owned()).collect();
            return Err(GraphMismatch::Unknown { network: name.clone(), known });
        };
        interface.check(name, graph)?;
    }
    Ok(())
}

fn of_network(modalities: &[String], preparations: &BTreeMap<String, Preparation>, n_classes: usize) -> Interface {
    let name = |at: usize| if modalities.len() == 1 { "input".to_owned() } else { format!("input.{at}") };
    let mut inputs = BTreeMap::new();
    for (at, modality) in modalities.iter().enumerate() {
        inputs.extend(values(&name(at), &preparations[modality]));
    }
    Interface { inputs, outputs: vec![(LOG_PROBABILITIES.to_owned(), n_classes)] }
}

fn of_head(preparations: &BTreeMap<String, Preparation>, targets: &[ModelTarget]) -> Interface {
    let mut inputs = BTreeMap::new();
    for (modality, preparation) in preparations {
        inputs.extend(values(modality, preparation));
        inputs.insert(format!("{modality}.present"), Vec::new());
    }
    let mut outputs = Vec::new();
    for target in targets {
        let (AnsweredBy::Head(head) | AnsweredBy::Both { head, .. }) = &target.by else { continue };
        let n = match &head.kind {
            HeadKind::Class(classes) | HeadKind::Labels(classes) => classes.len(),
            HeadKind::Numbers { scale, .. } => scale.len(),
        };
        outputs.push((head.output.clone(), n));
        if matches!(target.by, AnsweredBy::Both { integration: Integration::Gate, .. }) {
            outputs.push((GATE.to_owned(), Integration::N_EXPERTS));
        }
    }
    Interface { inputs, outputs }
}

/// The values of a modality and, where it is padded along time, their mask.
fn values(name: &str, preparation: &Preparation) -> impl Iterator<Item = (String, Vec<usize>)> + use<> {
    let shape = shape_of(preparation);
    let mask = shape.time.map(|steps| (format!("{name}.mask"), vec![steps]));
    [(name.to_owned(), shape.shape)].into_iter().chain(mask)
}

impl Interface {
    fn check(&self, network: &str, graph: &Graph) -> Result<(), GraphMismatch> {
        for input in graph.inputs() {
            let Some(expected) = self.inputs.get(&input.name) else {
                return Err(GraphMismatch::UnknownInput {
                    network: network.to_owned(),
                    input: input.name.clone(),
                    known: self.inputs.keys().cloned().collect(),
                });
            };
            if !fits(input, expected) {
                return Err(GraphMismatch::InputShape {
                    network: network.to_owned(),
                    input: input.name.clone(),
                    found: input.shape.clone(),
                    expected: expected.clone(),
                });
            }
        }
        for (output, n) in &self.outputs {
            let found = graph.find_output(output).map(|value| graph.shape_of(value).to_vec());
            if found.as_deref() != Some(&[*n]) {
                return Err(GraphMismatch::Output {
                    network: network.to_owned(),
                    output: output.clone(),
                    n: *n,
                    found,
                });
            }
        }
        Ok(())
    }
}

/// Along time a batch has its own length.
fn fits(input: &Input, shape: &[usize]) -> bool {
    let is_time = |axis: usize| input.time.iter().any(|time| time.axis == axis);
    input.shape.len() == shape.len() && (0..shape.len()).all(|axis| is_time(axis) || input.shape[axis] == shape[axis])
}
