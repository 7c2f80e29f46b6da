//! From a rule to a pipeline of steps: which atom is looked up when, by which columns, and what is carried on.

use std::cmp::Ordering;

use super::cover::ColumnSet;
use super::relation::{Stored, View};
use super::rule::{Arg, Atom, Comparison, Expr, Literal, PredicateId, Rule, Test};

/// A rule's body in the order in which it is joined.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) head: Atom,
    pub(super) steps: Vec<Step>,
    pub(super) n_vars: u32,
    /// Rows that the steps are expected to touch.
    pub(super) cost: f64,
    /// The clause, for messages.
    pub(super) origin: u32,
}

/// A step takes a batch of bindings and gives another; `carry` are the variables that later steps still need.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) action: Action,
    pub(super) carry: Vec<u32>,
}

#[derive(Clone, Debug)]
pub(super) enum Action {
    /// Every row of the change that the round began with.
    Delta {
        args: Vec<u32>,
    },
    /// Every matching row of a relation.
    Join {
        lookup: Lookup,
        fresh: Vec<(usize, u32)>,
    },
    /// Bindings with a matching row, or without one.
    Check {
        lookup: Lookup,
        negated: bool,
    },
    /// Every value of a variable that all of the relations have.
    Intersect {
        variable: u32,
        lookups: Vec<Lookup>,
    },
    Test(Test),
    /// Gives `result` the value of an expression, or compares it.
    Is {
        result: Arg,
        expr: Expr,
        binds: bool,
    },
}

/// A search of a relation by the values of some columns.
#[derive(Clone, Debug)]
pub(super) struct Lookup {
    pub(super) predicate: PredicateId,
    pub(super) view: View,
    pub(super) args: Vec<Arg>,
    pub(super) search: ColumnSet,
    /// The order that serves the search, and the search's values in that order.
    pub(super) order: usize,
    pub(super) prefix: Vec<Arg>,
}

/// What stands before the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lead<'a> {
    /// Nothing: the whole body is joined.
    Nothing,
    /// A change of the body's literal of this index.
    Literal(usize),
    /// Rows of the head.
    Head(&'a Atom),
}

/// Orders the body of a rule: greedily, the atom with the fewest rows for each binding so far first. `n_rows` are those that
/// lead.
pub(super) fn plan(rule: &Rule, lead: Lead, n_rows: usize, relations: &[Stored]) -> Plan {
    Planner::new(rule, relations, |_| View::All).plan(rule, lead, n_rows)
}

/// Orders the body of a rule of which several literals grow (`grows`), for what the last round added to the literal `at`.
///
/// The literals before `at` see the old rows only and those after it all rows, so that each combination of rows is joined once,
/// in the version of the first literal whose row is recent. The recent rows lead, or are looked up like those of any relation
/// where that promises fewer bindings on the way.
pub(super) fn plan_change(rule: &Rule, at: usize, grows: impl Fn(usize) -> bool, relations: &[Stored]) -> Plan {
    let view = |literal: usize| match literal.cmp(&at) {
        Ordering::Equal => View::Recent,
        Ordering::Less if grows(literal) => View::Old,
        _ => View::All,
    };
    let n_rows = rule.body[at].atom().map_or(0, |atom| relations[atom.predicate as usize].len_of(View::Recent));
    let led = Planner::new(rule, relations, view).plan(rule, Lead::Literal(at), n_rows);
    let free = Planner::new(rule, relations, view).plan(rule, Lead::Nothing, 1);
    if free.cost < led.cost { free } else { led }
}

/// What a row costs that the last join hands over in a slice, against one that becomes a binding.
const SLICED: f64 = 0.2;

struct Planner<'a> {
    relations: &'a [Stored],
    n_vars: u32,
    bound: Vec<bool>,
    open: Vec<(&'a Literal, View)>,
    /// Bindings expected so far, and how many all steps made.
    n_bindings: f64,
    cost: f64,
    /// Equalities that repeated variables of an atom add.
    extra: Vec<Test>,
    actions: Vec<Action>,
}

impl<'a> Planner<'a> {
    fn new(rule: &'a Rule, relations: &'a [Stored], view: impl Fn(usize) -> View) -> Self {
        Self {
            relations,
            n_vars: rule.n_vars,
            bound: vec![false; rule.n_vars as usize],
            open: rule.body.iter().enumerate().map(|(at, literal)| (literal, view(at))).collect(),
            n_bindings: 1.0,
            cost: 0.0,
            extra: Vec::new(),
            actions: Vec::new(),
        }
    }

