//! Settings of networks, head and rules that change nothing: whoever writes one expects that it does.

use std::collections::BTreeSet;

use consil_diagnostic::suggest::nearest_or_all;
use consil_graph::Role;
use consil_logic::LeafKind;
use consil_multimodal::{Encoder, Fusion, HeadConfig, NetworkConfig};
use consil_neurosym::HEAD;

use crate::model::{FittedValues, Model};
use crate::run::RunKind;
use crate::spec::{AnswerConfig, Spec};
use crate::spec_fault::SpecFault;

/// The settings of a spec that change nothing in its model. Defaults that are written out are none.
pub(super) fn faults(model: &Model, kind: RunKind) -> Vec<SpecFault> {
    let mut unused = Unused { model, spec: model.spec(), kind, faults: Vec::new() };
    for (name, config) in &unused.spec.network {
        match unused.reason_unused(name) {
            Some((reason, help)) => unused.note(true, format!("network.{name}"), &reason, &help),
            None => unused.network(name, config),
        }
    }
    if let Some(head) = &unused.spec.head {
        unused.head(head);
    }
    unused.logic();
    unused.faults
}

struct Unused<'a> {
    model: &'a Model,
    spec: &'a Spec,
    kind: RunKind,
    faults: Vec<SpecFault>,
}

impl Unused<'_> {
    fn note(&mut self, is_set: bool, key: impl Into<String>, reason: &str, help: &str) {
        if is_set {
            self.faults.push(SpecFault::without_effect(key, reason, help));
        }
    }

    /// Why nothing uses a network, and what to do: neither the query, nor a network that shares its encoder.
    fn reason_unused(&self, name: &str) -> Option<(String, String)> {
        let Some(rules) = self.model.rules() else {
            let help =
                "remove it, or add [logic] with rules that ask it; a head has encoders of its own (head.encoder)";
            return Some(("there are no rules to ask it".to_owned(), help.to_owned()));
        };
        let asked = asked(self.model);
        let is_used = |network: &str| match &asked {
            Some(asked) => asked.contains(network),
            None => rules.classes.contains_key(network),
        };
        let shares =
            |(other, config): (&String, &NetworkConfig)| config.share.as_deref() == Some(name) && is_used(other);
        if is_used(name) || self.spec.network.iter().any(shares) {
            return None;
        }
        if rules.classes.contains_key(name) {
            let reason = format!("the query `{}` never asks it", rules.question());
            return Some((reason, "remove it, or let a rule that the query needs ask it".to_owned()));
        }
        let known = rules.classes.keys().map(String::as_str);
        let help = format!("remove it, or declare it with nn({name}, …); {}", nearest_or_all(name, known));
        Some(("no rule declares it".to_owned(), help))
    }

    fn network(&mut self, name: &str, config: &NetworkConfig) {
        let key = |field: &str| format!("network.{name}.{field}");
        let own = [
            ("width", config.width.is_some()),
            ("dropout", config.dropout.is_some()),
            ("vocabulary", config.vocabulary.is_some()),
            ("siamese", config.siamese),
        ];
        if let Some(owner) = &config.share {
            let reason = format!("the encoder is that of `{owner}`, with its settings");
            for (field, is_set) in own {
                self.note(is_set, key(field), &reason, &format!("remove it, or write it in [network.{owner}]"));
            }
        } else if let Some(Encoder::Layers(_)) = &config.encoder {
            for (field, is_set) in &own[..3] {
                let reason = "it is an option of presets, and the encoder is a list of layers";
                self.note(*is_set, key(field), reason, "remove it, and write it in the layers");
            }
        }
        let is_single = config.inputs().len() == 1 && config.share.is_none();
        let help = "remove it; rules show a network several inputs as in nn(NAME, [image(0), image(1)], …)";
        self.note(config.siamese && is_single, key("siamese"), "the network has one input", help);
        let reads_text = config.inputs().iter().any(|input| self.vocabulary(input).is_some());
        let is_preset = !matches!(config.encoder, Some(Encoder::Layers(_))) && config.share.is_none();
        let is_idle = config.vocabulary.is_some() && is_preset && !reads_text;
        self.note(is_idle, key("vocabulary"), "the network reads no text", "remove it");
        self.roles(name, &format!("network.{name}"), [&config.frozen, &config.local, &config.adapter]);
        self.adapters(name, &format!("network.{name}"), config.lora);
    }

    fn head(&mut self, head: &HeadConfig) {
        let read: Vec<&String> = match &head.inputs {
            Some(inputs) => inputs.iter().collect(),
            None => self.spec.modality.keys().collect(),
        };
        for modality in head.encoder.keys().filter(|modality| !read.contains(modality)) {
            let reason = format!("head.inputs leaves out `{modality}`");
            self.note(true, format!("head.encoder.{modality}"), &reason, "remove it, or read the modality");
        }
        let is_layers = |modality: &&String| matches!(head.encoder.get(*modality), Some(Encoder::Layers(_)));
        let has_no_preset = read.iter().all(is_layers);
        let reason = "it is an option of presets, and every encoder is a list of layers";
        self.note(
            head.dropout.is_some() && has_no_preset,
            "head.dropout",
            reason,
            "remove it, and add it to the layers",
        );
        // Of a run, every default is written out.
        let is_width = head.width.is_some_and(|width| width != HeadConfig::WIDTH);
        let is_concat = head.fusion == Fusion::Concat;
        let help = "remove it, or fuse by mean or attention, which bring all vectors to one width";
        self.note(is_width && has_no_preset && is_concat, "head.width", reason, help);
        self.roles(HEAD, "head", [&head.frozen, &head.local, &head.adapter]);
        self.adapters(HEAD, "head", head.lora);
    }

    fn logic(&mut self) {
        let Some(logic) = &self.spec.logic else { return };
        let targets = &self.model.fitted().targets;
        let target = match &logic.target {
            Some(name) => targets.iter().find(|target| target.name == *name),
            None => targets.first(),
        };
        let read_as = target.and_then(|target| match target.values {
            FittedValues::Labels(_) | FittedValues::Facts => Some((AnswerConfig::Labels, "labels")),
            FittedValues::Sequence => Some((AnswerConfig::Sequence, "sequence")),
            _ => None,
        });
        if let (Some(answer), Some((kind, word))) = (logic.answer, read_as) {
            let reason = format!("the target's kind says how the answers are read: {word}");
            self.note(answer != kind, "logic.answer", &reason, "remove it, or change the kind of the target");
        }
    }

    /// Roles that a stronger one takes away, and those of a federation where there is none.
    fn roles(&mut self, network: &str, key: &str, [frozen, local, adapter]: [&Vec<String>; 3]) {
        let Some(graph) = self.model.networks().get(network).map(consil_nn::Network::graph) else { return };
        let graph = graph.clone();
        let has = |prefix: &str, role: Role| {
            let name = if prefix == "*" { network.to_owned() } else { format!("{network}.{prefix}") };
            graph.params().iter().any(|param| param.role == role && super::is_below(&param.name, &name))
        };
        for (field, names, role) in
            [("frozen", frozen, Role::Frozen), ("local", local, Role::Local), ("adapter", adapter, Role::Adapter)]
        {
            for name in names.iter().filter(|name| !has(name, role)) {
                let reason = format!("what `{name}` names has another role too, which goes before");
                self.note(true, format!("{key}.{field}"), &reason, "name each parameter under one role");
            }
        }
        if self.kind == RunKind::Central && self.spec.federate.is_none() {
            for (field, names, what) in
                [("local", local, "stays at its site"), ("adapter", adapter, "is sent as an adapter")]
            {
                let reason = format!("what is {field} is trained as all else, and {what} in a federation");
                self.note(!names.is_empty(), format!("{key}.{field}"), &reason, "remove it, or add [federate]");
            }
        }
    }

    /// Low-rank adapters that are of full rank.
    fn adapters(&mut self, network: &str, key: &str, lora: Option<usize>) {
        let Some(graph) = self.model.networks().get(network).map(consil_nn::Network::graph) else { return };
        let full = full_rank(graph);
        let n_adapters = graph.params().iter().filter(|param| param.name.ends_with(".lora_a")).count();
        let Some(AdaptedLayer { layer, rank, shape: [out, width] }) = full.first() else { return };
        let text = format!(
            "an adapter of rank {rank} is no smaller than the {out} × {width} weight of `{layer}` that it adapts"
        );
        let least = full.iter().map(|layer| layer.shape[0].min(layer.shape[1])).max().unwrap_or(1);
        match lora {
            // A network has layers of all sizes; one rank that suits some of them is a choice.
            Some(_) if full.len() < n_adapters => {}
            Some(_) => {
                let help = format!("set a rank below {least}, or remove lora and train the layers themselves");
                self.faults.push(SpecFault::new(format!("{key}.lora"), text, help));
            }
            None => {
                let help = format!("set a rank below {least}, or remove it and train the layer itself");
                let field = if network == HEAD { "head".to_owned() } else { format!("{key}.encoder") };
                self.faults.push(SpecFault::new(field, text, help));
            }
        }
    }

    /// The number of words of a modality, where it is text.
    fn vocabulary(&self, modality: &str) -> Option<usize> {
        self.model.preparations().get(modality)?.vocabulary()
    }
}

