//! From tokens to expressions: a Pratt parser over the operator table.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::expr::{Expr, ExprKind};
use super::operator::{ARGUMENT, Fixity, LOOSEST, infix, prefix};
use super::token::{Token, TokenKind, unescape};
use crate::diagnostic::{Diagnostic, DiagnosticKind};
use crate::span::Span;
use crate::term::NIL;

/// Deeper nesting of parentheses, arguments or left-grouping operators is refused, which bounds every recursion over terms.
pub(crate) const MAX_NESTING: u32 = 200;

/// Operands of one chain that groups to the left: each is a level of the term, of which the engine takes a thousand.
const MAX_OPERANDS: usize = 900;

pub(crate) struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    nesting: u32,
    /// Each `_` is a variable of its own.
    anonymous: usize,
    /// The variables of the text whose names look like those of `_`, once one was met.
    numbered: Option<BTreeSet<String>>,
}

type Parsed<T> = Result<T, Diagnostic>;

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &'a str, tokens: &'a [Token]) -> Self {
        Self { text, tokens, at: 0, nesting: 0, anonymous: 0, numbered: None }
    }

    /// The next clause without its full stop; nothing at the end of the text. After an error the parser stands behind
    /// the next full stop.
    pub(crate) fn clause(&mut self) -> Option<Parsed<Expr>> {
        self.peek()?;
        self.nesting = 0;
        let start = self.at;
        let result = self.expression(LOOSEST).and_then(|expr| match self.peek() {
            Some(token) if token.kind == TokenKind::End => {
                self.at += 1;
                Ok(expr)
            }
            Some(_) => Err(self.unexpected("an operator or a full stop")),
            None => Err(error(self.end_span(), "the last clause has no full stop", Some("end every clause with `.`"))),
        });
        if result.is_err() {
            // The error may stand before this clause's own full stop, or the full stop itself may be the error.
            self.at = self.at.max(start);
            while let Some(token) = self.peek() {
                self.at += 1;
                if token.kind == TokenKind::End {
                    break;
                }
            }
        }
        Some(result)
    }

    /// Where the next token begins; the end of the text behind the last one.
    pub(crate) fn position(&self) -> usize {
        self.peek().map_or(self.text.len(), |token| token.span.start)
    }

    /// One term, an optional full stop, and nothing else.
    pub(crate) fn single(&mut self) -> Parsed<Expr> {
        let expr = self.expression(LOOSEST)?;
        if self.peek().is_some_and(|token| token.kind == TokenKind::End) {
            self.at += 1;
        }
        match self.peek() {
            None => Ok(expr),
            Some(_) => Err(self.unexpected("the end of the term")),
        }
    }

    fn expression(&mut self, max: u16) -> Parsed<Expr> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(too_deep(self.here()));
        }
        let result = self.operators(max);
        self.nesting -= 1;
        result
    }

    fn operators(&mut self, max: u16) -> Parsed<Expr> {
        let (mut left, mut left_priority) = self.primary(max)?;
        let mut n_operands = 1;
        while let Some((name, operator)) = self.peek_infix() {
            let room = if operator.fixity == Fixity::Left { operator.priority } else { operator.priority - 1 };
            if operator.priority > max || left_priority > room {
                break;
            }
            self.at += 1;
            left = match (operator.fixity, chained(name)) {
                (Fixity::Right, Some(name)) => self.chain(name, operator.priority, left)?,
                (fixity, _) => {
                    let room = if fixity == Fixity::Right { operator.priority } else { operator.priority - 1 };
                    let right = self.expression(room)?;
                    n_operands += 1;
                    if n_operands > MAX_OPERANDS {
                        return Err(too_long(left.span));
                    }
                    // What groups to the left grows deeper with each operator; made a term, it is flat to whoever reads on.
                    if fixity == Fixity::Left && left.depth >= MAX_NESTING / 2 {
                        left = Expr { kind: ExprKind::Made(left.term()), span: left.span, depth: 1 };
                    }
                    compound(name, vec![left, right])?
                }
            };
            left_priority = operator.priority;
        }
        Ok(left)
    }

    fn chain(&mut self, name: &'static str, priority: u16, first: Expr) -> Parsed<Expr> {
        let mut operands = vec![first];
        loop {
            operands.push(self.expression(priority - 1)?);
            match self.peek_infix() {
                Some((next, _)) if next == name => self.at += 1,
                _ => break,
            }
        }
        let span = operands[0].span.to(operands[operands.len() - 1].span);
        let depth = deepest(&operands);
        if depth > MAX_NESTING {
            return Err(too_deep(span));
        }
        Ok(Expr { kind: ExprKind::Chain(name, operands), span, depth })
    }

    fn peek_infix(&self) -> Option<(&'a str, super::operator::Infix)> {
        let token = self.peek()?;
        let name = match token.kind {
            TokenKind::Name | TokenKind::Symbol | TokenKind::Solo | TokenKind::Comma => self.slice(token.span),
            _ => return None,
        };
        infix(name).map(|operator| (name, operator))
    }

    fn primary(&mut self, max: u16) -> Parsed<(Expr, u16)> {
        let Some(token) = self.peek() else {
            return Err(error(self.end_span(), "the text ends where a term should begin", None));
        };
        let text = self.slice(token.span);
        self.at += 1;
        let leaf = |kind| Ok((Expr { kind, span: token.span, depth: 1 }, 0));
        match token.kind {
            TokenKind::Integer => leaf(ExprKind::Int(self.integer(text, token.span, 1)?)),
            TokenKind::Float => leaf(ExprKind::Float(float(text, token.span)?)),
            TokenKind::Variable => {
                let name: Arc<str> = if text == "_" { self.new_variable() } else { text.into() };
                leaf(ExprKind::Var(name))
            }
            TokenKind::String => {
                let value = unescape(text).map_err(|message| error(token.span, &message, None))?;
                leaf(ExprKind::Str(value.into()))
            }
            TokenKind::Open => {
                let inner = self.expression(LOOSEST)?;
                let close = self.expect(TokenKind::Close, "`)`")?;
                Ok((Expr { span: token.span.to(close), ..inner }, 0))
            }
            TokenKind::OpenList => self.list(token.span).map(|expr| (expr, 0)),
            TokenKind::Quoted => {
                let name = unescape(text).map_err(|message| error(token.span, &message, None))?;
                self.named(&name, token.span).map(|expr| (expr, 0))
            }
            TokenKind::Name | TokenKind::Symbol | TokenKind::Solo => self.name_or_prefix(text, token.span, max),
            TokenKind::Close | TokenKind::CloseList | TokenKind::Comma | TokenKind::Bar | TokenKind::End => {
                self.at -= 1;
                Err(self.unexpected("a term"))
            }
        }
    }

    /// A name that the text does not use.
    fn new_variable(&mut self) -> Arc<str> {
        let is_numbered = |token: &&Token| {
            let number = self.text.get(token.span.start + 1..token.span.end);
            token.kind == TokenKind::Variable
                && number.is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()))
        };
        if self.numbered.is_none() {
            let names = self.tokens.iter().filter(is_numbered).map(|token| self.slice(token.span).to_owned());
            self.numbered = Some(names.collect());
        }
        loop {
            self.anonymous += 1;
            let name = format!("_{}", self.anonymous);
            if self.numbered.as_ref().is_none_or(|numbered| !numbered.contains(&name)) {
                return name.into();
            }
        }
    }

    fn name_or_prefix(&mut self, name: &str, span: Span, max: u16) -> Parsed<(Expr, u16)> {
        let next = self.peek();
        let adjacent = next.is_some_and(|token| token.span.start == span.end);
        // `\+(a, b)` denies a conjunction, as in ProbLog; every other name opens a list of arguments.
        if adjacent && name != "\\+" && next.is_some_and(|token| token.kind == TokenKind::Open) {
            return self.named(name, span).map(|expr| (expr, 0));
        }
        if let (true, "-", Some(token)) = (adjacent, name, next) {
            let kind = match token.kind {
                TokenKind::Integer => Some(ExprKind::Int(self.integer(self.slice(token.span), token.span, -1)?)),
                TokenKind::Float => Some(ExprKind::Float(-float(self.slice(token.span), token.span)?)),
                _ => None,
            };
            if let Some(kind) = kind {
                self.at += 1;
                return Ok((Expr { kind, span: span.to(token.span), depth: 1 }, 0));
            }
        }
        if let Some((priority, room)) = prefix(name)
            && self.begins_operand()
        {
            let (priority, room) =
                if priority > max { (ARGUMENT.min(max), ARGUMENT.min(max)) } else { (priority, room) };
            let operand = self.expression(room)?;
            let expr = compound(name, vec![operand])?;
            return Ok((Expr { span: span.to(expr.span), ..expr }, priority));
        }
        // An operator that stands alone is an atom of its operator's priority (ISO 6.3.1.3), unless it is an argument.
        self.named(name, span).map(|expr| (expr, 0))
    }

    /// Whether the next token can begin an operator's operand.
    fn begins_operand(&self) -> bool {
        let Some(token) = self.peek() else { return false };
        match token.kind {
            TokenKind::Close | TokenKind::CloseList | TokenKind::Comma | TokenKind::Bar | TokenKind::End => false,
            TokenKind::Name | TokenKind::Symbol | TokenKind::Solo => {
                let name = self.slice(token.span);
                let functor = self
                    .tokens
                    .get(self.at + 1)
                    .is_some_and(|next| next.kind == TokenKind::Open && next.span.start == token.span.end);
                // `- = x` compares the atom `-`; `- (-1)` and `\+ -x` negate.
                functor || infix(name).is_none() || prefix(name).is_some()
            }
            _ => true,
        }
    }

    /// An atom, or a compound if an opening parenthesis follows at once.
    fn named(&mut self, name: &str, span: Span) -> Parsed<Expr> {
        let opens = self.peek().is_some_and(|token| token.kind == TokenKind::Open && token.span.start == span.end);
        if !opens {
            return Ok(Expr { kind: ExprKind::Atom(name.into()), span, depth: 1 });
        }
        self.at += 1;
        let mut args = vec![self.expression(ARGUMENT)?];
        while self.peek().is_some_and(|token| token.kind == TokenKind::Comma) {
            self.at += 1;
            args.push(self.expression(ARGUMENT)?);
        }
        let close = self.expect(TokenKind::Close, "`,` or `)`")?;
        let expr = compound(name, args)?;
        Ok(Expr { span: span.to(close), ..expr })
    }

    fn list(&mut self, open: Span) -> Parsed<Expr> {
        if let Some(token) = self.peek()
            && token.kind == TokenKind::CloseList
        {
            self.at += 1;
            return Ok(Expr { kind: ExprKind::Atom(NIL.into()), span: open.to(token.span), depth: 1 });
        }
        let mut items = vec![self.expression(ARGUMENT)?];
        while self.peek().is_some_and(|token| token.kind == TokenKind::Comma) {
            self.at += 1;
            items.push(self.expression(ARGUMENT)?);
        }
        let mut tail = None;
        if self.peek().is_some_and(|token| token.kind == TokenKind::Bar) {
            self.at += 1;
            tail = Some(Box::new(self.expression(ARGUMENT)?));
        }
        let close = self.expect(TokenKind::CloseList, "`,`, `|` or `]`")?;
        let depth = deepest(&items).max(tail.as_ref().map_or(0, |tail| tail.depth + 1));
        Ok(Expr { kind: ExprKind::List(items, tail), span: open.to(close), depth })
    }

    fn expect(&mut self, kind: TokenKind, what: &str) -> Parsed<Span> {
        match self.peek() {
            Some(token) if token.kind == kind => {
                self.at += 1;
                Ok(token.span)
            }
            _ => Err(self.unexpected(what)),
        }
    }

    fn integer(&self, text: &str, span: Span, sign: i128) -> Parsed<i64> {
        let digits = text.replace('_', "");
        let value = if let Some(hex) = digits.strip_prefix("0x") {
            i128::from_str_radix(hex, 16)
        } else if let Some(bits) = digits.strip_prefix("0b") {
            i128::from_str_radix(bits, 2)
        } else {
            digits.parse()
        };
        value.ok().and_then(|value| i64::try_from(sign * value).ok()).ok_or_else(|| {
            error(span, "this integer does not fit 64 bits", Some("write it as a float, such as 1.0e20"))
        })
    }

    fn unexpected(&self, expected: &str) -> Diagnostic {
        match self.peek() {
            Some(token) if token.kind == TokenKind::End => {
                error(token.span, &format!("the clause ends where {expected} is expected"), None)
            }
            Some(token) => {
                let text = self.slice(token.span);
                let help = match token.kind {
                    TokenKind::Name | TokenKind::Variable => Some("is the full stop of the clause before missing?"),
                    _ => None,
                };
                error(token.span, &format!("`{text}` where {expected} is expected"), help)
            }
            None => error(self.end_span(), &format!("the text ends where {expected} is expected"), None),
        }
    }

    fn here(&self) -> Span {
        self.peek().map_or_else(|| self.end_span(), |token| token.span)
    }

    fn end_span(&self) -> Span {
        let end = self.tokens.last().map_or(self.text.len(), |token| token.span.end);
        Span { start: end.saturating_sub(1), end }
    }

    fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    fn slice(&self, span: Span) -> &'a str {
        &self.text[span.start..span.end]
    }
}

