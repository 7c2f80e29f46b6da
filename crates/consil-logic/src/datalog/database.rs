//! A program's relations: given facts, and what follows from them.

use std::sync::{PoisonError, RwLock};

use consil_diagnostic::nearest;

use super::closure::detect;
use super::constants::Constants;
use super::error::DatalogError;
use super::fixpoint::Fixpoint;
use super::lower::{Lowered, lower};
use super::relation::Stored;
use super::rule::{PredicateId, Rule, Rules};
use super::run::Run;
use super::strata::{Stratum, stratify};
use crate::budget::Budget;
use crate::program::Program;
use crate::rules::RuleSet;
use crate::span::Place;
use crate::term::Term;

/// A deterministic program's relations: the facts given, and what [`evaluate`](Self::evaluate) derived from them.
///
/// Constants are 32-bit codes: an integer in `0..2^31` is its own code, every other ground term has one of its own (see
/// [`code`](Self::code)). A relation is stored as sorted columns of codes.
pub struct Database {
    pub(super) source: RuleSet,
    pub(super) rules: Rules,
    pub(super) constants: RwLock<Constants>,
    pub(super) relations: Vec<Stored>,
    pub(super) strata: Vec<Stratum>,
    /// Strata whose relations hold what follows from the facts.
    pub(super) complete: Vec<bool>,
    pub(super) n_threads: usize,
    pub(super) peak_bytes: usize,
}

/// The rows of a predicate.
#[derive(Clone, Copy)]
pub struct Relation<'a> {
    database: &'a Database,
    stored: &'a Stored,
}

impl Database {
    /// Takes the rules and facts of a program. Predicates declared `:- dynamic` wait for [`load`](Self::load).
    ///
    /// # Errors
    /// [`DatalogError::NotDatalog`], [`DatalogError::Unsafe`] and [`DatalogError::NegativeCycle`], each with the clause.
    pub fn new(program: &Program) -> Result<Self, DatalogError> {
        let source = RuleSet::new(program)?;
        let heads = program.clauses().iter().flat_map(|clause| &clause.heads);
        let heads = heads.filter_map(|head| head.atom.functor().map(|(name, args)| (name.to_owned(), args.len())));
        let dynamic = program.dynamic().iter().map(|(name, arity)| (name.to_string(), *arity));
        let wanted: Vec<u32> = heads.chain(dynamic).filter_map(|(name, arity)| source.find(&name, arity)).collect();
        Self::of_predicates(source, wanted)
    }

    /// The predicates `wanted` of a rule set, and all that they depend on.
    pub(crate) fn of_predicates(source: RuleSet, wanted: Vec<u32>) -> Result<Self, DatalogError> {
        let Lowered { mut rules, constants, facts } = lower(&source, wanted)?;
        let mut strata = stratify(&rules)?;
        for stratum in &mut strata {
            stratum.closure = detect(&mut rules, stratum);
        }
        let mut relations: Vec<Stored> = rules.predicates.iter().map(|p| Stored::new(p.arity)).collect();
        for (predicate, columns, len) in facts {
            relations[predicate as usize].add(Run::sort(columns, len));
        }
        let constants = RwLock::new(constants);
        let complete = vec![false; strata.len()];
        Ok(Self { source, rules, constants, relations, strata, complete, n_threads: 1, peak_bytes: 0 })
    }

    /// Lets large joins use up to `n_threads` threads of rayon's pool. The result does not depend on it.
    #[must_use]
    pub fn with_threads(mut self, n_threads: usize) -> Self {
        self.n_threads = n_threads.max(1);
        self
    }

    /// The code of a ground term.
    pub fn code(&mut self, term: &Term) -> u32 {
        self.constants.get_mut().unwrap_or_else(PoisonError::into_inner).code(term)
    }

    /// The term behind a code.
    pub fn term(&self, code: u32) -> Term {
        self.constants.read().unwrap_or_else(PoisonError::into_inner).term(code)
    }

    /// Adds facts of `name`, given as one column of codes for each argument, and gives how many rows the facts have now.
    /// What was derived before is out of date until [`evaluate`](Self::evaluate).
    ///
    /// # Errors
    /// [`DatalogError::UnknownPredicate`] and [`DatalogError::Ragged`].
    pub fn load(&mut self, name: &str, columns: &[&[u32]]) -> Result<usize, DatalogError> {
        let predicate = self.predicate(name, columns.len())?;
        let expected = columns.first().map_or(1, |column| column.len());
        if let Some(at) = columns.iter().position(|column| column.len() != expected) {
            let (name, found) = (self.rules.indicator(predicate), columns[at].len());
            return Err(DatalogError::Ragged { name, column: at, found, expected });
        }
        let stored = &mut self.relations[self.rules.predicates[predicate as usize].facts as usize];
        let loaded = Run::sort(columns.iter().map(|column| column.to_vec()).collect(), expected);
        let all = if stored.len() == 0 { loaded } else { stored.whole().union(&loaded) };
        stored.replace(all);
        self.complete.fill(false);
        Ok(self.relations[self.rules.predicates[predicate as usize].facts as usize].len())
    }

