//! What begins with a colon.

use std::path::{Path, PathBuf};

use consil::logic::Term;
use consil::reason;
use consil_diagnostic::{Hint, did_you_mean, file};

use crate::failure::Failure;
use crate::style::TextStyle;
use crate::table::Table;

/// A command of the conversation.
pub enum Command {
    Help,
    Quit,
    Load(PathBuf),
    Save(PathBuf),
    Evidence(Option<Term>),
    Do(Option<Term>),
    Forget,
    List(Option<String>),
    Retract(Term),
    Run,
    Why(Term),
    WhyNot(Term),
    Mpe(Term),
    Sample(Term),
}

/// Every command: its name, what it takes, and what it does.
pub const COMMANDS: &[(&str, &str, &str)] = &[
    (":why", "GOAL", "the most probable proofs of a goal's answers"),
    (":whynot", "ATOM", "the rules that come nearest to an atom that never holds"),
    (":mpe", "GOAL", "the most probable world in which each answer holds"),
    (":sample", "GOAL", "estimates from sampled worlds"),
    (":run", "", "answer the queries of the files"),
    (":evidence", "[ATOM]", "observe an atom, or \\+ ATOM; list what was observed"),
    (":do", "[ATOM]", "make an atom hold, or \\+ ATOM not hold; list what was made"),
    (":forget", "", "forget all evidence and all that was made"),
    (":load", "FILE", "read a file, or read it anew"),
    (":save", "FILE", "write the clauses that were typed"),
    (":list", "[NAME]", "the clauses, or those of one name"),
    (":retract", "HEAD", "take away the first clause whose head matches"),
    (":help", "", "this"),
    (":quit", "", "leave; Ctrl-D too"),
];

/// What is wrong with a command.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// There is none of this name.
    #[error("there is no command `{name}`")]
    Unknown {
        /// The name.
        name: String,
        /// The nearest, or where to look.
        help: String,
    },
    /// Something is missing behind it.
    #[error("`{name}` needs more")]
    Incomplete {
        /// The name.
        name: &'static str,
        /// What it takes.
        takes: &'static str,
    },
    /// Something stands behind a command that takes nothing.
    #[error("`{name}` takes nothing")]
    Superfluous {
        /// The name.
        name: &'static str,
    },
}

impl Hint for CommandError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Unknown { help, .. } => Some(help.clone()),
            Self::Incomplete { name, takes } => Some(format!("type {name} {takes}")),
            Self::Superfluous { .. } => None,
        }
    }
}

/// Nothing matched what was to be taken away.
#[derive(Debug, thiserror::Error)]
#[error("no clause has a head like `{pattern}`")]
pub struct NoSuchClause {
    /// The head.
    pub pattern: Term,
}

impl Hint for NoSuchClause {
    fn help(&self) -> Option<String> {
        Some("`:list` shows all clauses".to_owned())
    }
}

impl Command {
    /// Whether a text is a command: a colon and a letter. `:- …` is a directive.
    pub fn begins(text: &str) -> bool {
        let rest = text.trim_start().strip_prefix(':');
        rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_alphabetic() || c == '?'))
    }

    /// Reads a command; a full stop behind it is no part of it.
    ///
    /// # Errors
    /// When there is no such command, or something is missing.
    pub fn read(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let word = word.trim_end_matches('.');
        let rest = rest.trim();
        let Some(&(name, takes, _)) = found(word) else {
            let help = did_you_mean(word, COMMANDS.iter().map(|(name, ..)| *name))
                .unwrap_or_else(|| ":help lists all commands".to_owned());
            return Err(CommandError::Unknown { name: word.to_owned(), help }.into());
        };
        if rest.is_empty() && !takes.is_empty() && !takes.starts_with('[') {
            return Err(CommandError::Incomplete { name, takes }.into());
        }
        if takes.is_empty() && !rest.is_empty() {
            return Err(CommandError::Superfluous { name }.into());
        }
        let goal = || reason::term("goal", rest);
        let optional = || if rest.is_empty() { Ok(None) } else { goal().map(Some) };
        Ok(match name {
            ":why" => Self::Why(goal()?),
            ":whynot" => Self::WhyNot(goal()?),
            ":mpe" => Self::Mpe(goal()?),
            ":sample" => Self::Sample(goal()?),
            ":run" => Self::Run,
            ":evidence" => Self::Evidence(optional()?),
            ":do" => Self::Do(optional()?),
            ":forget" => Self::Forget,
            ":load" => Self::Load(PathBuf::from(rest)),
            ":save" => Self::Save(PathBuf::from(rest)),
            ":list" => Self::List((!rest.is_empty()).then(|| rest.trim_end_matches('.').to_owned())),
            ":retract" => Self::Retract(goal()?),
            ":quit" => Self::Quit,
            _ => Self::Help,
        })
    }
}

/// A command by its name, by the beginning of one alone, or by a name that other systems have for it.
fn found(word: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    let word = match word {
        ":q" | ":exit" => ":quit",
        ":?" | ":h" => ":help",
        word => word,
    };
    let begins = || COMMANDS.iter().filter(|(name, ..)| name.starts_with(word));
    COMMANDS.iter().find(|(name, ..)| *name == word).or_else(|| begins().next().filter(|_| begins().count() == 1))
}

/// All commands, a line each.
pub fn help(style: TextStyle) -> String {
    let mut table = Table::of_facts();
    table.row(["0.3::rain.".to_owned(), "add a clause; it may take several lines, up to its full stop".to_owned()]);
    table.row(["?- wet(X).".to_owned(), "ask: each answer with its probability and what it is worth".to_owned()]);
    for (name, takes, does) in COMMANDS {
        table.row([format!("{name} {takes}"), (*does).to_owned()]);
    }
    table.render(style) + "Ctrl-C ends a question, Tab completes names, the arrow keys go through the history.\n"
}

/// Writes what was typed.
///
/// # Errors
/// When the file cannot be written.
pub fn save(path: &Path, text: &str) -> Result<(), Failure> {
    Ok(file::write(path, text.as_bytes())?)
}

#[cfg(test)]
mod tests {
    use consil_diagnostic::Report;

    use super::*;

    #[test]
    fn commands_are_told_from_directives() {
        assert!(Command::begins("  :why a"));
        assert!(!Command::begins(":- dynamic a/1."));
        assert!(!Command::begins("a :- b."));
    }

    #[test]
    fn a_beginning_is_enough_where_it_is_clear() {
        assert!(matches!(Command::read(":ev"), Ok(Command::Evidence(None))));
        assert!(matches!(Command::read(":why path(1, X)."), Ok(Command::Why(_))));
        assert!(matches!(Command::read(":q"), Ok(Command::Quit)));
        for (wrong, says) in
            [(":l", "no command `:l`"), (":lits", "`:list`"), (":why", ":why GOAL"), (":run a", "nothing")]
        {
            let Err(Failure::Input(error)) = Command::read(wrong) else { panic!("{wrong}") };
            let error = Report::with_help(&*error, crate::hints::help_of(&*error)).to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
