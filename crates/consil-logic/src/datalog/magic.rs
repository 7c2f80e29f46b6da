//! Magic sets: rules rewritten so that forward chaining derives only what a goal's constants ask for.
//!
//! A predicate called with some columns bound becomes a predicate of its own (`p` with columns 0 and 2 bound is `p#5`), led in
//! each rule by the magic predicate that holds the values it is called with. Closures are called in the direction in which
//! only the goal's own source is followed: a right-linear rule with its first column bound is evaluated as its left-linear
//! twin (Naughton, Ramakrishnan, Sagiv & Ullman, "Efficient evaluation of right-, left-, and multi-linear rules", SIGMOD 1989).

mod closures;

use super::closure::Closure;
use super::cover::ColumnSet;
use super::query::{is_bound, is_ready};
use super::rule::{Arg, Atom, Literal, PredicateId, Rule, Rules};
use super::strata::Stratum;
use crate::hash::{FastMap, FastSet};

/// Rules that answer one pattern of bound columns.
pub(super) struct Transformed {
    pub(super) rules: Rules,
    /// Takes the goal's constants as its only row.
    pub(super) seed: PredicateId,
    /// Holds the answers, and perhaps those to calls that the goal led to.
    pub(super) answers: PredicateId,
    /// Predicates that must be evaluated in full first: they are negated, or called with nothing bound.
    pub(super) whole: FastSet<PredicateId>,
}

/// A predicate with bound columns, and the predicate of the values that it is called with.
#[derive(Clone, Copy)]
struct Adorned {
    answers: PredicateId,
    magic: PredicateId,
}

pub(super) struct Magic<'a> {
    original: &'a Rules,
    strata: &'a [Stratum],
    /// Whether a predicate's relation is there to be read.
    is_given: &'a dyn Fn(PredicateId) -> bool,
    rules: Rules,
    adorned: FastMap<(PredicateId, ColumnSet), Adorned>,
    pending: Vec<(PredicateId, ColumnSet)>,
    whole: FastSet<PredicateId>,
}

impl<'a> Magic<'a> {
    pub(super) fn new(original: &'a Rules, strata: &'a [Stratum], is_given: &'a dyn Fn(PredicateId) -> bool) -> Self {
        let rules = Rules { predicates: original.predicates.clone(), ..Rules::default() };
        Self {
            original,
            strata,
            is_given,
            rules,
            adorned: FastMap::default(),
            pending: Vec::new(),
            whole: FastSet::default(),
        }
    }

    pub(super) fn transform(mut self, predicate: PredicateId, bound: ColumnSet) -> Transformed {
        let goal = self.adorn(predicate, bound);
        let arity = bound.count_ones() as usize;
        let seed = self.rules.new_predicate("$seed", arity);
        let args: Vec<Arg> = (0..arity as u32).map(Arg::Var).collect();
        self.add(
            Atom { predicate: goal.magic, args: args.clone() },
            vec![Literal::Positive(Atom { predicate: seed, args })],
            u32::MAX,
        );
        while let Some((predicate, bound)) = self.pending.pop() {
            self.define(predicate, bound);
        }
        Transformed { rules: self.rules, seed, answers: goal.answers, whole: self.whole }
    }

    /// The predicate with these columns bound, made if need be.
    fn adorn(&mut self, predicate: PredicateId, bound: ColumnSet) -> Adorned {
        if let Some(&adorned) = self.adorned.get(&(predicate, bound)) {
            return adorned;
        }
        let (name, arity) = {
            let predicate = &self.rules.predicates[predicate as usize];
            (predicate.name.clone(), predicate.arity)
        };
        let adorned = Adorned {
            answers: self.rules.new_predicate(&format!("{name}#{bound}"), arity),
            magic: self.rules.new_predicate(&format!("{name}?{bound}"), bound.count_ones() as usize),
        };
        self.adorned.insert((predicate, bound), adorned);
        self.pending.push((predicate, bound));
        adorned
    }

