//! Colour, or none.

use clap::ColorChoice;
use clap::builder::styling::{AnsiColor, Effects, Style};
use consil_diagnostic::Printable;

/// All styles there are: what else looks like one did not come from here.
const OURS: [Style; 5] = [BOLD, ERROR, WARNING, HELP, GOOD];
const BOLD: Style = Style::new().effects(Effects::BOLD);
const ERROR: Style = AnsiColor::Red.on_default().effects(Effects::BOLD);
const WARNING: Style = AnsiColor::Yellow.on_default().effects(Effects::BOLD);
const HELP: Style = AnsiColor::Cyan.on_default();
const GOOD: Style = AnsiColor::Green.on_default();

/// What ends a style.
const RESET: &str = "\u{1b}[0m";

/// Whether text is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextStyle {
    enabled: bool,
}

impl TextStyle {
    /// No colour at all.
    #[cfg(test)]
    pub const PLAIN: Self = Self { enabled: false };

    /// As `choice` says; `auto` means on a terminal that is not dumb, unless NO_COLOR is set (<https://no-color.org>).
    pub fn new(choice: ColorChoice, is_terminal: bool) -> Self {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let enabled = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                is_terminal && set("NO_COLOR").is_none() && set("TERM").is_none_or(|term| term != "dumb")
            }
        };
        Self { enabled }
    }

    /// Bold: headers.
    pub fn bold(self, text: &str) -> String {
        self.style(BOLD, text)
    }

    /// Bold red: what went wrong.
    pub fn error(self, text: &str) -> String {
        self.style(ERROR, text)
    }

    /// Bold yellow: what deserves a look.
    pub fn warning(self, text: &str) -> String {
        self.style(WARNING, text)
    }

    /// Cyan: how to mend it, and what to type.
    pub fn help(self, text: &str) -> String {
        self.style(HELP, text)
    }

    /// Green: what is right.
    pub fn good(self, text: &str) -> String {
        self.style(GOOD, text)
    }

    /// The text with each line that begins with `help:` coloured.
    pub fn help_lines(self, text: &str) -> String {
        let lines = text.lines().map(|line| match line.trim_start_matches([' ', '=']).starts_with("help:") {
            true => self.help(line),
            false => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// A text of ours with what users and files put into it, made safe to print: our own styles pass, everything else that a terminal would obey is
    /// shown as text.
    pub fn safe(self, text: &str) -> String {
        let styles = if self.enabled { OURS.map(|style| style.to_string()) } else { Default::default() };
        let mut safe = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('\u{1b}') {
            let (before, escape) = rest.split_at(at);
            safe.push_str(&Printable::lines(before).to_string());
            let ours = styles.iter().map(String::as_str).chain([RESET]);
            let passes = ours
                .filter(|style| self.enabled && !style.is_empty() && escape.starts_with(style))
                .max_by_key(|s| s.len());
            let length = passes.map_or(1, str::len);
            match passes {
                Some(style) => safe.push_str(style),
                None => safe.push_str(&Printable::lines(&escape[..1]).to_string()),
            }
            rest = &escape[length..];
        }
        safe + &Printable::lines(rest).to_string()
    }

    fn style(self, style: Style, text: &str) -> String {
        if self.enabled && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_outranks_the_terminal() {
        assert_eq!(TextStyle::new(ColorChoice::Always, false).error("x"), "\u{1b}[1m\u{1b}[31mx\u{1b}[0m");
        assert_eq!(TextStyle::new(ColorChoice::Never, true).error("x"), "x");
        assert_eq!(TextStyle::new(ColorChoice::Auto, false), TextStyle::PLAIN);
    }

    #[test]
    fn our_styles_pass_and_nothing_else_does() {
        let style = TextStyle::new(ColorChoice::Always, false);
        let shown =
            style.error("bad") + " label \u{1b}[2J\u{1b}]0;title\u{7} \u{1b}[8mhidden\n\tok\r" + &style.good("x");
        assert_eq!(
            style.safe(&shown),
            style.error("bad")
                + " label \\u{1b}[2J\\u{1b}]0;title\\u{7} \\u{1b}[8mhidden\n\tok\\u{d}"
                + &style.good("x")
        );
        assert_eq!(TextStyle::PLAIN.safe("\u{1b}[1mx\u{1b}[0m"), "\\u{1b}[1mx\\u{1b}[0m");
    }

    #[test]
    fn only_help_lines_are_coloured() {
        let style = TextStyle::new(ColorChoice::Always, false);
        assert_eq!(style.help_lines("bad\n  help: mend"), "bad\n\u{1b}[36m  help: mend\u{1b}[0m");
    }
}
