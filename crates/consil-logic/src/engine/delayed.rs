//! Built-ins that wait for the value of a variable, and goals that must wait for them.
//!
//! `N is M + 1` before `level(M)` has no value to give yet, so it waits. It runs as soon as a later goal has bound what it needs; a goal that asks *whether* a variable has
//! a value, such as `\==` or a negation, cannot run before.

use super::bindings::variables_of;
use super::builtins::{Outcome, run};
use super::machine::Machine;
use super::table::Frame;
use crate::builtin::{self, Needs};
use crate::error::ReasonError;
use crate::rules::{Code, Goal, Rule};
use crate::store::{Shape, TermId};
use crate::syntax::expr::goal_arguments;

/// What became of the delayed goals.
pub(super) enum Woken {
    /// Those that are left still lack a value.
    GoOn,
    /// One has failed, or goes on in frames of its own.
    Ended,
}

/// Built-ins whose result depends on whether a variable has a value already.
const INSPECTORS: &[&str] = &[
    "==", "\\==", "\\=", "@<", "@>", "@=<", "@>=", "compare", "var", "nonvar", "ground", "atom", "atomic", "number",
    "integer", "float", "compound", "callable", "is_list", "string", "simple",
];

impl Machine<'_> {
    /// Runs the delayed goals that have got what they lacked.
    pub(super) fn wake(&mut self, frame: &mut Frame, rule: &Rule) -> Result<Woken, ReasonError> {
        let mut next = frame.delayed.len();
        while next > 0 {
            next -= 1;
            let at = frame.delayed[next];
            let goal = rule.goals[at as usize];
            if self.looks_ahead(frame, rule, at)?.is_some() {
                continue;
            }
            match run(&mut self.rules.store, &mut frame.bindings, goal.call, self.budget) {
                // What it has bound may be what the others lack.
                Outcome::Once => {
                    frame.delayed.remove(next);
                    next = frame.delayed.len();
                }
                Outcome::Fails => return Ok(Woken::Ended),
                Outcome::Each(left, values) => {
                    frame.delayed.remove(next);
                    self.run_each(frame, left, values);
                    return Ok(Woken::Ended);
                }
                Outcome::Lacks | Outcome::Elsewhere => {}
                Outcome::Error(error) => return Err(self.builtin_error(frame, rule, at, error)),
            }
        }
        Ok(Woken::GoOn)
    }

    /// The delayed goal, if any, whose variable the goal at `at` would look at too early.
    pub(super) fn looks_ahead(&mut self, frame: &Frame, rule: &Rule, at: u32) -> Result<Option<u32>, ReasonError> {
        let goal = rule.goals[at as usize];
        if !self.looks(frame, goal)? {
            return Ok(None);
        }
        let seen = self.open_variables(frame, goal.call)?;
        for &delayed in frame.delayed.iter().rev().filter(|delayed| **delayed != at) {
            let waiting = self.open_variables(frame, rule.goals[delayed as usize].call)?;
            if waiting.iter().any(|variable| seen.contains(variable)) {
                return Ok(Some(delayed));
            }
        }
        Ok(None)
    }

    /// Whether the outcome of a goal depends on whether a variable has a value. Of what a clause calls by name, the parts
    /// that stand in the clause itself are looked into.
    fn looks(&mut self, frame: &Frame, goal: Goal) -> Result<bool, ReasonError> {
        let called = match goal.code {
            Code::Not(_) | Code::Collect(..) => return Ok(true),
            Code::Call(predicate) => return Ok(self.part_looks(predicate)),
            Code::Builtin => goal.call,
            Code::Dynamic => match self.rules.store.shape(goal.call) {
                Shape::Compound(_, args) => frame.bindings.walk(&self.rules.store, args[0]),
                _ => return Ok(false),
            },
            Code::Shortcut(_) | Code::FirstArguments | Code::Fail => return Ok(false),
        };
        let Some((name, arity)) = self.rules.store.functor(called) else { return Ok(false) };
        let name = self.rules.store.name(name);
        Ok(INSPECTORS.contains(&name)
            || matches!(goal.code, Code::Dynamic)
                && !self.rules.is_own(name, arity)
                && (matches!(name, "," | ";" | "->") || goal_arguments(name, arity).is_some()))
    }

    /// Whether a part of a clause does nothing but inspect.
    fn is_inspection(&self, predicate: u32) -> bool {
        let mut goals =
            self.rules.clauses_of(predicate).iter().flat_map(|&rule| &self.rules.rules[rule as usize].goals);
        self.rules.predicates[predicate as usize].text.is_some()
            && goals.all(|goal| matches!(goal.code, Code::Builtin) && self.is_inspector(goal.call))
    }

    fn is_inspector(&self, call: TermId) -> bool {
        self.rules.store.functor(call).is_some_and(|(name, _)| INSPECTORS.contains(&self.rules.store.name(name)))
    }

    fn part_looks(&self, predicate: u32) -> bool {
        let mut pending = vec![predicate];
        while let Some(predicate) = pending.pop() {
            if self.rules.predicates[predicate as usize].text.is_none() {
                continue;
            }
            for &rule in self.rules.clauses_of(predicate) {
                for goal in &self.rules.rules[rule as usize].goals {
                    match goal.code {
                        Code::Not(_) | Code::Collect(..) | Code::Dynamic => return true,
                        Code::Call(inner) => pending.push(inner),
                        Code::Builtin if self.is_inspector(goal.call) => return true,
                        Code::Builtin | Code::Shortcut(_) | Code::FirstArguments | Code::Fail => {}
                    }
                }
            }
        }
        false
    }

    /// Refuses a negation with a variable that a later goal of the clause may give a value: it would deny every value, which
    /// is rarely meant. What the clause itself shows is refused when it is read; this is met through another variable, or
    /// where a call leaves open what the clause takes to be given.
    pub(super) fn check_denied(&mut self, frame: &Frame, rule: &Rule, at: u32) -> Result<(), ReasonError> {
        let goal = rule.goals[at as usize];
        let denied = self.open_variables(frame, goal.call)?;
        // The library knows what it does, `\+ is_list(X)` asks what X is now, and the alternative of a condition is for when it
        // has no solution at all.
        let is_alternative = at == 0 && self.rules.predicates[rule.predicate as usize].is_conditional;
        if denied.is_empty()
            || is_alternative
            || rule.is_of_library()
            || matches!(goal.code, Code::Not(predicate) if self.is_inspection(predicate))
        {
            return Ok(());
        }
        for later in &rule.goals[at as usize + 1..] {
            let store = &self.rules.store;
            let needs = store.functor(later.call).map(|(name, arity)| builtin::needs((store.name(name), arity)));
            let given = match (later.code, needs) {
                (Code::Not(_) | Code::Fail, _) | (Code::Builtin, Some(Needs::All)) => continue,
                (Code::Builtin, Some(Needs::Right)) => store.arg(later.call, 0),
                _ => later.call,
            };
            if self.open_variables(frame, given)?.iter().any(|variable| denied.contains(variable)) {
                return Err(self.unbound(frame, rule, at));
            }
        }
        Ok(())
    }

    fn open_variables(&mut self, frame: &Frame, term: TermId) -> Result<Vec<u32>, ReasonError> {
        let term = frame.bindings.resolve(&mut self.rules.store, term)?;
        Ok(variables_of(&self.rules.store, term))
    }
}
