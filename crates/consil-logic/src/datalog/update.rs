//! Keeps answers current as facts come and go.
//!
//! Delete and rederive (Gupta, Mumick & Subrahmanian, "Maintaining views incrementally", SIGMOD 1993), stratum by stratum:
//! retract what had a derivation through something that is gone, put back what has another, then derive what is new.
//! Counting derivations would need no putting back, but loops on recursive rules, and keeps a count beside each row; DRed keeps
//! nothing. Its weakness is a graph so dense that one deletion retracts nearly everything: where more than half of a stratum
//! goes, and for closures, whose evaluation is cheaper than any retraction, the stratum is derived anew and compared.

use super::database::{Database, place};
use super::error::DatalogError;
use super::fixpoint::{Fixpoint, Found, Job, Mode};
use super::plan::Lead;
use super::relation::Stored;
use super::rule::{Literal, PredicateId, Rule};
use super::run::Run;
use super::strata::Stratum;
use crate::budget::Budget;
use crate::hash::FastMap;
use crate::term::Term;

/// How many rows an update added and took away, given and derived ones together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Rows that are new.
    pub n_inserted: usize,
    /// Rows that are gone.
    pub n_deleted: usize,
}

/// What has changed so far, by predicate.
#[derive(Default)]
struct Changes {
    plus: Found,
    minus: Found,
}

impl Database {
    /// Deletes facts, inserts facts, and brings everything that follows from them up to date. A fact that is both deleted and
    /// inserted is there afterwards; deleting what is not there, or is only derived, changes nothing.
    ///
    /// # Errors
    /// [`DatalogError::BadAtom`] and [`DatalogError::UnknownPredicate`], which change nothing. After
    /// [`DatalogError::Budget`] or [`DatalogError::Arithmetic`] the facts have changed and what follows from them is out of
    /// date until [`evaluate`](Self::evaluate).
    pub fn update(&mut self, insert: &[Term], delete: &[Term], budget: &Budget) -> Result<Difference, DatalogError> {
        let insert = self.rows_of(insert)?;
        let delete = self.rows_of(delete)?;
        self.evaluate(budget)?;
        let mut changes = Changes::default();
        for (predicate, rows) in delete {
            let kept = insert.get(&predicate);
            let gone = rows.retain(|row| kept.is_none_or(|kept| !kept.contains(row)));
            changes.minus.insert(predicate, self.relations[predicate as usize].remove(&gone));
        }
        for (predicate, rows) in insert {
            let stored = &mut self.relations[predicate as usize];
            let fresh = rows.retain(|row| !stored.contains(row));
            stored.add(fresh.clone());
            changes.plus.insert(predicate, fresh);
        }
        self.complete.fill(false);
        for (&predicate, rows) in &changes.minus {
            self.relations[predicate as usize].haunt(rows);
        }
        let strata = std::mem::take(&mut self.strata);
        let result = strata.iter().try_for_each(|stratum| self.update_stratum(stratum, &mut changes, budget));
        self.strata = strata;
        self.relations.iter_mut().for_each(Stored::bury);
        result?;
        self.complete.fill(true);
        let named = |&predicate: &PredicateId| {
            let info = &self.rules.predicates[predicate as usize];
            self.rules.find(&info.name, info.arity) == Some(predicate) && !info.name.starts_with('$')
        };
        let count = |found: &Found| found.iter().filter(|(id, _)| named(id)).map(|(_, rows)| rows.len()).sum();
        Ok(Difference { n_inserted: count(&changes.plus), n_deleted: count(&changes.minus) })
    }

    fn rows_of(&mut self, facts: &[Term]) -> Result<FastMap<PredicateId, Run>, DatalogError> {
        let mut columns: FastMap<PredicateId, (Vec<Vec<u32>>, usize)> = FastMap::default();
        for fact in facts {
            let bad = || DatalogError::BadAtom { term: fact.to_string(), wanted: "ground atom" };
            let (name, args) = fact.functor().filter(|_| fact.is_ground()).ok_or_else(bad)?;
            let predicate = self.predicate(name, args.len())?;
            let codes: Vec<u32> = args.iter().map(|arg| self.code(arg)).collect();
            let given = self.rules.predicates[predicate as usize].facts;
            let (columns, len) = columns.entry(given).or_insert_with(|| (vec![Vec::new(); codes.len()], 0));
            columns.iter_mut().zip(codes).for_each(|(column, code)| column.push(code));
            *len += 1;
        }
        Ok(columns.into_iter().map(|(predicate, (columns, len))| (predicate, Run::sort(columns, len))).collect())
    }

