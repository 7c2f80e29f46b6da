//! What can be known to be wrong before anything is asked: unsafe variables, unknown predicates, impossible probabilities.

use std::collections::BTreeSet;
use std::sync::Arc;

use consil_diagnostic::nearest;

use super::Program;
use super::clause::{Body, Call, Clause, ClauseKind};
use crate::builtin::{self, Needs};
use crate::diagnostic::{Diagnostic, DiagnosticKind};
use crate::library;
use crate::number::evaluate_term;
use crate::span::Span;

/// What changes a program in Prolog while it runs.
const CHANGES: &[&str] = &["assert", "asserta", "assertz", "retract", "retractall", "recorda", "recordz", "erase"];

/// How far above one a sum of probabilities may lie, for rounding.
pub(crate) const SUM_TOLERANCE: f64 = 1e-9;

pub(super) fn check(program: &Program, findings: &mut Vec<(u32, Diagnostic)>) {
    let mut defined: BTreeSet<(&str, usize)> =
        program.dynamic().iter().map(|(name, arity)| (&**name, *arity)).collect();
    for clause in program.clauses() {
        for head in &clause.heads {
            let (name, args) = head.atom.functor().unwrap_or(("", &[]));
            if builtin::is_reserved(name, args.len()) {
                let finding = Diagnostic {
                    kind: DiagnosticKind::Redefinition,
                    span: head.span,
                    message: format!("`{name}/{}` is built in and cannot be redefined", args.len()),
                    help: Some("choose another name".into()),
                };
                findings.push((clause.source, finding));
            }
            defined.insert((name, args.len()));
        }
    }
    if !program.unknown_fails() {
        for (source, _, body) in &program.asked {
            let mut of_query = Vec::new();
            known_calls(body, &defined, &mut of_query);
            findings.extend(of_query.into_iter().map(|finding| (*source, finding)));
        }
        for ((atom, _), (source, span)) in program.evidence.iter().zip(&program.observed) {
            let (name, args) = atom.functor().unwrap_or(("", &[]));
            if !defined.contains(&(name, args.len())) && !library::defines(name, args.len()) {
                findings.push((*source, unknown((name, args.len()), *span, &defined)));
            }
        }
    }
    for clause in program.clauses().iter().chain(program.constraints()) {
        let mut of_clause = Vec::new();
        probabilities(clause, &mut of_clause);
        safety(program, clause, &mut of_clause);
        let mut bound = clause.heads.iter().flat_map(|head| head.atom.variables()).collect();
        negations(&clause.body, &mut bound, &mut of_clause);
        if !program.unknown_fails() {
            known_calls(&clause.body, &defined, &mut of_clause);
        }
        findings.extend(of_clause.into_iter().map(|finding| (clause.source, finding)));
    }
}

/// Checks the calls of a body, and of the goals that a call holds unless the program itself defines the caller.
fn known_calls(body: &Body, defined: &BTreeSet<(&str, usize)>, findings: &mut Vec<Diagnostic>) {
    let mut pending = vec![body];
    while let Some(body) = pending.pop() {
        for (call, _) in body.calls() {
            known(call, defined, findings);
            if !defined.contains(&call.indicator()) {
                pending.extend(&call.inner);
            }
        }
    }
}

fn probabilities(clause: &Clause, findings: &mut Vec<Diagnostic>) {
    let mut sum = 0.0;
    for head in &clause.heads {
        let Some(value) = head.weight.as_ref().and_then(|weight| evaluate_term(weight).ok()) else { continue };
        let value = value.as_f64();
        if !(0.0..=1.0).contains(&value) {
            findings.push(Diagnostic {
                kind: DiagnosticKind::Probability,
                span: clause.span,
                message: format!("the probability {value} is not in [0, 1]"),
                help: None,
            });
            return;
        }
        sum += value;
    }
    if sum > 1.0 + SUM_TOLERANCE {
        findings.push(Diagnostic {
            kind: DiagnosticKind::SumAboveOne,
            span: clause.span,
            message: format!("the probabilities of this choice add up to {sum:.6}, more than 1"),
            help: Some("exactly one head of a choice comes true; write separate facts for independent events".into()),
        });
    }
}

