//! Terms with the place of every part.

use std::sync::Arc;

use crate::span::Span;
use crate::term::{NIL, Term};

/// A term as it was read. Long chains and lists are flat, so that no walk is deeper than the text's parentheses.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) span: Span,
    /// Levels of nesting, bounded by the parser.
    pub(crate) depth: u32,
}

#[derive(Clone, Debug)]
pub(crate) enum ExprKind {
    Var(Arc<str>),
    Int(i64),
    Float(f64),
    Atom(Arc<str>),
    Str(Arc<str>),
    Compound(Arc<str>, Vec<Expr>),
    List(Vec<Expr>, Option<Box<Expr>>),
    /// `a, b, c` of one right-grouping operator, at least two operands.
    Chain(&'static str, Vec<Expr>),
    /// A term that was not read but made.
    Made(Term),
}

/// A goal that a program made is nested deeper than one that could be written.
#[derive(Debug)]
pub(crate) struct TooDeep;

impl Expr {
    pub(crate) fn term(&self) -> Term {
        match &self.kind {
            ExprKind::Var(name) => Term::Var(name.clone()),
            ExprKind::Int(value) => Term::Int(*value),
            ExprKind::Float(value) => Term::Float(*value),
            ExprKind::Atom(name) => Term::Atom(name.clone()),
            ExprKind::Str(text) => Term::Str(text.clone()),
            ExprKind::Compound(name, args) => Term::compound(name, args.iter().map(Expr::term).collect()),
            ExprKind::List(items, tail) => Term::list_with_tail(
                items.iter().map(Expr::term).collect(),
                tail.as_ref().map_or_else(|| Term::atom(NIL), |tail| tail.term()),
            ),
            ExprKind::Made(term) => term.clone(),
            ExprKind::Chain(operator, operands) => {
                let mut terms = operands.iter().rev().map(Expr::term);
                let last = terms.next().expect("a chain has at least two operands");
                terms.fold(last, |rest, term| Term::compound(operator, vec![term, rest]))
            }
        }
    }

    /// A term that a program made, as if it stood at `span`. Control constructs are opened, all else stays one goal.
    pub(crate) fn goal_of(term: &Term, span: Span) -> Result<Expr, TooDeep> {
        Self::opened(term, span, 0)
    }

    fn opened(term: &Term, span: Span, depth: u32) -> Result<Expr, TooDeep> {
        if depth > crate::syntax::parser::MAX_NESTING {
            return Err(TooDeep);
        }
        let inner = |term: &Term| Self::opened(term, span, depth + 1);
        let kind = match term {
            Term::Compound(compound) => match (compound.functor(), compound.args()) {
                (name @ ("," | ";" | "->"), [_, _]) => {
                    let operator = [",", ";", "->"].into_iter().find(|&other| other == name).unwrap_or(",");
                    let mut operands = Vec::new();
                    let mut rest = term;
                    while let Some([left, right]) = rest.args_of::<2>(operator) {
                        operands.push(inner(left)?);
                        rest = right;
                    }
                    operands.push(inner(rest)?);
                    ExprKind::Chain(operator, operands)
                }
                (name, args) if goal_arguments(name, args.len()).is_some() => {
                    let goals = goal_arguments(name, args.len()).unwrap_or_default();
                    let opened = args.iter().enumerate().map(|(index, arg)| match goals.contains(&index) {
                        true => inner(arg),
                        false => Ok(Expr { kind: ExprKind::Made(arg.clone()), span, depth: 1 }),
                    });
                    ExprKind::Compound(name.into(), opened.collect::<Result<_, _>>()?)
                }
                _ => ExprKind::Made(term.clone()),
            },
            Term::Var(name) => ExprKind::Var(name.clone()),
            Term::Atom(name) => ExprKind::Atom(name.clone()),
            constant => ExprKind::Made(constant.clone()),
        };
        Ok(Expr { kind, span, depth: 1 })
    }

    /// The arguments if this is `name` with `N` arguments.
    pub(crate) fn args_of<const N: usize>(&self, name: &str) -> Option<&[Expr; N]> {
        match &self.kind {
            ExprKind::Compound(functor, args) if &**functor == name => args.as_slice().try_into().ok(),
            _ => None,
        }
    }

    /// The operands of a chain of `operator`, or the expression alone.
    pub(crate) fn chain(&self, operator: &str) -> &[Expr] {
        match &self.kind {
            ExprKind::Chain(name, operands) if *name == operator => operands,
            _ => std::slice::from_ref(self),
        }
    }

    /// Every variable's occurrence, with its place.
    pub(crate) fn variables(&self) -> Vec<(Arc<str>, Span)> {
        let mut found = Vec::new();
        let mut pending = vec![self];
        while let Some(expr) = pending.pop() {
            match &expr.kind {
                ExprKind::Var(name) => found.push((name.clone(), expr.span)),
                ExprKind::Made(term) => found.extend(term.variables().into_iter().map(|name| (name, expr.span))),
                ExprKind::Compound(_, args) | ExprKind::Chain(_, args) => pending.extend(args.iter().rev()),
                ExprKind::List(items, tail) => {
                    pending.extend(tail.as_deref());
                    pending.extend(items.iter().rev());
                }
                _ => {}
            }
        }
        found
    }
}

/// The arguments of a predicate or a construct that are goals.
pub(crate) fn goal_arguments(name: &str, arity: usize) -> Option<&'static [usize]> {
    match (name, arity) {
        ("findall" | "all" | "all_or_none", 3) => Some(&[1]),
        ("aggregate", 5) => Some(&[3]),
        ("subquery", 2 | 3) | ("possible" | "call" | "once" | "not" | "\\+", 1) => Some(&[0]),
        ("forall", 2) => Some(&[0, 1]),
        _ => None,
    }
}
