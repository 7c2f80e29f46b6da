//! From expressions to clauses, declarations, queries and evidence.

use std::sync::Arc;

use super::body::read_body;
use super::clause::{Body, Clause, ClauseKind, Head};
use super::load::Loader;
use super::{NeuralDecl, Program};
use crate::diagnostic::{Diagnostic, DiagnosticKind};
use crate::number::{Number, evaluate_term};
use crate::span::{Source, Span};
use crate::syntax::expr::{Expr, ExprKind};
use crate::term::{NIL, Term};

/// Reads a text and everything that it loads.
pub(super) fn read(source: Source, loader: &mut Loader<'_>, findings: &mut Vec<(u32, Diagnostic)>) -> Program {
    let program = Program {
        sources: Vec::new(),
        clauses: Vec::new(),
        networks: Vec::new(),
        network_sources: Vec::new(),
        queries: Vec::new(),
        asked: Vec::new(),
        evidence: Vec::new(),
        observed: Vec::new(),
        constraints: Vec::new(),
        dynamic: Vec::new(),
        unknown_fails: false,
    };
    let mut reader = Reader { program, loader, findings, open: Vec::new() };
    reader.text(source);
    reader.program
}

pub(super) type Read<T> = Result<T, Diagnostic>;

/// A program in the middle of being read.
pub(super) struct Reader<'a, 'l> {
    pub(super) program: Program,
    pub(super) loader: &'a mut Loader<'l>,
    pub(super) findings: &'a mut Vec<(u32, Diagnostic)>,
    /// The sources being read: the program, what it includes, what that includes.
    pub(super) open: Vec<u32>,
}

impl Reader<'_, '_> {
    /// Reads a text as the next of the program's sources.
    pub(super) fn text(&mut self, source: Source) {
        let number = self.add_source(source.clone());
        self.open.push(number);
        let mut findings = Vec::new();
        let expressions = crate::syntax::parse_clauses(source.text(), &mut findings);
        self.findings.extend(findings.into_iter().map(|finding| (number, finding)));
        for expr in &expressions {
            if let Err(finding) = self.add(expr) {
                self.findings.push((number, finding));
                self.declare_heads(expr);
            }
        }
        self.open.pop();
    }

    /// Makes the heads of a clause with a finding known, so that the goals that call them are no findings as well.
    fn declare_heads(&mut self, clause: &Expr) {
        let rule = clause.args_of::<2>(":-").or_else(|| clause.args_of::<2>("<-"));
        for head in rule.map_or(clause, |[head, _]| head).chain(";") {
            let atom = head.args_of::<2>("::").map_or(head, |[_, atom]| atom).term();
            if let Some((name, args)) = atom.functor() {
                self.program.dynamic.push((name.into(), args.len()));
            }
        }
    }

    pub(super) fn add_source(&mut self, source: Source) -> u32 {
        self.program.sources.push(source);
        self.program.sources.len() as u32 - 1
    }

    /// The source being read.
    pub(super) fn source(&self) -> u32 {
        self.open.last().copied().unwrap_or(0)
    }

