//! The values of a clause's variables, and unification over them.

use crate::error::ReasonError;
use crate::hash::{FastMap, FastSet};
use crate::store::{Shape, Store, Symbol, TermId};

/// Bindings by variable number; a value may itself contain variables of the same frame.
#[derive(Clone, Debug, Default)]
pub(super) struct Bindings(Vec<Option<TermId>>);

impl Bindings {
    pub(super) fn new(n_vars: usize) -> Self {
        Self(vec![None; n_vars])
    }

    /// Makes room for `n` more variables, and gives the number of the first.
    pub(super) fn grow(&mut self, n: usize) -> u32 {
        self.0.resize(self.0.len() + n, None);
        (self.0.len() - n) as u32
    }

    /// Follows bound variables from a term to an unbound variable or another shape.
    pub(super) fn walk(&self, store: &Store, mut term: TermId) -> TermId {
        while let Shape::Var(index) = store.shape(term) {
            match self.0[index as usize] {
                Some(value) => term = value,
                None => break,
            }
        }
        term
    }

    /// The term with every bound variable replaced, all the way down. What is open is on the heap, as a chain of bindings may
    /// be long.
    pub(super) fn resolve(&self, store: &mut Store, term: TermId) -> Result<TermId, ReasonError> {
        enum Todo {
            Term(TermId),
            Build(Symbol, usize),
        }
        let term = self.walk(store, term);
        if store.is_ground(term) {
            return Ok(term);
        }
        let mut todo = vec![Todo::Term(term)];
        let mut done: Vec<TermId> = Vec::new();
        while let Some(next) = todo.pop() {
            match next {
                Todo::Term(term) => {
                    let term = self.walk(store, term);
                    match store.shape(term) {
                        Shape::Compound(functor, args) if !store.is_ground(term) => {
                            todo.push(Todo::Build(functor, args.len()));
                            todo.extend(args.iter().rev().map(|&arg| Todo::Term(arg)));
                        }
                        _ => done.push(term),
                    }
                }
                Todo::Build(functor, n_args) => {
                    let first = done.len() - n_args;
                    let built = store.compound(functor, &done[first..])?;
                    done.truncate(first);
                    done.push(built);
                }
            }
        }
        Ok(done.pop().expect("the term itself is built last"))
    }

    /// Makes two terms equal if that is possible. On failure some variables may stay bound: the frame is dropped then.
    pub(super) fn unify(&mut self, store: &Store, a: TermId, b: TermId) -> bool {
        let mut pending = vec![(a, b)];
        while let Some((a, b)) = pending.pop() {
            let (a, b) = (self.walk(store, a), self.walk(store, b));
            if a == b {
                continue;
            }
            match (store.shape(a), store.shape(b)) {
                (Shape::Var(index), _) => {
                    if self.occurs(store, index, b) {
                        return false;
                    }
                    self.0[index as usize] = Some(b);
                }
                (_, Shape::Var(index)) => {
                    if self.occurs(store, index, a) {
                        return false;
                    }
                    self.0[index as usize] = Some(a);
                }
                // Ground terms are equal only if they are the same.
                _ if store.is_ground(a) && store.is_ground(b) => return false,
                (Shape::Compound(f, xs), Shape::Compound(g, ys)) if f == g && xs.len() == ys.len() => {
                    pending.extend(xs.iter().copied().zip(ys.iter().copied()));
                }
                _ => return false,
            }
        }
        true
    }

    /// Whether binding the variable to the term would make an infinite term.
    fn occurs(&self, store: &Store, variable: u32, term: TermId) -> bool {
        let mut pending = vec![term];
        while let Some(term) = pending.pop() {
            let term = self.walk(store, term);
            match store.shape(term) {
                Shape::Var(index) if index == variable => return true,
                Shape::Compound(_, args) if !store.is_ground(term) => pending.extend_from_slice(args),
                _ => {}
            }
        }
        false
    }

    /// The values of the first `n` variables, as far as they are bound.
    pub(super) fn values(&self, store: &mut Store, n: usize) -> Result<Box<[TermId]>, ReasonError> {
        (0..n)
            .map(|index| {
                let variable = store.var(index as u32);
                self.resolve(store, variable)
            })
            .collect()
    }
}

/// Numbers the variables of a resolved term from the left: calls and answers that differ in names only become equal.
/// Gives the term and how many variables it has.
pub(super) fn canonical(store: &mut Store, term: TermId) -> Result<(TermId, usize), ReasonError> {
    if store.is_ground(term) {
        return Ok((term, 0));
    }
    let mut seen: FastMap<u32, u32> = FastMap::default();
    let renamed = store.replace(term, &mut |store, index| {
        let next = seen.len() as u32;
        let number = *seen.entry(index).or_insert(next);
        Ok(store.var(number))
    })?;
    Ok((renamed, seen.len()))
}

/// The variables of a resolved term, each once, from the left: the order in which [`canonical`] numbers them.
pub(super) fn variables_of(store: &Store, term: TermId) -> Vec<u32> {
    let mut found = Vec::new();
    let mut seen: FastSet<u32> = FastSet::default();
    let mut pending = vec![term];
    while let Some(term) = pending.pop() {
        match store.shape(term) {
            Shape::Var(index) if seen.insert(index) => found.push(index),
            Shape::Compound(_, args) if !store.is_ground(term) => pending.extend(args.iter().rev()),
            _ => {}
        }
    }
    found
}

/// Adds `offset` to the number of every variable.
pub(super) fn shifted(store: &mut Store, term: TermId, offset: u32) -> Result<TermId, ReasonError> {
    if store.is_ground(term) || offset == 0 {
        return Ok(term);
    }
    store.replace(term, &mut |store, index| Ok(store.var(index + offset)))
}
