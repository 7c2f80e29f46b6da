//! Why a goal has no answer.

use std::borrow::Cow;

use crate::budget::Limit;
use crate::number::ArithmeticError;
use crate::span::Place;

/// A goal could not be evaluated or compiled.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReasonError {
    /// The work exceeded a limit of the [`Budget`](crate::Budget).
    #[error("the goal needs more than its budget: {limit}")]
    Budget {
        /// The limit that was reached.
        limit: Limit,
    },
    /// The derivations of a goal exceeded a limit of the [`Budget`](crate::Budget), and what was asked needs all of them.
    #[error(
        "the derivation needs more than its budget: {limit}; `{table}` has {n_answers} of {n_all} answers so far\n  help: only probabilities have bounds without all derivations; for anything else, {}, or bound the recursion",
        limit.remedy()
    )]
    Derivation {
        /// The limit that was reached.
        limit: Limit,
        /// The subgoal with the most answers.
        table: String,
        /// Its answers so far.
        n_answers: usize,
        /// The answers of all subgoals so far.
        n_all: usize,
    },
    /// A goal depends on its own negation.
    #[error("negation through a cycle: {}", cycle.join(" → "))]
    NegativeCycle {
        /// The subgoals along the cycle; the first is also the last, and the negated step is written with `\+`.
        cycle: Vec<String>,
    },
    /// A goal about all answers of another, such as `findall/3`, is among what these answers depend on.
    #[error("a goal about all answers of another depends on itself: {}", cycle.join(" → "))]
    CollectingCycle {
        /// The subgoals along the cycle; the first is also the last.
        cycle: Vec<String>,
    },
    /// The program's own `error/N`.
    #[error("{}: error: {message}\n{place}", place.location())]
    Raised {
        /// What the program says.
        message: String,
        /// The clause.
        place: Box<Place>,
    },
    /// A variable had no value where one is needed.
    #[error("{}: error: `{variable}` has no value in `{goal}`\n{place}", place.location())]
    Unbound {
        /// The variable as the clause names it.
        variable: String,
        /// The goal that needs it, as the clause writes it.
        goal: String,
        /// The clause.
        place: Box<Place>,
    },
    /// An answer with a probability still has variables, so that it stands for no single event.
    #[error("{}: error: the probabilistic answer `{answer}` has variables\n{place}", place.location())]
    NonGround {
        /// The answer.
        answer: String,
        /// The clause that gave it.
        place: Box<Place>,
    },
    /// A clause with a probability has a variable without a value, so that it is not known which of its random variables is
    /// meant.
    #[error(
        "{}: error: there is a choice of `{head}` for each value of `{variable}`, which has none\n{place}\n{}",
        place.location(),
        place.help("give it a value in the body, or name what it is needed for with a rule of its own, without a probability")
    )]
    OpenChoice {
        /// The head, with its values.
        head: String,
        /// The variable as the clause names it.
        variable: String,
        /// The clause.
        place: Box<Place>,
    },
    /// An arithmetic goal failed.
    #[error("{}: error: {error} in `{goal}`\n{place}", place.location())]
    Arithmetic {
        /// The goal, with its values.
        goal: String,
        /// What failed.
        error: ArithmeticError,
        /// The clause.
        place: Box<Place>,
    },
    /// A computed probability is outside [0, 1], or a choice's probabilities sum to more than one.
    #[error("{}: error: {value} is not a probability in `{clause}`\n{place}", place.location())]
    Probability {
        /// The value, or the sum of a choice's values.
        value: String,
        /// The ground clause.
        clause: String,
        /// The clause.
        place: Box<Place>,
    },
    /// A built-in predicate was given something it does not take.
    #[error("{}: error: `{goal}` needs {needs}\n{place}", place.location())]
    Type {
        /// The goal, with its values.
        goal: String,
        /// What it takes.
        needs: &'static str,
        /// The clause.
        place: Box<Place>,
    },
    /// The goal names a predicate that has no clause.
    #[error("no clause defines `{name}`{}", suggestion.as_ref().map(|s| format!("; did you mean `{s}`?")).unwrap_or_default())]
    UnknownPredicate {
        /// Name and number of arguments.
        name: String,
        /// The nearest defined name.
        suggestion: Option<String>,
    },
    /// Evidence or a fact of the goal that has variables or is no atom.
    #[error("`{term}` cannot be {what}: {reason}")]
    BadGoal {
        /// The term.
        term: String,
        /// `evidence` or `a fact`, `a query`.
        what: &'static str,
        /// Why.
        reason: Cow<'static, str>,
    },
    /// The evidence is false in every world.
    #[error("the evidence is impossible: it holds in no world")]
    ImpossibleEvidence,
    /// An error that has no place of its own, at the query, the evidence or the clause that met it.
    #[error("{}: error: {error}\n{place}{}", place.location(), error.help(place))]
    Located {
        /// What is wrong.
        error: Box<ReasonError>,
        /// Where it was met.
        place: Box<Place>,
    },
}

impl From<Limit> for ReasonError {
    fn from(limit: Limit) -> Self {
        Self::Budget { limit }
    }
}

impl ReasonError {
    /// The error itself, without the place that it was met at.
    pub fn root(&self) -> &ReasonError {
        match self {
            ReasonError::Located { error, .. } => error.root(),
            error => error,
        }
    }

    /// The error with a place, unless it has one or stands for no place of the program.
    pub(crate) fn at(self, place: Option<Place>) -> Self {
        match (&self, place) {
            (
                ReasonError::NegativeCycle { .. }
                | ReasonError::CollectingCycle { .. }
                | ReasonError::UnknownPredicate { .. }
                | ReasonError::BadGoal { .. }
                | ReasonError::ImpossibleEvidence,
                Some(place),
            ) => ReasonError::Located { error: Box::new(self), place: Box::new(place) },
            _ => self,
        }
    }

    fn help(&self, place: &Place) -> String {
        let text = match self {
            ReasonError::NegativeCycle { .. } => {
                "let a goal of the cycle depend on something that the cycle does not decide"
            }
            ReasonError::CollectingCycle { .. } => {
                "a list of all answers is there only after them: none of them may need it"
            }
            ReasonError::UnknownPredicate { suggestion: None, .. } => {
                "write a clause for it, or declare it with `:- dynamic` if its facts come with the goal"
            }
            ReasonError::BadGoal { what: "an answer", .. } => {
                "give each variable a value, in the query or in the clause that answers it"
            }
            ReasonError::ImpossibleEvidence => {
                "some of the evidence excludes other evidence, or has probability zero: take it out piece by piece"
            }
            _ => return String::new(),
        };
        format!("\n{}", place.help(text))
    }
}

impl ReasonError {
    /// The limit of the budget that was reached, if that is what happened.
    pub fn limit(&self) -> Option<Limit> {
        match *self.root() {
            ReasonError::Budget { limit } | ReasonError::Derivation { limit, .. } => Some(limit),
            _ => None,
        }
    }
}
