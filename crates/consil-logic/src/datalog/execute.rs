//! Runs a plan over batches of bindings: each step makes a batch from a batch, and full batches go on to the next step.

use std::ops::Range;
use std::sync::{PoisonError, RwLock};

use super::batch::{BATCH, Batch, Match};
use super::constants::{Constants, FIRST_TERM};
use super::plan::{Action, Lookup, Plan, Step};
use super::relation::Stored;
use super::rule::{Arg, Comparison, Expr, Test};
use super::run::Run;
use super::seen::written_out;
use crate::budget::Limit;
use crate::number::{ArithmeticError, Number, apply};

/// What a plan reads.
#[derive(Clone, Copy)]
pub(super) struct State<'a> {
    pub(super) relations: &'a [Stored],
    pub(super) constants: &'a RwLock<Constants>,
    /// Whether rows that the update under way has deleted are still there.
    pub(super) ghosts: bool,
}

/// Takes the head's rows.
pub(super) trait Sink {
    /// The first `len` rows of a batch.
    fn batch(&mut self, columns: &[&[u32]], len: usize) -> Result<(), Stop>;

    /// Rows that are all `row` but for `column`, which takes each of `values`: a join's last step finds them side by side, and
    /// need not write them out.
    fn slice(&mut self, row: &[u32], column: usize, values: &[u32]) -> Result<(), Stop>;
}

/// A sink that has slices written out.
pub(super) struct Written<F>(pub(super) F);

impl<F: FnMut(&[&[u32]], usize) -> Result<(), Stop>> Sink for Written<F> {
    fn batch(&mut self, columns: &[&[u32]], len: usize) -> Result<(), Stop> {
        (self.0)(columns, len)
    }

    fn slice(&mut self, row: &[u32], column: usize, values: &[u32]) -> Result<(), Stop> {
        let columns = written_out(row, column, values);
        (self.0)(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>(), values.len())
    }
}

/// A slice of fewer rows joins a batch.
const SLICE: usize = 12;

/// Why a rule was not evaluated to its end.
pub(super) enum Stop {
    Arithmetic(ArithmeticError),
    Limit(Limit),
}

impl From<ArithmeticError> for Stop {
    fn from(error: ArithmeticError) -> Self {
        Stop::Arithmetic(error)
    }
}

/// Runs a plan over the rows `range` of a change, and gives the head's rows to `sink`.
pub(super) fn execute(
    plan: &Plan,
    state: State,
    delta: Option<(&Run, Range<usize>)>,
    sink: &mut dyn Sink,
) -> Result<(), Stop> {
    let mut pipeline = Pipeline {
        plan,
        state,
        delta,
        scratch: plan.steps.iter().map(|_| Batch::new(plan.n_vars)).collect(),
        constant: Vec::new(),
        sink,
    };
    let unit = Batch { len: 1, ..Batch::new(plan.n_vars) };
    pipeline.run(0, &unit)
}

struct Pipeline<'a, 'b> {
    plan: &'a Plan,
    state: State<'a>,
    delta: Option<(&'a Run, Range<usize>)>,
    /// The batch that each step fills.
    scratch: Vec<Batch>,
    constant: Vec<Vec<u32>>,
    sink: &'b mut dyn Sink,
}

impl<'a> Pipeline<'a, '_> {
    fn run(&mut self, at: usize, input: &Batch) -> Result<(), Stop> {
        if input.len == 0 {
            return Ok(());
        }
        let plan = self.plan;
        let Some(step) = plan.steps.get(at) else {
            return self.emit(input);
        };
        let mut output = std::mem::take(&mut self.scratch[at]);
        output.clear();
        match &step.action {
            Action::Delta { args } => self.scan(at, args, &mut output)?,
            Action::Join { lookup, fresh } => self.join(at, step, lookup, fresh, input, &mut output)?,
            Action::Intersect { variable, lookups } => {
                super::intersect::intersect(
                    self.state,
                    input,
                    *variable,
                    lookups,
                    &step.carry,
                    &mut output,
                    &mut |out| self.run(at + 1, out),
                )?;
            }
            Action::Check { lookup, negated } => {
                let rows = self.check(lookup, *negated, input);
                output.gather(input, &step.carry, &rows);
            }
            Action::Test(test) => {
                let rows = self.test(test, input)?;
                output.gather(input, &step.carry, &rows);
            }
            Action::Is { result, expr, binds } => self.is(step, *result, expr, *binds, input, &mut output)?,
        }
        self.run(at + 1, &output)?;
        self.scratch[at] = output;
        Ok(())
    }

