//! Built-in predicates about the form of terms and about integers.

use super::{BuiltinError, Done, Frame, Outcome, holds};
use crate::budget::Limit;
use crate::engine::bindings::{canonical, shifted};
use crate::engine::builtins::evaluate;
use crate::error::ReasonError;
use crate::number::Number;
use crate::store::{Shape, TermId};

/// The functor of a variable that `numbervars/3` has numbered.
const NUMBERED: &str = "$Var";

impl Frame<'_> {
    pub(super) fn univ(&mut self, term: TermId, list: TermId) -> Done {
        let walked = self.walk(term);
        let parts = match self.store.shape(walked) {
            Shape::Compound(functor, args) => {
                let args = args.to_vec();
                let mut parts = vec![self.store.symbol_term(functor)];
                parts.extend(args);
                parts
            }
            Shape::Var(_) => {
                let Some(parts) = self.items(list) else { return self.no_list(list) };
                let built = match (parts.first().map(|&first| self.shape(first)), &parts[..]) {
                    (Some(Shape::Var(_)), _) => return Ok(Outcome::Lacks),
                    (Some(Shape::Atom(functor)), [_, args @ ..]) => self.store.compound(functor, args)?,
                    (Some(_), [constant]) => *constant,
                    _ => return Err(BuiltinError::Type("a list that begins with an atom")),
                };
                return self.equal(walked, built);
            }
            _ => vec![walked],
        };
        let parts = self.store.list(&parts)?;
        self.equal(list, parts)
    }

    pub(super) fn functor(&mut self, term: TermId, name: TermId, arity: TermId) -> Done {
        let walked = self.walk(term);
        let (symbol, n) = match self.store.shape(walked) {
            Shape::Var(_) => {
                let built = match (self.shape(name), self.shape(arity)) {
                    (Shape::Var(_), _) | (_, Shape::Var(_)) => return Ok(Outcome::Lacks),
                    (_, Shape::Int(0)) => self.walk(name),
                    (Shape::Atom(functor), Shape::Int(arity @ 1..=1024)) => {
                        let first = self.bindings.grow(arity as usize);
                        let args: Vec<TermId> =
                            (first..).take(arity as usize).map(|index| self.store.var(index)).collect();
                        self.store.compound(functor, &args)?
                    }
                    _ => return Err(BuiltinError::Type("an atom and its number of arguments")),
                };
                return self.equal(walked, built);
            }
            Shape::Compound(functor, args) => {
                let n = args.len();
                (self.store.symbol_term(functor), n)
            }
            _ => (walked, 0),
        };
        let n = self.store.int(n as i64);
        holds(self.bindings.unify(self.store, name, symbol) && self.bindings.unify(self.store, arity, n))
    }

    pub(super) fn argument(&mut self, index: TermId, term: TermId, arg: TermId) -> Done {
        let args = match self.shape(term) {
            Shape::Compound(_, args) => args.to_vec(),
            Shape::Var(_) => return Ok(Outcome::Lacks),
            _ => return Ok(Outcome::Fails),
        };
        match self.shape(index) {
            Shape::Int(at) => match usize::try_from(at).ok().and_then(|at| args.get(at.wrapping_sub(1))) {
                Some(&found) => self.equal(arg, found),
                None => Ok(Outcome::Fails),
            },
            Shape::Var(_) => {
                let mut values = Vec::with_capacity(args.len());
                for (at, &found) in args.iter().enumerate() {
                    let at = self.store.int(at as i64 + 1);
                    values.push(self.tuple(&[at, found])?);
                }
                Ok(Outcome::Each(self.tuple(&[index, arg])?, values))
            }
            _ => Err(BuiltinError::Type("an integer")),
        }
    }

    pub(super) fn compare(&mut self, order: TermId, a: TermId, b: TermId) -> Done {
        let (a, b) = (self.resolve(a)?, self.resolve(b)?);
        let found = match self.store.compare(a, b) {
            std::cmp::Ordering::Less => "<",
            std::cmp::Ordering::Equal => "=",
            std::cmp::Ordering::Greater => ">",
        };
        let found = self.store.atom(found);
        self.equal(order, found)
    }

    pub(super) fn copy_term(&mut self, term: TermId, copy: TermId) -> Done {
        let term = self.resolve(term)?;
        let (term, n_vars) = canonical(self.store, term)?;
        let offset = self.bindings.grow(n_vars);
        let term = shifted(self.store, term, offset)?;
        self.equal(copy, term)
    }

    /// Whether the first term becomes the second by giving values to its own variables only.
    pub(super) fn subsumes(&mut self, general: TermId, special: TermId) -> Done {
        let (general, before) = (self.resolve(general)?, self.resolve(special)?);
        let mut bindings = self.bindings.clone();
        if !bindings.unify(self.store, general, before) {
            return Ok(Outcome::Fails);
        }
        let after = bindings.resolve(self.store, before)?;
        holds(canonical(self.store, before)? == canonical(self.store, after)?)
    }

    pub(super) fn number_variables(&mut self, term: TermId, start: TermId, numbered: TermId) -> Done {
        let Some(start) = self.integer(start) else { return Err(BuiltinError::Type("an integer to start from")) };
        let term = self.resolve(term)?;
        let (term, _) = canonical(self.store, term)?;
        let functor = self.store.symbol(NUMBERED);
        let term = self.store.replace(term, &mut |store, index| {
            let number = store.int(start.saturating_add(index.into()));
            store.compound(functor, &[number])
        })?;
        self.equal(numbered, term)
    }

    /// The inverse of `numbervars/3`.
    pub(super) fn name_variables(&mut self, term: TermId, named: TermId) -> Done {
        let term = self.resolve(term)?;
        let functor = self.store.symbol(NUMBERED);
        let mut names: crate::hash::FastMap<TermId, TermId> = Default::default();
        // Each level of the term is rebuilt with its parts done, from the leaves up.
        let mut todo = vec![(term, false)];
        let mut done: Vec<TermId> = Vec::new();
        while let Some((term, opened)) = todo.pop() {
            let (name, args) = match self.store.shape(term) {
                Shape::Compound(name, args) => (name, args.to_vec()),
                _ => {
                    done.push(term);
                    continue;
                }
            };
            if name == functor && args.len() == 1 {
                if let Some(&variable) = names.get(&term) {
                    done.push(variable);
                } else {
                    let index = self.bindings.grow(1);
                    let variable = self.store.var(index);
                    names.insert(term, variable);
                    done.push(variable);
                }
            } else if opened {
                let args = done.split_off(done.len() - args.len());
                done.push(self.store.compound(name, &args)?);
            } else {
                todo.push((term, true));
                todo.extend(args.iter().rev().map(|&arg| (arg, false)));
            }
        }
        let Some(term) = done.pop() else { return Ok(Outcome::Fails) };
        self.equal(named, term)
    }

    pub(super) fn between(&mut self, low: TermId, high: TermId, value: TermId) -> Done {
        let (low, high) = (evaluate(self.store, self.bindings, low)?, evaluate(self.store, self.bindings, high)?);
        let (low, high) = match (low, high) {
            (Some(Number::Int(low)), Some(Number::Int(high))) => (low, high),
            (Some(_), Some(_)) => return Err(BuiltinError::Type("integer bounds")),
            _ => return Ok(Outcome::Lacks),
        };
        match self.shape(value) {
            Shape::Int(value) => holds((low..=high).contains(&value)),
            Shape::Var(_) => {
                let n = i128::from(high) - i128::from(low) + 1;
                if n > self.budget.max_answers as i128 {
                    return Err(ReasonError::Budget { limit: Limit::Answers(self.budget.max_answers) }.into());
                }
                Ok(Outcome::Each(value, (low..=high).map(|value| self.store.int(value)).collect()))
            }
            _ => Err(BuiltinError::Type("an integer")),
        }
    }

    pub(super) fn successor(&mut self, a: TermId, b: TermId) -> Done {
        match (self.integer(a), self.integer(b)) {
            (Some(a), _) if a >= 0 => {
                let next = self.store.int(a.saturating_add(1));
                self.equal(b, next)
            }
            (None, Some(b)) if b > 0 && self.is_unbound(a) => {
                let before = self.store.int(b - 1);
                self.equal(a, before)
            }
            (None, None) if self.is_unbound(a) && self.is_unbound(b) => Ok(Outcome::Lacks),
            _ => Err(BuiltinError::Type("integers from 0 on")),
        }
    }

    pub(super) fn plus(&mut self, args: [TermId; 3]) -> Done {
        let values = args.map(|arg| self.integer(arg));
        let open = args.map(|arg| self.is_unbound(arg));
        let (at, value) = match (values, open) {
            ([Some(a), Some(b), _], _) => (2, a.checked_add(b)),
            ([Some(a), None, Some(c)], [_, true, _]) => (1, c.checked_sub(a)),
            ([None, Some(b), Some(c)], [true, ..]) => (0, c.checked_sub(b)),
            (_, open) if open.iter().filter(|&&open| open).count() > 1 => return Ok(Outcome::Lacks),
            _ => return Err(BuiltinError::Type("integers")),
        };
        let Some(value) = value else { return Err(BuiltinError::Type("integers whose sum fits 64 bits")) };
        let value = self.store.int(value);
        self.equal(args[at], value)
    }
}
