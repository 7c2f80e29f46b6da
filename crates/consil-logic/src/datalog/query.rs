//! Answers to one goal: read off where its predicate is complete, and by magic sets where not.

use std::sync::PoisonError;

use super::database::Database;
use super::error::DatalogError;
use super::fixpoint::Fixpoint;
use super::magic::{Magic, Transformed};
use super::relation::{Stored, View};
use super::rule::{Arg, Literal, PredicateId, Rule};
use super::run::Run;
use super::strata::stratify;
use crate::budget::Budget;
use crate::hash::FastSet;
use crate::term::Term;

impl Database {
    /// The ground instances of a goal that hold, in the order of their codes. Constants of the goal bind: unless the predicate
    /// has been evaluated, only what can matter to them is derived, by magic sets (Bancilhon, Maier, Sagiv & Ullman, PODS
    /// 1986; Beeri & Ramakrishnan, "On the power of magic", 1991).
    ///
    /// # Errors
    /// [`DatalogError::BadAtom`], [`DatalogError::UnknownPredicate`], and those of [`evaluate`](Self::evaluate).
    pub fn query(&mut self, goal: &Term, budget: &Budget) -> Result<Vec<Term>, DatalogError> {
        let bad = || DatalogError::BadAtom { term: goal.to_string(), wanted: "atom" };
        let (name, args) = goal.functor().ok_or_else(bad)?;
        let mut pattern = Vec::with_capacity(args.len());
        for arg in args {
            pattern.push(match arg {
                Term::Var(_) => None,
                ground if ground.is_ground() => Some(self.code(ground)),
                _ => return Err(bad()),
            });
        }
        let columns = self.select(name, &pattern, budget)?;
        // A variable that the goal repeats.
        let same: Vec<(usize, usize)> = (0..args.len())
            .flat_map(|a| (0..a).map(move |b| (a, b)))
            .filter(|&(a, b)| matches!((&args[a], &args[b]), (Term::Var(x), Term::Var(y)) if x == y))
            .collect();
        let len = columns.first().map_or(0, Vec::len);
        let constants = self.constants.read().unwrap_or_else(PoisonError::into_inner);
        let instance = |row: usize| Term::compound(name, columns.iter().map(|c| constants.term(c[row])).collect());
        if args.is_empty() {
            drop(constants);
            return Ok(if self.holds(name)? { vec![goal.clone()] } else { Vec::new() });
        }
        let holds = |row: &usize| same.iter().all(|&(a, b)| columns[a][*row] == columns[b][*row]);
        Ok((0..len).filter(holds).map(instance).collect())
    }

    fn holds(&self, name: &str) -> Result<bool, DatalogError> {
        Ok(self.relations[self.predicate(name, 0)? as usize].len() > 0)
    }

    /// The rows of a predicate that have the given codes where the pattern gives some, as columns in lexicographic order.
    ///
    /// # Errors
    /// As [`query`](Self::query).
    pub fn select(
        &mut self,
        name: &str,
        pattern: &[Option<u32>],
        budget: &Budget,
    ) -> Result<Vec<Vec<u32>>, DatalogError> {
        let predicate = self.predicate(name, pattern.len())?;
        let bound = (0..pattern.len()).filter(|&column| pattern[column].is_some()).fold(0u64, |set, at| set | 1 << at);
        if bound == 0 {
            self.complete(&FastSet::from_iter([predicate]), budget)?;
        }
        if self.is_complete(predicate) {
            return Ok(look_up(&mut self.relations[predicate as usize], pattern));
        }
        let is_given = |predicate: PredicateId| self.is_complete(predicate);
        let transformed = Magic::new(&self.rules, &self.strata, &is_given).transform(predicate, bound);
        self.complete(&transformed.whole, budget)?;
        self.evaluate_magic(&transformed, pattern, budget)
    }

    /// Evaluates one predicate, and what it depends on.
    pub(crate) fn evaluate_predicate(&mut self, name: &str, arity: usize, budget: &Budget) -> Result<(), DatalogError> {
        let predicate = self.predicate(name, arity)?;
        self.complete(&FastSet::from_iter([predicate]), budget)
    }

