//! One rule of one round: candidates, and which of them are new.

use std::ops::Range;

use rayon::prelude::*;

use super::tail::Layout;
use super::{Collected, Fixpoint, Mode};
use crate::budget::{Budget, Limit};
use crate::datalog::batch::BATCH;
use crate::datalog::error::DatalogError;
use crate::datalog::execute::{Sink, State, Stop, execute};
use crate::datalog::plan::Plan;
use crate::datalog::relation::Stored;
use crate::datalog::run::Run;
use crate::datalog::seen::written_out;

/// Candidates between two looks at the clock.
const TIME_CHECK: usize = 1 << 19;
/// A change of fewer rows is not worth another thread.
const ROWS_PER_TASK: usize = 8192;

impl Fixpoint<'_> {
    /// Evaluates a rule for the rows that lead it, and collects what is new.
    pub(super) fn evaluate(
        &mut self,
        plan: &Plan,
        rows: Option<&Run>,
        mode: Mode,
        collected: &mut [Collected],
    ) -> Result<(), DatalogError> {
        let target = collected.iter_mut().find(|collected| collected.member == plan.head.predicate);
        let Some(target) = target else { return Ok(()) };
        let state = State { relations: self.relations, constants: self.constants, ghosts: mode == Mode::Retract };
        let mut intake = Intake {
            stored: &self.relations[plan.head.predicate as usize],
            mode,
            budget: self.budget,
            n_derived: self.n_derived,
            n_unwatched: 0,
            target,
        };
        let rows = rows.filter(|_| plan.is_led());
        let n_rows = rows.map_or(0, Run::len);
        let result = if self.n_threads > 1 && n_rows >= 2 * ROWS_PER_TASK {
            let n_tasks = (n_rows / ROWS_PER_TASK).min(4 * self.n_threads);
            in_parallel(plan, state, rows, n_rows, n_tasks, self.n_threads, &mut intake)
        } else {
            let rows = rows.map(|rows| (rows, 0..rows.len()));
            execute(plan, state, rows, &mut intake)
        };
        self.n_derived = intake.n_derived;
        result.map_err(|stop| self.refusal(stop, plan.origin))
    }

    /// What stopped a rule, as an error.
    pub(super) fn refusal(&self, stop: Stop, origin: u32) -> DatalogError {
        match stop {
            Stop::Limit(limit) => DatalogError::Budget { limit },
            Stop::Arithmetic(error) => DatalogError::Arithmetic { error, place: (self.place)(origin) },
        }
    }
}

/// What a task has found.
struct Candidates {
    columns: Vec<Vec<u32>>,
    len: usize,
}

impl Sink for Candidates {
    fn batch(&mut self, columns: &[&[u32]], len: usize) -> Result<(), Stop> {
        self.columns.iter_mut().zip(columns).for_each(|(own, values)| own.extend_from_slice(&values[..len]));
        self.len += len;
        Ok(())
    }

    fn slice(&mut self, row: &[u32], column: usize, values: &[u32]) -> Result<(), Stop> {
        self.len += values.len();
        for (at, own) in self.columns.iter_mut().enumerate() {
            if at == column { own.extend_from_slice(values) } else { own.resize(self.len, row[at]) }
        }
        Ok(())
    }
}

/// Tasks join parts of the change at the same time; their candidates are taken in one after the other, in the order of the
/// parts, so that the result does not depend on who was first.
fn in_parallel(
    plan: &Plan,
    state: State,
    rows: Option<&Run>,
    n_rows: usize,
    n_tasks: usize,
    n_threads: usize,
    intake: &mut Intake,
) -> Result<(), Stop> {
    let part = |task: usize| -> Range<usize> { task * n_rows / n_tasks..(task + 1) * n_rows / n_tasks };
    let arity = plan.head.args.len();
    for first in (0..n_tasks).step_by(n_threads) {
        let tasks = first..n_tasks.min(first + n_threads);
        let candidates: Vec<Result<Candidates, Stop>> = tasks
            .into_par_iter()
            .map(|task| {
                let mut rows_found = Candidates { columns: vec![Vec::new(); arity], len: 0 };
                execute(plan, state, rows.map(|rows| (rows, part(task))), &mut rows_found)?;
                Ok(rows_found)
            })
            .collect();
        for result in candidates {
            let Candidates { columns, len } = result?;
            let columns: Vec<&[u32]> = columns.iter().map(Vec::as_slice).collect();
            intake.batch(&columns, len)?;
        }
    }
    Ok(())
}

