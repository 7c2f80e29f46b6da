//! What is wrong with a text, and where.

use std::ops::Range;

use consil_diagnostic::Hint;
use consil_diagnostic::suggest::nearest_or_all;

/// A refusal of a file or an expression: what is wrong, where, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}:{line}:{column}: {problem}\n{excerpt}")]
pub struct Fault {
    /// The file.
    pub name: Box<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Bytes of the text.
    pub span: Range<usize>,
    /// What is wrong.
    pub problem: Box<str>,
    /// The line, with carets under the place.
    pub excerpt: Box<str>,
    /// How to mend it; empty where nothing can be said.
    pub help: Box<str>,
}

impl Hint for Fault {
    fn help(&self) -> Option<String> {
        (!self.help.is_empty()).then(|| self.help.to_string())
    }
}

impl Fault {
    /// A refusal of the text `text` of the file `name` at the bytes `span`.
    pub(crate) fn new(name: &str, text: &str, span: Range<usize>, problem: String, help: String) -> Self {
        let floor = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let (start, end) = (floor(span.start), floor(span.end.max(span.start)));
        let before = &text[..start];
        let begin = before.rfind('\n').map_or(0, |newline| newline + 1);
        let source = text[begin..].lines().next().unwrap_or("");
        let column = text[begin..start].chars().count() + 1;
        let on_line = text[start..end].lines().next().map_or(0, |part| part.chars().count());
        let carets = "^".repeat(on_line.max(1));
        let excerpt = format!("  | {source}\n  | {}{carets}", " ".repeat(column - 1));
        // Boxed and in 32 bits, since an error travels through every return.
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            name: name.into(),
            line: count(before.matches('\n').count() + 1),
            column: count(column),
            span: start..end,
            problem: problem.into(),
            excerpt: excerpt.into(),
            help: help.into(),
        }
    }
}

/// "did you mean `x`?", or the known names where none is near.
pub(crate) fn did_you_mean<'a>(unknown: &str, known: impl Iterator<Item = &'a str>) -> String {
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    known.dedup();
    nearest_or_all(unknown, known)
}
