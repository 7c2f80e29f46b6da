//! Text that came from a user or a file, made safe for a terminal.
//!
//! A terminal obeys control characters: a label with an escape sequence can clear the screen, retitle the window or hide what
//! follows; a character that turns the direction of writing can make one name look like another. Whatever did not come from the program itself
//! is therefore printed through [`Printable`], which shows such characters as `\u{1b}` instead of sending them.

use std::fmt;

/// A text whose control characters are shown rather than obeyed.
#[derive(Clone, Copy, Debug)]
pub struct Printable<'a> {
    text: &'a str,
    keeps_lines: bool,
}

impl<'a> Printable<'a> {
    /// A name, a label, one line: ends of lines and tabulators are escaped too.
    pub fn line(text: &'a str) -> Self {
        Self { text, keeps_lines: false }
    }

    /// A message of several lines: line feeds and tabulators stay.
    pub fn lines(text: &'a str) -> Self {
        Self { text, keeps_lines: true }
    }
}

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.text;
        let obeyed = |c: char| is_obeyed(c) && !(self.keeps_lines && matches!(c, '\n' | '\t'));
        while let Some(at) = rest.find(obeyed) {
            let c = rest[at..].chars().next().unwrap_or_default();
            write!(f, "{}{}", &rest[..at], c.escape_unicode())?;
            rest = &rest[at + c.len_utf8()..];
        }
        f.write_str(rest)
    }
}

/// Whether a terminal acts on a character instead of showing it: controls (C0, delete, C1), separators of lines and paragraphs, and
/// changes of the direction of writing.
pub fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_are_shown() {
        assert_eq!(Printable::line("a\u{1b}[2J\u{7}b\nc").to_string(), "a\\u{1b}[2J\\u{7}b\\u{a}c");
        assert_eq!(Printable::lines("a\u{1b}[2J\n\tb\r\u{9b}").to_string(), "a\\u{1b}[2J\n\tb\\u{d}\\u{9b}");
        assert_eq!(Printable::line("gnp.\u{202e}exe").to_string(), "gnp.\\u{202e}exe");
        assert_eq!(Printable::line("Grüße, 世界 🎉").to_string(), "Grüße, 世界 🎉");
    }

    proptest! {
        #[test]
        fn nothing_that_a_terminal_obeys_is_left(text in any::<String>()) {
            prop_assert!(!Printable::line(&text).to_string().chars().any(is_obeyed));
            prop_assert!(!Printable::lines(&text).to_string().chars().any(|c| is_obeyed(c) && c != '\n' && c != '\t'));
        }

        #[test]
        fn harmless_text_is_left_alone(text in "[a-zà-ÿ0-9 ,.\\\\]{0,40}") {
            prop_assert_eq!(Printable::line(&text).to_string(), text);
        }
    }
}