    fn plan(mut self, rule: &Rule, lead: Lead, n_rows: usize) -> Plan {
        self.n_bindings = n_rows as f64;
        match lead {
            Lead::Nothing => {}
            Lead::Literal(at) => {
                self.open.remove(at);
                if let Some(atom) = rule.body[at].atom() {
                    self.delta(atom);
                }
            }
            Lead::Head(head) => self.delta(head),
        }
        self.cost = self.n_bindings;
        self.settle();
        while let Some(best) = self.best() {
            self.join(best, &rule.head);
            self.settle();
        }
        let Planner { actions, n_vars, cost, .. } = self;
        let steps = carried(&rule.head, actions);
        Plan { head: rule.head.clone(), steps, n_vars, cost, origin: rule.origin }
    }

    fn new_variable(&mut self) -> u32 {
        self.n_vars += 1;
        self.bound.push(true);
        self.n_vars - 1
    }

    fn is_bound(&self, arg: Arg) -> bool {
        arg.variable().is_none_or(|variable| self.bound[variable as usize])
    }

    /// A variable for each column of a change; constants and repetitions become tests.
    fn delta(&mut self, atom: &Atom) {
        let args = atom.args.iter().map(|&arg| match arg {
            Arg::Var(variable) if !self.bound[variable as usize] => {
                self.bound[variable as usize] = true;
                variable
            }
            known => {
                let column = self.new_variable();
                self.extra.push(Test::Standard(Comparison::Equal, Arg::Var(column), known));
                column
            }
        });
        let args = args.collect();
        self.actions.push(Action::Delta { args });
    }

    /// Takes up all tests, negations and `is` whose variables have values, and atoms that are known whole.
    fn settle(&mut self) {
        self.actions.extend(self.extra.drain(..).map(Action::Test));
        loop {
            let ready = self.open.iter().position(|(literal, _)| match literal {
                Literal::Positive(atom) => atom.args.iter().all(|&arg| self.is_bound(arg)),
                _ => literal.needs().iter().all(|&variable| self.bound[variable as usize]),
            });
            let Some(at) = ready else { break };
            let (literal, view) = self.open.remove(at);
            let action = match literal {
                Literal::Positive(atom) => Action::Check { lookup: self.lookup(atom, view), negated: false },
                Literal::Negative(atom) => Action::Check { lookup: self.lookup(atom, view), negated: true },
                Literal::Test(test) => Action::Test(test.clone()),
                Literal::Is(result, expr) => {
                    let binds = !self.is_bound(*result);
                    if let Some(variable) = result.variable() {
                        self.bound[variable as usize] = true;
                    }
                    Action::Is { result: *result, expr: expr.clone(), binds }
                }
            };
            self.cost += self.n_bindings;
            self.actions.push(action);
        }
    }

    fn lookup(&self, atom: &Atom, view: View) -> Lookup {
        let bound = atom.args.iter().enumerate().filter(|&(_, &arg)| self.is_bound(arg));
        let search = bound.fold(0, |set, (column, _)| set | 1 << column);
        Lookup { predicate: atom.predicate, view, args: atom.args.clone(), search, order: 0, prefix: Vec::new() }
    }

