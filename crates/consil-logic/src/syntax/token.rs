//! From characters to tokens.

use logos::Logos;

use crate::diagnostic::{Diagnostic, DiagnosticKind};
use crate::span::Span;

#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
#[logos(skip r"[ \t\r\n\f]+")]
// A byte order mark, which editors write at the beginning.
#[logos(skip "\u{feff}")]
#[logos(skip(r"%[^\n]*", allow_greedy = true))]
#[logos(skip r"/\*([^*]|\*+[^*/])*\*+/")]
pub(crate) enum TokenKind {
    #[regex(r"\p{Ll}[\p{Ll}\p{Lu}0-9_]*")]
    Name,
    #[regex(r"'([^'\\\n]|\\x[0-9a-fA-F]+\\|\\[^x\n]|\\\n|'')*'")]
    Quoted,
    #[regex(r"[+\-*/\\^<>=~:.?@#&$]+")]
    Symbol,
    #[token(";")]
    #[token("!")]
    Solo,
    #[regex(r"[\p{Lu}_][\p{Ll}\p{Lu}0-9_]*")]
    Variable,
    #[regex(r"[0-9][0-9_]*")]
    #[regex(r"0x[0-9a-fA-F]+")]
    #[regex(r"0b[01]+")]
    Integer,
    #[regex(r"[0-9]+\.[0-9]+([eE][+-]?[0-9]+)?")]
    #[regex(r"[0-9]+[eE][+-]?[0-9]+")]
    #[token("1.0Inf")]
    Float,
    #[regex(r#""([^"\\\n]|\\x[0-9a-fA-F]+\\|\\[^x\n]|\\\n)*""#)]
    String,
    #[token("(")]
    Open,
    #[token(")")]
    Close,
    #[token("[")]
    OpenList,
    #[token("]")]
    CloseList,
    #[token(",")]
    Comma,
    #[token("|")]
    Bar,
    /// The full stop of a clause; made from a lone `.` symbol before white space or the end.
    End,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
}

/// All tokens of a text; what is no token becomes a finding and is skipped.
pub(crate) fn tokenize(text: &str, findings: &mut Vec<Diagnostic>) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for (result, range) in TokenKind::lexer(text).spanned() {
        let span = Span::from(range.clone());
        match result {
            Ok(TokenKind::Symbol) if text[range.clone()].starts_with("/*") => findings.push(Diagnostic {
                kind: DiagnosticKind::Syntax,
                span,
                message: "this comment is never closed".into(),
                help: Some("close it with `*/`".into()),
            }),
            Ok(TokenKind::Symbol) => push_symbol(text, span, &mut tokens),
            Ok(kind) => tokens.push(Token { kind, span }),
            Err(()) => strange(text, span, &tokens, findings),
        }
    }
    tokens
}

/// A finding for characters that begin no token; those in a row are one.
fn strange(text: &str, span: Span, tokens: &[Token], findings: &mut Vec<Diagnostic>) {
    let begins = |at: usize| text[at..].chars().next().unwrap_or(' ');
    let first = begins(span.start);
    let follows = |finding: &&mut Diagnostic| {
        finding.span.end == span.start && !matches!(begins(finding.span.start), '\'' | '"' | '{' | '}')
    };
    if !matches!(first, '\'' | '"' | '{' | '}')
        && let Some(finding) = findings.last_mut().filter(follows)
    {
        let whole = finding.span.to(span);
        *finding = meaningless(text, whole);
        return;
    }
    // The other of a pair is no finding of its own.
    if first == '}' && findings.iter().any(|finding| begins(finding.span.start) == '{') {
        return;
    }
    let is_code = tokens
        .last()
        .is_some_and(|token| token.span.end == span.start && &text[token.span.start..token.span.end] == "0");
    let finding = |message: &str, help: Option<&str>| Diagnostic {
        kind: DiagnosticKind::Syntax,
        span,
        message: message.into(),
        help: help.map(str::to_owned),
    };
    findings.push(match first {
        '\'' if is_code => finding("there are no character codes such as `0'a`", Some("write the atom, or the number")),
        '\'' if text[span.start..span.end].contains("\\x") => finding(
            "this quoted atom is never closed",
            Some("a character by its number ends in a backslash: `\\x41\\`"),
        ),
        '\'' => finding("this quoted atom is never closed", None),
        '"' => finding("this string is never closed", None),
        '{' | '}' => finding("there are no braces", Some("write a list, or a compound such as `set(a)`")),
        _ => meaningless(text, span),
    });
}

fn meaningless(text: &str, span: Span) -> Diagnostic {
    let excerpt = &text[span.start..span.end];
    let help = excerpt.chars().all(char::is_alphabetic).then(|| format!("quote it: `'{excerpt}'`"));
    let shown: String =
        excerpt.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect();
    Diagnostic { kind: DiagnosticKind::Syntax, span, message: format!("`{shown}` means nothing here"), help }
}

/// A symbol that ends in a lone full stop before white space, as in `X = a+.`, is a symbol and the clause's end. `?::` is the
/// label of a decision and the operator behind it.
fn push_symbol(text: &str, span: Span, tokens: &mut Vec<Token>) {
    if text[span.start..span.end].starts_with("?::") {
        let label = Span { start: span.start, end: span.start + 1 };
        tokens.push(Token { kind: TokenKind::Symbol, span: label });
        return push_symbol(text, Span { start: label.end, end: span.end }, tokens);
    }
    let ends_clause = text[span.end..].chars().next().is_none_or(|c| c.is_whitespace() || c == '%');
    let symbol = &text[span.start..span.end];
    if ends_clause && symbol.ends_with('.') && !symbol.ends_with("..") {
        let dot = span.end - 1;
        if dot > span.start {
            tokens.push(Token { kind: TokenKind::Symbol, span: Span { start: span.start, end: dot } });
        }
        tokens.push(Token { kind: TokenKind::End, span: Span { start: dot, end: span.end } });
    } else {
        tokens.push(Token { kind: TokenKind::Symbol, span });
    }
}

/// The characters between the quotes of a quoted atom or string, escapes resolved.
pub(crate) fn unescape(quoted: &str) -> Result<String, String> {
    let quote = quoted.chars().next().unwrap_or('\'');
    let mut chars = quoted[1..quoted.len() - 1].chars();
    let mut out = String::new();
    while let Some(c) = chars.next() {
        if c == quote {
            chars.next();
            out.push(quote);
        } else if c == '\\' {
            match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some('0') => out.push('\0'),
                Some('\n') => {}
                Some('x') => {
                    let digits: String = chars.by_ref().take_while(|&c| c != '\\').collect();
                    let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                    out.push(code.ok_or_else(|| format!("`\\x{digits}\\` is no character"))?);
                }
                Some(c @ ('\\' | '\'' | '"' | '`')) => out.push(c),
                other => return Err(format!("`\\{}` is no escape", other.map(String::from).unwrap_or_default())),
            }
        } else {
            out.push(c);
        }
    }
    Ok(out)
}
