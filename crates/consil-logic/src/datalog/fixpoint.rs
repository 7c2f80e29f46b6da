//! Semi-naive evaluation: each round joins only what the round before found (Bancilhon & Ramakrishnan, "An amateur's
//! introduction to recursive query processing strategies", SIGMOD 1986).

mod round;
mod tail;

use std::sync::RwLock;

use super::constants::Constants;
use super::cover::ColumnSet;
use super::dense::{Change, Matrix};
use super::error::DatalogError;
use super::plan::{Lead, Plan, plan, plan_change};
use super::relation::Stored;
use super::rule::{Atom, Literal, PredicateId, Rule};
use super::run::Run;
use super::seen::Seen;
use crate::budget::Budget;
use crate::hash::FastMap;
use crate::span::Place;
use tail::{Layout, Recursive};

/// Rows found, by predicate.
pub(super) type Found = FastMap<PredicateId, Run>;

/// What a fixpoint collects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Rows that follow and are not there yet; they are added.
    Derive,
    /// Rows that are there and followed from something deleted; they stay until the caller removes them.
    Retract,
}

/// A rule to evaluate in the first round, and the rows that lead it.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    pub(super) rule: &'a Rule,
    pub(super) lead: Lead<'a>,
    pub(super) rows: Option<&'a Run>,
}

/// Evaluates strata on the relations of a database.
pub(super) struct Fixpoint<'a> {
    pub(super) relations: &'a mut Vec<Stored>,
    pub(super) constants: &'a RwLock<Constants>,
    pub(super) budget: &'a Budget,
    pub(super) n_threads: usize,
    pub(super) place: &'a dyn Fn(u32) -> Box<Place>,
    /// Rows derived so far, which the budget limits.
    pub(super) n_derived: usize,
    /// The most bytes that rows, orders and the sets of seen rows took at the end of a round.
    pub(super) peak_bytes: usize,
}

/// What a predicate of the stratum has collected.
struct Collected {
    member: PredicateId,
    arity: usize,
    /// None where no row can come twice, or rows lie as lines of bits.
    seen: Option<Seen>,
    /// The rows as lines of bits, once they are many among the possible ones.
    dense: Option<Matrix>,
    /// Rows were there before, so that each candidate is looked up.
    had_rows: bool,
    /// Some rule searches the predicate while it grows.
    is_searched: bool,
    /// New in this round.
    fresh: Vec<Vec<u32>>,
    n_fresh: usize,
    /// New in earlier rounds, and in no run of the relation.
    kept: Vec<Vec<u32>>,
    n_kept: usize,
    all: Vec<Run>,
}

impl<'a> Fixpoint<'a> {
    /// A fixpoint that has derived nothing yet. `place` finds a clause by its number, for messages.
    pub(super) fn new(
        relations: &'a mut Vec<Stored>,
        constants: &'a RwLock<Constants>,
        budget: &'a Budget,
        n_threads: usize,
        place: &'a dyn Fn(u32) -> Box<Place>,
    ) -> Self {
        Self { relations, constants, budget, n_threads, place, n_derived: 0, peak_bytes: 0 }
    }
}

