//! Ground instances of random variables: one leaf group for each.

use super::bindings::Bindings;
use super::machine::Machine;
use super::table::Frame;
use crate::derivation::GroupSource;
use crate::error::ReasonError;
use crate::hash::FastMap;
use crate::program::SUM_TOLERANCE;
use crate::rules::{Choice, Rule};
use crate::store::TermId;

/// The groups made so far, by what makes them the same random variable.
#[derive(Default)]
pub(super) struct Leaves {
    /// A choice and the values of the variables that make an instance; with a head's slot for each head.
    choices: FastMap<(u32, Box<[TermId]>), Vec<Leaf>>,
    /// Open facts and decisions, by their ground atoms.
    open: FastMap<TermId, u32>,
    /// A network (as its first declaration with these classes) and its inputs.
    networks: FastMap<(u32, Box<[TermId]>), u32>,
}

/// What a head of a choice adds to a derivation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Leaf {
    /// Probability zero.
    Never,
    /// Probability one.
    Always,
    Slot(u32),
}

impl Leaves {
    /// The first slot of an open fact, if some derivation has come upon it.
    pub(super) fn open_slot(&self, atom: TermId) -> Option<u32> {
        self.open.get(&atom).copied()
    }
}

impl Machine<'_> {
    /// The leaf of a choice's head in the instance given by the bindings.
    pub(super) fn head_leaf(
        &mut self,
        rule_id: u32,
        choice: u32,
        index: usize,
        bindings: &Bindings,
    ) -> Result<Leaf, ReasonError> {
        if let Choice::Open { atom } = *self.rules.choices[choice as usize] {
            return self.open_leaf(rule_id, atom, bindings);
        }
        let declaration = self.rules.choices[choice as usize].clone();
        let Choice::Disjunction { weights, heads, instance } = &*declaration else { return Ok(Leaf::Never) };
        let mut values = Vec::with_capacity(instance.len());
        let mut open = None;
        for &index in instance {
            let variable = self.rules.store.var(index);
            let value = bindings.resolve(&mut self.rules.store, variable)?;
            open = open.or((!self.rules.store.is_ground(value)).then_some(index));
            values.push(value);
        }
        let key = (choice, values.into_boxed_slice());
        if let Some(leaves) = self.leaves.choices.get(&key) {
            return Ok(leaves[index]);
        }
        let mut ground = Vec::with_capacity(heads.len() + 1);
        for &head in heads {
            let head = bindings.resolve(&mut self.rules.store, head)?;
            if !self.rules.store.is_ground(head) {
                return Err(self.non_ground(rule_id, head));
            }
            ground.push(head);
        }
        // One choice for no value, or one for each? What a call has left open another may have bound.
        if let Some(variable) = open {
            return Err(self.open_choice(rule_id, ground[index], variable));
        }
        let mut probabilities = Vec::with_capacity(weights.len() + 1);
        for &weight in weights {
            probabilities.push(self.probability(rule_id, weight, bindings)?);
        }
        let leaves = self.disjunction(rule_id, choice, ground, probabilities)?;
        let leaf = leaves[index];
        self.leaves.choices.insert(key, leaves);
        Ok(leaf)
    }

    /// The leaf of an open fact or a decision: one for each ground atom, whichever clause gives it.
    fn open_leaf(&mut self, rule_id: u32, atom: TermId, bindings: &Bindings) -> Result<Leaf, ReasonError> {
        let atom = bindings.resolve(&mut self.rules.store, atom)?;
        if !self.rules.store.is_ground(atom) {
            return Err(self.non_ground(rule_id, atom));
        }
        if let Some(&slot) = self.leaves.open.get(&atom) {
            return Ok(Leaf::Slot(slot));
        }
        let group = self.graph.add_group(GroupSource::Open { atom }, 2);
        let slot = self.graph.groups[group as usize].first_slot;
        self.leaves.open.insert(atom, slot);
        Ok(Leaf::Slot(slot))
    }

    fn disjunction(
        &mut self,
        rule_id: u32,
        choice: u32,
        mut heads: Vec<TermId>,
        mut probabilities: Vec<f64>,
    ) -> Result<Vec<Leaf>, ReasonError> {
        let sum: f64 = probabilities.iter().sum();
        if sum > 1.0 + SUM_TOLERANCE {
            return Err(self.bad_probability(rule_id, sum.to_string()));
        }
        if let Some(sure) = probabilities.iter().position(|&p| p >= 1.0) {
            return Ok((0..heads.len()).map(|head| if head == sure { Leaf::Always } else { Leaf::Never }).collect());
        }
        let n_heads = heads.len();
        // What rounding of the sum cannot explain is the probability of none of them, however small: rare failures are such.
        if sum < 1.0 - n_heads as f64 * f64::EPSILON {
            heads.push(self.rules.store.atom("true"));
            probabilities.push(1.0 - sum);
        } else {
            probabilities.iter_mut().for_each(|p| *p /= sum);
        }
        let never: Vec<bool> = probabilities[..n_heads].iter().map(|&p| p == 0.0).collect();
        let n_slots = probabilities.len() as u32;
        let group = self.graph.add_group(GroupSource::Choice { choice, heads, probabilities }, n_slots);
        let first = self.graph.groups[group as usize].first_slot;
        Ok((first..).zip(never).map(|(slot, never)| if never { Leaf::Never } else { Leaf::Slot(slot) }).collect())
    }

    fn probability(&mut self, rule_id: u32, weight: TermId, bindings: &Bindings) -> Result<f64, ReasonError> {
        let weight = bindings.resolve(&mut self.rules.store, weight)?;
        if !self.rules.store.is_ground(weight) {
            let variable = self.show(weight);
            return Err(ReasonError::Unbound { variable, goal: self.show(weight), place: self.rules.place(rule_id) });
        }
        let value = super::builtins::evaluate(&self.rules.store, &Bindings::default(), weight);
        match value.ok().flatten().map(|number| number.as_f64()) {
            Some(value) if (0.0..=1.0).contains(&value) => Ok(value),
            _ => Err(self.bad_probability(rule_id, self.show(weight))),
        }
    }

    /// The first slot of a network's group for the inputs of a frame.
    pub(super) fn network_slots(&mut self, frame: &Frame, rule: &Rule, choice: u32) -> Result<u32, ReasonError> {
        let declaration = self.rules.choices[choice as usize].clone();
        let Choice::Neural { network, inputs, classes, .. } = &*declaration else {
            unreachable!("only neural clauses emit classes")
        };
        let mut ground = Vec::with_capacity(inputs.len());
        for &declared in inputs {
            let input = frame.bindings.resolve(&mut self.rules.store, declared)?;
            if !self.rules.store.is_ground(input) {
                let variable = self.first_unbound(frame, rule, declared);
                let goal = self.show(rule.head);
                return Err(ReasonError::Unbound { variable, goal, place: self.rules.place(frame.rule) });
            }
            ground.push(input);
        }
        // Two declarations over one network and the same classes speak of the same random variable.
        let first = self.rules.choices.iter().position(
            |other| matches!(&**other, Choice::Neural { network: n, classes: c, .. } if n == network && c == classes),
        );
        let key = (first.map_or(choice, |first| first as u32), ground.into_boxed_slice());
        if let Some(&slot) = self.leaves.networks.get(&key) {
            return Ok(slot);
        }
        let source = GroupSource::Neural { choice: key.0, inputs: key.1.clone() };
        let group = self.graph.add_group(source, classes.len() as u32);
        let slot = self.graph.groups[group as usize].first_slot;
        self.leaves.networks.insert(key, slot);
        Ok(slot)
    }
}