    fn update_stratum(
        &mut self,
        stratum: &Stratum,
        changes: &mut Changes,
        budget: &Budget,
    ) -> Result<(), DatalogError> {
        let touched = |literal: &Literal| {
            literal.atom().is_some_and(|a| changes.has_plus(a.predicate) || changes.has_minus(a.predicate))
        };
        let mut bodies = stratum.rules.iter().flat_map(|&rule| &self.rules.rules[rule].body);
        if !bodies.any(touched) {
            return Ok(());
        }
        let source = &self.source;
        let place = |origin| place(source, origin);
        let rules: Vec<&Rule> = stratum.rules.iter().map(|&rule| &self.rules.rules[rule]).collect();
        let members = &stratum.predicates;
        let mut fixpoint = Fixpoint::new(&mut self.relations, &self.constants, budget, self.n_threads, &place);
        let retracted = retract(&mut fixpoint, &rules, members, changes, stratum.closure.is_some())?;
        let size: usize = members.iter().map(|&member| fixpoint.relations[member as usize].len()).sum();
        let n_retracted: usize = retracted.iter().flat_map(Found::values).map(Run::len).sum();
        let Some(retracted) = retracted.filter(|_| 2 * n_retracted <= size) else {
            return anew(&mut fixpoint, stratum, &rules, changes);
        };
        for (&member, rows) in &retracted {
            fixpoint.relations[member as usize].remove(rows);
        }
        let mut jobs = Vec::new();
        for &rule in &rules {
            if let Some(rows) = retracted.get(&rule.head.predicate).filter(|rows| rows.len() > 0) {
                jobs.push(Job { rule, lead: Lead::Head(&rule.head), rows: Some(rows) });
            }
            for (at, literal) in rule.body.iter().enumerate() {
                let rows = match literal {
                    Literal::Positive(atom) => changes.plus.get(&atom.predicate),
                    Literal::Negative(atom) => changes.minus.get(&atom.predicate),
                    _ => None,
                };
                if let Some(rows) = rows.filter(|rows| rows.len() > 0) {
                    jobs.push(Job { rule, lead: Lead::Literal(at), rows: Some(rows) });
                }
            }
        }
        let derived = fixpoint.run(&rules, members, Mode::Derive, &jobs)?;
        for &member in members {
            let none = Run::default();
            let (gone, new) = (retracted.get(&member).unwrap_or(&none), derived.get(&member).unwrap_or(&none));
            let minus = gone.retain(|row| !new.contains(row));
            fixpoint.relations[member as usize].haunt(&minus);
            changes.plus.insert(member, new.retain(|row| !gone.contains(row)));
            changes.minus.insert(member, minus);
        }
        Ok(())
    }
}

/// What had a derivation, in the state before the update, through something that has changed; none if the stratum had better be
/// derived anew. A negation of something that grew counts as holding: it may have held before.
fn retract(
    fixpoint: &mut Fixpoint,
    rules: &[&Rule],
    members: &[PredicateId],
    changes: &Changes,
    is_closure: bool,
) -> Result<Option<Found>, DatalogError> {
    let grew = |literal: &Literal| matches!(literal, Literal::Negative(atom) if changes.has_plus(atom.predicate));
    let weakened: Vec<Rule> = rules
        .iter()
        .map(|rule| Rule {
            body: rule.body.iter().filter(|literal| !grew(literal)).cloned().collect(),
            ..(*rule).clone()
        })
        .collect();
    // Each change with the rule weakened but for the changed literal itself, which comes first.
    let mut led: Vec<(Rule, &Run)> = Vec::new();
    for (rule, weak) in rules.iter().zip(&weakened) {
        for literal in &rule.body {
            let rows = match literal {
                Literal::Positive(atom) => changes.minus.get(&atom.predicate),
                Literal::Negative(atom) => changes.plus.get(&atom.predicate),
                _ => None,
            };
            if let Some(rows) = rows.filter(|rows| rows.len() > 0) {
                let mut body = weak.body.clone();
                if let Some(at) = body.iter().position(|other| other == literal) {
                    body.remove(at);
                }
                body.insert(0, literal.clone());
                led.push((Rule { body, ..weak.clone() }, rows));
            }
        }
    }
    if led.is_empty() {
        return Ok(Some(Found::default()));
    }
    if is_closure {
        return Ok(None);
    }
    let jobs: Vec<Job> =
        led.iter().map(|(rule, rows)| Job { rule, lead: Lead::Literal(0), rows: Some(rows) }).collect();
    fixpoint.run(&weakened.iter().collect::<Vec<_>>(), members, Mode::Retract, &jobs).map(Some)
}

/// Derives a stratum from nothing, and compares.
fn anew(
    fixpoint: &mut Fixpoint,
    stratum: &Stratum,
    rules: &[&Rule],
    changes: &mut Changes,
) -> Result<(), DatalogError> {
    let before: Vec<Run> =
        stratum.predicates.iter().map(|&member| fixpoint.relations[member as usize].take()).collect();
    match &stratum.closure {
        Some(closure) => closure.evaluate(fixpoint)?,
        None => fixpoint.whole(rules, &stratum.predicates)?,
    }
    for (&member, before) in stratum.predicates.iter().zip(&before) {
        let stored = &mut fixpoint.relations[member as usize];
        let after = stored.whole();
        let minus = before.retain(|row| !after.contains(row));
        stored.haunt(&minus);
        changes.plus.insert(member, after.retain(|row| !before.contains(row)));
        changes.minus.insert(member, minus);
    }
    Ok(())
}

impl Changes {
    fn has_plus(&self, predicate: PredicateId) -> bool {
        self.plus.get(&predicate).is_some_and(|rows| rows.len() > 0)
    }

    fn has_minus(&self, predicate: PredicateId) -> bool {
        self.minus.get(&predicate).is_some_and(|rows| rows.len() > 0)
    }
}
