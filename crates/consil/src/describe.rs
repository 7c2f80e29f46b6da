//! What a model is made of and what it costs: a table, a drawing, and the same as data.

use consil_graph::{BlockKind, Diagram};
use consil_neurosym::HEAD;
use serde::Serialize;

use crate::model::{Model, ModelTarget};

/// A model, described. Serde gives the components with their shapes, parameters, FLOPs and memory.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Description {
    /// The layers of each network as a table.
    #[serde(skip)]
    pub text: String,
    /// Senses, networks, rules and answer as a drawing.
    #[serde(skip)]
    pub svg: String,
    /// The same as data.
    #[serde(flatten)]
    pub system: consil_graph::Description,
}

/// Describes a model.
pub fn describe(model: &Model) -> Description {
    let graphs = model.networks().iter().map(|(name, network)| (name.as_str(), network.graph()));
    let system = consil_graph::describe(&graphs.collect::<Vec<_>>());
    Description { text: system.to_string(), svg: drawing(model).svg(), system }
}

/// From the senses through the networks and the rules to the answer.
fn drawing(model: &Model) -> Diagram {
    let spec = model.spec();
    let mut diagram = Diagram::new(&spec.name);
    let answer = diagram.block(BlockKind::Answer, "answer", answers(model));
    let senses = |name: &String| {
        let lengths: Vec<String> = model.preparations()[name].shape().iter().map(usize::to_string).collect();
        format!("{}, {}", spec.modality[name].kind, lengths.join("×"))
    };
    let data: Vec<_> =
        (spec.modality.keys()).map(|name| (name, diagram.block(BlockKind::Data, name, [senses(name)]))).collect();
    let rules = match model.rules() {
        Some(rules) => {
            let lines = rules.source.lines().filter(|line| !line.trim().is_empty() && !line.trim().starts_with('%'));
            let block = diagram.block(BlockKind::Rules, rules.question(), lines);
            diagram.arrow(block, answer, "");
            block
        }
        None => answer,
    };
    for (name, network) in model.networks() {
        let block = diagram.network(name, network.graph());
        for (modality, sense) in &data {
            // A head takes every sense.
            if spec.network.get(name).is_none_or(|config| config.inputs().contains(*modality)) {
                diagram.arrow(*sense, block, "");
            }
        }
        diagram.arrow(block, if name == HEAD { answer } else { rules }, "");
    }
    diagram
}

/// What each target can be; its name too where there are several.
fn answers(model: &Model) -> Vec<String> {
    let of = |target: &ModelTarget| match model.labels_of(target) {
        known if known.is_empty() => target.name.clone(),
        known if model.targets().len() == 1 => labels(&known),
        known => format!("{}: {}", target.name, labels(&known)),
    };
    model.targets().iter().map(of).collect()
}

/// The labels, or how many where they are too many to read.
fn labels(labels: &[String]) -> String {
    const READABLE: usize = 8;
    match labels {
        [first, .., last] if labels.len() > READABLE => format!("{first} … {last} ({} answers)", labels.len()),
        _ => labels.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_labels_are_counted() {
        let labels_of =
            |range: std::ops::RangeInclusive<i32>| labels(&range.map(|n| n.to_string()).collect::<Vec<_>>());
        assert_eq!(labels_of(0..=2), "0, 1, 2");
        assert_eq!(labels_of(-9..=18), "-9 … 18 (28 answers)");
    }
}