    /// Whether a predicate's relation holds all that follows.
    pub(super) fn is_complete(&self, predicate: PredicateId) -> bool {
        let own = self.strata.iter().position(|stratum| stratum.predicates.contains(&predicate));
        own.is_none_or(|index| self.complete[index])
    }

    /// Evaluates predicates, and what they depend on, in full.
    fn complete(&mut self, wanted: &FastSet<PredicateId>, budget: &Budget) -> Result<(), DatalogError> {
        if wanted.is_empty() {
            return Ok(());
        }
        let mut cone: FastSet<PredicateId> = wanted.clone();
        let mut needed = vec![false; self.strata.len()];
        // Strata stand in the order of their dependence.
        for (index, stratum) in self.strata.iter().enumerate().rev() {
            if stratum.predicates.iter().any(|predicate| cone.contains(predicate)) {
                needed[index] = true;
                let bodies = stratum.rules.iter().flat_map(|&rule| &self.rules.rules[rule].body);
                cone.extend(bodies.filter_map(|literal| literal.atom().map(|atom| atom.predicate)));
            }
        }
        self.evaluate_strata(|index| needed[index], budget)
    }

    fn evaluate_magic(
        &mut self,
        transformed: &Transformed,
        pattern: &[Option<u32>],
        budget: &Budget,
    ) -> Result<Vec<Vec<u32>>, DatalogError> {
        let strata = stratify(&transformed.rules)?;
        let n_own = self.relations.len();
        let added = &transformed.rules.predicates[n_own..];
        self.relations.extend(added.iter().map(|predicate| Stored::new(predicate.arity)));
        let seed: Vec<Vec<u32>> = pattern.iter().flatten().map(|&code| vec![code]).collect();
        self.relations[transformed.seed as usize].add(Run::sorted(seed, 1));
        let source = &self.source;
        let place = |origin| super::database::place(source, origin);
        let mut fixpoint = Fixpoint::new(&mut self.relations, &self.constants, budget, self.n_threads, &place);
        let result = strata.iter().try_for_each(|stratum| {
            let rules: Vec<&Rule> = stratum.rules.iter().map(|&rule| &transformed.rules.rules[rule]).collect();
            fixpoint.whole(&rules, &stratum.predicates)
        });
        let answers = result.map(|()| look_up(&mut self.relations[transformed.answers as usize], pattern));
        self.relations.truncate(n_own);
        answers
    }
}

/// The rows that match a pattern, in the natural order.
fn look_up(stored: &mut Stored, pattern: &[Option<u32>]) -> Vec<Vec<u32>> {
    let search = (0..pattern.len()).filter(|&column| pattern[column].is_some()).fold(0u64, |set, at| set | 1 << at);
    stored.prepare(&[search]);
    let order = stored.order_of(search).unwrap_or(0);
    let columns = stored.columns(order).to_vec();
    let n_bound = search.count_ones() as usize;
    let prefix: Vec<u32> = columns[..n_bound].iter().filter_map(|&column| pattern[column]).collect();
    let mut found: Vec<Vec<u32>> = vec![Vec::new(); pattern.len()];
    let mut len = 0;
    for run in stored.runs(order, View::All, false) {
        let (low, high) = run.find(&prefix);
        len += high - low;
        for (at, &column) in columns.iter().enumerate() {
            found[column].extend_from_slice(&run.column(at)[low..high]);
        }
    }
    Run::sort(found, len).columns().to_vec()
}

/// Whether a literal can be decided with the bound variables.
pub(super) fn is_ready(literal: &Literal, bound: &FastSet<u32>) -> bool {
    literal.needs().iter().all(|variable| bound.contains(variable))
}

/// Whether an argument is a constant or bound.
pub(super) fn is_bound(arg: Arg, bound: &FastSet<u32>) -> bool {
    arg.variable().is_none_or(|variable| bound.contains(&variable))
}