    /// The open atom with the fewest expected rows for each binding.
    fn best(&self) -> Option<usize> {
        let atoms = self.open.iter().enumerate().filter_map(|(at, (literal, view))| match literal {
            Literal::Positive(atom) => Some((at, self.expected(atom, *view))),
            _ => None,
        });
        atoms.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(at, _)| at)
    }

    fn expected(&self, atom: &Atom, view: View) -> f64 {
        let stored = &self.relations[atom.predicate as usize];
        let bound: Vec<usize> = (0..atom.args.len()).filter(|&column| self.is_bound(atom.args[column])).collect();
        let len = stored.len_of(view) as f64;
        match bound[..] {
            [] => len,
            [column] if stored.n_values(column).is_some() => len / stored.n_values(column).unwrap_or(1) as f64,
            // Without statistics: values spread evenly, each column as selective as the others.
            _ => len.powf(1.0 - bound.len() as f64 / atom.args.len() as f64),
        }
    }

    fn join(&mut self, at: usize, head: &Atom) {
        let (Literal::Positive(atom), view) = self.open.remove(at) else { return };
        let n_found = self.n_bindings * self.expected(atom, view);
        let unbound: Vec<u32> = atom.variables().filter(|&variable| !self.bound[variable as usize]).collect();
        // Columns that nothing else asks for need no values.
        let needed = |variable: u32, open: &[(&Literal, View)]| {
            let twice = unbound.iter().filter(|&&other| other == variable).count() > 1;
            twice
                || head.args.contains(&Arg::Var(variable))
                || open.iter().any(|(l, _)| l.variables().contains(&variable))
        };
        let wanted: Vec<u32> = unbound.iter().copied().filter(|&variable| needed(variable, &self.open)).collect();
        let lookup = self.lookup(atom, view);
        let weight = if self.open.is_empty() && wanted.len() == 1 { SLICED } else { 1.0 };
        self.cost += self.n_bindings + weight * n_found;
        match wanted[..] {
            [] => {
                self.actions.push(Action::Check { lookup, negated: false });
                return;
            }
            [variable] => {
                let mut lookups = vec![lookup.clone()];
                let same = |atom: &Atom, this: &Self| {
                    let mut open = atom.variables().filter(|&other| !this.bound[other as usize]);
                    let own = |other: u32| {
                        let elsewhere = |(literal, _): &(&Literal, View)| {
                            !matches!(literal, Literal::Positive(other) if std::ptr::eq(other, atom))
                                && literal.variables().contains(&other)
                        };
                        atom.variables().filter(|&same| same == other).count() == 1
                            && !head.args.contains(&Arg::Var(other))
                            && !this.open.iter().any(elsewhere)
                    };
                    let n = atom.variables().filter(|&other| other == variable).count();
                    n == 1 && open.all(|other| other == variable || own(other))
                };
                let also: Vec<usize> = (0..self.open.len())
                    .filter(|&at| matches!(self.open[at].0, Literal::Positive(atom) if same(atom, self)))
                    .collect();
                for &at in also.iter().rev() {
                    if let (Literal::Positive(atom), view) = self.open.remove(at) {
                        lookups.push(self.lookup(atom, view));
                    }
                }
                if lookups.len() > 1 {
                    self.bound[variable as usize] = true;
                    self.n_bindings = n_found;
                    self.actions.push(Action::Intersect { variable, lookups });
                    return;
                }
            }
            _ => {}
        }
        self.n_bindings = n_found;
        let mut fresh = Vec::new();
        for (column, &arg) in atom.args.iter().enumerate() {
            if let Some(variable) = arg.variable().filter(|variable| unbound.contains(variable)) {
                if fresh.iter().any(|&(_, other)| other == variable) {
                    let again = self.new_variable();
                    fresh.push((column, again));
                    self.extra.push(Test::Standard(Comparison::Equal, Arg::Var(again), arg));
                } else {
                    self.bound[variable as usize] = true;
                    fresh.push((column, variable));
                }
            }
        }
        self.actions.push(Action::Join { lookup, fresh });
    }
}

/// Works out, from the last step back, what each step carries on, and drops columns nobody needs.
fn carried(head: &Atom, actions: Vec<Action>) -> Vec<Step> {
    let mut live: Vec<u32> = Vec::new();
    let add = |live: &mut Vec<u32>, arg: Arg| {
        if let Some(variable) = arg.variable().filter(|variable| !live.contains(variable)) {
            live.push(variable);
        }
    };
    head.args.iter().for_each(|&arg| add(&mut live, arg));
    let mut steps = Vec::with_capacity(actions.len());
    for mut action in actions.into_iter().rev() {
        let defined: Vec<u32> = match &mut action {
            Action::Delta { args } => args.clone(),
            Action::Join { fresh, .. } => {
                fresh.retain(|(_, variable)| live.contains(variable));
                fresh.iter().map(|&(_, variable)| variable).collect()
            }
            Action::Intersect { variable, .. } => vec![*variable],
            Action::Is { result: Arg::Var(variable), binds: true, .. } => vec![*variable],
            Action::Check { .. } | Action::Test(_) | Action::Is { .. } => Vec::new(),
        };
        live.retain(|variable| !defined.contains(variable));
        let carry = live.clone();
        match &action {
            Action::Delta { .. } => {}
            Action::Join { lookup, .. } | Action::Check { lookup, .. } => {
                lookup.searched().for_each(|arg| add(&mut live, arg));
            }
            Action::Intersect { lookups, .. } => {
                lookups.iter().flat_map(Lookup::searched).for_each(|arg| add(&mut live, arg));
            }
            Action::Test(Test::Standard(_, a, b)) => [*a, *b].into_iter().for_each(|arg| add(&mut live, arg)),
            Action::Test(Test::Numeric(_, a, b)) => {
                [a, b].iter().for_each(|expr| expr.visit(&mut |arg| add(&mut live, arg)));
            }
            Action::Is { result, expr, binds } => {
                expr.visit(&mut |arg| add(&mut live, arg));
                if !binds {
                    add(&mut live, *result);
                }
            }
        }
        steps.push(Step { action, carry });
    }
    steps.reverse();
    steps
}

