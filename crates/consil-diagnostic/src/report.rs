//! The one look in which the edge shows an error: what is wrong, its causes, and what would help.
//!
//! ```text
//! train.csv:5 has no column `lable`
//!   caused by: …
//!   help: did you mean `label`?
//! ```

use std::error::Error;
use std::fmt;

use crate::file::FileError;
use crate::hint::{Hint, Row, find, row};
use crate::limit::TooLarge;
use crate::lock::LockError;
use crate::terminal::Printable;

/// An error as a person sees it: what, the causes that it does not quote already, and what would help. Whatever in it came from a user's file is safe
/// for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    message: String,
    causes: Vec<String>,
    help: Option<String>,
}

/// What stands before a hint; the messages of the rule language still have theirs within the text.
const HELP: &str = "\n  help: ";

/// This crate's own errors that have hints.
const OURS: &[Row] = &[row::<FileError>, row::<LockError>, row::<TooLarge>];

impl Report {
    /// An error without a hint of its own, or with one in its text after `help:`.
    pub fn new(error: &(dyn Error + 'static)) -> Self {
        Self::with_help(error, None)
    }

    /// An error and its hint.
    pub fn of<E: Error + Hint + 'static>(error: &E) -> Self {
        Self::with_help(error, error.help())
    }

    /// An error and what would help.
    pub fn with_help(error: &(dyn Error + 'static), help: Option<String>) -> Self {
        let text = error.to_string();
        let mut causes: Vec<String> = Vec::new();
        let mut said = text.clone();
        for cause in std::iter::successors(error.source(), |&cause| cause.source()) {
            let cause = cause.to_string();
            if !said.contains(&cause) {
                said.push_str(&cause);
                causes.push(cause);
            }
        }
        let help = help.or_else(|| find(error, &[OURS]));
        match (help, text.split_once(HELP)) {
            // The help within the text comes after the causes, as every help does.
            (None, Some((message, own))) => Self { message: message.to_owned(), causes, help: Some(own.to_owned()) },
            (help, _) => Self { message: text, causes, help },
        }
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What would help.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

/// An error and its causes.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// Whether an error, or a cause of it, is the machine's rather than of what it was asked: a full disk, a lost connection.
pub fn is_environment(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|cause| {
        let of_file = cause.downcast_ref::<FileError>().is_some_and(FileError::is_environment);
        of_file || cause.downcast_ref::<std::io::Error>().is_some_and(crate::file::is_environment)
    })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Printable::lines(&self.message))?;
        for cause in &self.causes {
            write!(f, "\n  caused by: {}", Printable::lines(cause))?;
        }
        match &self.help {
            Some(help) => write!(f, "{HELP}{}", Printable::lines(help)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use thiserror::Error;

    use super::*;

    #[derive(Debug, Error)]
    #[error("outer{}", if *.quotes { ": inner" } else { "" })]
    struct Outer {
        quotes: bool,
        source: Inner,
    }

    #[derive(Debug, Error)]
    #[error("inner")]
    struct Inner;

    impl Hint for Outer {
        fn help(&self) -> Option<String> {
            Some("do otherwise".to_owned())
        }
    }

    #[test]
    fn a_cause_is_said_once_and_the_help_comes_last() {
        let shown = |quotes| Report::of(&Outer { quotes, source: Inner }).to_string();
        assert_eq!(shown(false), "outer\n  caused by: inner\n  help: do otherwise");
        assert_eq!(shown(true), "outer: inner\n  help: do otherwise");
        assert_eq!(Report::new(&Inner).to_string(), "inner");
    }

    #[derive(Debug, Error)]
    #[error("the run failed")]
    struct Above(#[source] FileError);

    #[test]
    fn a_full_disk_is_the_machines_and_says_what_helps_however_deep_it_lies() {
        let of = |kind: std::io::ErrorKind| {
            Above(FileError::new(crate::file::Action::Write, "x".as_ref(), std::io::Error::from(kind)))
        };
        let full = of(std::io::ErrorKind::StorageFull);
        assert!(is_environment(&full));
        assert!(Report::new(&full).to_string().ends_with("help: free some space, or give another folder"));
        assert!(!is_environment(&of(std::io::ErrorKind::NotFound)));
    }

    #[derive(Debug, Error)]
    #[error("bad {0}\n  help: as of old")]
    struct Old(String, #[source] Inner);

    #[test]
    fn help_within_the_text_comes_last_too_and_nothing_is_obeyed() {
        let error = Old("label \u{1b}[2J".to_owned(), Inner);
        assert_eq!(Report::new(&error).to_string(), "bad label \\u{1b}[2J\n  caused by: inner\n  help: as of old");
    }
}
