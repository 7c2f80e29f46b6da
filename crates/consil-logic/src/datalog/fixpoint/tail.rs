//! Rules that hand a variable through from one atom to the head, evaluated by lines of bits (see [`dense`](crate::datalog::dense)).

use super::{Collected, Fixpoint};
use crate::budget::Limit;
use crate::datalog::dense::{Change, LineSource, Matrix, Range, others, ranges};
use crate::datalog::error::DatalogError;
use crate::datalog::execute::{State, Stop, Written, execute};
use crate::datalog::plan::{Lead, Plan, plan};
use crate::datalog::rule::{Arg, Atom, Literal, PredicateId, Rule};
use crate::datalog::run::Run;

/// Batches between two looks at the clock.
const TIME_CHECK: usize = 64;

/// A rule without the atom that hands its variable through.
pub(super) struct Tail {
    /// Its head's columns are those of a line of the head's predicate, followed by those of a line of the source, or the number of a line of the change.
    rule: Rule,
    /// Where the change stands in its body.
    lead: usize,
    source: Source,
    plan: Option<Plan>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// All rows of a member so far.
    Member(usize),
    /// The rows that lead.
    Change,
}

/// How the members of a stratum lie as lines of bits.
pub(super) struct Layout {
    /// For each member, the column along its lines.
    bits: Vec<usize>,
    ranges: Vec<Vec<Range>>,
    /// The range of all those columns.
    along: Range,
    /// For each recursive rule and the change that leads it.
    pub(super) tails: Vec<Option<Tail>>,
}

/// A rule, the literal that leads it, and that literal's predicate.
pub(super) type Recursive<'a> = (&'a Rule, usize, PredicateId);

impl Layout {
    /// The layout by which most rules can be evaluated by lines; `None` where none can, or no ranges are known.
    pub(super) fn of(
        recursive: &[Recursive],
        rules: &[&Rule],
        members: &[PredicateId],
        relations: &[crate::datalog::relation::Stored],
    ) -> Option<Self> {
        let arity = |member: usize| relations[members[member] as usize].arity();
        if (0..members.len()).any(|member| arity(member) == 0) {
            return None;
        }
        let tails = |bits: &[usize]| -> Vec<Option<Tail>> {
            recursive.iter().map(|&(rule, lead, _)| Tail::of(rule, lead, members, bits)).collect()
        };
        let count = |bits: &[usize]| tails(bits).iter().flatten().count();
        let mut bits: Vec<usize> = (0..members.len()).map(|member| arity(member) - 1).collect();
        let mut best = count(&bits);
        // One member after the other, twice, since a choice may depend on those of the members after it.
        for member in (0..members.len()).chain(0..members.len()) {
            for column in 0..arity(member) {
                let before = std::mem::replace(&mut bits[member], column);
                let n = count(&bits);
                if n > best {
                    best = n;
                } else {
                    bits[member] = before;
                }
            }
        }
        if best == 0 {
            return None;
        }
        let ranges = ranges(rules, members, relations)?;
        let along = bits.iter().zip(&ranges).map(|(&column, ranges)| ranges[column]);
        let along = along.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
        Some(Self { tails: tails(&bits), bits, ranges, along })
    }

    /// Lines of bits for a member that has enough rows for them.
    pub(super) fn matrix(&self, member: usize, n_rows: usize) -> Option<Matrix> {
        Matrix::for_rows(n_rows, self.bits[member], &self.ranges[member], self.along)
    }
}

impl Tail {
    fn of(rule: &Rule, lead: usize, members: &[PredicateId], bits: &[usize]) -> Option<Self> {
        let member = |predicate: PredicateId| members.iter().position(|&member| member == predicate);
        let along = bits[member(rule.head.predicate)?];
        let through = rule.head.args[along].variable()?;
        let n_times = |args: &[Arg]| args.iter().filter(|&&arg| arg == Arg::Var(through)).count();
        let in_body = rule.body.iter().flat_map(Literal::variables).filter(|&variable| variable == through).count();
        if n_times(&rule.head.args) != 1 || in_body != 1 {
            return None;
        }
        let at = rule.body.iter().position(|literal| literal.variables().contains(&through))?;
        let Literal::Positive(atom) = &rule.body[at] else { return None };
        let source = member(atom.predicate)?;
        if atom.args[bits[source]] != Arg::Var(through) {
            return None;
        }
        let mut line: Vec<Arg> = others(&atom.args, bits[source]).copied().collect();
        let mut rest = Rule { n_vars: rule.n_vars, ..rule.clone() };
        rest.head.args = others(&rule.head.args, along).copied().collect();
        let (lead, source) = if at == lead {
            let number = Arg::Var(rest.n_vars);
            rest.n_vars += 1;
            rest.head.args.push(number);
            line.push(number);
            rest.body[at] = Literal::Positive(Atom { predicate: atom.predicate, args: line });
            (lead, Source::Change)
        } else {
            rest.body.remove(at);
            rest.head.args.extend(line);
            (lead - usize::from(at < lead), Source::Member(source))
        };
        (rest.unbound().is_none() && is_connected(&rest, lead)).then_some(Self { rule: rest, lead, source, plan: None })
    }
}

