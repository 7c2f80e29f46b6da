//! What the leaves of a derivation stand for, in terms of the program.

use super::machine::Machine;
use crate::derivation::{GroupSource, Trimmed, TrimmedGroup};
use crate::leaf::{LeafGroup, LeafKind};
use crate::rules::Choice;
use crate::store::TermId;

/// The random variables that a trimmed graph rests on, in the order of its slots.
pub(super) fn leaf_groups(machine: &Machine, trimmed: &Trimmed) -> Vec<LeafGroup> {
    let store = &machine.rules.store;
    let export = |term: &TermId| store.export(*term, &|index| format!("_{index}").into());
    let group = |group: &TrimmedGroup| {
        let slots = group.first_slot as usize..(group.first_slot + group.n_slots) as usize;
        let kind = match &machine.graph.groups[group.group as usize].source {
            GroupSource::Neural { choice, inputs } => match &*machine.rules.choices[*choice as usize] {
                Choice::Neural { network, classes, .. } => LeafKind::Neural {
                    network: network.clone(),
                    inputs: inputs.iter().map(export).collect(),
                    classes: classes.iter().map(export).collect(),
                },
                _ => unreachable!("a neural group comes from a neural clause"),
            },
            GroupSource::Choice { choice, heads, probabilities } => LeafKind::Choice {
                clause: (*choice as usize).wrapping_sub(machine.rules.n_library_choices),
                heads: heads.iter().map(export).collect(),
                probabilities: probabilities.clone(),
            },
            GroupSource::Open { atom } => LeafKind::Fact { atom: export(atom) },
            GroupSource::Unknown => unreachable!("what is unknown is decided before a graph is trimmed"),
        };
        LeafGroup { kind, slots }
    };
    trimmed.groups.iter().map(group).collect()
}

/// The probabilities of a group's classes as far as the program knows them; equal ones for networks and open facts.
pub(super) fn known_or_even(group: &LeafGroup) -> Vec<f64> {
    match &group.kind {
        LeafKind::Choice { probabilities, .. } => probabilities.clone(),
        _ => vec![1.0 / group.slots.len() as f64; group.slots.len()],
    }
}
