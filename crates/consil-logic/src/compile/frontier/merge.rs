//! Fewer states at a level than there are, so that the diagram bounds the one it stands for.
//!
//! Reachability is monotone: a state whose relation is part of another's leads to the target in no more ways. So a state that is
//! not kept is replaced by a kept one: from below by one with less related, from above by one with more. What that costs is the
//! difference between two similar states, not a state's whole probability. Which states are kept, and which of several
//! replacements is taken, follows the probabilities known when compiling; the bounds hold under any.

use super::{FAILS, HOLDS, Level, States, Target, connect};

/// Which bound is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::compile) enum Side {
    Below,
    Above,
}

/// Steps from a state to one that is kept.
const MOST_STEPS: usize = 64;
/// What a replacement counts that concerns what the source reaches or what reaches the target, against one that does not.
const OF_END: f64 = 1e-9;
/// The target's bit in a row.
const TARGET: u64 = 2;

/// Keeps the most probable states, and says what becomes of each.
pub(super) fn keep(
    states: &States,
    masses: &mut Vec<f64>,
    n_kept: usize,
    side: Side,
    level: &Level,
) -> (States, Vec<Target>) {
    let k = level.from_work.len();
    let mut order: Vec<u32> = (0..states.len() as u32).collect();
    order.sort_unstable_by(|&a, &b| masses[b as usize].total_cmp(&masses[a as usize]).then(a.cmp(&b)));
    let mut kept = States::new(states.stride);
    let mut targets = vec![FAILS; states.len()];
    let mut kept_masses = Vec::with_capacity(n_kept);
    for &state in &order[..n_kept] {
        targets[state as usize] = kept.intern(states.row(state as usize));
        kept_masses.push(masses[state as usize]);
    }
    let mut search = Search { kept: &kept, k, side, level, candidate: Vec::new() };
    for &state in &order[n_kept..] {
        let target = search.replacement(states.row(state as usize), &kept_masses);
        targets[state as usize] = target;
        if let Some(mass) = kept_masses.get_mut(target as usize) {
            *mass += masses[state as usize];
        }
    }
    *masses = kept_masses;
    (kept, targets)
}

struct Search<'a> {
    kept: &'a States,
    /// Vertices of a state; what follows their rows are conditions decided in part, which stay as they are.
    k: usize,
    side: Side,
    level: &'a Level,
    candidate: Vec<u64>,
}

impl Search<'_> {
    /// The kept state that bounds another from the side wanted; failure or success if none is found.
    fn replacement(&mut self, state: &[u64], masses: &[f64]) -> Target {
        let mut current = state.to_vec();
        for _ in 0..MOST_STEPS {
            let mut best: Option<(f64, Target)> = None;
            let mut nearest: Option<(f64, Vec<u64>)> = None;
            for (x, y) in self.changes(&current) {
                let cost = self.change(&current, x, y);
                if self.candidate == current {
                    continue;
                }
                if let Some(found) = self.kept.find(&self.candidate) {
                    let score = masses[found as usize] / (cost * cost);
                    if best.is_none_or(|(other, _)| score > other) {
                        best = Some((score, found));
                    }
                } else if best.is_none() && nearest.as_ref().is_none_or(|(other, _)| cost < *other) {
                    nearest = Some((cost, self.candidate.clone()));
                }
            }
            match (best, nearest) {
                (Some((_, found)), _) => return found,
                (None, Some((_, next))) => current = next,
                (None, None) => break,
            }
        }
        match self.side {
            Side::Below => FAILS,
            Side::Above => HOLDS,
        }
    }

    /// From below: each vertex, to be cut off. From above: each two that are not related both ways, to be joined; one of each
    /// set of vertices that reach the same stands for all.
    fn changes(&self, state: &[u64]) -> Vec<(usize, usize)> {
        if self.side == Side::Below {
            return (2..self.k).map(|vertex| (vertex, vertex)).collect();
        }
        let related = |x: usize, y: usize| match x {
            0 => state[0] >> y & 1 == 1,
            _ => state[x] >> y & 1 == 1 && state[y] >> x & 1 == 1,
        };
        let first: Vec<usize> = (0..self.k).filter(|&y| y != 1 && (0..y).all(|x| x == 1 || !related(x, y))).collect();
        let pairs = first.iter().enumerate().flat_map(|(at, &x)| first[at + 1..].iter().map(move |&y| (x, y)));
        pairs.collect()
    }

    /// Makes the candidate, and says what the change costs: the more, the more vertices it concerns.
    fn change(&mut self, state: &[u64], x: usize, y: usize) -> f64 {
        self.candidate.clear();
        self.candidate.extend_from_slice(state);
        let reached = state[0];
        let of_source = |vertex: usize| vertex == 0 || reached >> vertex & 1 == 1;
        let of_target = |vertex: usize| state[vertex] & TARGET != 0;
        let size = |vertex: usize| {
            let n = match vertex {
                _ if of_source(vertex) => reached.count_ones(),
                _ if of_target(vertex) => state[..self.k].iter().filter(|row| **row & TARGET != 0).count() as u32,
                _ => state[vertex].count_ones(),
            };
            f64::from(1 + n)
        };
        let is_of_end = [x, y].into_iter().any(|vertex| of_source(vertex) || of_target(vertex));
        let rows = &mut self.candidate[..self.k];
        let cost = if self.side == Side::Below {
            rows[x] = 0;
            rows.iter_mut().for_each(|row| *row &= !(1 << x));
            size(x)
        } else {
            connect(rows, x, y);
            connect(rows, y, x);
            for (at, row) in rows.iter_mut().enumerate() {
                let gains = self.level.gains >> at & 1 == 1;
                *row = if gains { *row & self.level.gives & !(1 << at) } else { 0 };
            }
            super::settle(rows);
            size(x) * size(y)
        };
        if is_of_end { cost / OF_END.sqrt() } else { cost }
    }
}