fn chained(name: &str) -> Option<&'static str> {
    [",", ";", "->"].into_iter().find(|&operator| operator == name)
}

fn compound(name: &str, args: Vec<Expr>) -> Parsed<Expr> {
    let span = args.iter().fold(args[0].span, |span, arg| span.to(arg.span));
    let depth = deepest(&args);
    if depth > MAX_NESTING {
        return Err(too_deep(span));
    }
    Ok(Expr { kind: ExprKind::Compound(name.into(), args), span, depth })
}

fn deepest(args: &[Expr]) -> u32 {
    args.iter().map(|arg| arg.depth).max().unwrap_or(0) + 1
}

fn float(text: &str, span: Span) -> Parsed<f64> {
    if text == "1.0Inf" {
        return Ok(f64::INFINITY);
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(error(span, "this number is too large", None)),
    }
}

fn too_long(span: Span) -> Diagnostic {
    error(
        Span { start: span.start, end: span.start + 1 },
        &format!("more than {MAX_OPERANDS} operands in a row"),
        Some("put them into a list: `sum_list/2` adds its elements"),
    )
}

fn too_deep(span: Span) -> Diagnostic {
    error(
        span,
        &format!("more than {MAX_NESTING} levels of nesting"),
        Some("name the inner part with a rule of its own"),
    )
}

fn error(span: Span, message: &str, help: Option<&str>) -> Diagnostic {
    Diagnostic { kind: DiagnosticKind::Syntax, span, message: message.to_owned(), help: help.map(str::to_owned) }
}
