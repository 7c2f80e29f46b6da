//! Which of several nodes can hold together.
//!
//! n nodes have 2^n sets, of which few may be possible: the heads of a disjunction exclude each other, and an answer excludes
//! what rests on its negation. The sets are built node by node, and one is dropped as soon as what it assumes contradicts
//! itself by the rules of unit propagation. What is dropped cannot be; what is left may still be impossible for deeper
//! reasons, and has probability zero then.

use crate::budget::{Budget, Limit};
use crate::derivation::{Graph, Literal};
use crate::error::ReasonError;
use crate::hash::FastMap;

/// Facts that one assumption may entail before it is believed as it stands.
const MOST_ENTAILED: usize = 1000;
/// Steps between two looks at the clock.
const TIME_CHECK: u64 = 4096;

/// Sets of nodes, for each node whether it is in the set.
pub(super) struct Sets {
    pub(super) sets: Vec<Vec<bool>>,
    pub(super) n_steps: u64,
}

/// The sets of nodes that may hold, the others failing, where `given` holds: from all of them to none, counting down with the
/// last node as the highest digit.
pub(super) fn possible_sets(
    graph: &Graph,
    given: &[(u32, Literal)],
    nodes: &[u32],
    budget: &Budget,
) -> Result<Sets, ReasonError> {
    let too_many = || ReasonError::Budget { limit: Limit::Answers(budget.max_answers) };
    let is_over =
        |n: usize| u32::try_from(n).ok().and_then(|n| 1usize.checked_shl(n)).is_none_or(|n| n > budget.max_answers);
    // Nodes that nothing connects double the sets each.
    if is_over(nodes.len()) && is_over(unconnected(graph, nodes)) {
        return Err(too_many());
    }
    let mut known = Known {
        graph,
        facts: FastMap::default(),
        chosen: FastMap::default(),
        excluded: FastMap::default(),
        trail: Vec::new(),
    };
    let mut found = Sets { sets: Vec::new(), n_steps: 0 };
    for &(_, literal) in given {
        if !known.assume(literal, true) {
            return Ok(found);
        }
    }
    // The nodes' truth from the last one on, each with what was known before.
    let mut path: Vec<(bool, usize)> = Vec::with_capacity(nodes.len());
    let mut trying = Some(true);
    loop {
        let before = known.trail.len();
        trying = match trying {
            Some(holds) if path.len() < nodes.len() => {
                let node = nodes[nodes.len() - 1 - path.len()];
                let is_possible = known.assume(Literal::Node(node), holds);
                found.n_steps += 1 + (known.trail.len() - before) as u64;
                if found.n_steps > budget.max_steps {
                    return Err(ReasonError::Budget { limit: Limit::Steps(budget.max_steps) });
                }
                if is_possible {
                    path.push((holds, before));
                    Some(true)
                } else {
                    known.forget(before);
                    holds.then_some(false)
                }
            }
            Some(_) => {
                if found.sets.len() >= budget.max_answers {
                    return Err(too_many());
                }
                if (found.sets.len() as u64).is_multiple_of(TIME_CHECK) {
                    budget.check_time()?;
                }
                found.sets.push(path.iter().rev().map(|(holds, _)| *holds).collect());
                None
            }
            None => match path.pop() {
                None => return Ok(found),
                Some((holds, before)) => {
                    known.forget(before);
                    holds.then_some(false)
                }
            },
        };
    }
}

/// How many of the nodes rest on groups that no other one rests on.
fn unconnected(graph: &Graph, nodes: &[u32]) -> usize {
    let mut owners: FastMap<(bool, u32), usize> = FastMap::default();
    let mut is_shared = vec![false; nodes.len()];
    for (index, &node) in nodes.iter().enumerate() {
        let mut pending = vec![Literal::Node(node)];
        while let Some(literal) = pending.pop() {
            let key = match literal {
                Literal::Leaf(slot) => (true, graph.slot_group(slot)),
                Literal::Node(or) | Literal::Not(or) => (false, or),
            };
            match owners.get(&key) {
                Some(&owner) if owner == index => continue,
                Some(&owner) => {
                    (is_shared[owner], is_shared[index]) = (true, true);
                    continue;
                }
                None => owners.insert(key, index),
            };
            if let Literal::Node(or) | Literal::Not(or) = literal {
                pending.extend(graph.ors[or as usize].ands.iter().flat_map(|&and| graph.and_literals(and)));
            }
        }
    }
    is_shared.iter().filter(|shared| !**shared).count()
}

/// What is assumed, and what follows.
struct Known<'g> {
    graph: &'g Graph,
    /// The truth of nodes.
    facts: FastMap<u32, bool>,
    /// The slot that each group came out as.
    chosen: FastMap<u32, u32>,
    /// The slots that did not come out, and for each group how many.
    excluded: FastMap<(bool, u32), u32>,
    trail: Vec<Learned>,
}

