//! One variable of a worst-case-optimal join: for each binding, the values that all relations have.
//!
//! Each relation is sorted with the bound columns first and the variable next, so its candidates are a sorted slice; the
//! slices are intersected by leaping from candidate to candidate, which costs no more than the shortest of them times a
//! logarithm (Ngo, Ré & Rudra, "Skew strikes back", 2013; Veldhuizen, "Leapfrog triejoin", 2014).

use super::batch::{BATCH, Batch};
use super::execute::{State, Stop};
use super::plan::Lookup;
use super::run::Run;
use super::sort::gallop;

/// Fills `output` with each binding extended by each value of the intersection; full batches go to `next`.
pub(super) fn intersect(
    state: State,
    input: &Batch,
    variable: u32,
    lookups: &[Lookup],
    carry: &[u32],
    output: &mut Batch,
    next: &mut dyn FnMut(&Batch) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let runs: Vec<Vec<&Run>> = lookups
        .iter()
        .map(|lookup| {
            state.relations[lookup.predicate as usize].runs(lookup.order, lookup.view, state.ghosts).collect()
        })
        .collect();
    let mut ranges: Vec<Known> = lookups.iter().map(|_| Known::default()).collect();
    let mut values: Vec<u32> = Vec::new();
    let mut prefix: Vec<u32> = Vec::new();
    for binding in 0..input.len {
        for ((lookup, runs), known) in lookups.iter().zip(&runs).zip(&mut ranges) {
            prefix.clear();
            prefix.extend(lookup.prefix.iter().map(|&arg| input.value(arg, binding)));
            known.look_up(runs, &prefix);
        }
        values.clear();
        candidates(lookups, &runs, &ranges, &mut values);
        for chunk in values.chunks(BATCH) {
            if output.len + chunk.len() > BATCH {
                next(output)?;
                output.clear();
            }
            output.len += chunk.len();
            output.columns[variable as usize].extend_from_slice(chunk);
            for &carried in carry {
                let value = input.columns[carried as usize][binding];
                output.columns[carried as usize].extend(std::iter::repeat_n(value, chunk.len()));
            }
        }
    }
    Ok(())
}

/// The rows of each run that match a prefix, kept while the prefix stays the same.
#[derive(Default)]
struct Known {
    prefix: Option<Vec<u32>>,
    ranges: Vec<(usize, usize)>,
    total: usize,
}

impl Known {
    fn look_up(&mut self, runs: &[&Run], prefix: &[u32]) {
        if self.prefix.as_deref() == Some(prefix) {
            return;
        }
        let known = self.prefix.get_or_insert_default();
        known.clear();
        known.extend_from_slice(prefix);
        self.ranges.clear();
        self.ranges.extend(runs.iter().map(|run| run.find(prefix)));
        self.total = self.ranges.iter().map(|(low, high)| high - low).sum();
    }
}

fn candidates(lookups: &[Lookup], runs: &[Vec<&Run>], ranges: &[Known], values: &mut Vec<u32>) {
    let slices = |at: usize| {
        let column = lookups[at].prefix.len();
        runs[at].iter().zip(&ranges[at].ranges).map(move |(run, &(low, high))| &run.column(column)[low..high])
    };
    let Some(fewest) = (0..lookups.len()).min_by_key(|&at| ranges[at].total) else { return };
    if ranges[fewest].total == 0 {
        return;
    }
    // The usual case: two relations of one run each.
    if let ([_, _], 1, 1) = (lookups, runs[0].len(), runs[1].len())
        && let (Some(a), Some(b)) = (slices(0).next(), slices(1).next())
    {
        return both(a, b, values);
    }
    for slice in slices(fewest) {
        let begin = values.len();
        values.extend_from_slice(slice);
        let mut kept = begin;
        for at in begin..values.len() {
            if kept == begin || values[kept - 1] != values[at] {
                values[kept] = values[at];
                kept += 1;
            }
        }
        values.truncate(kept);
    }
    if runs[fewest].len() > 1 {
        values.sort_unstable();
        values.dedup();
    }
    for other in (0..lookups.len()).filter(|&at| at != fewest) {
        let mut others: Vec<(&[u32], usize)> = slices(other).map(|slice| (slice, 0)).collect();
        values.retain(|&value| {
            others.iter_mut().any(|(slice, at)| {
                *at = gallop(slice, *at, value);
                slice.get(*at) == Some(&value)
            })
        });
    }
}

/// Slices that differ this much in length are leapt through, others merged.
const LEAP: usize = 8;

fn both(a: &[u32], b: &[u32], values: &mut Vec<u32>) {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let from = values.len();
    if short.len() * LEAP < long.len() {
        let mut at = 0;
        for &value in short {
            at = gallop(long, at, value);
            if long.get(at) == Some(&value) {
                values.push(value);
            }
        }
    } else {
        let (mut i, mut j) = (0, 0);
        while i < short.len() && j < long.len() {
            let (x, y) = (short[i], long[j]);
            if x == y {
                values.push(x);
            }
            i += usize::from(x <= y);
            j += usize::from(y <= x);
        }
    }
    // A column that is followed by others may repeat a value; repetitions of both meet as often as in the shorter.
    let mut kept = from;
    for at in from..values.len() {
        if kept == from || values[kept - 1] != values[at] {
            values[kept] = values[at];
            kept += 1;
        }
    }
    values.truncate(kept);
}
