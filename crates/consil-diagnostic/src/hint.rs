//! Hints as data.
//!
//! An error's text says what is wrong and where. What would help is another matter, and stands beside it as data: an error type gives it by
//! [`Hint`], and whoever talks to a person shows both in one look, the [`Report`](crate::report::Report). The manner is uv's (its crate
//! `uv-errors`), where hints are rendered at the edge.

/// An error that may know how to mend what it says.
pub trait Hint {
    /// What to do, as one or more lines; nothing where the error's text says it all.
    fn help(&self) -> Option<String>;
}
