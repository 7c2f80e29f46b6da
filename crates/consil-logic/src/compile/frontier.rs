//! Reachability by its frontier: a decision diagram built from the top, one group after another.
//!
//! Once the groups above a level are decided, all that matters of them is which of the vertices with undecided arcs on both
//! sides reach which others, directly or through vertices that are done with. Two partial assignments with the same such
//! relation have the same future and share a node (the frontier method; Hardy, Lucet & Limnios, "K-terminal network
//! reliability measures with binary decision diagrams", IEEE Trans. Reliability 2007; Kawahara et al., "Frontier-based
//! search for enumerating all constrained subgraphs", IEICE 2017). The number of nodes depends on the width of the
//! network, not on its number of paths.
//!
//! Their relation is a partition, for undirected edges. Here it is any transitive relation, so that directed arcs,
//! one-way conditions and annotated disjunctions are covered alike; for undirected edges it *is* a partition.

mod merge;

use std::hash::Hasher;

pub(super) use merge::Side;

use super::reachability::{Network, SOURCE};
use crate::budget::{Budget, Limit};
use crate::diagram::{Diagram, Diagrams, FALSE, TRUE};
use crate::error::ReasonError;
use crate::hash::{IdTable, WordHasher};

/// Vertices that the frontier may have at once: bits of a row.
const MAX_WIDTH: usize = 64;

/// States between two looks at the clock.
const CLOCK_STATES: usize = 1024;

/// What becomes of a partial assignment.
type Target = u32;
/// The query fails whatever follows.
const FAILS: Target = u32::MAX;
/// The query holds whatever follows.
const HOLDS: Target = u32::MAX - 1;

/// The two diagrams between which a function lies; equal if it is known exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) lower: Diagram,
    pub(crate) upper: Diagram,
}

/// One level's view of the network.
struct Level {
    /// The level of the diagrams.
    level: u32,
    n_classes: usize,
    /// Vertices whose relation matters before, the source and the target first.
    before: Vec<u32>,
    /// Those, then the vertices that come in.
    n_work: usize,
    /// For each vertex after, its place in `work`.
    from_work: Vec<usize>,
    /// Vertices after that undecided arcs may still reach; the source among them.
    gains: u64,
    /// Vertices after that have undecided arcs; the target among them.
    gives: u64,
    source_waits: bool,
    target_waits: bool,
    /// Arcs whose condition depends on this level: their number, and their ends in `work`.
    arcs: Vec<(usize, usize, usize)>,
    /// Arcs undecided before with some of their levels decided, and those after.
    open_before: Vec<usize>,
    open_after: Vec<usize>,
}

/// A network with a diagram on each arc and the vertex that is asked for.
pub(super) struct Frontier<'a> {
    network: &'a Network,
    target: u32,
    conditions: Vec<Diagram>,
    levels: Vec<Level>,
}