    fn emit(&mut self, input: &Batch) -> Result<(), Stop> {
        let head = &self.plan.head.args;
        self.constant.resize_with(head.len(), Vec::new);
        for (arg, constant) in head.iter().zip(&mut self.constant) {
            if let Arg::Const(code) = arg {
                constant.resize(input.len, *code);
            }
        }
        let columns: Vec<&[u32]> = head
            .iter()
            .zip(&self.constant)
            .map(|(arg, constant)| match arg {
                Arg::Var(variable) => input.columns[*variable as usize].as_slice(),
                Arg::Const(_) => &constant[..input.len],
            })
            .collect();
        self.sink.batch(&columns, input.len)
    }

    fn scan(&mut self, at: usize, args: &[u32], output: &mut Batch) -> Result<(), Stop> {
        let Some((run, range)) = self.delta.clone() else { return Ok(()) };
        let mut low = range.start;
        while low < range.end {
            let high = range.end.min(low + BATCH);
            for (column, &variable) in args.iter().enumerate() {
                output.columns[variable as usize].extend_from_slice(&run.column(column)[low..high]);
            }
            output.len = high - low;
            self.run(at + 1, output)?;
            output.clear();
            low = high;
        }
        Ok(())
    }

    fn join(
        &mut self,
        at: usize,
        step: &Step,
        lookup: &Lookup,
        fresh: &[(usize, u32)],
        input: &Batch,
        output: &mut Batch,
    ) -> Result<(), Stop> {
        let state = self.state;
        let mut matches: Vec<Match> = Vec::with_capacity(input.len.min(BATCH));
        let stored = &state.relations[lookup.predicate as usize];
        let sliced = self.sliced(at, fresh);
        let mut row: Vec<u32> = Vec::new();
        for run in stored.runs(lookup.order, lookup.view, state.ghosts) {
            let mut total = 0;
            let mut searcher = Searcher::new(run, lookup);
            for binding in 0..input.len {
                let (mut low, high) = searcher.find(input, binding);
                if let Some((head, column)) = sliced
                    && high - low >= SLICE
                {
                    let value = |&arg: &Arg| match arg {
                        Arg::Var(variable) => input.columns[variable as usize].get(binding).copied().unwrap_or(0),
                        Arg::Const(code) => code,
                    };
                    row.clear();
                    row.extend(self.plan.head.args.iter().map(value));
                    self.sink.slice(&row, head, &run.column(column)[low..high])?;
                    continue;
                }
                while low < high {
                    let end = high.min(low + BATCH - total);
                    matches.push(Match { binding: binding as u32, low: low as u32, high: end as u32 });
                    total += end - low;
                    low = end;
                    if total == BATCH {
                        output.extend(input, &step.carry, &matches, run, fresh);
                        self.run(at + 1, output)?;
                        output.clear();
                        matches.clear();
                        total = 0;
                    }
                }
            }
            // A batch may hold matches of several runs; it is passed on when the next would not fit.
            if output.len + total > BATCH {
                self.run(at + 1, output)?;
                output.clear();
            }
            output.extend(input, &step.carry, &matches, run, fresh);
            matches.clear();
        }
        Ok(())
    }

    /// Where the last step finds the values of one column of the head: the head's column and the run's.
    fn sliced(&self, at: usize, fresh: &[(usize, u32)]) -> Option<(usize, usize)> {
        let &[(column, variable)] = fresh else { return None };
        let args = &self.plan.head.args;
        let mut places = (0..args.len()).filter(|&place| args[place] == Arg::Var(variable));
        let place = places.next().filter(|_| at + 1 == self.plan.steps.len())?;
        places.next().is_none().then_some((place, column))
    }

    fn check(&self, lookup: &Lookup, negated: bool, input: &Batch) -> Vec<u32> {
        let stored = &self.state.relations[lookup.predicate as usize];
        let mut found = vec![false; input.len];
        for run in stored.runs(lookup.order, lookup.view, self.state.ghosts) {
            let mut searcher = Searcher::new(run, lookup);
            for (binding, found) in found.iter_mut().enumerate().filter(|(_, found)| !**found) {
                let (low, high) = searcher.find(input, binding);
                *found = low < high;
            }
        }
        (0..input.len as u32).filter(|&row| found[row as usize] != negated).collect()
    }

