//! Several runs gone back through at once.

use consil_graph::{Array, Role};
use rayon::prelude::*;

use super::Trace;
use crate::gradients::{GradientPart, Gradients};
use crate::run_error::RunError;

/// A run with a cotangent for each of its outputs that has one.
type Run<'a> = (Trace<'a>, Vec<Option<Array>>);

/// Adds what [`Trace::backward`] of one run after the other would, to the bit. Runs that train no parameter in common go back at the same time: a step of
/// several small networks then keeps all cores busy, where each of them alone is too small for that.
///
/// # Errors
/// [`RunError`] where the cotangents of a run do not fit its outputs; nothing is added then.
pub fn backward_all(runs: Vec<(Trace<'_>, Vec<Option<Array>>)>, into: &mut Gradients) -> Result<(), RunError> {
    runs.iter().try_for_each(|(trace, cotangents)| trace.check(cotangents))?;
    let groups = groups(&runs);
    let mut part_of: Vec<Option<usize>> = Vec::new();
    let n_groups = groups.iter().max().map_or(0, |last| last + 1);
    let mut by_group: Vec<Vec<(usize, Run<'_>)>> = std::iter::repeat_with(Vec::new).take(n_groups).collect();
    for (i, (run, group)) in runs.into_iter().zip(groups).enumerate() {
        for slot in run.0.network.slots() {
            part_of.resize(part_of.len().max(slot.entry + 1), None);
            part_of[slot.entry] = Some(group);
        }
        by_group[group].push((i, run));
    }
    let parts = into.parts(n_groups, &part_of);
    let back = |(runs, mut part): (Vec<(usize, Run<'_>)>, GradientPart<'_>)| {
        let of_run = |(i, (mut trace, cotangents)): (usize, Run<'_>)| {
            trace.go_back_into(&cotangents, &mut part);
            (i, part.take_statistics())
        };
        runs.into_iter().map(of_run).collect::<Vec<_>>()
    };
    // Buffers move in the order of the runs, whoever came first.
    let mut statistics: Vec<_> = by_group.into_par_iter().zip(parts).flat_map_iter(back).collect();
    statistics.sort_by_key(|(i, _)| *i);
    statistics.into_iter().for_each(|(_, statistics)| into.keep_statistics(statistics));
    Ok(())
}

/// For each run the number of its group: runs that train or measure a parameter in common are of one group.
fn groups(runs: &[Run<'_>]) -> Vec<usize> {
    let mut group: Vec<usize> = (0..runs.len()).collect();
    let mut first: Vec<Option<usize>> = Vec::new();
    for (i, (trace, _)) in runs.iter().enumerate() {
        for slot in trace.network.slots().iter().filter(|slot| slot.role != Role::Frozen) {
            first.resize(first.len().max(slot.entry + 1), None);
            let mate = *first[slot.entry].get_or_insert(i);
            let (from, to) = (group[i].max(group[mate]), group[i].min(group[mate]));
            group.iter_mut().filter(|group| **group == from).for_each(|group| *group = to);
        }
    }
    // Numbered without gaps.
    let mut known: Vec<usize> = group.clone();
    known.sort_unstable();
    known.dedup();
    group.iter().map(|group| known.binary_search(group).expect("a group that is known")).collect()
}