impl<'a> Frontier<'a> {
    /// Plans the sweep; nothing if the frontier grows too wide.
    pub(super) fn new(
        network: &'a Network,
        target: u32,
        mut conditions: Vec<Diagram>,
        diagrams: &Diagrams,
    ) -> Option<Self> {
        network.drop_useless(target, &mut conditions);
        let supports: Vec<Vec<u32>> = conditions.iter().map(|&condition| diagrams.support(condition)).collect();
        let mut steps: Vec<u32> = supports.iter().flatten().copied().collect();
        steps.sort_unstable();
        steps.dedup();
        let mut frontier = Self { network, target, conditions, levels: Vec::new() };
        // Over the positions in `steps`: when an arc's first and last level come.
        let at = |level: &u32| steps.binary_search(level).expect("every level of a support is a step");
        let spans: Vec<Option<(usize, usize)>> =
            supports.iter().map(|support| Some((at(support.first()?), at(support.last()?)))).collect();
        let mut touched: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
        for (arc, support) in supports.iter().enumerate() {
            support.iter().for_each(|level| touched[at(level)].push(arc));
        }
        let long: Vec<usize> = (0..spans.len()).filter(|&arc| supports[arc].len() > 1).collect();
        let n = network.n_vertices;
        // A vertex lives from the first level of its arcs to the last. A certain arc is there from the beginning, and so
        // are its ends.
        let mut live: Vec<Option<(usize, usize)>> = vec![None; n];
        let (mut gains_until, mut gives_until) = (vec![None; n], vec![None; n]);
        for (index, arc) in network.arcs.iter().enumerate() {
            let (first, last) = match spans[index] {
                Some(span) => span,
                None if frontier.conditions[index] == TRUE => (0, 0),
                None => continue,
            };
            for vertex in [arc.from, arc.to] {
                let life = live[vertex as usize].get_or_insert((first, last));
                *life = (life.0.min(first), life.1.max(last));
            }
            if spans[index].is_some() {
                let (gains, gives) = (&mut gains_until[arc.to as usize], &mut gives_until[arc.from as usize]);
                *gains = (*gains).max(Some(last));
                *gives = (*gives).max(Some(last));
            }
        }
        let others: Vec<u32> = (1..n as u32).filter(|&vertex| vertex != target).collect();
        let mut before = vec![SOURCE, target];
        for (step, &level) in steps.iter().enumerate() {
            // The first level begins with the ends of all certain arcs, which are related before anything is decided.
            if step == 0 {
                before.extend(others.iter().filter(|&&v| frontier.certain_end(v)));
            }
            let mut work = before.clone();
            let lives = |vertex: u32| live[vertex as usize].is_some_and(|(first, last)| first <= step && step <= last);
            work.extend(others.iter().filter(|&&vertex| lives(vertex) && !before.contains(&vertex)));
            if work.len() > MAX_WIDTH {
                return None;
            }
            let after_step =
                |until: &[Option<usize>], vertex: u32| until[vertex as usize].is_some_and(|last| last > step);
            let mut after = vec![SOURCE, target];
            after.extend(
                work[2..].iter().copied().filter(|&v| after_step(&gains_until, v) || after_step(&gives_until, v)),
            );
            let place = |vertex: u32| work.iter().position(|&other| other == vertex).expect("a live vertex is at work");
            let mask = |until: &[Option<usize>], always: usize| {
                let ones = after.iter().enumerate().filter(|&(at, &v)| at == always || after_step(until, v));
                ones.fold(0u64, |mask, (at, _)| mask | 1 << at)
            };
            let open = |step: usize| -> Vec<usize> {
                let undecided = |arc: &usize| spans[*arc].is_some_and(|(first, last)| first < step && step <= last);
                long.iter().copied().filter(undecided).collect()
            };
            let ends = |&arc: &usize| (arc, place(network.arcs[arc].from), place(network.arcs[arc].to));
            let arcs = touched[step].iter().map(ends).collect();
            frontier.levels.push(Level {
                level,
                n_classes: diagrams.n_classes(level),
                from_work: after.iter().map(|&vertex| place(vertex)).collect(),
                gains: mask(&gains_until, 0),
                gives: mask(&gives_until, 1),
                source_waits: after_step(&gives_until, SOURCE),
                target_waits: after_step(&gains_until, target),
                arcs,
                open_before: open(step),
                open_after: open(step + 1),
                n_work: work.len(),
                before: std::mem::replace(&mut before, after),
            });
        }
        Some(frontier)
    }

    fn certain_end(&self, vertex: u32) -> bool {
        let mut arcs = self.network.arcs.iter().zip(&self.conditions);
        arcs.any(|(arc, &condition)| condition == TRUE && (arc.from == vertex || arc.to == vertex))
    }

    /// Sweeps the levels and folds the states into a diagram from the bottom. An error if there are more than so many states.
    pub(super) fn compile(
        &self,
        diagrams: &mut Diagrams,
        max_states: usize,
        budget: &Budget,
    ) -> Result<Diagram, ReasonError> {
        let mut states = States::default();
        let start = match self.start(&mut states) {
            HOLDS => return Ok(TRUE),
            FAILS => return Ok(FALSE),
            start => start,
        };
        debug_assert_eq!(start, 0);
        let mut transitions: Vec<Vec<Target>> = Vec::with_capacity(self.levels.len());
        budget.check_time()?;
        let (mut n_states, mut n_swept) = (0, 0usize);
        for (step, level) in self.levels.iter().enumerate() {
            n_states += states.len();
            if n_states > max_states {
                return Err(ReasonError::Budget { limit: Limit::Nodes(max_states) });
            }
            let mut next = States::new(self.stride(step + 1));
            let mut targets = Vec::with_capacity(states.len() * level.n_classes);
            let mut scratch = Scratch::default();
            for state in 0..states.len() {
                for class in 0..level.n_classes {
                    targets.push(self.advance(step, states.row(state), class, diagrams, &mut scratch, &mut next));
                }
                n_swept += 1;
                if n_swept.is_multiple_of(CLOCK_STATES) {
                    budget.check_time()?;
                }
            }
            transitions.push(targets);
            states = next;
        }
        self.fold(&transitions, diagrams)
    }

