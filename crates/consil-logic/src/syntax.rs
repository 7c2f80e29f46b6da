//! The text of the language: tokens, operators, expressions.

pub(crate) mod expr;
pub(crate) mod operator;
pub(crate) mod parser;
pub(crate) mod token;
mod write;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::span::{Source, Span};
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

/// The clauses of a text as terms, each with its place; queries, evidence and directives are clauses too. `name` is what
/// messages call the text.
///
/// # Errors
/// Every finding, with its place.
pub fn read_clauses(name: &str, text: &str) -> Result<Vec<(Term, Span)>, Diagnostics> {
    let mut findings = Vec::new();
    let clauses = parse_clauses(text, &mut findings);
    match findings.is_empty() {
        true => Ok(clauses.iter().map(|expr| (expr.term(), expr.span)).collect()),
        false => Err(Diagnostics::new(Source::new(name, text), findings)),
    }
}

/// Reads one term, such as `digit(image(0), D)`; a full stop at the end is optional.
///
/// # Errors
/// Every syntax error, with its place in `text`.
pub fn parse_term(text: &str) -> Result<Term, Diagnostics> {
    parse_single_expr(text).map(|expr| expr.term())
}

impl std::str::FromStr for Term {
    type Err = Diagnostics;
    fn from_str(text: &str) -> Result<Self, Diagnostics> {
        parse_term(text)
    }
}

/// Whether a text ends with a clause's full stop, or holds nothing; what somebody types is read on until it does. A text that
/// nothing more can mend is complete.
pub fn is_complete(text: &str) -> bool {
    let mut findings = Vec::new();
    let tokens = token::tokenize(text, &mut findings);
    let is_open_comment = |finding: &Diagnostic| text[finding.span.start..].starts_with("/*");
    match (findings.iter().any(is_open_comment), tokens.last()) {
        (true, _) => false,
        (false, None) => true,
        (false, Some(last)) => last.kind == token::TokenKind::End || !findings.is_empty(),
    }
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