    pub(super) fn add(&mut self, expr: &Expr) -> Read<()> {
        if let Some([directive]) = expr.args_of::<1>(":-") {
            return self.directive(directive, expr);
        }
        if let Some([query]) = expr.args_of::<1>("?-").or_else(|| expr.args_of::<1>("query")) {
            let body = read_body(query)?;
            self.program.queries.push(query.term());
            self.program.asked.push((self.source(), query.span, body));
            return Ok(());
        }
        if let Some(evidence) = evidence(expr)? {
            self.program.evidence.push(evidence);
            self.program.observed.push((self.source(), expr.span));
            return Ok(());
        }
        let source = self.source();
        let rule = expr.args_of::<2>(":-").or_else(|| expr.args_of::<2>("<-"));
        let (head, body) = match rule {
            Some([head, body]) => (head, read_body(body)?),
            None => (expr, Body::True),
        };
        let alternatives = head.chain(";");
        let weighted = alternatives.iter().filter(|head| head.args_of::<2>("::").is_some()).count();
        let (kind, heads) = if let [head] = alternatives
            && let Some([label, atom]) = head.args_of::<2>("::")
            && matches!(&label.kind, ExprKind::Compound(name, args) if &**name == "nn" && (2..=4).contains(&args.len()))
        {
            let declaration = neural(label, atom, expr.span)?;
            self.program.networks.push(declaration);
            self.program.network_sources.push(source);
            (ClauseKind::Neural(self.program.networks.len() - 1), vec![read_head(None, atom)?])
        } else if let [head] = alternatives
            && let Some([label, atom]) = head.args_of::<2>("::")
            && is_decision(label)
        {
            (ClauseKind::Decision, vec![read_head(None, atom)?])
        } else if weighted == 0 {
            let [head] = alternatives else {
                return Err(form(head.span, "several heads without probabilities", Some("write `0.3::a; 0.7::b`")));
            };
            (ClauseKind::Certain, vec![read_head(None, head)?])
        } else {
            let heads = alternatives.iter().map(|head| match head.args_of::<2>("::") {
                Some([label, _]) if is_decision(label) => Err(form(
                    head.span,
                    "a decision is no part of a choice",
                    Some("write each decision as a clause of its own, `?::a.`, and what must not be as `:- a, b.`"),
                )),
                Some([weight, atom]) => read_head(Some(weight), atom),
                None => Err(form(
                    head.span,
                    "this head has no probability",
                    Some("every head of a choice needs one: `0.2::a`"),
                )),
            });
            (ClauseKind::Choice, starting_values(heads.collect::<Read<_>>()?))
        };
        self.program.clauses.push(Clause { term: expr.term(), span: expr.span, kind, heads, body, source });
        Ok(())
    }
}

/// The label of a decision: `?::atom`.
fn is_decision(label: &Expr) -> bool {
    matches!(&label.kind, ExprKind::Atom(name) if &**name == "?")
}

pub(crate) fn evidence(expr: &Expr) -> Read<Option<(Term, bool)>> {
    let (atom, truth) = if let Some([atom]) = expr.args_of::<1>("evidence") {
        (atom, true)
    } else if let Some([atom, truth]) = expr.args_of::<2>("evidence") {
        match &truth.kind {
            ExprKind::Atom(name) if &**name == "true" => (atom, true),
            ExprKind::Atom(name) if &**name == "false" => (atom, false),
            _ => return Err(form(truth.span, "evidence is `true` or `false`", None)),
        }
    } else {
        return Ok(None);
    };
    let (atom, truth) = match atom.args_of::<1>("\\+") {
        Some([inner]) => (inner, !truth),
        None => (atom, truth),
    };
    if matches!(atom.kind, ExprKind::Chain(",", _)) {
        return Err(form(atom.span, "evidence is a single atom", Some("write a piece of evidence for each of them")));
    }
    let term = atom.term();
    if term.functor().is_none() {
        return Err(form(atom.span, "evidence is an atom such as `a` or `p(1)`", None));
    }
    if !term.is_ground() {
        return Err(form(atom.span, "evidence must have no variables", None));
    }
    Ok(Some((term, truth)))
}

fn read_head(label: Option<&Expr>, atom: &Expr) -> Read<Head> {
    match &atom.kind {
        ExprKind::Atom(_) | ExprKind::Compound(..) => {}
        ExprKind::Chain(",", _) => {
            return Err(form(atom.span, "a head is a single atom", Some("write one clause for each atom")));
        }
        _ => return Err(form(atom.span, "a head is an atom such as `p` or `p(X)`", None)),
    }
    let (weight, is_tunable) = match label {
        None => (None, false),
        Some(label) => match &label.kind {
            ExprKind::Compound(name, args) if &**name == "t" => match &args[..] {
                [start] => (Some(start.term()), true),
                _ => {
                    return Err(form(
                        label.span,
                        "a tunable probability has one argument, the value to start from",
                        Some("write `t(_)` or `t(0.3)`; all ground instances of a clause share what is learned"),
                    ));
                }
            },
            _ => (Some(label.term()), false),
        },
    };
    let weight_span = label.map_or_else(Span::default, |label| label.span);
    Ok(Head { weight, weight_span, atom: atom.term(), span: atom.span, is_tunable })
}