/// Takes candidates and keeps those that are new.
struct Intake<'a> {
    stored: &'a Stored,
    mode: Mode,
    budget: &'a Budget,
    n_derived: usize,
    n_unwatched: usize,
    target: &'a mut Collected,
}

impl Sink for Intake<'_> {
    fn batch(&mut self, batch: &[&[u32]], len: usize) -> Result<(), Stop> {
        self.watch(len)?;
        let n_new = if self.mode == Mode::Retract || self.target.had_rows {
            // Derived rows must not be there yet, retracted ones must.
            let wanted = self.mode == Mode::Retract;
            let mut row = vec![0; batch.len()];
            let mut kept = vec![Vec::new(); batch.len()];
            let mut n_kept = 0;
            for at in 0..len {
                row.iter_mut().zip(batch).for_each(|(value, column)| *value = column[at]);
                if self.stored.contains(&row) == wanted {
                    kept.iter_mut().zip(&row).for_each(|(column, &value)| column.push(value));
                    n_kept += 1;
                }
            }
            let kept: Vec<&[u32]> = kept.iter().map(Vec::as_slice).collect();
            self.target.take(&kept, n_kept)
        } else {
            self.target.take(batch, len)
        };
        self.count(n_new)
    }

    fn slice(&mut self, row: &[u32], column: usize, values: &[u32]) -> Result<(), Stop> {
        match &mut self.target.seen {
            Some(seen) if self.mode == Mode::Derive && !self.target.had_rows => {
                // Parts, so that a set of rows need not make room for many at once that it has already.
                for part in values.chunks(BATCH) {
                    let n_new = seen.insert_slice(row, column, part, &mut self.target.fresh);
                    self.target.n_fresh += n_new;
                    self.n_derived += n_new;
                }
                self.watch(values.len())?;
                self.count(0)
            }
            _ => {
                let columns = written_out(row, column, values);
                self.batch(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>(), values.len())
            }
        }
    }
}

impl Intake<'_> {
    /// Looks at the clock now and then.
    fn watch(&mut self, n_candidates: usize) -> Result<(), Stop> {
        self.n_unwatched += n_candidates;
        if self.n_unwatched >= TIME_CHECK {
            self.n_unwatched = 0;
            if let Err(limit) = self.budget.check_time() {
                return Err(Stop::Limit(limit));
            }
        }
        Ok(())
    }

    fn count(&mut self, n_new: usize) -> Result<(), Stop> {
        self.n_derived += n_new;
        if self.n_derived > self.budget.max_answers {
            return Err(Stop::Limit(Limit::Answers(self.budget.max_answers)));
        }
        Ok(())
    }
}

impl Collected {
    /// Lays the rows so far as lines of bits, once they are enough to pay for it.
    pub(super) fn densify(&mut self, layout: &Layout, member: usize) {
        let n_rows = self.n_kept + self.all.iter().map(Run::len).sum::<usize>();
        if self.dense.is_some() || self.seen.is_none() {
            return;
        }
        if let Some(mut matrix) = layout.matrix(member, n_rows) {
            let mut lay = |columns: &[Vec<u32>], n: usize| {
                let columns: Vec<&[u32]> = columns.iter().map(Vec::as_slice).collect();
                matrix.insert(&columns, n, None);
            };
            lay(&self.kept, self.n_kept);
            self.all.iter().for_each(|run| lay(run.columns(), run.len()));
            (self.dense, self.seen) = (Some(matrix), None);
        }
    }

    fn take(&mut self, batch: &[&[u32]], len: usize) -> usize {
        let n_new = match (&mut self.dense, &mut self.seen) {
            (Some(matrix), _) => matrix.insert(batch, len, Some(&mut self.fresh)),
            (None, Some(seen)) => seen.insert(batch, len, &mut self.fresh),
            (None, None) => {
                self.fresh.iter_mut().zip(batch).for_each(|(column, values)| column.extend_from_slice(&values[..len]));
                len
            }
        };
        self.n_fresh += n_new;
        n_new
    }
}
