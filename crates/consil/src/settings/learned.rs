//! Settings of training that leave nothing to learn, or that no parameter follows.

use consil_diagnostic::suggest::nearest_or_all;
use consil_graph::{Entry, Layout, Role};
use consil_nn::{GroupConfig, TrainConfig};

use super::is_below;
use crate::spec::Spec;
use crate::spec_fault::SpecFault;

/// What of the roles, groups and stages has no parameter, or no effect on any.
pub(super) fn faults(spec: &Spec, layout: &Layout) -> Vec<SpecFault> {
    let mut faults = unknown(&spec.train, layout);
    if !layout.entries().iter().any(|entry| entry.role.is_trained()) {
        let key = frozen_by(spec).unwrap_or_else(|| "fine-tune.freeze".to_owned());
        faults.push(SpecFault::new(
            key,
            "nothing is left to learn: every parameter is frozen",
            "leave some of them to be trained",
        ));
        return faults;
    }
    if faults.is_empty() {
        groups(&spec.train, layout, &mut faults);
        stages(&spec.train, layout, &mut faults);
    }
    faults
}

/// Names that no parameter of the networks has: what they ask for would not happen.
fn unknown(train: &TrainConfig, layout: &Layout) -> Vec<SpecFault> {
    let names = || layout.entries().iter().map(|entry| entry.name.as_str());
    let is_known = |prefix: &str| names().any(|name| is_below(name, prefix));
    let groups = train.groups.iter().map(|group| ("train.groups", &group.params));
    let stages = train.stages.iter().flat_map(|stage| stage.freeze.iter().map(|name| ("train.stages", name)));
    let unknown = groups.chain(stages).filter(|(_, prefix)| !is_known(prefix));
    let fault = |(key, prefix): (&str, &String)| {
        let problem = format!("no parameter is called or begins with `{prefix}`");
        SpecFault::new(key, problem, nearest_or_all(prefix, names()))
    };
    unknown.map(fault).collect()
}

/// The key that freezes.
fn frozen_by(spec: &Spec) -> Option<String> {
    let head = spec.head.iter().filter(|head| !head.frozen.is_empty()).map(|_| "head.frozen".to_owned());
    let networks = spec.network.iter().filter(|(_, network)| !network.frozen.is_empty());
    head.chain(networks.map(|(name, _)| format!("network.{name}.frozen"))).next()
}

/// What a parameter's learning rate is multiplied by: as the last group says that names it.
fn factor(groups: &[GroupConfig], name: &str) -> f32 {
    groups.iter().rev().find(|group| is_below(name, &group.params)).map_or(1.0, |group| group.lr_factor)
}

fn trained(layout: &Layout) -> impl Iterator<Item = &Entry> {
    layout.entries().iter().filter(|entry| entry.role.is_trained())
}

fn groups(train: &TrainConfig, layout: &Layout, faults: &mut Vec<SpecFault>) {
    for (at, group) in train.groups.iter().enumerate() {
        let mut others = train.groups.clone();
        others.remove(at);
        let changes = |entry: &Entry| factor(&train.groups, &entry.name) != factor(&others, &entry.name);
        if !trained(layout).any(changes) {
            let is_frozen = !trained(layout).any(|entry| is_below(&entry.name, &group.params));
            let later = &train.groups[at + 1..];
            let is_later = |entry: &Entry| later.iter().any(|later| is_below(&entry.name, &later.params));
            let is_shadowed = trained(layout).filter(|entry| is_below(&entry.name, &group.params)).all(is_later);
            let reason = match (is_frozen, is_shadowed) {
                (true, _) => format!("all of `{}` is frozen", group.params),
                (false, true) => format!("later groups name all of `{}`, and the last that fits counts", group.params),
                (false, false) => format!("`{}` learns at the rate {} without it too", group.params, group.lr_factor),
            };
            faults.push(SpecFault::without_effect("train.groups", &reason, "remove the group, or change it"));
        }
    }
    if !train.groups.is_empty() && trained(layout).all(|entry| factor(&train.groups, &entry.name) == 0.0) {
        let problem = "nothing is left to learn: every parameter has the factor 0";
        faults.push(SpecFault::new("train.groups", problem, "leave some of them to be trained"));
    }
}

fn stages(train: &TrainConfig, layout: &Layout, faults: &mut Vec<SpecFault>) {
    let moves = |entry: &&Entry| factor(&train.groups, &entry.name) != 0.0;
    // Statistics of batch normalisation move without being trained.
    let has_statistics = layout.entries().iter().any(|entry| entry.role == Role::Buffer);
    for (at, stage) in train.stages.iter().enumerate() {
        for name in &stage.freeze {
            if !trained(layout).filter(moves).any(|entry| is_below(&entry.name, name)) {
                let reason = format!("what stage {} freezes, `{name}`, is not trained in any stage", at + 1);
                faults.push(SpecFault::without_effect("train.stages", &reason, "remove it from the stage"));
            }
        }
        let is_frozen = |entry: &Entry| stage.freeze.iter().any(|name| is_below(&entry.name, name));
        let learns = stage.lr_factor != 0.0 && trained(layout).filter(moves).any(|entry| !is_frozen(entry));
        if !learns && !has_statistics {
            let problem =
                format!("stage {} learns nothing: all of its parameters are frozen, or its rate is 0", at + 1);
            faults.push(SpecFault::new("train.stages", problem, "remove the stage, or leave it something to train"));
        }
    }
}