impl Lookup {
    fn searched(&self) -> impl Iterator<Item = Arg> {
        let search = self.search;
        self.args.iter().enumerate().filter(move |(column, _)| search >> column & 1 == 1).map(|(_, &arg)| arg)
    }

    /// The column of a variable.
    fn column_of(&self, variable: u32) -> usize {
        self.args.iter().position(|&arg| arg == Arg::Var(variable)).unwrap_or(0)
    }

    fn resolve(&mut self, relations: &[Stored]) {
        let stored = &relations[self.predicate as usize];
        self.order = stored.order_of(self.search).unwrap_or(0);
        let n = self.search.count_ones() as usize;
        self.prefix = stored.columns(self.order)[..n].iter().map(|&column| self.args[column]).collect();
    }
}

impl Plan {
    /// Whether the rows of a change come first.
    pub(super) fn is_led(&self) -> bool {
        matches!(self.steps.first(), Some(Step { action: Action::Delta { .. }, .. }))
    }

    /// The searches that the plan makes.
    pub(super) fn searches(&self) -> Vec<(PredicateId, ColumnSet)> {
        let mut searches = Vec::new();
        for step in &self.steps {
            match &step.action {
                Action::Join { lookup, .. } | Action::Check { lookup, .. } => {
                    searches.push((lookup.predicate, lookup.search));
                }
                Action::Intersect { variable, lookups } => {
                    for lookup in lookups {
                        searches.push((lookup.predicate, lookup.search));
                        searches.push((lookup.predicate, lookup.search | 1 << lookup.column_of(*variable)));
                    }
                }
                _ => {}
            }
        }
        searches
    }

    /// Settles which order each lookup uses, once the relations have orders for all searches.
    pub(super) fn resolve(&mut self, relations: &[Stored]) {
        let steps = std::mem::take(&mut self.steps);
        for mut step in steps {
            match &mut step.action {
                Action::Join { lookup, fresh } => {
                    lookup.resolve(relations);
                    let columns = relations[lookup.predicate as usize].columns(lookup.order);
                    for (column, _) in fresh.iter_mut() {
                        *column = columns.iter().position(|other| other == column).unwrap_or(*column);
                    }
                }
                Action::Check { lookup, .. } => lookup.resolve(relations),
                Action::Intersect { variable, lookups } => {
                    lookups.iter_mut().for_each(|lookup| lookup.resolve(relations));
                    let next = |lookup: &Lookup| {
                        relations[lookup.predicate as usize].columns(lookup.order).get(lookup.prefix.len()).copied()
                    };
                    let in_order = |lookup: &Lookup| next(lookup) == Some(lookup.column_of(*variable));
                    if !lookups.iter().all(in_order) {
                        self.steps.extend(one_by_one(*variable, lookups, &step.carry, relations));
                        continue;
                    }
                }
                _ => {}
            }
            self.steps.push(step);
        }
    }
}

/// An intersection where some relation has no order with the variable next: a join and checks instead.
fn one_by_one(variable: u32, lookups: &[Lookup], carry: &[u32], relations: &[Stored]) -> Vec<Step> {
    let mut steps = Vec::new();
    for (at, lookup) in lookups.iter().enumerate() {
        let mut lookup = lookup.clone();
        let mut carry: Vec<u32> = carry.to_vec();
        let later = lookups[at + 1..].iter().flat_map(Lookup::searched).filter_map(Arg::variable);
        later.for_each(|other| {
            if !carry.contains(&other) {
                carry.push(other)
            }
        });
        let column = lookup.column_of(variable);
        let action = if at == 0 {
            let columns = relations[lookup.predicate as usize].columns(lookup.order);
            let fresh = columns.iter().position(|&other| other == column).unwrap_or(column);
            carry.retain(|&other| other != variable);
            Action::Join { lookup, fresh: vec![(fresh, variable)] }
        } else {
            if !carry.contains(&variable) {
                carry.push(variable);
            }
            lookup.search |= 1 << column;
            lookup.resolve(relations);
            Action::Check { lookup, negated: false }
        };
        steps.push(Step { action, carry });
    }
    steps
}
