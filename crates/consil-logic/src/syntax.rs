//! The text of the language: tokens, operators, expressions.

pub(crate) mod expr;
pub(crate) mod operator;
pub(crate) mod parser;
pub(crate) mod token;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::span::Source;
use crate::term::Term;
use expr::Expr;
use parser::Parser;

/// Every clause of a text that could be read, in order.
pub(crate) fn parse_clauses(text: &str, findings: &mut Vec<Diagnostic>) -> Vec<Expr> {
    let tokens = token::tokenize(text, findings);
    let unreadable: Vec<usize> = findings.iter().map(|finding| finding.span.start).collect();
    let mut parser = Parser::new(text, &tokens);
    let mut clauses = Vec::new();
    let mut begin = 0;
    while let Some(clause) = parser.clause() {
        let end = parser.position();
        match clause {
            Ok(expr) => clauses.push(expr),
            // An unreadable token in the same clause has been reported, and is the cause.
            Err(_) if unreadable.iter().any(|at| (begin..end).contains(at)) => {}
            Err(finding) => findings.push(finding),
        }
        begin = end;
    }
    clauses
}

pub(crate) fn parse_single_term(text: &str) -> Result<Term, Diagnostics> {
    parse_single_expr(text).map(|expr| expr.term())
}

pub(crate) fn parse_single_expr(text: &str) -> Result<Expr, Diagnostics> {
    let mut findings = Vec::new();
    let tokens = token::tokenize(text, &mut findings);
    match Parser::new(text, &tokens).single() {
        Ok(expr) if findings.is_empty() => return Ok(expr),
        Ok(_) => {}
        Err(finding) => findings.push(finding),
    }
    Err(Diagnostics::new(Source::new("term", text), findings))
}
