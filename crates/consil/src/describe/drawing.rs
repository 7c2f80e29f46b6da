//! A model as a drawing: modalities, networks, rules, answer.
//!
//! A network of one input is a box. One that fuses several is drawn in its parts: what each modality passes through, the fusion, and what follows it.

use std::collections::BTreeMap;

use consil_graph::{Graph, Node, Source};
use consil_neurosym::HEAD;
use consil_report::number::{scaled_count, thousands};
use consil_report::{BlockId, BlockKind, Diagram};

use crate::model::{Model, ModelTarget};

/// A box shows at most this many lines.
const MOST_LINES: usize = 40;

/// From the modalities through the networks and the rules to the answer.
pub(super) fn drawing(model: &Model) -> Diagram {
    let spec = model.spec();
    let mut diagram = Diagram::new(&spec.name);
    let answer = diagram.block(BlockKind::Answer, "answer", answers(model));
    let shape = |name: &String| {
        let lengths: Vec<String> = model.preparations()[name].shape().iter().map(usize::to_string).collect();
        format!("{}, {}", spec.modality[name].kind, lengths.join("×"))
    };
    let data: Vec<(&String, BlockId)> =
        (spec.modality.keys()).map(|name| (name, diagram.block(BlockKind::Data, name, [shape(name)]))).collect();
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
        // A head takes every modality.
        let reads = |modality: &str| {
            spec.network.get(name).is_none_or(|config| config.inputs().iter().any(|input| *input == modality))
        };
        let sources: Vec<(&str, BlockId)> =
            data.iter().filter(|(modality, _)| reads(modality)).map(|(name, block)| (name.as_str(), *block)).collect();
        let block = draw_network(&mut diagram, name, network.graph(), &sources);
        diagram.arrow(block, if name == HEAD { answer } else { rules }, "");
    }
    diagram
}

/// Draws a network with the arrows to it, and returns the box that its answer leaves.
fn draw_network(diagram: &mut Diagram, name: &str, graph: &Graph, sources: &[(&str, BlockId)]) -> BlockId {
    let parts = if sources.len() > 1 { parts(name, graph) } else { Vec::new() };
    if parts.len() < 2 {
        let block = diagram.block(BlockKind::Network, name, lines(graph, name, &|_| true));
        sources.iter().for_each(|(_, source)| diagram.arrow(*source, block, ""));
        return block;
    }
    let blocks: BTreeMap<&str, BlockId> = parts
        .iter()
        .map(|part| {
            let title = if part == name { name.to_owned() } else { format!("{name}: {part}") };
            let lines = lines(graph, part, &|node| part_of(name, &node.name) == part);
            (part.as_str(), diagram.block(BlockKind::Network, title, lines))
        })
        .collect();
    // A value comes from an input or from a node; the parts that a part reads are drawn once each.
    let mut drawn = std::collections::BTreeSet::new();
    for node in graph.nodes() {
        let to = blocks[part_of(name, &node.name)];
        for value in &node.inputs {
            let from = match graph.source(*value) {
                Source::Node(from) => Some(blocks[part_of(name, &graph.nodes()[from].name)]),
                Source::Input(from) => source_of(&graph.inputs()[from].name, sources),
                Source::Param(_) => None,
            };
            if let Some(from) = from.filter(|from| *from != to && drawn.insert((*from, to))) {
                diagram.arrow(from, to, "");
            }
        }
    }
    let last = parts.last().expect("more than one");
    blocks[graph.nodes().last().map_or(last.as_str(), |node| part_of(name, &node.name))]
}

/// The modality's box that an input of a graph is read from; none for masks, which arrive with their values.
fn source_of(input: &str, sources: &[(&str, BlockId)]) -> Option<BlockId> {
    sources.iter().find(|(modality, _)| *modality == input).map(|(_, block)| *block)
}

/// The parts of a network in the order in which they run.
fn parts(network: &str, graph: &Graph) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for node in graph.nodes() {
        let part = part_of(network, &node.name);
        if !parts.iter().any(|known| known == part) {
            parts.push(part.to_owned());
        }
    }
    parts
}