    /// Sweeps the levels with no more than so many states in all, which makes a bound from one side. Whether it is exact.
    ///
    /// `weights` holds the classes' probabilities by level of the diagrams: they say which states are kept.
    pub(super) fn bound(
        &self,
        diagrams: &mut Diagrams,
        side: Side,
        max_states: usize,
        weights: &[Vec<f64>],
        budget: &Budget,
    ) -> Result<(Diagram, bool), ReasonError> {
        let mut states = States::default();
        match self.start(&mut states) {
            HOLDS => return Ok((TRUE, true)),
            FAILS => return Ok((FALSE, true)),
            start => debug_assert_eq!(start, 0),
        }
        let mut masses = vec![1.0];
        let mut transitions: Vec<Vec<Target>> = Vec::with_capacity(self.levels.len());
        budget.check_time()?;
        let (mut left, mut is_exact, mut n_swept) = (max_states, true, 0usize);
        for (step, level) in self.levels.iter().enumerate() {
            left = left.saturating_sub(states.len());
            let mut next = States::new(self.stride(step + 1));
            let mut next_masses: Vec<f64> = Vec::new();
            let mut targets = Vec::with_capacity(states.len() * level.n_classes);
            let mut scratch = Scratch::default();
            for (state, &mass) in masses.iter().enumerate() {
                for (class, weight) in weights[level.level as usize].iter().enumerate() {
                    let target = self.advance(step, states.row(state), class, diagrams, &mut scratch, &mut next);
                    targets.push(target);
                    if target < HOLDS {
                        next_masses.resize(next.len(), 0.0);
                        next_masses[target as usize] += mass * weight;
                    }
                }
                n_swept += 1;
                if n_swept.is_multiple_of(CLOCK_STATES) {
                    budget.check_time()?;
                }
            }
            // What the levels before have not used is shared among those to come.
            let n_kept = (left / (self.levels.len() - step)).max(1);
            if next.len() > n_kept {
                is_exact = false;
                let (kept, renumbered) = merge::keep(&next, &mut next_masses, n_kept, side, level);
                for target in targets.iter_mut().filter(|target| **target < HOLDS) {
                    *target = renumbered[*target as usize];
                }
                next = kept;
            }
            transitions.push(targets);
            (states, masses) = (next, next_masses);
        }
        Ok((self.fold(&transitions, diagrams)?, is_exact))
    }

    /// From the last level up: each state's node, from its targets' nodes.
    fn fold(&self, transitions: &[Vec<Target>], diagrams: &mut Diagrams) -> Result<Diagram, ReasonError> {
        let mut below: Vec<Diagram> = Vec::new();
        let mut children = Vec::new();
        for (level, targets) in self.levels.iter().zip(transitions).rev() {
            let mut nodes = Vec::with_capacity(targets.len() / level.n_classes);
            for targets in targets.chunks_exact(level.n_classes) {
                children.clear();
                children.extend(targets.iter().map(|&target| match target {
                    FAILS => FALSE,
                    HOLDS => TRUE,
                    state => below[state as usize],
                }));
                nodes.push(diagrams.node(level.level, &children)?);
            }
            below = nodes;
        }
        Ok(below[0])
    }

    /// Words of a state before a step: the relation's rows, and the conditions decided in part.
    fn stride(&self, step: usize) -> usize {
        self.levels.get(step).map_or(2, |level| level.before.len() + level.open_before.len())
    }

    /// The state in which only certain arcs are there.
    fn start(&self, states: &mut States) -> Target {
        let Some(first) = self.levels.first() else {
            return self.certain();
        };
        let k = first.before.len();
        let mut rows = vec![0u64; k];
        let place = |vertex: u32| first.before.iter().position(|&other| other == vertex).expect("it begins the sweep");
        for (arc, _) in self.network.arcs.iter().zip(&self.conditions).filter(|&(_, &c)| c == TRUE) {
            connect(&mut rows, place(arc.from), place(arc.to));
        }
        if rows[0] & 2 != 0 {
            return HOLDS;
        }
        *states = States::new(k);
        states.intern(&rows)
    }

    /// The answer if no condition depends on anything.
    fn certain(&self) -> Target {
        let mut reached = vec![false; self.network.n_vertices];
        reached[SOURCE as usize] = true;
        loop {
            let mut changed = false;
            for (arc, &condition) in self.network.arcs.iter().zip(&self.conditions) {
                if condition == TRUE && reached[arc.from as usize] && !reached[arc.to as usize] {
                    (reached[arc.to as usize], changed) = (true, true);
                }
            }
            if !changed {
                return if reached[self.target as usize] { HOLDS } else { FAILS };
            }
        }
    }

