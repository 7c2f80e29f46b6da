//! Words of the expression language.

use std::ops::Range;

use super::expression::SyntaxError;

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Name(String),
    /// An operator or a bracket: `+ - * / ^ ( ) [ ] , < > <= >= %`.
    Sign(&'static str),
}

/// A word with its bytes.
pub(super) type Spanned = (Token, Range<usize>);

const SIGNS: [&str; 15] = ["<=", ">=", "+", "-", "*", "/", "^", "(", ")", "[", "]", ",", "<", ">", "%"];

/// Parts a text into words.
///
/// A name may hold hyphens between letters or digits, as keys of TOML do, so a difference needs spaces: `a - b`. A number may hold `_`
/// between digits and end in k, M, B or T (10³, 10⁶, 10⁹, 10¹²).
pub(super) fn tokens(text: &str) -> Result<Vec<Spanned>, SyntaxError> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = if c.is_whitespace() {
            c.len_utf8()
        } else if c.is_ascii_digit() || (c == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit())) {
            let length = number_length(rest);
            found.push((Token::Number(number(&rest[..length], at)?), at..at + length));
            length
        } else if c.is_alphabetic() || c == '_' {
            let length = name_length(rest);
            found.push((Token::Name(rest[..length].to_owned()), at..at + length));
            length
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            found.push((Token::Sign(sign), at..at + sign.len()));
            sign.len()
        } else {
            let help = "write numbers, names, + - * / ^, comparisons, brackets and functions";
            return Err(SyntaxError::new(at..at + c.len_utf8(), format!("`{c}` begins no word"), help));
        };
        at += length;
    }
    Ok(found)
}

fn name_length(text: &str) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let joins = c == '-' && chars.peek().is_some_and(|(_, next)| is_word(*next));
        if !is_word(c) && !joins {
            return at;
        }
    }
    text.len()
}

fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(|b| b.is_ascii_digit() || *b == b'_') {
            at += 1;
        }
        at
    };
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
            return digits(end + 1 + sign);
        }
    }
    let is_end = |at: usize| !text[at..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    if matches!(bytes.get(end), Some(b'k' | b'M' | b'B' | b'T')) && is_end(end + 1) { end + 1 } else { end }
}

fn number(text: &str, at: usize) -> Result<f64, SyntaxError> {
    let plain = text.replace('_', "");
    let (digits, factor) = match plain.as_bytes().last() {
        Some(b'k') => (&plain[..plain.len() - 1], 1e3),
        Some(b'M') => (&plain[..plain.len() - 1], 1e6),
        Some(b'B') => (&plain[..plain.len() - 1], 1e9),
        Some(b'T') => (&plain[..plain.len() - 1], 1e12),
        _ => (plain.as_str(), 1.0),
    };
    let read = digits.parse::<f64>().ok().map(|n| n * factor).filter(|n| n.is_finite());
    read.ok_or_else(|| SyntaxError::new(at..at + text.len(), format!("`{text}` is no finite number"), ""))
}
