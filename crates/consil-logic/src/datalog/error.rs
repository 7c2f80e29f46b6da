//! Why a program or a change is refused, or a fixpoint not reached.

use crate::budget::Limit;
use crate::error::ReasonError;
use crate::number::ArithmeticError;
use crate::span::Place;

/// A program is not Datalog, or could not be evaluated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DatalogError {
    /// A clause uses something that bottom-up evaluation does not have.
    #[error("{}: error: {what} is not Datalog: `{goal}`\n{place}\n   = help: ask `Engine` instead, which evaluates goals top-down", place.location())]
    NotDatalog {
        /// What is not.
        what: Construct,
        /// The goal, head or term.
        goal: String,
        /// The clause.
        place: Box<Place>,
    },
    /// A rule that is not range-restricted: a variable that no positive goal of the body gives a value.
    #[error("{}: error: nothing in the body gives `{variable}` a value\n{place}\n   = help: name `{variable}` in a positive goal of the body", place.location())]
    Unsafe {
        /// The variable as the clause names it.
        variable: String,
        /// The clause.
        place: Box<Place>,
    },
    /// A predicate depends on its own negation.
    #[error("negation through a cycle: {}", cycle.join(" → "))]
    NegativeCycle {
        /// The predicates along the cycle; the first is also the last, and the negated step is written with `\+`.
        cycle: Vec<String>,
    },
    /// An arithmetic goal failed.
    #[error("{}: error: {error} in a goal of this clause\n{place}", place.location())]
    Arithmetic {
        /// What failed.
        error: ArithmeticError,
        /// The clause.
        place: Box<Place>,
    },
    /// The work exceeded a limit of the [`Budget`](crate::Budget).
    #[error("the program needs more than its budget: {limit}")]
    Budget {
        /// The limit that was reached.
        limit: Limit,
    },
    /// A name that neither a clause nor a declaration of the program has.
    #[error("no clause defines `{name}`{}", suggestion.as_ref().map(|s| format!("; did you mean `{s}`?")).unwrap_or_default())]
    UnknownPredicate {
        /// Name and number of arguments.
        name: String,
        /// The nearest defined name.
        suggestion: Option<String>,
    },
    /// Columns of different lengths.
    #[error(
        "the columns of `{name}` have different lengths: column {column} has {found} rows, the first has {expected}"
    )]
    Ragged {
        /// Name and number of arguments.
        name: String,
        /// The column, from 0.
        column: usize,
        /// Its rows.
        found: usize,
        /// The first column's rows.
        expected: usize,
    },
    /// A fact or query that is no atom, or a fact with variables.
    #[error("`{term}` is no {wanted}")]
    BadAtom {
        /// The term.
        term: String,
        /// What was expected.
        wanted: &'static str,
    },
    /// The program could not be prepared.
    #[error(transparent)]
    Program(#[from] ReasonError),
}

/// What makes a clause no Datalog clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Construct {
    /// A head with a probability or a network.
    Probability,
    /// A compound argument with variables.
    Function,
    /// A built-in predicate that builds or takes apart terms.
    Builtin,
}

impl std::fmt::Display for Construct {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Construct::Probability => "a head with a probability",
            Construct::Function => "a compound argument with variables",
            Construct::Builtin => "this built-in predicate",
        })
    }
}