/// A variable needs a value where nothing in the clause can give it one.
fn safety(program: &Program, clause: &Clause, findings: &mut Vec<Diagnostic>) {
    let mut bound: BTreeSet<Arc<str>> = clause.heads.iter().flat_map(|head| head.atom.variables()).collect();
    bindable(&clause.body, &mut bound);
    let mut reported: BTreeSet<Arc<str>> = BTreeSet::new();
    let mut report = |variable: &Arc<str>, span: Span, what: &str, help: &str| {
        if !bound.contains(variable) && reported.insert(variable.clone()) {
            findings.push(Diagnostic {
                kind: DiagnosticKind::Unsafe,
                span,
                message: format!("nothing gives `{variable}` a value before {what} needs it"),
                help: Some(help.replace("{}", variable)),
            });
        }
    };
    // Under a negation a variable that has no value means "for no value at all".
    for (call, _) in clause.body.calls().into_iter().filter(|(_, negated)| !negated) {
        let needed = match builtin::needs(call.indicator()) {
            Needs::Nothing => continue,
            Needs::Right => call.goal.functor().map_or(0, |(_, args)| args[0].variables().len()),
            Needs::All => 0,
        };
        for (variable, span) in call.variables.iter().skip(needed) {
            report(variable, *span, &format!("`{}`", call.indicator().0), "bind `{}` in a goal of the same clause");
        }
    }
    for variable in clause.heads.iter().filter_map(|head| head.weight.as_ref()).flat_map(|weight| weight.variables()) {
        report(&variable, clause.span, "the probability", "bind `{}` in the body");
    }
    if let ClauseKind::Neural(index) = clause.kind {
        for variable in program.networks()[index].inputs.iter().flat_map(|input| input.variables()) {
            report(
                &variable,
                clause.span,
                "the network",
                "an input is a constant, or a variable of the head or the body",
            );
        }
    }
}

/// Goals run from the left: a negation before the goal that gives its variable a value would deny every value, which is
/// rarely meant and differs from what the rule says as logic.
fn negations(body: &Body, bound: &mut BTreeSet<Arc<str>>, findings: &mut Vec<Diagnostic>) {
    match body {
        Body::And(parts) => {
            for (index, part) in parts.iter().enumerate() {
                if let Body::Not(inner) = part {
                    let mut later = BTreeSet::new();
                    parts[index + 1..].iter().for_each(|part| bindable(part, &mut later));
                    let variables = inner.calls().into_iter().flat_map(|(call, _)| &call.variables);
                    let early = variables.into_iter().find(|(name, _)| !bound.contains(name) && later.contains(name));
                    if let Some((name, span)) = early {
                        findings.push(Diagnostic {
                            kind: DiagnosticKind::Unsafe,
                            span: *span,
                            message: format!("`{name}` has a value only behind this negation"),
                            help: Some(format!("move the negation behind the goal that gives `{name}` its value")),
                        });
                    }
                }
                negations(part, bound, findings);
                bindable(part, bound);
            }
        }
        Body::Or(parts) => parts.iter().for_each(|part| negations(part, &mut bound.clone(), findings)),
        Body::IfThenElse(parts) => {
            let [condition, then, otherwise] = &**parts;
            negations(otherwise, &mut bound.clone(), findings);
            let mut bound = bound.clone();
            negations(condition, &mut bound, findings);
            bindable(condition, &mut bound);
            negations(then, &mut bound, findings);
        }
        Body::Not(inner) => negations(inner, &mut bound.clone(), findings),
        Body::True | Body::Fail | Body::Call(_) => {}
    }
}

fn bindable(body: &Body, bound: &mut BTreeSet<Arc<str>>) {
    match body {
        Body::True | Body::Fail | Body::Not(..) => {}
        Body::And(parts) | Body::Or(parts) => parts.iter().for_each(|part| bindable(part, bound)),
        Body::IfThenElse(parts) => parts.iter().for_each(|part| bindable(part, bound)),
        Body::Call(call) => match builtin::needs(call.indicator()) {
            Needs::Nothing => bound.extend(call.variables.iter().map(|(name, _)| name.clone())),
            Needs::Right => bound.extend(call.goal.functor().into_iter().flat_map(|(_, args)| args[0].variables())),
            Needs::All => {}
        },
    }
}

fn known(call: &Call, defined: &BTreeSet<(&str, usize)>, findings: &mut Vec<Diagnostic>) {
    let (name, arity) = call.indicator();
    if !defined.contains(&(name, arity)) && !builtin::is_builtin(name, arity) && !library::defines(name, arity) {
        findings.push(unknown((name, arity), call.span, defined));
    }
}

fn unknown((name, arity): (&str, usize), span: Span, defined: &BTreeSet<(&str, usize)>) -> Diagnostic {
    let other_arity = defined.iter().find(|(other, _)| *other == name);
    let candidates = defined.iter().map(|(other, _)| *other).chain(builtin::names()).chain(library::names());
    let help = match (other_arity, nearest(name, candidates).filter(|_| !CHANGES.contains(&name))) {
        (Some((_, 1)), _) => format!("there is `{name}/1`, with one argument"),
        (Some((_, other)), _) => format!("there is `{name}/{other}`, with {other} arguments"),
        (None, Some(near)) => format!("did you mean `{near}`?"),
        _ if CHANGES.contains(&name) => {
            "facts do not change while a question is answered: write `:- assertz(…).` as a directive, or give them with the goal"
                .to_owned()
        }
        _ => format!("write a clause for it, or `:- dynamic {name}/{arity}.` if its facts come with the goal"),
    };
    Diagnostic {
        kind: DiagnosticKind::UnknownPredicate,
        span,
        message: format!("no clause defines `{name}/{arity}`"),
        help: Some(help),
    }
}
