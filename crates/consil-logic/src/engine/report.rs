//! Errors of evaluation, with the clause they arose in.

use std::sync::Arc;

use super::builtins::BuiltinError;
use super::machine::Machine;
use super::table::Frame;
use crate::error::ReasonError;
use crate::rules::Rule;
use crate::store::{Shape, TermId};

impl Machine<'_> {
    /// A term for people; variables are numbered.
    pub(super) fn show(&self, term: TermId) -> String {
        self.rules.store.export(term, &|index| format!("_{index}").into()).to_string()
    }

    /// A term over a clause's variables, by their names.
    fn show_named(&self, rule: &Rule, term: TermId) -> String {
        self.rules.store.export(term, &|index| name_of(rule, index)).to_string()
    }

    pub(super) fn first_unbound(&self, rule: &Rule, term: TermId) -> String {
        let mut pending = vec![term];
        while let Some(term) = pending.pop() {
            match self.rules.store.shape(term) {
                Shape::Var(index) => return name_of(rule, index).to_string(),
                Shape::Compound(_, args) => pending.extend(args.iter().rev()),
                _ => {}
            }
        }
        "_".to_owned()
    }

    /// A goal that still lacks a value when nothing else is left to give it one.
    pub(super) fn unbound(&mut self, frame: &Frame, rule: &Rule, at: u16) -> ReasonError {
        let goal = rule.goals[at as usize];
        // Name the clause's own variable rather than what it was unified with.
        let mut variables: Vec<u32> = Vec::new();
        let mut pending = vec![goal.call];
        while let Some(term) = pending.pop() {
            match self.rules.store.shape(term) {
                Shape::Var(index) => variables.push(index),
                Shape::Compound(_, args) => pending.extend(args.iter().rev()),
                _ => {}
            }
        }
        let open = variables.into_iter().find(|&index| {
            let variable = self.rules.store.var(index);
            frame.bindings.resolve(&mut self.rules.store, variable).is_ok_and(|value| !self.rules.store.is_ground(value))
        });
        let variable = open.map_or_else(|| "_".to_owned(), |index| name_of(rule, index).to_string());
        ReasonError::Unbound { variable, goal: self.show_named(rule, goal.text), place: self.rules.place(frame.rule) }
    }

    pub(super) fn builtin_error(&mut self, frame: &Frame, rule: &Rule, at: u16, error: BuiltinError) -> ReasonError {
        let goal = match frame.bindings.resolve(&mut self.rules.store, rule.goals[at as usize].call) {
            Ok(goal) => self.show_named(rule, goal),
            Err(error) => return error,
        };
        let place = self.rules.place(frame.rule);
        match error {
            BuiltinError::Arithmetic(error) => ReasonError::Arithmetic { goal, error, place },
            BuiltinError::Type(needs) => ReasonError::Type { goal, needs, place },
            BuiltinError::Limit(error) => error,
        }
    }

    pub(super) fn non_ground(&self, rule: u32, answer: TermId) -> ReasonError {
        ReasonError::NonGround { answer: self.show(answer), place: self.rules.place(rule) }
    }

    pub(super) fn bad_probability(&self, rule: u32, value: String) -> ReasonError {
        let clause = self.show_named(&self.rules.rules[rule as usize], self.rules.rules[rule as usize].head);
        ReasonError::Probability { value, clause, place: self.rules.place(rule) }
    }
}

fn name_of(rule: &Rule, index: u32) -> Arc<str> {
    rule.names.get(index as usize).cloned().unwrap_or_else(|| format!("_{index}").into())
}
