//! Where something stands in a text: byte spans, line and column, and an excerpt with carets.

use std::fmt;
use std::ops::Range;

use crate::terminal::Printable;

/// A range of bytes of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// The bytes from `start` up to `end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}

/// A place in a text as people count it: from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// The line. A line ends with a line feed, which a carriage return may precede: both together are one end.
    pub line: usize,
    /// The character in its line.
    pub column: usize,
}

impl Position {
    /// The place of a byte of `text`. A byte within a character is that character's; one beyond the end is the end.
    pub fn of(text: &str, byte: usize) -> Self {
        let byte = text.floor_char_boundary(byte);
        let start = text[..byte].rfind('\n').map_or(0, |at| at + 1);
        let line = text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count() + 1;
        Self { line, column: text[start..byte].chars().count() + 1 }
    }
}

/// A place in a named text, to be shown: `file:line:column`, the line, and carets below it.
///
/// ```text
///  --> spec.toml:2:1
///   |
/// 2 | encodr = []
///   | ^^^^^^
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    name: String,
    position: Position,
    /// The line, made safe for a terminal, with a blank for each tabulator.
    before: String,
    marked: String,
    after: String,
}

/// How many characters of a line are shown on either side of what is marked.
const CONTEXT: usize = 60;

impl Excerpt {
    /// The place `span` of `text`, which is called `name`. A span over several lines is shown up to the end of its first.
    pub fn new(name: impl Into<String>, text: &str, span: Span) -> Self {
        let start = text.floor_char_boundary(span.start);
        let begin = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let end = if text[start..end].ends_with('\r') { end - 1 } else { end };
        let stop = text.floor_char_boundary(span.end).clamp(start, end);
        let shown = |text: &str| Printable::line(&text.replace('\t', " ")).to_string();
        let (before, after) = (&text[begin..start], &text[stop..end]);
        let before = match before.char_indices().rev().nth(CONTEXT) {
            Some((at, c)) => format!("…{}", shown(&before[at + c.len_utf8()..])),
            None => shown(before),
        };
        let after = match after.char_indices().nth(CONTEXT) {
            Some((at, _)) => format!("{}…", shown(&after[..at])),
            None => shown(after),
        };
        let marked = shown(&text[start..stop].chars().take(4 * CONTEXT).collect::<String>());
        Self { name: name.into(), position: Position::of(text, start), before, marked, after }
    }

    /// The line, from 1.
    pub fn line(&self) -> usize {
        self.position.line
    }

    /// The character in its line, from 1.
    pub fn column(&self) -> usize {
        self.position.column
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.position;
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        let indent = " ".repeat(self.before.chars().count());
        let carets = "^".repeat(self.marked.chars().count().max(1));
        let name = Printable::line(&self.name);
        writeln!(f, "{margin}--> {name}:{line}:{column}\n{margin} |")?;
        writeln!(f, "{number} | {}{}{}", self.before, self.marked, self.after)?;
        write!(f, "{margin} | {indent}{carets}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_excerpt_points_at_its_span() {
        let text = "kind = \"vision\"\nencodr = []\n";
        let excerpt = Excerpt::new("spec.toml", text, Span::new(16, 22));
        assert_eq!(excerpt.to_string(), " --> spec.toml:2:1\n  |\n2 | encodr = []\n  | ^^^^^^");
    }

    #[test]
    fn lines_of_windows_count_once_and_show_no_return() {
        let text = "a\r\nb\r\n\tché = 1\r\n";
        let at = text.find("ch").unwrap();
        let excerpt = Excerpt::new("x", text, Span::new(at, at + 4));
        assert_eq!((excerpt.line(), excerpt.column()), (3, 2));
        assert_eq!(excerpt.to_string(), " --> x:3:2\n  |\n3 |  ché = 1\n  |  ^^^");
    }

    #[test]
    fn control_characters_of_the_text_are_escaped_and_carets_stay_below() {
        let excerpt = Excerpt::new("x\u{1b}y", "a\u{1b}[2Jb = 1", Span::new(5, 6));
        let shown = excerpt.to_string();
        assert_eq!(shown, " --> x\\u{1b}y:1:6\n  |\n1 | a\\u{1b}[2Jb = 1\n  |           ^");
    }

    proptest! {
        /// The line and column name the very byte: walking there again by lines and characters ends at it.
        #[test]
        fn positions_walk_back(text in "[ab\u{e9}\r\n\t]{0,30}", byte in 0usize..40) {
            let at = text.floor_char_boundary(byte);
            let Position { line, column } = Position::of(&text, byte);
            let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
            let back: usize = text[start..].chars().take(column - 1).map(char::len_utf8).sum();
            prop_assert_eq!(start + back, at);
        }

        #[test]
        fn any_span_of_any_text_is_shown(text in any::<String>(), start in 0usize..60, end in 0usize..60) {
            let shown = Excerpt::new("x", &text, Span::new(start, end)).to_string();
            prop_assert_eq!(shown.lines().count(), 4);
            prop_assert!(!shown.chars().any(|c| c.is_control() && c != '\n'));
        }
    }
}