/// What to take back.
enum Learned {
    Node(u32),
    Chosen(u32),
    Excluded(u32),
}

impl Known<'_> {
    fn forget(&mut self, before: usize) {
        while self.trail.len() > before {
            match self.trail.pop() {
                Some(Learned::Node(or)) => {
                    self.facts.remove(&or);
                }
                Some(Learned::Chosen(group)) => {
                    self.chosen.remove(&group);
                }
                Some(Learned::Excluded(slot)) => {
                    self.excluded.remove(&(false, slot));
                    if let Some(n) = self.excluded.get_mut(&(true, self.graph.slot_group(slot))) {
                        *n -= 1;
                    }
                }
                None => {}
            }
        }
    }

    /// Whether a literal is known to hold or to fail.
    fn truth(&self, literal: Literal) -> Option<bool> {
        match literal {
            Literal::Node(or) if self.graph.is_true(or) => Some(true),
            Literal::Not(or) if self.graph.is_true(or) => Some(false),
            Literal::Node(or) => self.facts.get(&or).copied(),
            Literal::Not(or) => self.facts.get(&or).map(|holds| !holds),
            Literal::Leaf(slot) => match self.chosen.get(&self.graph.slot_group(slot)) {
                Some(&chosen) => Some(chosen == slot),
                None => self.excluded.contains_key(&(false, slot)).then_some(false),
            },
        }
    }

    /// Takes a literal for true or false, with what follows; false if that contradicts what is known.
    fn assume(&mut self, literal: Literal, holds: bool) -> bool {
        let end = self.trail.len() + MOST_ENTAILED;
        let mut pending = vec![(literal, holds)];
        while let Some((literal, holds)) = pending.pop() {
            match self.truth(literal) {
                Some(known) if known == holds => continue,
                Some(_) => return false,
                None => {}
            }
            if self.trail.len() >= end {
                continue;
            }
            match literal {
                Literal::Leaf(slot) if holds => self.choose(slot),
                Literal::Leaf(slot) => self.exclude(slot),
                Literal::Node(or) | Literal::Not(or) => {
                    let holds = holds == matches!(literal, Literal::Node(_));
                    self.facts.insert(or, holds);
                    self.trail.push(Learned::Node(or));
                    if self.graph.ors[or as usize].is_closed && !self.entail(or, holds, &mut pending) {
                        return false;
                    }
                }
            }
        }
        true
    }

    fn choose(&mut self, slot: u32) {
        let group = self.graph.slot_group(slot);
        self.chosen.insert(group, slot);
        self.trail.push(Learned::Chosen(group));
    }

    /// A group comes out as one of its slots: the last one left.
    fn exclude(&mut self, slot: u32) {
        let group = self.graph.slot_group(slot);
        self.excluded.insert((false, slot), 1);
        self.trail.push(Learned::Excluded(slot));
        let n = self.excluded.entry((true, group)).or_default();
        *n += 1;
        let crate::derivation::Group { first_slot, n_slots, .. } = self.graph.groups[group as usize];
        if *n + 1 == n_slots {
            let left = (first_slot..first_slot + n_slots).find(|&slot| !self.excluded.contains_key(&(false, slot)));
            left.into_iter().for_each(|slot| self.choose(slot));
        }
    }

    /// What the truth of a node says about its alternatives: if it holds, the only one that can; if it fails, that something
    /// fails in each.
    fn entail(&self, or: u32, holds: bool, pending: &mut Vec<(Literal, bool)>) -> bool {
        let ands = &self.graph.ors[or as usize].ands;
        if holds {
            let is_possible =
                |and: &&u32| self.graph.and_literals(**and).iter().all(|&part| self.truth(part) != Some(false));
            let mut possible = ands.iter().filter(is_possible);
            match (possible.next(), possible.next()) {
                (None, _) => return false,
                (Some(&only), None) => pending.extend(self.graph.and_literals(only).iter().map(|&part| (part, true))),
                _ => {}
            }
            return true;
        }
        for &and in ands {
            let mut undecided = None;
            let mut n_undecided = 0;
            let mut fails = false;
            for &part in self.graph.and_literals(and) {
                match self.truth(part) {
                    Some(true) => {}
                    Some(false) => fails = true,
                    None => {
                        n_undecided += 1;
                        undecided = Some(part);
                    }
                }
            }
            match (fails, n_undecided, undecided) {
                (true, ..) => {}
                (false, 0, _) => return false,
                (false, 1, Some(part)) => pending.push((part, false)),
                _ => {}
            }
        }
        true
    }
}
