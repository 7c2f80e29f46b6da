//! Where a piece of a program stands in its source text.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A range of bytes of a source text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The smallest span that covers both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Span { start: range.start, end: range.end }
    }
}

/// A named program text with the offsets of its lines. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    inner: Arc<Inner>,
}

#[derive(PartialEq, Eq)]
struct Inner {
    name: String,
    text: String,
    line_starts: Vec<usize>,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({})", self.inner.name)
    }
}

impl Source {
    /// A source called `name` (a file name, in messages) that holds `text`.
    pub fn new(name: &str, text: &str) -> Self {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { inner: Arc::new(Inner { name: name.to_owned(), text: text.to_owned(), line_starts }) }
    }

    /// The name given by the caller.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.inner.text
    }

    /// The text a span covers, or nothing where the span does not fall on character borders.
    pub fn slice(&self, span: Span) -> &str {
        self.inner.text.get(span.start..span.end).unwrap_or("")
    }

    /// Where a span begins, with the line it begins on.
    pub fn place(&self, span: Span) -> Place {
        let starts = &self.inner.line_starts;
        let line = starts.partition_point(|&start| start <= span.start).saturating_sub(1);
        let begin = starts[line];
        let end = starts.get(line + 1).map_or(self.inner.text.len(), |&next| next - 1);
        let text = self.inner.text.get(begin..end).unwrap_or("").trim_end_matches('\r');
        let column = text.char_indices().take_while(|(at, _)| begin + at < span.start).count();
        let width =
            text.char_indices().filter(|(at, _)| begin + at >= span.start && begin + at < span.end).count().max(1);
        Place { file: self.inner.name.clone(), line: line + 1, column: column + 1, width, text: text.to_owned() }
    }
}

/// A position for people: file, line and column (both from 1), and the line's text.
///
/// `Display` draws the line with a caret under the position:
///
/// ```text
///    |
///  3 | p(X :- q(X).
///    |     ^^
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The source's name.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// How many characters of this line the span covers, at least 1.
    pub width: usize,
    /// The line's text.
    pub text: String,
}

impl Place {
    /// `file:line:column`.
    pub fn location(&self) -> String {
        format!("{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Characters of a line that are drawn.
const LONGEST: usize = 200;
/// Of a longer line, those before the place.
const BEFORE: usize = 60;

impl Place {
    /// A line of help, in line with the margin of the picture.
    pub(crate) fn help(&self, text: &str) -> String {
        format!(" {} = help: {text}", " ".repeat(self.line.to_string().len()))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let length = self.text.chars().count();
        // Of a line that no terminal shows, what stands around the place.
        let first = if length > LONGEST { (self.column - 1).saturating_sub(BEFORE) } else { 0 };
        let last = length.min(first + LONGEST);
        let shown = self.text.chars().skip(first).take(LONGEST);
        let (begin, end) = (if first > 0 { "…" } else { "" }, if last < length { "…" } else { "" });
        // A tab keeps its width under the caret by being repeated there.
        let before = begin.chars().chain(shown.clone()).take(begin.chars().count() + self.column - 1 - first);
        let pad: String = before.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let width = self.width.min((last + 1).saturating_sub(self.column)).max(1);
        writeln!(f, " {margin} |")?;
        writeln!(f, " {number} | {begin}{}{end}", shown.collect::<String>())?;
        write!(f, " {margin} | {pad}{}", "^".repeat(width))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let source = Source::new("a.pl", "p.\n\u{e9}q(X).\r\nr.");
        let at = source.text().find('X').expect("the text has an X");
        let place = source.place(Span { start: at, end: at + 1 });
        assert_eq!((place.line, place.column, place.text.as_str()), (2, 4, "\u{e9}q(X)."));
        assert_eq!(place.to_string(), "   |\n 2 | \u{e9}q(X).\n   |    ^");
    }

    #[test]
    fn a_long_line_is_drawn_around_the_place() {
        let source = Source::new("a.pl", &format!("{}X{}", "a".repeat(5000), "b".repeat(5000)));
        let drawn = source.place(Span { start: 5000, end: 9000 }).to_string();
        let [_, line, carets] = drawn.lines().collect::<Vec<_>>()[..] else { panic!("{drawn}") };
        assert_eq!(line, format!(" 1 | …{}X{}…", "a".repeat(60), "b".repeat(139)));
        assert_eq!(carets, format!("   | {}{}", " ".repeat(61), "^".repeat(140)));
    }

    #[test]
    fn the_end_of_the_text_is_a_place() {
        let source = Source::new("a.pl", "p");
        assert_eq!(source.place(Span { start: 1, end: 1 }).column, 2);
        assert_eq!(Source::new("b.pl", "").place(Span { start: 0, end: 0 }).line, 1);
    }
}
