//! Errors of evaluation, with the clause they arose in.

use std::sync::Arc;

use super::builtins::BuiltinError;
use super::machine::Machine;
use super::table::Frame;
use crate::error::ReasonError;
use crate::number::ArithmeticError;
use crate::rules::{Code, Goal, Rule};
use crate::store::{Shape, TermId};
use crate::term::Term;

impl Machine<'_> {
    /// A term for people; variables are numbered, and a part of a clause is shown as what it stands for.
    pub(super) fn show(&self, term: TermId) -> String {
        let store = &self.rules.store;
        let name = |index: u32| -> Arc<str> { format!("_{index}").into() };
        let part = store.functor(term).and_then(|(name, arity)| self.rules.find(store.name(name), arity));
        let Some(text) = part.and_then(|predicate| self.rules.predicates[predicate as usize].text) else {
            return store.export(term, &name).to_string();
        };
        let args = match store.shape(term) {
            Shape::Compound(_, args) => args,
            _ => &[],
        };
        let shown = store.export(text, &name).substitute(&|variable| {
            let index: Option<usize> = variable.strip_prefix('_').and_then(|digits| digits.parse().ok());
            let value = index.and_then(|index| args.get(index));
            value.map_or_else(|| Term::Var(variable.clone()), |&value| store.export(value, &name))
        });
        shown.to_string()
    }

    pub(super) fn type_error(&mut self, frame: &Frame, needs: &'static str) -> ReasonError {
        let rule = self.rules.rules[frame.rule as usize].clone();
        self.builtin_error(frame, &rule, frame.at, BuiltinError::Type(needs))
    }

    pub(super) fn arithmetic_error(&mut self, frame: &Frame, error: ArithmeticError) -> ReasonError {
        let rule = self.rules.rules[frame.rule as usize].clone();
        self.builtin_error(frame, &rule, frame.at, BuiltinError::Arithmetic(error))
    }

    /// A term over a clause's variables, by their names.
    fn show_named(&self, rule: &Rule, term: TermId) -> String {
        self.rules.store.export(term, &|index| name_of(rule, index)).to_string()
    }

    /// The first of the clause's own variables in a term that has no value yet.
    pub(super) fn first_unbound(&mut self, frame: &Frame, rule: &Rule, term: TermId) -> String {
        let mut variables: Vec<u32> = Vec::new();
        let mut pending = vec![term];
        while let Some(term) = pending.pop() {
            match self.rules.store.shape(term) {
                Shape::Var(index) => variables.push(index),
                Shape::Compound(_, args) => pending.extend(args.iter().rev()),
                _ => {}
            }
        }
        let open = variables.into_iter().find(|&index| {
            let variable = self.rules.store.var(index);
            let value = frame.bindings.resolve(&mut self.rules.store, variable);
            value.is_ok_and(|value| !self.rules.store.is_ground(value))
        });
        open.map_or_else(|| "_".to_owned(), |index| name_of(rule, index).to_string())
    }

    /// A goal that still lacks a value when nothing else is left to give it one.
    pub(super) fn unbound(&mut self, frame: &Frame, rule: &Rule, at: u32) -> ReasonError {
        let goal = rule.goals[at as usize];
        let variable = self.first_unbound(frame, rule, goal.call);
        ReasonError::Unbound { variable, goal: self.show_named(rule, goal.text), place: self.rules.place(frame.rule) }
    }

    pub(super) fn builtin_error(&mut self, frame: &Frame, rule: &Rule, at: u32, error: BuiltinError) -> ReasonError {
        let call = match rule.goals[at as usize] {
            Goal { code: Code::Collect(..), text, .. } => text,
            Goal { call, .. } => call,
        };
        let goal = match self.with_values(frame, call) {
            Ok(goal) => self.show_named(rule, goal),
            Err(error) => return error,
        };
        let place = self.rules.place(frame.rule);
        match error {
            BuiltinError::Arithmetic(error) => ReasonError::Arithmetic { goal, error, place },
            BuiltinError::Type(needs) => ReasonError::Type { goal, needs, place },
            BuiltinError::Raised(message) => ReasonError::Raised { message, place },
            BuiltinError::Limit(error) => error,
        }
    }

    /// A goal with the values of those variables that have one; the others keep the clause's names.
    fn with_values(&mut self, frame: &Frame, call: TermId) -> Result<TermId, ReasonError> {
        self.rules.store.replace(call, &mut |store, index| {
            let variable = store.var(index);
            let value = frame.bindings.resolve(store, variable)?;
            Ok(if store.is_ground(value) { value } else { variable })
        })
    }

    pub(super) fn non_ground(&self, rule: u32, answer: TermId) -> ReasonError {
        ReasonError::NonGround { answer: self.show(answer), place: self.rules.place(rule) }
    }

    pub(super) fn open_choice(&self, rule: u32, head: TermId, variable: u32) -> ReasonError {
        let variable = name_of(&self.rules.rules[rule as usize], variable).to_string();
        ReasonError::OpenChoice { head: self.show(head), variable, place: self.rules.place(rule) }
    }

    pub(super) fn bad_probability(&self, rule: u32, value: String) -> ReasonError {
        let clause = self.show_named(&self.rules.rules[rule as usize], self.rules.rules[rule as usize].head);
        // A term may be of any length; its beginning tells what it is.
        let value = match value.char_indices().nth(80) {
            Some((at, _)) => format!("{}…", &value[..at]),
            None => value,
        };
        ReasonError::Probability { value, clause, place: self.rules.place(rule) }
    }
}

fn name_of(rule: &Rule, index: u32) -> Arc<str> {
    rule.names.get(index as usize).cloned().unwrap_or_else(|| format!("_{index}").into())
}
