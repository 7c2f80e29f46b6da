//! What a program asks, and where it asks it.

use std::sync::Arc;

use super::{Engine, Machine};
use crate::budget::Budget;
use crate::error::ReasonError;
use crate::hash::FastSet;
use crate::term::Term;

impl Engine {
    /// The program's queries: those that it states, then those that its rules for `query/1` give. What is asked twice, up to
    /// the names of variables, is one query.
    ///
    /// # Errors
    /// See [`ReasonError`].
    pub fn queries(&self, budget: &Budget) -> Result<Vec<Term>, ReasonError> {
        Ok(self.asked(budget)?.into_iter().map(|(_, query)| query).collect())
    }

    /// Each query with its index among those that the program states; their number if a rule gave it.
    pub(super) fn asked(&self, budget: &Budget) -> Result<Vec<(usize, Term)>, ReasonError> {
        let stated = self.program.queries();
        let mut asked: Vec<(usize, Term)> = stated.iter().cloned().enumerate().collect();
        if self.rules.is_own("query", 1) {
            let mut machine = Machine::new(self.rules.clone(), budget, 0);
            asked.extend(machine.stated("query", 1)?.into_iter().map(|[query, _]| (stated.len(), query)));
        }
        let mut seen = FastSet::default();
        asked.retain(|(_, query)| {
            let variables = query.variables();
            let number = |name: &Arc<str>| variables.iter().position(|other| other == name).unwrap_or(0);
            seen.insert(query.substitute(&|name| Term::Var(format!("_{}", number(name)).into())))
        });
        Ok(asked)
    }

    /// An error with the place of the program's first piece of evidence, if it is one of the evidence.
    pub(super) fn located(&self, error: ReasonError) -> ReasonError {
        match error {
            ReasonError::ImpossibleEvidence => error.at(self.program.places_of_evidence().next()),
            error => error,
        }
    }
}