/// `t(_)` starts at an equal share of what the other heads and *none of them* leave over.
fn starting_values(mut heads: Vec<Head>) -> Vec<Head> {
    let open = |head: &Head| head.is_tunable && matches!(head.weight, Some(Term::Var(_)));
    let n_open = heads.iter().filter(|head| open(head)).count();
    let given = heads.iter().filter_map(|head| head.weight.as_ref().and_then(|weight| evaluate_term(weight).ok()));
    let share = (1.0 - given.map(Number::as_f64).sum::<f64>()).max(0.0) / (n_open + 1) as f64;
    for head in heads.iter_mut().filter(|head| open(head)) {
        head.weight = Some(Term::Float(share));
    }
    heads
}

fn neural(label: &Expr, atom: &Expr, span: Span) -> Read<NeuralDecl> {
    let ExprKind::Compound(_, args) = &label.kind else {
        return Err(form(label.span, "this is no neural label", None));
    };
    let ExprKind::Atom(network) = &args[0].kind else {
        return Err(form(args[0].span, "the first argument of `nn` names a network", None));
    };
    let inputs = match &args[1].kind {
        ExprKind::List(items, None) => items.iter().map(Expr::term).collect(),
        ExprKind::Atom(name) if &**name == NIL => {
            return Err(form(
                args[1].span,
                "a network has at least one input",
                Some("name a modality, as in `[image]`"),
            ));
        }
        _ => return Err(form(args[1].span, "the second argument of `nn` is a list of inputs", Some("write `[X]`"))),
    };
    let (output, classes) = match args.as_slice() {
        [_, _, output, classes] => {
            let ExprKind::Var(variable) = &output.kind else {
                return Err(form(output.span, "the third argument of `nn` is the variable that takes the class", None));
            };
            (Some(variable.clone()), read_classes(classes)?)
        }
        [_, _] => (None, vec![Term::atom("true"), Term::atom("false")]),
        _ => {
            return Err(form(
                label.span,
                "`nn` takes two or four arguments",
                Some("nn(network, [inputs], Output, [classes])"),
            ));
        }
    };
    let predicate = atom.term();
    let head_variables = predicate.variables();
    let lost = |variable: &Arc<str>| !head_variables.contains(variable);
    if let Some(output) = output.as_ref().filter(|output| lost(output)) {
        return Err(form(span, &format!("the output `{output}` does not occur in the head"), None));
    }
    let inputs: Vec<Term> = inputs;
    Ok(NeuralDecl {
        network: network.to_string(),
        inputs,
        output,
        classes,
        predicate,
        span,
        network_span: args[0].span,
    })
}

fn read_classes(expr: &Expr) -> Read<Vec<Term>> {
    let ExprKind::List(items, None) = &expr.kind else {
        return Err(form(expr.span, "the classes are a list with at least one element", None));
    };
    let classes: Vec<Term> = items.iter().map(Expr::term).collect();
    for (index, (class, item)) in classes.iter().zip(items).enumerate() {
        if !class.is_ground() {
            return Err(form(item.span, "a class has no variables", None));
        }
        if classes[..index].contains(class) {
            return Err(form(item.span, &format!("the class `{class}` stands here twice"), None));
        }
    }
    Ok(classes)
}

pub(super) fn form(span: Span, message: &str, help: Option<&str>) -> Diagnostic {
    Diagnostic { kind: DiagnosticKind::Form, span, message: message.to_owned(), help: help.map(str::to_owned) }
}