    fn define(&mut self, predicate: PredicateId, bound: ColumnSet) {
        let strata = self.strata;
        let closure = strata.iter().filter_map(|stratum| stratum.closure.as_ref());
        if let Some(closure) = closure.clone().find(|closure| closure.predicate == predicate)
            && self.define_closure(closure, bound)
        {
            return;
        }
        let of_closures = closure.flat_map(Closure::own_rules);
        let rules: Vec<&Rule> =
            self.original.rules.iter().chain(of_closures).filter(|rule| rule.head.predicate == predicate).collect();
        let adorned = self.adorn(predicate, bound);
        for rule in rules {
            let called = columns(bound).map(|column| rule.head.args[column]).collect();
            let lead = Literal::Positive(Atom { predicate: adorned.magic, args: called });
            let head = Atom { predicate: adorned.answers, args: rule.head.args.clone() };
            self.rewrite(head, vec![lead], rule.body.clone(), rule.origin);
        }
    }

    /// Adds `head :- lead, body`, the body's derived predicates called with what is bound by then.
    fn rewrite(&mut self, head: Atom, lead: Vec<Literal>, mut open: Vec<Literal>, origin: u32) {
        let mut body = lead;
        let mut bound: FastSet<u32> = body.iter().flat_map(Literal::variables).collect();
        loop {
            while let Some(at) = open.iter().position(|l| !matches!(l, Literal::Positive(_)) && is_ready(l, &bound)) {
                let literal = open.remove(at);
                if let Literal::Negative(atom) = &literal
                    && self.is_derived(atom.predicate)
                {
                    self.whole.insert(atom.predicate);
                }
                bound.extend(literal.variables());
                body.push(literal);
            }
            let share = |atom: &Atom| {
                let n_bound = atom.args.iter().filter(|&&arg| is_bound(arg, &bound)).count();
                n_bound as f64 / atom.args.len().max(1) as f64
            };
            let atoms = open.iter().enumerate().filter_map(|(at, literal)| match literal {
                Literal::Positive(atom) => Some((at, share(atom))),
                _ => None,
            });
            // The first of those with the largest share of bound columns.
            let Some((at, _)) = atoms.reduce(|best, next| if next.1 > best.1 { next } else { best }) else { break };
            let Literal::Positive(mut atom) = open.remove(at) else { break };
            if self.is_derived(atom.predicate) {
                let called: Vec<usize> = (0..atom.args.len()).filter(|&c| is_bound(atom.args[c], &bound)).collect();
                if called.is_empty() {
                    self.whole.insert(atom.predicate);
                } else {
                    let set = called.iter().fold(0, |set, column| set | 1 << column);
                    let adorned = self.adorn(atom.predicate, set);
                    let args = called.iter().map(|&column| atom.args[column]).collect();
                    let magic = Atom { predicate: adorned.magic, args };
                    if body != [Literal::Positive(magic.clone())] {
                        self.add(magic, body.clone(), origin);
                    }
                    atom.predicate = adorned.answers;
                }
            }
            bound.extend(atom.variables());
            body.push(Literal::Positive(atom));
        }
        self.add(head, body, origin);
    }

    fn add(&mut self, head: Atom, body: Vec<Literal>, origin: u32) {
        self.rules.rules.push(Rule { head, body, n_vars: 0, origin }.compact());
    }

    fn is_derived(&self, predicate: PredicateId) -> bool {
        let closures = self.strata.iter().filter_map(|stratum| stratum.closure.as_ref());
        let mut of_closures = closures.flat_map(Closure::own_rules);
        of_closures.any(|rule| rule.head.predicate == predicate)
            || (self.original.predicates.len() > predicate as usize && !(self.is_given)(predicate))
    }
}

/// The columns of a set.
fn columns(set: ColumnSet) -> impl Iterator<Item = usize> {
    (0..64).filter(move |column| set >> column & 1 == 1)
}
