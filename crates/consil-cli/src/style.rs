//! Colour, or none.

use clap::ColorChoice;
use clap::builder::styling::{AnsiColor, Effects, Style};

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
        self.style(Style::new().effects(Effects::BOLD), text)
    }

    /// Bold red: what went wrong.
    pub fn error(self, text: &str) -> String {
        self.style(AnsiColor::Red.on_default().effects(Effects::BOLD), text)
    }

    /// Bold yellow: what deserves a look.
    pub fn warning(self, text: &str) -> String {
        self.style(AnsiColor::Yellow.on_default().effects(Effects::BOLD), text)
    }

    /// Cyan: how to mend it, and what to type.
    pub fn help(self, text: &str) -> String {
        self.style(AnsiColor::Cyan.on_default(), text)
    }

    /// Green: what is right.
    pub fn good(self, text: &str) -> String {
        self.style(AnsiColor::Green.on_default(), text)
    }

    /// The text with each line that begins with `help:` coloured.
    pub fn help_lines(self, text: &str) -> String {
        let lines = text.lines().map(|line| match line.trim_start_matches([' ', '=']).starts_with("help:") {
            true => self.help(line),
            false => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
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
    fn only_help_lines_are_coloured() {
        let style = TextStyle::new(ColorChoice::Always, false);
        assert_eq!(style.help_lines("bad\n  help: mend"), "bad\n\u{1b}[36m  help: mend\u{1b}[0m");
    }
}
