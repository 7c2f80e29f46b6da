//! Goals that are known only when they are reached: `call/N`, and control constructs that a program builds.

use super::bindings::variables_of;
use super::builtins::{self, Outcome};
use super::machine::Machine;
use super::table::{Frame, Work};
use crate::builtin;
use crate::error::ReasonError;
use crate::program::read_body;
use crate::rules::{Goal, Lowering};
use crate::store::{Shape, TermId};
use crate::syntax::expr::{Expr, goal_arguments};
use crate::term::Term;

impl Machine<'_> {
    /// `call(G, A, …)`: G with more arguments.
    pub(super) fn call_dynamic(&mut self, mut frame: Frame, goal: &Goal) -> Result<(), ReasonError> {
        let Shape::Compound(_, args) = self.rules.store.shape(goal.call) else { return Ok(()) };
        let (first, mut extra) = (args[0], args[1..].to_vec());
        let mut called = frame.bindings.resolve(&mut self.rules.store, first)?;
        // `call(call(p, X), Y)` is `call(p, X, Y)`.
        loop {
            match self.rules.store.shape(called) {
                Shape::Compound(name, args) if self.rules.store.name(name) == "call" => {
                    let mut more = args[1..].to_vec();
                    called = frame.bindings.walk(&self.rules.store, args[0]);
                    more.append(&mut extra);
                    extra = more;
                }
                Shape::Var(_) => {
                    let rule = self.rules.rules[frame.rule as usize].clone();
                    return Err(self.unbound(&frame, &rule, frame.at));
                }
                Shape::Atom(_) | Shape::Compound(..) => break,
                _ => return Err(self.type_error(&frame, "a goal")),
            }
        }
        let called = self.with_arguments(called, &extra)?;
        let (name, arity) = match self.rules.store.functor(called) {
            Some((name, arity)) => (self.rules.store.name(name).to_owned(), arity),
            None => return Err(self.type_error(&frame, "a goal")),
        };
        if self.rules.is_own(&name, arity) {
            return self.call_term(frame, &name, arity, called);
        }
        let control = matches!((&*name, arity), ("," | ";" | "->", 2) | ("true" | "fail" | "false" | "!", 0));
        if control || goal_arguments(&name, arity).is_some() || name == "$first_arguments" {
            return self.call_made(frame, called);
        }
        if builtin::is_builtin(&name, arity) || builtin::has_shortcut(&name, arity) {
            match builtins::run(&mut self.rules.store, &mut frame.bindings, called, self.budget) {
                Outcome::Once => {
                    frame.at += 1;
                    self.agenda.push(Work::Run(frame));
                }
                Outcome::Fails => {}
                Outcome::Each(left, values) => {
                    frame.at += 1;
                    self.run_each(&frame, left, values);
                }
                Outcome::Elsewhere => return self.call_term(frame, &name, arity, called),
                Outcome::Lacks => {
                    let rule = self.rules.rules[frame.rule as usize].clone();
                    return Err(self.unbound(&frame, &rule, frame.at));
                }
                Outcome::Error(error) => {
                    let rule = self.rules.rules[frame.rule as usize].clone();
                    return Err(self.builtin_error(&frame, &rule, frame.at, error));
                }
            }
            return Ok(());
        }
        self.call_term(frame, &name, arity, called)
    }

    fn call_term(&mut self, mut frame: Frame, name: &str, arity: usize, called: TermId) -> Result<(), ReasonError> {
        match self.rules.find(name, arity) {
            Some(predicate) if self.rules.predicates[predicate as usize].is_defined => {
                frame.calling = Some(called);
                self.call(frame, predicate, called)
            }
            _ if self.rules.unknown_fails => Ok(()),
            _ => Err(self.unknown(&frame, name, arity)),
        }
    }

    /// Calls a control construct through a predicate made for it.
    fn call_made(&mut self, mut frame: Frame, called: TermId) -> Result<(), ReasonError> {
        let called = frame.bindings.resolve(&mut self.rules.store, called)?;
        let variables = variables_of(&self.rules.store, called);
        let (key, _) = super::bindings::canonical(&mut self.rules.store, called)?;
        let predicate = match self.made.get(&key) {
            Some(&predicate) => predicate,
            None => {
                let predicate = self.make(&frame, key, variables.len())?;
                self.made.insert(key, predicate);
                predicate
            }
        };
        let name = self.rules.predicates[predicate as usize].name;
        let args: Vec<TermId> = variables.iter().map(|&index| self.rules.store.var(index)).collect();
        let call = self.rules.store.compound(name, &args)?;
        frame.calling = Some(call);
        self.call(frame, predicate, call)
    }

    fn make(&mut self, frame: &Frame, goal: TermId, n_vars: usize) -> Result<u32, ReasonError> {
        let name = |index: u32| format!("V{index}").into();
        let term = self.rules.store.export(goal, &name);
        let (source, span) = self.rules.origin(frame.rule);
        let Ok(Ok(body)) = Expr::goal_of(&term, span).map(|expr| read_body(&expr)) else {
            return Err(self.type_error(frame, "a goal"));
        };
        self.rules.check_known(&body).map_err(|error| error.at(Some(*self.rules.place(frame.rule))))?;
        let variables: Vec<_> = (0..n_vars as u32).map(name).collect();
        let made = format!("$goal{}", self.rules.predicates.len());
        let predicate = Lowering::new(&mut self.rules, source).query(&made, &variables, &body, span)?;
        self.rules.set_text(predicate, goal);
        Ok(predicate)
    }

    pub(super) fn with_arguments(&mut self, goal: TermId, extra: &[TermId]) -> Result<TermId, ReasonError> {
        if extra.is_empty() {
            return Ok(goal);
        }
        let (functor, mut args) = match self.rules.store.shape(goal) {
            Shape::Compound(functor, args) => (functor, args.to_vec()),
            Shape::Atom(functor) => (functor, Vec::new()),
            _ => return Ok(goal),
        };
        args.extend_from_slice(extra);
        self.rules.store.compound(functor, &args)
    }

    /// `$first_arguments(p(X), L)`: the first arguments of the clauses of `p` with one argument more.
    pub(super) fn first_arguments(&mut self, mut frame: Frame, goal: &Goal) -> Result<(), ReasonError> {
        let (called, list) = (self.rules.store.arg(goal.call, 0), self.rules.store.arg(goal.call, 1));
        let called = frame.bindings.walk(&self.rules.store, called);
        let Some((name, arity)) = self.rules.store.functor(called) else {
            return Err(self.type_error(&frame, "a goal"));
        };
        let name = self.rules.store.name(name).to_owned();
        let Some(predicate) = self.rules.find(&name, arity + 1) else {
            return Err(self.unknown(&frame, &name, arity + 1));
        };
        self.note_opaque(frame.table);
        let first = self.rules.first_arguments(predicate);
        let found = self.rules.store.list(&first)?;
        if frame.bindings.unify(&self.rules.store, list, found) {
            frame.at += 1;
            self.agenda.push(Work::Run(frame));
        }
        Ok(())
    }

    fn unknown(&self, frame: &Frame, name: &str, arity: usize) -> ReasonError {
        self.rules.unknown(name, arity).at(Some(*self.rules.place(frame.rule)))
    }

    /// The goal that a frame stands at, as a public term with the values it has.
    pub(super) fn export_resolved(&mut self, frame: &Frame, term: TermId) -> Result<Term, ReasonError> {
        let term = frame.bindings.resolve(&mut self.rules.store, term)?;
        Ok(self.rules.store.export(term, &|index| format!("_{index}").into()))
    }
}
