//! The form of a clause.

use std::sync::Arc;

use crate::span::Span;
use crate::syntax::expr::Expr;
use crate::term::Term;

#[derive(Clone, Debug)]
pub(crate) struct Clause {
    /// The clause as a term, for display.
    pub(crate) term: Term,
    pub(crate) span: Span,
    pub(crate) kind: ClauseKind,
    pub(crate) heads: Vec<Head>,
    pub(crate) body: Body,
    /// The text it stands in, by its index in the program's sources.
    pub(crate) source: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClauseKind {
    /// A fact or a rule.
    Certain,
    /// An annotated disjunction; a probabilistic fact is one with a single head.
    Choice,
    /// `?::atom`: whether it holds, where the body does, is to be decided.
    Decision,
    /// A neural predicate: the index of its declaration.
    Neural(usize),
}

#[derive(Clone, Debug)]
pub(crate) struct Head {
    /// The probability of a choice's head: a number, or a term that the body makes one.
    pub(crate) weight: Option<Term>,
    /// Where the probability stands; nothing of the text for rows of tables.
    pub(crate) weight_span: Span,
    pub(crate) atom: Term,
    pub(crate) span: Span,
    /// `t(…)::atom`: the probability is a starting value, meant to be learned.
    pub(crate) is_tunable: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Body {
    True,
    Fail,
    Call(Call),
    Not(Box<Body>),
    And(Vec<Body>),
    Or(Vec<Body>),
    /// `Condition -> Then ; Else`.
    IfThenElse(Box<[Body; 3]>),
}

#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) goal: Term,
    pub(crate) span: Span,
    /// Each variable's occurrences, with their places.
    pub(crate) variables: Vec<(Arc<str>, Span)>,
    /// The arguments that are goals themselves, as in `findall(X, p(X), L)`, in their order.
    pub(crate) inner: Vec<Body>,
}

impl Call {
    pub(crate) fn new(expr: &Expr, inner: Vec<Body>) -> Self {
        Self { goal: expr.term(), span: expr.span, variables: expr.variables(), inner }
    }

    /// `call(V)` for a variable that stands where a goal is expected.
    pub(crate) fn of_variable(expr: &Expr) -> Self {
        let goal = Term::compound("call", vec![expr.term()]);
        Self { goal, span: expr.span, variables: expr.variables(), inner: Vec::new() }
    }

    /// Name and number of arguments.
    pub(crate) fn indicator(&self) -> (&str, usize) {
        self.goal.functor().map_or(("", 0), |(name, args)| (name, args.len()))
    }
}

impl Body {
    /// Every call, with those of goals inside calls.
    pub(crate) fn all_calls(&self) -> Vec<&Call> {
        let mut found: Vec<&Call> = self.calls().into_iter().map(|(call, _)| call).collect();
        let mut next = 0;
        while next < found.len() {
            let call = found[next];
            next += 1;
            found.extend(call.inner.iter().flat_map(|body| body.calls()).map(|(call, _)| call));
        }
        found
    }

    /// Whether a conditional stands anywhere in it.
    pub(crate) fn holds_conditional(&self) -> bool {
        match self {
            Body::True | Body::Fail => false,
            Body::Call(call) => call.inner.iter().any(Body::holds_conditional),
            Body::Not(inner) => inner.holds_conditional(),
            Body::And(parts) | Body::Or(parts) => parts.iter().any(Body::holds_conditional),
            Body::IfThenElse(_) => true,
        }
    }

    /// Every call, with whether it stands under a negation. Goals inside calls are not among them.
    pub(crate) fn calls(&self) -> Vec<(&Call, bool)> {
        let mut found = Vec::new();
        self.collect(false, &mut found);
        found
    }

    fn collect<'a>(&'a self, negated: bool, found: &mut Vec<(&'a Call, bool)>) {
        match self {
            Body::True | Body::Fail => {}
            Body::Call(call) => found.push((call, negated)),
            Body::Not(inner) => inner.collect(true, found),
            Body::And(parts) | Body::Or(parts) => parts.iter().for_each(|part| part.collect(negated, found)),
            Body::IfThenElse(parts) => parts.iter().for_each(|part| part.collect(negated, found)),
        }
    }
}
