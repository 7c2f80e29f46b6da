//! Hints as data.
//!
//! An error's text says what is wrong and where. What would help is another matter, and stands beside it as data: an error type gives it by
//! [`Hint`], and whoever talks to a person shows both in one look, the [`Report`](crate::report::Report). The manner is uv's (its crate
//! `uv-errors`), where hints are rendered at the edge.

use std::error::Error;

/// An error that may know how to mend what it says.
pub trait Hint {
    /// What to do, as one or more lines; nothing where the error's text says it all.
    fn help(&self) -> Option<String>;
}

/// What an error says would help, if it is of the one type that a row of a list is about.
///
/// An error reaches the edge without its type, and so without its [`Hint`]. A crate therefore lists the types of its own that have one, each as
/// [`row::<Type>`](row), and the edge asks the lists by [`find`].
pub type Row = fn(&(dyn Error + 'static)) -> Option<String>;

/// The row of a type: the help of an error that is one, or a box of one.
pub fn row<E: Error + Hint + 'static>(error: &(dyn Error + 'static)) -> Option<String> {
    let boxed = || error.downcast_ref::<Box<E>>().map(|error| &**error);
    error.downcast_ref::<E>().or_else(boxed).and_then(Hint::help)
}

/// The help of an error, or of the nearest of its causes that has one.
pub fn find(error: &(dyn Error + 'static), lists: &[&[Row]]) -> Option<String> {
    let of_one = |error| lists.iter().copied().flatten().find_map(|row| row(error));
    std::iter::successors(Some(error), |&error| error.source()).find_map(of_one)
}

#[cfg(test)]
mod tests {
    use thiserror::Error;

    use super::*;

    #[derive(Debug, Error)]
    #[error("bad")]
    struct Inner(bool);

    impl Hint for Inner {
        fn help(&self) -> Option<String> {
            self.0.then(|| "mend it".to_owned())
        }
    }

    #[derive(Debug, Error)]
    #[error("outer: {0}")]
    struct Outer(#[source] Box<Inner>);

    impl Hint for Outer {
        fn help(&self) -> Option<String> {
            (!self.0.0).then(|| "ask another".to_owned())
        }
    }

    #[test]
    fn the_outermost_hint_is_found_of_a_type_that_is_listed_boxed_or_not() {
        let lists: &[&[Row]] = &[&[row::<Outer>], &[row::<Inner>]];
        let found = |knows| find(&Outer(Box::new(Inner(knows))), lists);
        assert_eq!(found(true).as_deref(), Some("mend it"));
        assert_eq!(found(false).as_deref(), Some("ask another"));
        assert_eq!(find(&Inner(true), &[&[row::<Outer>]]), None);
    }
}
