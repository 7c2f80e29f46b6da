//! The two ways out: stdout carries data, stderr messages.

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use consil_diagnostic::{Printable, Report};
use serde::Serialize;

use crate::failure::{EXIT_ENVIRONMENT, EXIT_INPUT, EXIT_INTERNAL, EXIT_INTERRUPTED, Failure, InputError};
use crate::global::Global;
use crate::style::TextStyle;

/// Where text goes, and how it looks there.
#[derive(Clone, Debug)]
pub struct Console {
    json: bool,
    quiet: bool,
    out: TextStyle,
    err: TextStyle,
    err_is_terminal: bool,
    help_of: HelpOf,
}

/// What would help with an error.
type HelpOf = fn(&(dyn Error + 'static)) -> Option<String>;

impl Console {
    /// As the global options say, where `help_of` tells what would help with an error.
    pub fn new(global: &Global, help_of: HelpOf) -> Self {
        let err_is_terminal = io::stderr().is_terminal();
        Self {
            json: global.json,
            quiet: global.quiet,
            out: TextStyle::new(global.color, io::stdout().is_terminal()),
            err: TextStyle::new(global.color, err_is_terminal),
            err_is_terminal,
            help_of,
        }
    }

    /// Whether the answer is to be JSON.
    pub fn wants_json(&self) -> bool {
        self.json
    }

    /// Whether nothing but errors is to be said.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether progress bars can be drawn.
    pub fn draws_bars(&self) -> bool {
        self.err_is_terminal && !self.quiet
    }

    /// How many columns stdout's terminal has; none where it is no terminal. Less than sixty would leave no room for words.
    pub fn width(&self) -> Option<usize> {
        terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0).max(60))
    }

    /// How text for stdout is painted.
    pub fn out_style(&self) -> TextStyle {
        self.out
    }

    /// How text for stderr is painted.
    pub fn err_style(&self) -> TextStyle {
        self.err
    }

    /// Prints a command's answer on stdout: `value` under `--json`, otherwise `text`.
    ///
    /// # Errors
    /// When stdout is closed or cannot be written, or JSON has no form for the answer.
    pub fn answer(&self, value: &impl Serialize, text: impl FnOnce(TextStyle) -> String) -> Result<(), Failure> {
        if self.json {
            // Whole or not at all.
            let text = serde_json::to_string_pretty(value).map_err(|source| InputError::NoJson { source })?;
            self.write(|out| writeln!(out, "{text}"))
        } else {
            let text = self.out.safe(&text(self.out));
            self.write(|out| out.write_all(text.as_bytes()))
        }
    }

    /// Writes to stdout.
    ///
    /// # Errors
    /// When stdout is closed or cannot be written.
    pub fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        write(&mut out).and_then(|()| out.flush()).map_err(Failure::stdout)
    }

    /// Where data goes on stdout as it comes: unchanged into a file or a pipe, and safe to look at on a terminal.
    pub fn data(&self) -> Box<dyn Write> {
        let out = io::BufWriter::new(io::stdout().lock());
        if io::stdout().is_terminal() { Box::new(ShownLines { out, line: Vec::new() }) } else { Box::new(out) }
    }

    /// Says something on stderr, unless quiet.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            self.complain(text);
        }
    }

    /// Says on stderr what deserves a look, unless quiet.
    pub fn warn(&self, text: &str) {
        self.say(&format!("{} {}", self.err.warning("warning:"), self.err.help_lines(text)));
    }

    /// Says on stderr that something failed which is not all that was asked for, unless quiet.
    pub fn warn_of(&self, error: &(dyn Error + 'static)) {
        self.warn(&self.report_of(error).to_string());
    }

    /// An error with its causes and what would help.
    pub fn report_of(&self, error: &(dyn Error + 'static)) -> Report {
        Report::with_help(error, (self.help_of)(error))
    }

    /// Says something on stderr, even when quiet.
    pub fn complain(&self, text: &str) {
        // Where stderr is closed there is nobody to tell.
        let _ = writeln!(io::stderr().lock(), "{}", self.err.safe(text));
    }

    /// Says on stderr what happened, unless it has been said, and gives the exit code.
    pub fn report(&self, failure: &Failure) -> ExitCode {
        let say = |kind: &str, error: &(dyn Error + 'static), code: u8| {
            let text = self.err.help_lines(&self.report_of(error).to_string());
            self.complain(&format!("{} {text}", self.err.error(kind)));
            ExitCode::from(code)
        };
        match failure {
            Failure::Unread => ExitCode::SUCCESS,
            Failure::Reported => EXIT_INPUT.into(),
            Failure::Interrupted => EXIT_INTERRUPTED.into(),
            Failure::Input(error) => say("error:", &**error, EXIT_INPUT),
            Failure::Environment(error) => say("error:", &**error, EXIT_ENVIRONMENT),
            Failure::Internal(error) => say("internal error:", &**error, EXIT_INTERNAL),
        }
    }
}

/// Lines on their way to a terminal, which is not to obey them.
struct ShownLines<W: Write> {
    out: W,
    /// The line that has not ended yet.
    line: Vec<u8>,
}

impl<W: Write> Write for ShownLines<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend(piece);
            if piece.ends_with(b"\n") {
                write!(self.out, "{}", Printable::lines(&String::from_utf8_lossy(&self.line)))?;
                self.line.clear();
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        write!(self.out, "{}", Printable::lines(&String::from_utf8_lossy(&self.line)))?;
        self.line.clear();
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_for_a_terminal_are_shown_whatever_pieces_they_come_in() {
        let mut shown = ShownLines { out: Vec::new(), line: Vec::new() };
        for piece in ["id,label\nü".as_bytes(), "ß,\u{1b}[2".as_bytes(), b"J\n1,", b"x"] {
            shown.write_all(piece).unwrap();
        }
        shown.flush().unwrap();
        assert_eq!(String::from_utf8(shown.out).unwrap(), "id,label\nüß,\\u{1b}[2J\n1,x");
    }
}