/// A linear layer with an adapter.
pub(crate) struct AdaptedLayer {
    /// Its name.
    pub layer: String,
    /// The adapter's rank.
    pub rank: usize,
    /// Its weight's.
    pub shape: [usize; 2],
}

/// The layers whose adapters are of full rank, so that they save nothing.
pub(crate) fn full_rank(graph: &consil_graph::Graph) -> Vec<AdaptedLayer> {
    let adapters = graph.params().iter().filter_map(|param| {
        let layer = param.name.strip_suffix(".lora_a")?;
        let &[rank, width] = param.shape.as_slice() else { return None };
        let other = graph.params().iter().find(|other| other.name.strip_suffix(".lora_b") == Some(layer))?;
        let out = *other.shape.first()?;
        Some(AdaptedLayer { layer: layer.to_owned(), rank, shape: [out, width] })
    });
    adapters.filter(|adapted| adapted.rank >= adapted.shape[0].min(adapted.shape[1])).collect()
}

/// The networks that the rules' queries ask; none where each row may have a query of its own.
fn asked(model: &Model) -> Option<BTreeSet<String>> {
    let rules = model.rules()?;
    let shared = rules.shared.as_ref()?;
    if model.fitted().targets.iter().any(|target| target.values == FittedValues::Facts) {
        return None;
    }
    let learned = rules.learned.as_ref().map(|learned| &learned.query);
    let groups = std::iter::once(shared).chain(learned).flat_map(|query| query.plan().groups());
    let networks = groups.filter_map(|leaf| match &leaf.kind {
        LeafKind::Neural { network, .. } => Some(network.clone()),
        _ => None,
    });
    Some(networks.collect())
}
