//! How much work a goal may cost.

use std::fmt;
use std::sync::Arc;

/// Limits on the work of one goal. Over a limit, probabilities come within bounds, and whatever needs all derivations is a typed
/// error: never a crash or a silent approximation.
#[derive(Clone)]
pub struct Budget {
    /// Subgoals open at once: how deep rules may call each other.
    pub max_depth: usize,
    /// Goal evaluations in total; one that builds large terms counts as several.
    pub max_steps: u64,
    /// Answers of all subgoals together.
    pub max_answers: usize,
    /// Nodes of decision diagrams during compilation.
    pub max_nodes: usize,
    /// Asked from time to time whether to give up, for a deadline by the wall clock; the engine itself reads no clock.
    pub expired: Option<Arc<dyn Fn() -> bool + Send + Sync>>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            max_depth: 1_000_000,
            max_steps: 50_000_000,
            max_answers: 5_000_000,
            max_nodes: 4_000_000,
            expired: None,
        }
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget")
            .field("max_depth", &self.max_depth)
            .field("max_steps", &self.max_steps)
            .field("max_answers", &self.max_answers)
            .field("max_nodes", &self.max_nodes)
            .field("expired", &self.expired.is_some())
            .finish()
    }
}

impl Budget {
    pub(crate) fn check_time(&self) -> Result<(), Limit> {
        match &self.expired {
            Some(expired) if expired() => Err(Limit::Time),
            _ => Ok(()),
        }
    }
}

/// The limit that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// [`Budget::max_depth`].
    Depth(usize),
    /// [`Budget::max_steps`].
    Steps(u64),
    /// [`Budget::max_answers`].
    Answers(usize),
    /// [`Budget::max_nodes`].
    Nodes(usize),
    /// Terms nested too deeply along arguments other than the last.
    TermDepth(usize),
    /// [`Budget::expired`] said so.
    Time,
}

impl Limit {
    /// How to give more.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Limit::Depth(_) => "raise `Budget::max_depth`",
            Limit::Steps(_) => "raise `Budget::max_steps`",
            Limit::Answers(_) => "raise `Budget::max_answers`",
            Limit::Nodes(_) => "raise `Budget::max_nodes`",
            Limit::TermDepth(_) => "nest terms in their last argument, as lists are",
            Limit::Time => "give it more time",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Limit::Depth(limit) => write!(f, "max_depth = {limit} subgoals open at once"),
            Limit::Steps(limit) => write!(f, "max_steps = {limit} goal evaluations"),
            Limit::Answers(limit) => write!(f, "max_answers = {limit} answers of subgoals"),
            Limit::Nodes(limit) => write!(f, "max_nodes = {limit} decision diagram nodes"),
            Limit::TermDepth(limit) => write!(f, "{limit} levels of nested terms"),
            Limit::Time => write!(f, "the time given"),
        }
    }
}
