//! Why an answer does not hold: the rules that almost gave it.

use std::fmt;
use std::sync::Arc;

use crate::budget::Budget;
use crate::engine::{Engine, head_bindings};
use crate::error::ReasonError;
use crate::plan::Goal;
use crate::rules::{Choice, Code, Emits};
use crate::term::Term;

/// How far a failing goal is followed into the rules that it failed by.
const MAX_DEPTH: usize = 3;

/// Why a goal holds in no world.
///
/// `Display` draws the failing rules, the nearest first, by indentation:
///
/// ```text
/// no world has path(a, d)
///   path(a, d) :- edge(a, c), path(c, d)
///     holds: edge(a, c)
///     fails: path(c, d)
///       no world has path(c, d)
///       …
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct WhyNot {
    /// The goal.
    pub goal: Term,
    /// Whether it holds in some world after all; then no rule has failed.
    pub is_possible: bool,
    /// The rules whose head the goal matches, the one that needs least first.
    pub rules: Vec<FailedRule>,
}

/// A rule that does not give the goal.
#[derive(Clone, Debug, PartialEq)]
pub struct FailedRule {
    /// The rule, its variables as far as they have values where it fails.
    pub rule: String,
    /// The goals of its body that hold together in some world.
    pub holds: Vec<Term>,
    /// The first goal that cannot hold with them; the head with its probability, if that is zero.
    pub fails: Term,
    /// Goals of its body that were not reached.
    pub n_open: usize,
    /// Why it fails, if it is a ground atom with rules of its own.
    pub because: Option<Box<WhyNot>>,
}

impl Engine {
    /// Why a ground atom holds in no world: for each rule with a matching head, how much of its body holds and which goal
    /// fails first, the rules nearest to success first.
    ///
    /// # Errors
    /// See [`ReasonError`].
    pub fn why_not(&self, atom: &Term, budget: &Budget) -> Result<WhyNot, ReasonError> {
        self.why_not_within(atom, budget, MAX_DEPTH)
    }

    fn why_not_within(&self, atom: &Term, budget: &Budget, depth: usize) -> Result<WhyNot, ReasonError> {
        if !atom.is_ground() {
            return Err(ReasonError::BadGoal {
                term: atom.to_string(),
                what: "a failed goal",
                reason: "it has variables".into(),
            });
        }
        if self.example(std::slice::from_ref(atom), budget)?.is_some() {
            return Ok(WhyNot { goal: atom.clone(), is_possible: true, rules: Vec::new() });
        }
        let mut rules = Vec::new();
        for clause in self.matching(atom)? {
            rules.extend(self.failure(&clause, budget, depth)?);
        }
        // The share of the body that holds; among equals the shorter rule.
        rules.sort_by_key(|rule| (rule.n_open + 1, std::cmp::Reverse(rule.holds.len())));
        Ok(WhyNot { goal: atom.clone(), is_possible: false, rules })
    }

    /// The first goal of a body that fails. If all hold, it is the clause's own probability that is zero; nothing if it has none.
    fn failure(&self, clause: &Matching, budget: &Budget, depth: usize) -> Result<Option<FailedRule>, ReasonError> {
        let Matching { head, weight, body } = clause;
        let goals: Vec<Term> = body.iter().map(|part| part.goal.clone()).collect();
        let mut values = Values::new();
        for at in 0..goals.len() {
            if let Some(found) = self.example(&goals[..=at], budget)? {
                values = found;
                continue;
            }
            let with_values = |term: &Term| {
                term.substitute(&|name| {
                    values
                        .iter()
                        .find(|(other, _)| other == name)
                        .map_or_else(|| Term::Var(name.clone()), |(_, value)| value.clone())
                })
            };
            let shown: Vec<String> = goals.iter().map(|goal| with_values(goal).to_string()).collect();
            let fails = with_values(&goals[at]);
            let because = if depth > 0 && body[at].is_call && fails.is_ground() {
                Some(Box::new(self.why_not_within(&fails, budget, depth - 1)?))
            } else {
                None
            };
            return Ok(Some(FailedRule {
                rule: format!("{} :- {}", with_values(head), shown.join(", ")),
                holds: goals[..at].iter().map(with_values).collect(),
                fails,
                n_open: goals.len() - at - 1,
                because,
            }));
        }
        Ok(weight.as_ref().map(|weight| {
            let with_weight = Term::compound("::", vec![weight.clone(), head.clone()]);
            let shown: Vec<String> = goals.iter().map(Term::to_string).collect();
            let rule = if goals.is_empty() {
                with_weight.to_string()
            } else {
                format!("{with_weight} :- {}", shown.join(", "))
            };
            FailedRule { rule, holds: goals, fails: with_weight, n_open: 0, because: None }
        }))
    }

