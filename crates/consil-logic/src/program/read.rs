//! From expressions to clauses, declarations, queries and evidence.

use std::sync::Arc;

use super::clause::{Body, Call, Clause, ClauseKind, Head};
use super::{NeuralDecl, Program};
use crate::diagnostic::{Diagnostic, DiagnosticKind};
use crate::span::{Source, Span};
use crate::syntax::expr::{Expr, ExprKind};
use crate::syntax::parser::MAX_NESTING;
use crate::term::Term;

pub(super) fn read(source: Source, findings: &mut Vec<Diagnostic>) -> Program {
    let expressions = crate::syntax::parse_clauses(source.text(), findings);
    let mut program = Program {
        source,
        clauses: Vec::new(),
        networks: Vec::new(),
        queries: Vec::new(),
        evidence: Vec::new(),
        dynamic: Vec::new(),
    };
    for expr in &expressions {
        if let Err(finding) = program.add(expr) {
            findings.push(finding);
        }
    }
    program
}

type Read<T> = Result<T, Diagnostic>;

impl Program {
    fn add(&mut self, expr: &Expr) -> Read<()> {
        if let Some([directive]) = expr.args_of::<1>(":-") {
            return self.directive(directive);
        }
        if let Some([query]) = expr.args_of::<1>("?-").or_else(|| expr.args_of::<1>("query")) {
            self.queries.push(query.term());
            return Ok(());
        }
        if let Some(evidence) = evidence(expr)? {
            self.evidence.push(evidence);
            return Ok(());
        }
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
            self.networks.push(declaration);
            (ClauseKind::Neural(self.networks.len() - 1), vec![read_head(None, atom)?])
        } else if weighted == 0 {
            let [head] = alternatives else {
                return Err(form(head.span, "several heads without probabilities", Some("write `0.3::a; 0.7::b`")));
            };
            (ClauseKind::Certain, vec![read_head(None, head)?])
        } else {
            let heads = alternatives.iter().map(|head| match head.args_of::<2>("::") {
                Some([weight, atom]) => read_head(Some(weight.term()), atom),
                None => Err(form(
                    head.span,
                    "this head has no probability",
                    Some("every head of a choice needs one: `0.2::a`"),
                )),
            });
            (ClauseKind::Choice, heads.collect::<Read<_>>()?)
        };
        self.clauses.push(Clause { term: expr.term(), span: expr.span, kind, heads, body });
        Ok(())
    }

    fn directive(&mut self, directive: &Expr) -> Read<()> {
        if let Some([list]) = directive.args_of::<1>("dynamic") {
            for item in list.chain(",") {
                match item.args_of::<2>("/").map(|[name, arity]| (&name.kind, &arity.kind)) {
                    Some((ExprKind::Atom(name), ExprKind::Int(arity @ 0..=1024))) => {
                        self.dynamic.push((name.clone(), *arity as usize));
                    }
                    _ => return Err(form(item.span, "`dynamic` takes names such as `edge/2`", None)),
                }
            }
            return Ok(());
        }
        // Every predicate is tabled and may be discontiguous, and the list library is always there.
        let harmless =
            ["table", "discontiguous", "use_module"].iter().any(|name| directive.args_of::<1>(name).is_some());
        if harmless { Ok(()) } else { Err(form(directive.span, "this directive is not known", None)) }
    }
}

fn evidence(expr: &Expr) -> Read<Option<(Term, bool)>> {
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
    let term = atom.term();
    if !term.is_ground() {
        return Err(form(atom.span, "evidence must have no variables", None));
    }
    Ok(Some((term, truth)))
}

fn read_head(weight: Option<Term>, atom: &Expr) -> Read<Head> {
    match &atom.kind {
        ExprKind::Atom(_) | ExprKind::Compound(..) => Ok(Head { weight, atom: atom.term(), span: atom.span }),
        ExprKind::Chain(",", _) => {
            Err(form(atom.span, "a head is a single atom", Some("write one clause for each atom")))
        }
        _ => Err(form(atom.span, "a head is an atom such as `p` or `p(X)`", None)),
    }
}

pub(crate) fn read_body(expr: &Expr) -> Read<Body> {
    let all = |operands: &[Expr]| operands.iter().map(read_body).collect::<Read<Vec<Body>>>();
    match &expr.kind {
        ExprKind::Chain(",", goals) => Ok(Body::And(all(goals)?)),
        ExprKind::Chain(";", branches) => read_branches(branches),
        ExprKind::Chain("->", _) => read_branches(std::slice::from_ref(expr)),
        ExprKind::Atom(name) => match &**name {
            "true" => Ok(Body::True),
            "fail" | "false" => Ok(Body::Fail),
            "!" => Err(form(
                expr.span,
                "there is no cut: the order of clauses has no meaning here",
                Some("make the clauses exclusive with `\\+`, or use `Condition -> Then ; Else`"),
            )),
            _ => Ok(Body::Call(Call::new(expr))),
        },
        ExprKind::Compound(name, args) if &**name == "\\+" && args.len() == 1 => {
            Ok(Body::Not(Box::new(read_body(&args[0])?)))
        }
        ExprKind::Compound(name, args) if &**name == "::" && args.len() == 2 => Err(form(
            expr.span,
            "a probability belongs to a head, not to a goal",
            Some("name the event: `0.3::event.`"),
        )),
        ExprKind::Compound(..) => Ok(Body::Call(Call::new(expr))),
        ExprKind::Var(_) => Err(form(expr.span, "a variable is no goal", Some("name the predicate to call"))),
        _ => Err(form(expr.span, "this is no goal", None)),
    }
}

/// `a ; C -> T ; b ; …`: what stands right of a conditional is its "else".
fn read_branches(branches: &[Expr]) -> Read<Body> {
    let mut conditionals = 0;
    let mut plain: Vec<Body> = Vec::new();
    let mut right: Option<Body> = None;
    for branch in branches.iter().rev() {
        let [condition, then, rest @ ..] = branch.chain("->") else {
            plain.push(read_body(branch)?);
            continue;
        };
        if !rest.is_empty() {
            return Err(form(branch.span, "`->` after `->`", Some("put the inner one into parentheses")));
        }
        conditionals += 1;
        if conditionals > MAX_NESTING {
            return Err(form(branch.span, "too many conditionals in a row", Some("write a clause for each case")));
        }
        let otherwise = disjunction(&mut plain, right.take());
        right = Some(Body::IfThenElse(Box::new([read_body(condition)?, read_body(then)?, otherwise])));
    }
    Ok(disjunction(&mut plain, right))
}

/// The alternatives, collected from the right, and what stands right of them.
fn disjunction(reversed: &mut Vec<Body>, right: Option<Body>) -> Body {
    let mut parts: Vec<Body> = reversed.drain(..).rev().chain(right).collect();
    match parts.len() {
        0 => Body::Fail,
        1 => parts.remove(0),
        _ => Body::Or(parts),
    }
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

fn form(span: Span, message: &str, help: Option<&str>) -> Diagnostic {
    Diagnostic { kind: DiagnosticKind::Form, span, message: message.to_owned(), help: help.map(str::to_owned) }
}
