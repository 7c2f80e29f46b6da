//! How long the rows of a batch may be: what every network that reads them takes.
//!
//! A graph is built for the longest training row. Most take other lengths as well; a linear layer over flattened time takes no other, and learned
//! positions take none above it.

use std::collections::BTreeMap;

use consil_data::Preparation;
use consil_graph::Graph;

use super::HEAD;
use crate::spec::Spec;

/// Gives each modality the lengths that all of its networks take: its own up to the limit, its own up to that of the longest training row, or one for
/// all rows.
pub(super) fn settle(preparations: &mut BTreeMap<String, Preparation>, spec: &Spec, graphs: &BTreeMap<String, Graph>) {
    for (modality, preparation) in preparations {
        for (name, graph) in graphs {
            for input in inputs(spec, name, graph, modality) {
                let Some(limit) = preparation.bounds().and_then(|bounds| bounds.limit) else { continue };
                match taken(graph, &input, limit) {
                    Lengths::Any => {}
                    Lengths::UpToBuilt => preparation.limit_length(),
                    Lengths::Built => preparation.fix_length(),
                }
            }
        }
    }
}

/// The inputs of a network that hold a modality.
fn inputs(spec: &Spec, network: &str, graph: &Graph, modality: &str) -> Vec<String> {
    let Some(config) = spec.network.get(network).filter(|_| network != HEAD) else {
        return graph.find_input(modality).map(|_| modality.to_owned()).into_iter().collect();
    };
    let inputs = config.inputs();
    let name = |at: usize| if inputs.len() == 1 { "input".to_owned() } else { format!("input.{at}") };
    (0..inputs.len()).filter(|at| inputs[*at] == modality).map(name).collect()
}

/// The lengths that a graph takes along an axis.
enum Lengths {
    Any,
    UpToBuilt,
    Built,
}

fn taken(graph: &Graph, axis: &str, limit: usize) -> Lengths {
    let Some(built) = graph.time_axes().get(axis).copied() else { return Lengths::Built };
    if built > 1 && at_least(graph, axis, 1) == built {
        return Lengths::Built;
    }
    match limit > built && graph.bind(&BTreeMap::from([(axis.to_owned(), limit)])).is_err() {
        true => Lengths::UpToBuilt,
        false => Lengths::Any,
    }
}

/// The fewest steps, none below these, that a graph takes along an axis; these where it has no such axis.
fn at_least(graph: &Graph, axis: &str, steps: usize) -> usize {
    let axes = BTreeMap::from([(axis.to_owned(), steps)]);
    graph.bind_at_least(&axes).ok().and_then(|bound| bound.lengths().get(axis).copied()).unwrap_or(steps)
}

#[cfg(test)]
mod tests {
    use consil_multimodal::NetworkConfig;

    use super::*;

    /// A classifier of series `[2, 12]`, padded along time.
    fn graph(encoder: &str) -> Graph {
        let config: NetworkConfig = toml::from_str(&format!("input = 'x'\nencoder = {encoder}")).expect("a network");
        config.build("n", &[(vec![2, 12], Some(12))], 3).expect("a graph")
    }

    #[test]
    fn a_network_says_which_lengths_it_takes() {
        assert!(matches!(taken(&graph("'conv-1d'"), "input", 500), Lengths::Any));
        assert!(matches!(taken(&graph("['flatten', { linear = 4 }]"), "input", 500), Lengths::Built));
        // An input that is not over time has one length.
        assert!(matches!(taken(&graph("'conv-1d'"), "other", 500), Lengths::Built));
    }

    #[test]
    fn a_batch_of_one_step_is_padded_to_what_a_convolution_wants() {
        let graph = graph("[{ conv = 4, kernel = 5 }]");
        assert_eq!((at_least(&graph, "input", 1), at_least(&graph, "input", 9)), (6, 9));
        assert_eq!(at_least(&graph, "none", 3), 3);
    }
}