    /// Values of the variables with which the goals hold together in some world; nothing if there are none.
    fn example(&self, goals: &[Term], budget: &Budget) -> Result<Option<Values>, ReasonError> {
        let Some((last, front)) = goals.split_last() else { return Ok(Some(Vec::new())) };
        let query = front.iter().rev().fold(last.clone(), |rest, goal| Term::compound(",", vec![goal.clone(), rest]));
        let variables = query.variables();
        let bounds = match self.possible(&Goal::new(query.clone()), budget) {
            // A prefix may lack the value that a later goal gives; then it has not failed.
            Err(ReasonError::Unbound { .. }) => return Ok(Some(Vec::new())),
            found => found?,
        };
        Ok(bounds.map(|answer| {
            let mut values = Vec::new();
            collect(&query, &answer, &mut values);
            values.retain(|(name, _)| variables.contains(name));
            values
        }))
    }

    /// The clauses whose head a ground atom matches, with the values that the match gives.
    fn matching(&self, atom: &Term) -> Result<Vec<Matching>, ReasonError> {
        let Some((name, args)) = atom.functor() else { return Ok(Vec::new()) };
        let Some(predicate) = self.rules.find(name, args.len()) else { return Ok(Vec::new()) };
        let mut rules = self.rules.clone();
        let call = rules.store.import(atom, &mut |_| 0)?;
        let mut matching = Vec::new();
        for id in rules.candidates(predicate, call) {
            let rule = rules.rules[id as usize].clone();
            let Some(values) = head_bindings(&mut rules.store, &rule, call)? else { continue };
            let variable = |index: u32| -> Arc<str> {
                rule.names.get(index as usize).cloned().unwrap_or_else(|| format!("_{index}").into())
            };
            let term = |term| {
                rules.store.export(term, &variable).substitute(&|name| {
                    let index = rule.names.iter().position(|other| other == name);
                    match index.map(|index| values[index]) {
                        Some(value) if rules.store.is_ground(value) => rules.store.export(value, &variable),
                        _ => Term::Var(name.clone()),
                    }
                })
            };
            let part =
                |goal: &crate::rules::Goal| Part { goal: term(goal.text), is_call: matches!(goal.code, Code::Call(_)) };
            let weight = match rule.emits {
                Emits::Head { choice, index } => match &*rules.choices[choice as usize] {
                    Choice::Disjunction { weights, .. } => Some(term(weights[index as usize])),
                    Choice::Open { .. } | Choice::Neural { .. } => None,
                },
                Emits::Nothing | Emits::Classes { .. } => None,
            };
            matching.push(Matching { head: term(rule.head), weight, body: rule.goals.iter().map(part).collect() });
        }
        Ok(matching)
    }
}

/// Variables with their values.
type Values = Vec<(Arc<str>, Term)>;

/// A clause whose head an atom matches.
struct Matching {
    head: Term,
    /// The probability of the head, if it has one.
    weight: Option<Term>,
    body: Vec<Part>,
}

/// A goal of a body.
struct Part {
    goal: Term,
    is_call: bool,
}

/// The values of a pattern's variables in an instance of it.
fn collect(pattern: &Term, instance: &Term, values: &mut Values) {
    let mut pending = vec![(pattern, instance)];
    while let Some((pattern, instance)) = pending.pop() {
        match pattern {
            Term::Var(name) => values.push((name.clone(), instance.clone())),
            _ => {
                if let (Some((_, parts)), Some((_, others))) = (pattern.functor(), instance.functor()) {
                    pending.extend(parts.iter().zip(others));
                }
            }
        }
    }
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        draw(self, 0, f)
    }
}

fn draw(why: &WhyNot, indent: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let margin = " ".repeat(indent);
    if why.is_possible {
        return write!(f, "{margin}{} holds in some world", why.goal);
    }
    write!(f, "{margin}no world has {}", why.goal)?;
    if why.rules.is_empty() {
        write!(f, "\n{margin}  no clause has a head that matches it")?;
    }
    for rule in &why.rules {
        write!(f, "\n{margin}  {}", rule.rule)?;
        if !rule.holds.is_empty() {
            let holds: Vec<String> = rule.holds.iter().map(Term::to_string).collect();
            write!(f, "\n{margin}    holds: {}", holds.join(", "))?;
        }
        write!(f, "\n{margin}    fails: {}", rule.fails)?;
        if let Some(because) = &rule.because {
            writeln!(f)?;
            draw(because, indent + 6, f)?;
        }
    }
    Ok(())
}