impl Fixpoint<'_> {
    /// Evaluates `rules`, which define `members`, to their fixpoint, and gives the rows found for each member.
    pub(super) fn run(
        &mut self,
        rules: &[&Rule],
        members: &[PredicateId],
        mode: Mode,
        jobs: &[Job],
    ) -> Result<Found, DatalogError> {
        let mut collected = self.begin(rules, members, mode, jobs);
        let recursive: Vec<Recursive> = rules
            .iter()
            .flat_map(|rule| {
                let positive = rule.body.iter().enumerate().filter_map(|(at, literal)| match literal {
                    Literal::Positive(atom) if members.contains(&atom.predicate) => Some((at, atom.predicate)),
                    _ => None,
                });
                positive.map(|(at, predicate)| (*rule, at, predicate))
            })
            .collect();
        let mut plans: Vec<Plan> =
            jobs.iter().map(|job| plan(job.rule, job.lead, job.rows.map_or(1, Run::len), self.relations)).collect();
        self.resolve(&mut plans);
        for (job, plan) in jobs.iter().zip(&plans) {
            self.evaluate(plan, job.rows, mode, &mut collected)?;
        }
        // From nothing, all rows follow from rows that the relations hold, and the ranges of columns are known. The change of an update is elsewhere.
        let from_nothing = jobs.iter().all(|job| job.lead == Lead::Nothing) && collected.iter().all(|c| !c.had_rows);
        let mut layout = (mode == Mode::Derive && from_nothing)
            .then(|| Layout::of(&recursive, rules, members, self.relations))
            .flatten();
        let mut planned_at: Vec<usize> = Vec::new();
        loop {
            let deltas = self.turn(members, mode, &mut collected);
            if let Some(layout) = &layout {
                collected.iter_mut().enumerate().for_each(|(at, collected)| collected.densify(layout, at));
            }
            if recursive.is_empty() || deltas.iter().all(|delta| delta.len() == 0) {
                break;
            }
            // Plans are made again whenever some size has doubled or halved: the order of joins follows the sizes.
            let stored = members.iter().map(|&p| self.relations[p as usize].len());
            let sizes: Vec<usize> = stored.chain(deltas.iter().map(Run::len)).collect();
            let far = |(now, then): (&usize, &usize)| *now > 2 * then + 64 || *then > 2 * now + 64;
            if planned_at.is_empty() || sizes.iter().zip(&planned_at).any(far) {
                let grows = |rule: &Rule, at: usize| in_stratum(members, &rule.body[at]);
                let again = |&(rule, at, predicate): &(&Rule, usize, PredicateId)| {
                    let n_growing = (0..rule.body.len()).filter(|&other| grows(rule, other)).count();
                    if mode == Mode::Derive && n_growing > 1 {
                        plan_change(rule, at, |other| grows(rule, other), self.relations)
                    } else {
                        let n_rows = members.iter().zip(&deltas).find(|(member, _)| **member == predicate);
                        plan(rule, Lead::Literal(at), n_rows.map_or(0, |(_, delta)| delta.len()), self.relations)
                    }
                };
                plans = recursive.iter().map(again).collect();
                self.resolve(&mut plans);
                layout.iter_mut().for_each(|layout| self.plan_tails(&mut layout.tails));
                planned_at = sizes;
            }
            let mut changes: Vec<Option<Change>> = members.iter().map(|_| None).collect();
            for (rule, (&(_, _, predicate), plan)) in recursive.iter().zip(&plans).enumerate() {
                let at = members.iter().position(|&member| member == predicate).unwrap_or(0);
                let (delta, tail) = (&deltas[at], layout.as_ref().and_then(|layout| layout.tails[rule].as_ref()));
                let is_done = match tail {
                    Some(tail) => self.evaluate_tail(tail, delta, &mut changes[at], (at, members), &mut collected)?,
                    None => false,
                };
                if !is_done {
                    self.evaluate(plan, Some(delta), mode, &mut collected)?;
                }
            }
        }
        Ok(self.end(members, mode, collected))
    }

    /// Evaluates a stratum from nothing.
    pub(super) fn whole(&mut self, rules: &[&Rule], members: &[PredicateId]) -> Result<(), DatalogError> {
        let jobs: Vec<Job> = rules.iter().map(|rule| Job { rule, lead: Lead::Nothing, rows: None }).collect();
        self.run(rules, members, Mode::Derive, &jobs)?;
        Ok(())
    }

    fn begin(&self, rules: &[&Rule], members: &[PredicateId], mode: Mode, jobs: &[Job]) -> Vec<Collected> {
        let single = |member: PredicateId| {
            let own = || rules.iter().filter(|rule| rule.head.predicate == member);
            own().all(|rule| !rule.body.iter().any(|literal| in_stratum(members, literal)))
                && jobs.iter().filter(|job| job.rule.head.predicate == member).all(|job| {
                    job.lead == Lead::Nothing && {
                        let in_head = |v: &u32| job.rule.head.variables().any(|other| other == *v);
                        job.rule.body.iter().all(|literal| literal.variables().iter().all(in_head))
                    }
                })
        };
        let searched = |member: PredicateId| {
            rules.iter().any(|rule| {
                let n = rule.body.iter().filter(|literal| in_stratum(members, literal)).count();
                n > 1 && rule.body.iter().any(|l| l.atom().is_some_and(|atom| atom.predicate == member))
            })
        };
        let collect = |&member: &PredicateId| {
            let stored = &self.relations[member as usize];
            let arity = stored.arity();
            let had_rows = stored.len() > 0;
            let seen = if single(member) && !had_rows { None } else { Some(Seen::new(arity)) };
            Collected {
                member,
                arity,
                seen,
                dense: None,
                had_rows,
                is_searched: mode == Mode::Derive && searched(member),
                fresh: vec![Vec::new(); arity],
                n_fresh: 0,
                kept: vec![Vec::new(); arity],
                n_kept: 0,
                all: Vec::new(),
            }
        };
        members.iter().map(collect).collect()
    }

    /// Makes the orders that plans search, and settles which lookup uses which.
    fn resolve(&mut self, plans: &mut [Plan]) {
        let mut searches: FastMap<PredicateId, Vec<ColumnSet>> = FastMap::default();
        for (predicate, search) in plans.iter().flat_map(Plan::searches) {
            searches.entry(predicate).or_default().push(search);
        }
        for (predicate, searches) in searches {
            self.relations[predicate as usize].prepare(&searches);
        }
        plans.iter_mut().for_each(|plan| plan.resolve(self.relations));
    }

    /// Ends a round: what it found becomes the change that the next begins with.
    fn turn(&mut self, members: &[PredicateId], mode: Mode, collected: &mut [Collected]) -> Vec<Run> {
        let mut deltas = Vec::with_capacity(members.len());
        for (&member, collected) in members.iter().zip(&mut *collected) {
            let empty = vec![Vec::new(); collected.arity];
            let fresh = std::mem::replace(&mut collected.fresh, empty);
            let n_fresh = std::mem::take(&mut collected.n_fresh);
            if mode == Mode::Derive && collected.is_searched {
                let delta = Run::sort(fresh, n_fresh);
                self.relations[member as usize].advance(&delta);
                collected.all.push(delta.clone());
                deltas.push(delta);
            } else {
                for (kept, fresh) in collected.kept.iter_mut().zip(&fresh) {
                    kept.extend_from_slice(fresh);
                }
                collected.n_kept += n_fresh;
                deltas.push(Run::unsorted(fresh, n_fresh));
            }
        }
        let rows: usize = collected.iter().map(|c| (c.n_kept + c.n_fresh) * c.arity * size_of::<u32>()).sum();
        let seen: usize = collected.iter().filter_map(|c| c.seen.as_ref()).map(Seen::bytes).sum();
        let dense: usize = collected.iter().filter_map(|c| c.dense.as_ref()).map(Matrix::bytes).sum();
        let stored: usize = members.iter().map(|&member| self.relations[member as usize].bytes()).sum();
        self.peak_bytes = self.peak_bytes.max(rows + seen + dense + stored);
        deltas
    }

    fn end(&mut self, members: &[PredicateId], mode: Mode, collected: Vec<Collected>) -> Found {
        let mut found = Found::default();
        for (&member, collected) in members.iter().zip(collected) {
            let Collected { kept, n_kept, all, had_rows, .. } = collected;
            let late = Run::sort(kept, n_kept);
            let stored = &mut self.relations[member as usize];
            if mode == Mode::Derive {
                stored.settle();
                stored.add(late.clone());
                if !had_rows {
                    found.insert(member, stored.whole());
                    continue;
                }
            }
            let rows = all.iter().fold(late, |rows, run| rows.union(run));
            found.insert(member, rows);
        }
        found
    }
}

/// Whether a literal asks for rows of the stratum that is being evaluated.
fn in_stratum(members: &[PredicateId], literal: &Literal) -> bool {
    matches!(literal, Literal::Positive(Atom { predicate, .. }) if members.contains(predicate))
}