    fn test(&self, test: &Test, input: &Batch) -> Result<Vec<u32>, ArithmeticError> {
        let constants = self.state.constants.read().unwrap_or_else(PoisonError::into_inner);
        let mut rows = Vec::with_capacity(input.len);
        for row in 0..input.len {
            let holds = match test {
                Test::Standard(relation, a, b) => {
                    let (a, b) = (input.value(*a, row), input.value(*b, row));
                    match relation {
                        Comparison::Equal => a == b,
                        Comparison::NotEqual => a != b,
                        _ if a < FIRST_TERM && b < FIRST_TERM => relation.holds(a.cmp(&b)),
                        _ => relation.holds(constants.term(a).cmp(&constants.term(b))),
                    }
                }
                Test::Numeric(relation, a, b) => {
                    let (a, b) = (number(&constants, a, input, row)?, number(&constants, b, input, row)?);
                    relation.holds(a.compare(b))
                }
            };
            if holds {
                rows.push(row as u32);
            }
        }
        Ok(rows)
    }

    fn is(
        &self,
        step: &Step,
        result: Arg,
        expr: &Expr,
        binds: bool,
        input: &Batch,
        output: &mut Batch,
    ) -> Result<(), ArithmeticError> {
        let mut values = Vec::with_capacity(input.len);
        {
            let constants = self.state.constants.read().unwrap_or_else(PoisonError::into_inner);
            for row in 0..input.len {
                values.push(number(&constants, expr, input, row)?);
            }
        }
        let code = |number: &Number| match *number {
            Number::Int(value) if (0..i64::from(FIRST_TERM)).contains(&value) => value as u32,
            number => self.state.constants.write().unwrap_or_else(PoisonError::into_inner).of_number(number),
        };
        let codes: Vec<u32> = values.iter().map(code).collect();
        match result {
            Arg::Var(variable) if binds => {
                let all: Vec<u32> = (0..input.len as u32).collect();
                output.gather(input, &step.carry, &all);
                output.columns[variable as usize].extend_from_slice(&codes);
            }
            _ => {
                let same = |&row: &u32| codes[row as usize] == input.value(result, row as usize);
                let rows: Vec<u32> = (0..input.len as u32).filter(same).collect();
                output.gather(input, &step.carry, &rows);
            }
        }
        Ok(())
    }
}

/// The value of an expression for one binding.
fn number(constants: &Constants, expr: &Expr, input: &Batch, row: usize) -> Result<Number, ArithmeticError> {
    match expr {
        Expr::Arg(arg) => {
            let code = input.value(*arg, row);
            constants.number(code).ok_or_else(|| ArithmeticError::NotANumber(constants.term(code).to_string()))
        }
        Expr::Apply(name, args) => match &args[..] {
            [a] => apply(name, &[number(constants, a, input, row)?]),
            [a, b] => apply(name, &[number(constants, a, input, row)?, number(constants, b, input, row)?]),
            _ => {
                let values = args.iter().map(|arg| number(constants, arg, input, row));
                apply(name, &values.collect::<Result<Vec<_>, _>>()?)
            }
        },
    }
}

/// Looks bindings up in a run; neighbours with the same values are looked up once.
struct Searcher<'a> {
    run: &'a Run,
    prefix: &'a [Arg],
    last: Vec<u32>,
    found: Option<(usize, usize)>,
}

impl<'a> Searcher<'a> {
    fn new(run: &'a Run, lookup: &'a Lookup) -> Self {
        Self { run, prefix: &lookup.prefix, last: vec![0; lookup.prefix.len()], found: None }
    }

    fn find(&mut self, input: &Batch, binding: usize) -> (usize, usize) {
        if let [arg] = self.prefix {
            let value = input.value(*arg, binding);
            if let Some(found) = self.found
                && self.last[0] == value
            {
                return found;
            }
            self.last[0] = value;
            return *self.found.insert(self.run.find_first(value));
        }
        let mut same = self.found.is_some();
        for (last, &arg) in self.last.iter_mut().zip(self.prefix) {
            let value = input.value(arg, binding);
            same &= *last == value;
            *last = value;
        }
        match self.found {
            Some(found) if same => found,
            _ => *self.found.insert(self.run.find(&self.last)),
        }
    }
}
