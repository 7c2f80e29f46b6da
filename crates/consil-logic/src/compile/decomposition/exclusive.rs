//! OR nodes that exclude each other, gathered as the values of one variable.
//!
//! Two nodes exclude each other if every alternative of the one contradicts every alternative of the other: they want two values of
//! one variable. As the nodes come children first, and exclusive children are values of one variable already, this is an induction:
//! the states of a Markov chain exclude each other at time t because they do at t − 1 and the transitions do.

use super::condition::{Condition, are_exclusive};
use crate::hash::FastMap;

/// Comparisons of conditions, at most; then nodes stay by themselves.
const MAX_WORK: usize = 20_000_000;
/// Variables that a node may join, looked at from the one made last.
const MAX_CANDIDATES: usize = 8;
/// Values of a variable of nodes.
const MAX_VALUES: usize = 1 << 10;

/// A variable of exclusive nodes, and the alternatives that give each of its values.
pub(super) struct Definition {
    pub(super) variable: u32,
    pub(super) alternatives: Vec<(u32, Vec<Condition>)>,
    n_values: u32,
    is_open: bool,
}

/// The variables of nodes made so far.
#[derive(Default)]
pub(super) struct Exclusive {
    definitions: Vec<Definition>,
    places: FastMap<u32, usize>,
    /// The definitions whose alternatives want a value of a variable.
    by_variable: FastMap<u32, Vec<usize>>,
    work: usize,
}

impl Exclusive {
    /// A new variable, which other nodes may join if it is open.
    pub(super) fn open(&mut self, variable: u32, is_open: bool) {
        self.places.insert(variable, self.definitions.len());
        self.definitions.push(Definition { variable, alternatives: Vec::new(), n_values: 0, is_open });
    }

    /// Adds a node to a variable, as one of its values.
    pub(super) fn add(&mut self, variable: u32, value: u32, alternatives: Vec<Vec<Condition>>) {
        let place = self.places[&variable];
        for condition in alternatives.iter().flatten().filter(|condition| condition.holds) {
            let users = self.by_variable.entry(condition.variable).or_default();
            if users.last() != Some(&place) && self.definitions[place].is_open {
                users.push(place);
            }
        }
        let definition = &mut self.definitions[place];
        definition.n_values += 1;
        definition.alternatives.extend(alternatives.into_iter().map(|conditions| (value, conditions)));
    }

    /// A variable, and its next value, all of whose nodes exclude a node with these alternatives.
    pub(super) fn join(&mut self, alternatives: &[Vec<Condition>]) -> Option<(u32, u32)> {
        let mut candidates: Vec<usize> = Vec::new();
        for condition in alternatives.iter().flatten().filter(|condition| condition.holds) {
            let users = self.by_variable.get(&condition.variable).map_or(&[][..], |users| users);
            candidates.extend(users.iter().rev().take(MAX_CANDIDATES));
        }
        candidates.sort_unstable_by(|a, b| b.cmp(a));
        candidates.dedup();
        candidates.truncate(MAX_CANDIDATES);
        let place = candidates.into_iter().find(|&place| self.excludes(place, alternatives))?;
        let definition = &self.definitions[place];
        Some((definition.variable, definition.n_values + 1))
    }

    fn excludes(&mut self, place: usize, alternatives: &[Vec<Condition>]) -> bool {
        let definition = &self.definitions[place];
        if definition.n_values as usize >= MAX_VALUES || self.work > MAX_WORK {
            return false;
        }
        for (_, other) in &definition.alternatives {
            for own in alternatives {
                self.work += other.len() * own.len();
                if !are_exclusive(other, own) {
                    return false;
                }
            }
        }
        true
    }

    /// All variables with what defines them.
    pub(super) fn into_definitions(self) -> Vec<Definition> {
        self.definitions
    }
}
