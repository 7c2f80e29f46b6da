//! Recognises closures among a stratum's rules.

use super::{Closure, Side, Step};
use crate::datalog::rule::{Arg, Atom, Literal, PredicateId, Rule, Rules};
use crate::datalog::strata::Stratum;

/// What a recursive rule does.
enum Form {
    /// Changes one column by the rest of its body.
    Linear { column: usize, group: Vec<usize>, step: Rule },
    /// Joins the predicate with itself: the first column leads to the second.
    Square { from: usize, to: usize },
}

/// The closure that a stratum is, if it is one. Makes predicates for its base and steps.
pub(in crate::datalog) fn detect(rules: &mut Rules, stratum: &Stratum) -> Option<Closure> {
    let &[predicate] = stratum.predicates.as_slice() else { return None };
    if !stratum.is_recursive {
        return None;
    }
    let calls = |rule: &Rule| rule.body.iter().filter_map(Literal::atom).filter(|a| a.predicate == predicate).count();
    let all = || stratum.rules.iter().map(|&rule| &rules.rules[rule]);
    let forms: Vec<Form> =
        all().filter(|rule| calls(rule) > 0).map(|rule| form(rule, predicate)).collect::<Option<_>>()?;
    let base_rules: Vec<Rule> = all().filter(|rule| calls(rule) == 0).cloned().collect();
    let arity = rules.predicates[predicate as usize].arity;
    let name = rules.predicates[predicate as usize].name.clone();

    let squares: Vec<(usize, usize)> = forms
        .iter()
        .filter_map(|form| match form {
            Form::Square { from, to } => Some((*from, *to)),
            Form::Linear { .. } => None,
        })
        .collect();
    let mut sides: Vec<Side> = Vec::new();
    if let Some(&(from, to)) = squares.first() {
        if squares.len() != forms.len() || squares.iter().any(|&other| other != (from, to)) {
            return None;
        }
        let group = (0..arity).filter(|&column| column != from && column != to).collect();
        sides.push(Side { column: to, group, step: Step::Base { from } });
    } else {
        for form in forms {
            let Form::Linear { column, group, mut step } = form else { continue };
            let same = sides.iter().position(|side| side.column == column);
            let at = match same {
                Some(at) if sides[at].group == group => at,
                Some(_) => return None,
                None => {
                    let own = rules.new_predicate(&format!("{name} step"), group.len() + 2);
                    sides.push(Side { column, group, step: Step::Rules { predicate: own, rules: Vec::new() } });
                    sides.len() - 1
                }
            };
            if let Step::Rules { predicate, rules } = &mut sides[at].step {
                step.head.predicate = *predicate;
                rules.push(step);
            }
        }
        // Steps at one column must not depend on another column that changes.
        let changed: Vec<usize> = sides.iter().map(|side| side.column).collect();
        if sides.iter().any(|side| side.group.iter().any(|column| changed.contains(column))) {
            return None;
        }
    }
    let base = rules.new_predicate(&format!("{name} base"), arity);
    let of_base = |mut rule: Rule| {
        rule.head.predicate = base;
        rule
    };
    Some(Closure { predicate, base, base_rules: base_rules.into_iter().map(of_base).collect(), sides })
}

fn form(rule: &Rule, predicate: PredicateId) -> Option<Form> {
    let head = distinct_variables(&rule.head)?;
    let is_own = |literal: &&Literal| literal.atom().is_some_and(|atom| atom.predicate == predicate);
    let own: Vec<Vec<u32>> = rule
        .body
        .iter()
        .filter(is_own)
        .map(|literal| match literal {
            Literal::Positive(atom) => distinct_variables(atom),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let rest: Vec<Literal> = rule.body.iter().filter(|literal| !is_own(literal)).cloned().collect();
    match own.as_slice() {
        [call] => linear(rule, &head, call, rest),
        [a, b] if rest.is_empty() => square(&head, a, b).or_else(|| square(&head, b, a)),
        _ => None,
    }
}

fn linear(rule: &Rule, head: &[u32], call: &[u32], rest: Vec<Literal>) -> Option<Form> {
    let changed: Vec<usize> = (0..head.len()).filter(|&column| head[column] != call[column]).collect();
    let &[column] = changed.as_slice() else { return None };
    let (from, to) = (call[column], head[column]);
    if head.contains(&from) || call.contains(&to) {
        return None;
    }
    let spoken: Vec<u32> = rest.iter().flat_map(Literal::variables).collect();
    let group: Vec<usize> = (0..head.len()).filter(|&at| at != column && spoken.contains(&head[at])).collect();
    let args = group.iter().map(|&at| head[at]).chain([from, to]).map(Arg::Var).collect();
    let step = Rule { head: Atom { predicate: rule.head.predicate, args }, body: rest, ..rule.clone() };
    // A rest that only tests what the recursion gives it is no graph.
    if step.unbound().is_some() {
        return None;
    }
    Some(Form::Linear { column, group, step: step.compact() })
}

/// `p(.., X, .., Y, ..) :- p(.., X, .., Z, ..), p(.., Z, .., Y, ..)` with all other columns the same.
fn square(head: &[u32], a: &[u32], b: &[u32]) -> Option<Form> {
    let to = (0..head.len()).find(|&at| head[at] != a[at])?;
    let from = (0..head.len()).find(|&at| head[at] != b[at])?;
    let middle = a[to];
    let fits = from != to
        && b[from] == middle
        && !head.contains(&middle)
        && (0..head.len()).all(|at| (at == to || head[at] == a[at]) && (at == from || head[at] == b[at]));
    fits.then_some(Form::Square { from, to })
}

fn distinct_variables(atom: &Atom) -> Option<Vec<u32>> {
    let variables: Vec<u32> = atom.variables().collect();
    let distinct = (0..variables.len()).all(|at| !variables[..at].contains(&variables[at]));
    (variables.len() == atom.args.len() && distinct).then_some(variables)
}
