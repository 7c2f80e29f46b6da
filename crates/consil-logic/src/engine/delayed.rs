//! Built-ins that wait for the value of a variable, and goals that must wait for them.
//!
//! `N is M + 1` before `level(M)` has no value to give yet, so it waits. It runs as soon as a later goal has bound what it needs; a goal that asks *whether* a variable has
//! a value, such as `\==` or a negation, cannot run before.

use super::bindings::variables_of;
use super::builtins::{self, Outcome};
use super::machine::Machine;
use super::table::Frame;
use crate::error::ReasonError;
use crate::rules::{Code, Rule};
use crate::store::{Shape, TermId};

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
            match builtins::run(&mut self.rules.store, &mut frame.bindings, goal.call, self.budget) {
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
    pub(super) fn looks_ahead(&mut self, frame: &Frame, rule: &Rule, at: u16) -> Result<Option<u16>, ReasonError> {
        let goal = rule.goals[at as usize];
        let looks = match goal.code {
            Code::Not(_) => true,
            Code::Builtin => match self.rules.store.shape(goal.call) {
                Shape::Compound(name, _) => INSPECTORS.contains(&self.rules.store.name(name)),
                _ => false,
            },
            _ => false,
        };

        if !looks {
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

    fn open_variables(&mut self, frame: &Frame, term: TermId) -> Result<Vec<u32>, ReasonError> {
        let term = frame.bindings.resolve(&mut self.rules.store, term)?;
        Ok(variables_of(&self.rules.store, term))
    }
}
