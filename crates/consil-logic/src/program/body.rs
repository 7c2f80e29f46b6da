//! From expressions to bodies: conjunctions, alternatives, conditionals, negation, and goals that hold goals.

use super::clause::{Body, Call};
use super::read::{Read, form};
use crate::builtin;
use crate::syntax::expr::{Expr, ExprKind, goal_arguments};
use crate::syntax::parser::MAX_NESTING;

pub(crate) fn read_body(expr: &Expr) -> Read<Body> {
    let all = |operands: &[Expr]| operands.iter().map(read_body).collect::<Read<Vec<Body>>>();
    match &expr.kind {
        ExprKind::Chain(",", goals) => Ok(Body::And(all(goals)?)),
        ExprKind::Chain(";", branches) => read_branches(branches),
        ExprKind::Chain("->", _) => read_branches(std::slice::from_ref(expr)),
        ExprKind::Atom(name) => match &**name {
            "true" | "otherwise" => Ok(Body::True),
            "fail" | "false" => Ok(Body::Fail),
            "!" => Err(form(
                expr.span,
                "there is no cut: the order of clauses has no meaning here",
                Some("make the clauses exclusive with `\\+`, or use `Condition -> Then ; Else`"),
            )),
            _ => Ok(Body::Call(Call::new(expr, Vec::new()))),
        },
        ExprKind::Compound(name, args) => read_goal(expr, name, args),
        // A variable stands for the goal that it will be bound to.
        ExprKind::Var(_) => Ok(Body::Call(Call::of_variable(expr))),
        ExprKind::Made(term) if term.functor().is_some() => Ok(Body::Call(Call::new(expr, Vec::new()))),
        _ => Err(form(expr.span, "this is no goal", None)),
    }
}

fn read_goal(expr: &Expr, name: &str, args: &[Expr]) -> Read<Body> {
    match (name, args) {
        ("\\+" | "not", [goal]) => Ok(Body::Not(Box::new(read_body(goal)?))),
        ("call" | "once", [goal]) => read_body(goal),
        // For all A, B: there is no A without B.
        ("forall", [all, hold]) => {
            let exception = Body::And(vec![read_body(all)?, Body::Not(Box::new(read_body(hold)?))]);
            Ok(Body::Not(Box::new(exception)))
        }
        ("::", [_, _]) => Err(form(
            expr.span,
            "a probability belongs to a head, not to a goal",
            Some("name the event: `0.3::event.`"),
        )),
        _ => {
            let goals = goal_arguments(name, args.len()).unwrap_or_default();
            let inner = goals.iter().map(|&index| read_body(&args[index])).collect::<Read<_>>();
            // A name that the program may define itself may also take what is no goal.
            let inner = if builtin::is_reserved(name, args.len()) { inner? } else { inner.unwrap_or_default() };
            Ok(Body::Call(Call::new(expr, inner)))
        }
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