    /// Derives everything that follows, unless that is done.
    ///
    /// # Errors
    /// [`DatalogError::Budget`] where more rows than `budget.max_answers` are derived or the time is over, and
    /// [`DatalogError::Arithmetic`].
    pub fn evaluate(&mut self, budget: &Budget) -> Result<(), DatalogError> {
        self.evaluate_strata(|_| true, budget)
    }

    /// Evaluates those strata that are `wanted` and not complete.
    pub(super) fn evaluate_strata(
        &mut self,
        wanted: impl Fn(usize) -> bool,
        budget: &Budget,
    ) -> Result<(), DatalogError> {
        let strata = std::mem::take(&mut self.strata);
        let mut result = Ok(());
        for (index, stratum) in strata.iter().enumerate() {
            if result.is_ok() && wanted(index) && !self.complete[index] {
                stratum.predicates.iter().for_each(|&member| self.relations[member as usize].clear());
                result = self.evaluate_stratum(stratum, budget);
                self.complete[index] = result.is_ok();
            }
        }
        self.strata = strata;
        result
    }

    fn evaluate_stratum(&mut self, stratum: &Stratum, budget: &Budget) -> Result<(), DatalogError> {
        let source = &self.source;
        let place = |origin| place(source, origin);
        let rules: Vec<&Rule> = stratum.rules.iter().map(|&rule| &self.rules.rules[rule]).collect();
        let mut fixpoint = Fixpoint::new(&mut self.relations, &self.constants, budget, self.n_threads, &place);
        match &stratum.closure {
            Some(closure) => closure.evaluate(&mut fixpoint)?,
            None => fixpoint.whole(&rules, &stratum.predicates)?,
        }
        self.peak_bytes = self.peak_bytes.max(fixpoint.peak_bytes);
        Ok(())
    }

    /// The rows of a predicate: facts, and what has been derived.
    ///
    /// # Errors
    /// [`DatalogError::UnknownPredicate`].
    pub fn relation(&self, name: &str, arity: usize) -> Result<Relation<'_>, DatalogError> {
        let predicate = self.predicate(name, arity)?;
        Ok(Relation { database: self, stored: &self.relations[predicate as usize] })
    }

    /// The names and numbers of arguments of the program's predicates.
    pub fn predicates(&self) -> impl Iterator<Item = (&str, usize)> {
        let own = self.rules.predicates.iter().filter(|predicate| !predicate.name.starts_with('$'));
        own.filter(|predicate| self.rules.find(&predicate.name, predicate.arity).is_some())
            .map(|predicate| (predicate.name.as_str(), predicate.arity))
    }

    /// The bytes that all relations take, in every order that is kept.
    pub fn bytes(&self) -> usize {
        self.relations.iter().map(Stored::bytes).sum()
    }

    /// The most bytes that one stratum took while it was evaluated, the sets of rows already seen included.
    pub fn peak_bytes(&self) -> usize {
        self.peak_bytes
    }

    pub(super) fn predicate(&self, name: &str, arity: usize) -> Result<PredicateId, DatalogError> {
        self.rules.find(name, arity).ok_or_else(|| {
            let suggestion = nearest(name, self.predicates().map(|(name, _)| name)).map(str::to_owned);
            DatalogError::UnknownPredicate { name: format!("{name}/{arity}"), suggestion }
        })
    }
}

impl Relation<'_> {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.stored.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows as columns of codes, in lexicographic order of the codes.
    pub fn columns(&self) -> Vec<Vec<u32>> {
        let mut runs = self.stored.natural().iter();
        let Some(first) = runs.next() else { return vec![Vec::new(); self.stored.arity()] };
        runs.fold(first.clone(), |all, run| all.union(run)).columns().to_vec()
    }

    /// Whether a row is there.
    pub fn contains(&self, row: &[Term]) -> bool {
        let constants = self.database.constants.read().unwrap_or_else(PoisonError::into_inner);
        let codes: Option<Vec<u32>> = row.iter().map(|term| constants.find(term)).collect();
        row.len() == self.stored.arity() && codes.is_some_and(|codes| self.stored.contains(&codes))
    }

    /// The rows as terms, in the order of their codes.
    pub fn rows(&self) -> Vec<Vec<Term>> {
        let columns = self.columns();
        let constants = self.database.constants.read().unwrap_or_else(PoisonError::into_inner);
        (0..self.len()).map(|row| columns.iter().map(|column| constants.term(column[row])).collect()).collect()
    }

    /// The bytes that the rows take, in every order that is kept.
    pub fn bytes(&self) -> usize {
        self.stored.bytes()
    }

    /// How many orders of the columns are kept.
    pub fn n_orders(&self) -> usize {
        self.stored.n_orders()
    }
}

/// The place of a clause; rules without a clause have none of their own and cannot fail.
pub(super) fn place(source: &RuleSet, origin: u32) -> Box<Place> {
    source.place(origin.min(source.rules.len() as u32 - 1))
}