    /// The state after a step's group has come out as `class`.
    fn advance(
        &self,
        step: usize,
        state: &[u64],
        class: usize,
        diagrams: &Diagrams,
        scratch: &mut Scratch,
        next: &mut States,
    ) -> Target {
        let level = &self.levels[step];
        let (rows, open) = state.split_at(level.before.len());
        scratch.rows.clear();
        scratch.rows.extend_from_slice(rows);
        scratch.rows.resize(level.n_work, 0);
        let condition = |arc: usize| match level.open_before.binary_search(&arc) {
            Ok(at) => open[at] as Diagram,
            Err(_) => self.conditions[arc],
        };
        scratch.decided.clear();
        for &(arc, from, to) in &level.arcs {
            let decided = diagrams.cofactor(condition(arc), level.level, class);
            if decided == TRUE {
                connect(&mut scratch.rows, from, to);
            }
            scratch.decided.push((arc, if decided == TRUE { FALSE } else { decided }));
        }
        if scratch.rows[0] & 2 != 0 {
            return HOLDS;
        }
        scratch.key.clear();
        for (at, &place) in level.from_work.iter().enumerate() {
            let row = if level.gains >> at & 1 == 1 { gather(scratch.rows[place], &level.from_work) } else { 0 };
            scratch.key.push(row & level.gives & !(1 << at));
        }
        if (scratch.key[0] == 0 && !level.source_waits)
            || (!level.target_waits && scratch.key.iter().all(|row| row & 2 == 0))
        {
            return FAILS;
        }
        settle(&mut scratch.key);
        for &arc in &level.open_after {
            let decided = scratch.decided.iter().find(|(other, _)| *other == arc);
            scratch.key.push(u64::from(decided.map_or_else(|| condition(arc), |&(_, decided)| decided)));
        }
        next.intern(&scratch.key)
    }
}

/// Memory of [`Frontier::advance`].
#[derive(Default)]
struct Scratch {
    rows: Vec<u64>,
    key: Vec<u64>,
    decided: Vec<(usize, Diagram)>,
}

/// What the source reaches needs no other way there, and what reaches the target no other way on.
fn settle(rows: &mut [u64]) {
    let reached = rows[0];
    rows[1] = 0;
    for (at, row) in rows.iter_mut().enumerate().skip(1) {
        *row = if reached >> at & 1 == 1 { 0 } else { *row & !reached };
        if *row & 2 != 0 {
            *row = 2;
        }
    }
}

/// Adds an arc to a transitively closed relation, each row the set of what its vertex reaches.
fn connect(rows: &mut [u64], from: usize, to: usize) {
    if rows[from] >> to & 1 == 1 || from == to {
        return;
    }
    let reached = rows[to] | 1 << to;
    for (at, row) in rows.iter_mut().enumerate() {
        if at == from || *row >> from & 1 == 1 {
            *row |= reached;
        }
    }
}

/// The bits at `places`, side by side.
fn gather(row: u64, places: &[usize]) -> u64 {
    places.iter().enumerate().fold(0, |bits, (at, &place)| bits | (row >> place & 1) << at)
}

/// The distinct states of one level.
#[derive(Default)]
struct States {
    stride: usize,
    words: Vec<u64>,
    n: usize,
    index: IdTable,
}

impl States {
    fn new(stride: usize) -> Self {
        Self { stride, ..Self::default() }
    }

    fn len(&self) -> usize {
        self.n
    }

    fn row(&self, state: usize) -> &[u64] {
        &self.words[state * self.stride..(state + 1) * self.stride]
    }

    fn find(&self, key: &[u64]) -> Option<Target> {
        self.index.find(hash_words(key), |id| self.row(id as usize) == key)
    }

    fn intern(&mut self, key: &[u64]) -> Target {
        debug_assert_eq!(key.len(), self.stride);
        let hash = hash_words(key);
        if let Some(id) = self.index.find(hash, |id| self.row(id as usize) == key) {
            return id;
        }
        let id = self.n as u32;
        self.words.extend_from_slice(key);
        self.n += 1;
        let (words, stride) = (&self.words, self.stride);
        self.index.insert(hash, id, |id| hash_words(&words[id as usize * stride..(id as usize + 1) * stride]));
        id
    }
}

fn hash_words(words: &[u64]) -> u64 {
    let mut hasher = WordHasher::default();
    words.iter().for_each(|&word| hasher.word(word));
    hasher.finish()
}