/// Whether all atoms hang together by their variables, beginning with one: otherwise the rest of a body would be a product.
fn is_connected(rule: &Rule, from: usize) -> bool {
    let mut known = rule.body[from].variables();
    let atoms = rule.body.iter().enumerate().filter(|(at, _)| *at != from).map(|(_, literal)| literal);
    let mut open: Vec<&Literal> = atoms.filter(|literal| !literal.variables().is_empty()).collect();
    loop {
        let before = open.len();
        open.retain(|literal| {
            let variables = literal.variables();
            let hangs = variables.iter().any(|variable| known.contains(variable));
            if hangs {
                known.extend(variables);
            }
            !hangs
        });
        if open.is_empty() || open.len() == before {
            return open.is_empty();
        }
    }
}

impl Fixpoint<'_> {
    /// Makes the plans of the tails, as other plans are made.
    pub(super) fn plan_tails(&mut self, tails: &mut [Option<Tail>]) {
        let plan_of = |tail: &mut Tail| plan(&tail.rule, Lead::Literal(tail.lead), 1, self.relations);
        let mut plans: Vec<Plan> = tails.iter_mut().flatten().map(plan_of).collect();
        self.resolve(&mut plans);
        tails.iter_mut().flatten().zip(plans).for_each(|(tail, plan)| tail.plan = Some(plan));
    }

    /// Evaluates a rule by lines of bits; `false` where the relations do not lie as such.
    pub(super) fn evaluate_tail(
        &mut self,
        tail: &Tail,
        delta: &Run,
        change: &mut Option<Change>,
        (leads, members): (usize, &[PredicateId]),
        collected: &mut [Collected],
    ) -> Result<bool, DatalogError> {
        let Some(plan) = &tail.plan else { return Ok(false) };
        let Some(to) = members.iter().position(|&member| member == tail.rule.head.predicate) else { return Ok(false) };
        let from = match tail.source {
            Source::Member(from) => from,
            Source::Change => leads,
        };
        if collected[to].dense.is_none() || collected[from].dense.is_none() {
            return Ok(false);
        }
        if tail.source == Source::Change && change.is_none() {
            *change = collected[from].dense.as_ref().map(|matrix| matrix.change(delta));
            self.peak_bytes = self.peak_bytes.max(change.as_ref().map_or(0, Change::bytes));
        }
        let Some(mut matrix) = collected[to].dense.take() else { return Ok(false) };
        let mut fresh = std::mem::take(&mut collected[to].fresh);
        let source = match (tail.source, &*change, &collected[from].dense) {
            (Source::Change, Some(change), _) => LineSource::Change(change),
            (Source::Member(_), _, Some(other)) => LineSource::Other(other),
            _ => LineSource::Own,
        };
        let lead = match &source {
            LineSource::Change(change) => &change.lead,
            _ => delta,
        };
        let (mut n_new, mut n_batches) = (0, 0usize);
        let state = State { relations: self.relations, constants: self.constants, ghosts: false };
        let (budget, n_before) = (self.budget, self.n_derived);
        let result = execute(
            plan,
            state,
            Some((lead, 0..lead.len())),
            &mut Written(|batch: &[&[u32]], len: usize| {
                n_batches += 1;
                if n_batches.is_multiple_of(TIME_CHECK)
                    && let Err(limit) = budget.check_time()
                {
                    return Err(Stop::Limit(limit));
                }
                n_new += matrix.absorb(&source, batch, len, &mut fresh);
                if n_before + n_new > budget.max_answers {
                    return Err(Stop::Limit(Limit::Answers(budget.max_answers)));
                }
                Ok(())
            }),
        );
        self.n_derived += n_new;
        let collected = &mut collected[to];
        (collected.dense, collected.fresh) = (Some(matrix), fresh);
        collected.n_fresh += n_new;
        result.map(|()| true).map_err(|stop| self.refusal(stop, plan.origin))
    }
}
