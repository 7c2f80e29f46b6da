//! How large a training is: what `pathways fit` reads a law of scale from.

use std::collections::BTreeSet;

use consil_graph::Cost;
use consil_logic::LeafKind;
use consil_neurosym::HEAD;
use serde::{Deserialize, Serialize};

use crate::model::Model;

/// Operations of a training step for one of a forward pass: the backward pass does each product twice, for the inputs' gradients and the weights'
/// (Kaplan et al. 2020, §2.1).
const TRAINING_PER_FORWARD: u64 = 3;

/// The size of a central training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingSize {
    /// N, the parameters that training changes.
    pub parameters: u64,
    /// U, the different samples that it sees.
    pub unique_samples: u64,
    /// D, the samples that it sees, repeats counted each time.
    pub samples: u64,
    /// Floating-point operations of the networks' forward pass for one sample; each network counts as often as the rules show it an input. The rules'
    /// own arithmetic is not counted.
    pub forward_flops: u64,
    /// C, those of the training: three times the forward pass (once forward, twice backward) for every sample seen.
    pub training_flops: u64,
}

impl TrainingSize {
    /// The size of a training of `model` that sees `unique_samples` rows, `samples` in all.
    pub fn of(model: &Model, unique_samples: usize, samples: u64) -> Self {
        let networks = model.networks();
        let parameters = Cost::of_model(networks.values().map(|network| network.graph())).trainable as u64;
        let forward_flops =
            networks.iter().map(|(name, network)| times_shown(model, name) * network.graph().cost().flops).sum();
        let training_flops = TRAINING_PER_FORWARD * forward_flops * samples;
        Self { parameters, unique_samples: unique_samples as u64, samples, forward_flops, training_flops }
    }
}

/// How many different inputs of one sample a network is shown.
fn times_shown(model: &Model, network: &str) -> u64 {
    let Some(rules) = model.rules().filter(|_| network != HEAD) else { return 1 };
    match &rules.shared {
        Some(query) => {
            let shown = query.plan().groups().iter().filter_map(|leaf| match &leaf.kind {
                LeafKind::Neural { network: of, inputs, .. } if of == network => {
                    Some(inputs.iter().map(ToString::to_string).collect::<Vec<_>>())
                }
                _ => None,
            });
            shown.collect::<BTreeSet<_>>().len() as u64
        }
        // Rows ask of their own: at most of every item.
        None => {
            let items = |name: &String| model.spec().modality.get(name).and_then(|m| m.count).unwrap_or(1) as u64;
            model.spec().network[network].inputs().iter().map(items).max().unwrap_or(1)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{Project, Spec};

    /// The size of a spec that takes two images of digits.
    fn size(rest: &str) -> TrainingSize {
        let text = format!("name = \"x\"\n[data]\nsource = \"demo\"\n[data.compose]\ntrain = 40\ntest = 10\n{rest}");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("sum.pl"),
            "nn(digit, [X], D, [0,1,2,3,4,5,6,7,8,9]) :: seen(X, D).\nsum(S) :- seen(image(0), A), seen(image(1), B), S is A + B.\n",
        )
        .unwrap();
        let spec = Spec::parse("x", &text, &[]).unwrap();
        let project = Project::open(&spec, Path::new("."), folder.path()).unwrap();
        TrainingSize::of(project.model(), project.data().train.len(), 3 * project.data().train.len() as u64)
    }

    #[test]
    fn a_network_counts_as_often_as_the_rules_show_it_an_input() {
        let network = "[modality.image]\nkind = \"vision\"\ncount = 2\n[network.digit]\ninput = \"image\"\nencoder = [\"flatten\", { linear = 8 }]\n[logic]\nprogram = \"sum.pl\"\nquery = \"sum(S)\"\n";
        let found = size(network);
        let pixels = 8 * 8;
        // A linear layer to 8 and one to 10 classes: weights and biases.
        assert_eq!(found.parameters, (pixels * 8 + 8) + (8 * 10 + 10));
        // Two operations for each weight, and five for each of ten classes of the softmax; for each of two images.
        assert_eq!(found.forward_flops, 2 * (2 * pixels * 8 + 2 * 8 * 10 + 5 * 10));
        assert_eq!((found.unique_samples, found.samples), (40, 120));
        assert_eq!(found.training_flops, 3 * 120 * found.forward_flops);
    }
}