/// The part that a node is of: `image` of `head.image.0.conv`, and the network itself of `head.classify`. A list of layers is numbered, and no part.
fn part_of<'a>(network: &'a str, node: &'a str) -> &'a str {
    let rest = node.strip_prefix(network).and_then(|rest| rest.strip_prefix('.')).unwrap_or("");
    match rest.split_once('.') {
        Some((part, _)) if !part.bytes().all(|byte| byte.is_ascii_digit()) => part,
        _ => network,
    }
}

/// The layers of a part of a network and what they cost.
fn lines(graph: &Graph, part: &str, which: &dyn Fn(&Node) -> bool) -> Vec<String> {
    let mut lines = folded(graph.layer_lines(which));
    if lines.len() > MOST_LINES {
        let left_out = lines.split_off(MOST_LINES - 1).len();
        lines.push(format!("and {left_out} more: see consil describe"));
    }
    if lines.is_empty() {
        lines.push(format!("{part} as it is"));
    }
    let costs = graph.nodes().iter().zip(graph.node_costs()).filter(|(node, _)| which(node));
    let (parameters, flops) = costs.fold((0, 0), |(p, f), (_, cost)| (p + cost.parameters, f + cost.flops));
    lines.push(format!("{} parameters · {}", thousands(parameters), scaled_count(flops, "FLOP")));
    lines
}

/// Lines in which a stretch that comes several times in a row stands once, with how often.
fn folded(lines: Vec<String>) -> Vec<String> {
    const LONGEST: usize = 12;
    let mut folded = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let rest = &lines[at..];
        let times = |length: usize| rest.chunks_exact(length).take_while(|chunk| *chunk == &rest[..length]).count();
        let best = (1..=LONGEST.min(rest.len() / 2))
            .map(|length| (length, times(length)))
            .filter(|(length, times)| *times > 1 && length * times > length + 1)
            .max_by_key(|(length, times)| (length * times, std::cmp::Reverse(*length)));
        match best {
            Some((length, times)) => {
                folded.push(format!("{times} times:"));
                folded.extend(rest[..length].iter().map(|line| format!("  {line}")));
                at += length * times;
            }
            None => {
                folded.push(rest[0].clone());
                at += 1;
            }
        }
    }
    folded
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

    #[test]
    fn what_repeats_stands_once() {
        let text = |lines: &str| lines.chars().map(String::from).collect::<Vec<_>>();
        assert_eq!(folded(text("xabababy")), ["x", "3 times:", "  a", "  b", "y"]);
        assert_eq!(folded(text("aaa")), ["3 times:", "  a"]);
        assert_eq!(folded(text("aab")), ["a", "a", "b"], "two lines are not worth a heading");
    }

    #[test]
    fn a_fused_network_is_drawn_in_its_parts() {
        let config: consil_multimodal::HeadConfig =
            toml::from_str("fusion = 'mean'\nlayers = [{ linear = 8 }, 'relu']").unwrap();
        let modalities = [("image", (vec![1, 8, 8], None)), ("table", (vec![5], None))];
        let modalities = modalities.map(|(name, shape)| (name.to_owned(), shape)).into_iter().collect();
        let graph = config.build("head", &modalities, 3).unwrap();
        let mut diagram = Diagram::new("");
        let sources = ["image", "table"].map(|name| (name, diagram.block(BlockKind::Data, name, [""; 0])));
        let last = draw_network(&mut diagram, "head", &graph, &sources);
        let titles: Vec<&str> = diagram.blocks().iter().map(|block| block.title.as_str()).collect();
        assert_eq!(titles[..2], ["image", "table"]);
        for title in ["head: image", "head: table", "head: fusion", "head"] {
            assert!(titles.contains(&title), "{titles:?}");
        }
        let arrow = |from: &str, to: &str| {
            diagram.arrows().iter().any(|arrow| {
                let [from_title, to_title] = [arrow.from, arrow.to].map(|id| diagram.block_of(id).title.as_str());
                (from_title, to_title) == (from, to)
            })
        };
        assert!(arrow("image", "head: image") && arrow("head: image", "head: fusion") && arrow("head: fusion", "head"));
        assert!(!arrow("image", "head: table") && !arrow("table", "head: image"));
        assert_eq!(diagram.block_of(last).title, "head");
        let all_lines: Vec<&String> = diagram.blocks().iter().flat_map(|block| &block.lines).collect();
        assert!(!all_lines.iter().any(|line| line.contains("more")), "{all_lines:?}");
    }
}
