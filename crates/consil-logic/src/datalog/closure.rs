//! Transitive closures: recognised by the structure of their rules, computed on the condensed graph.
//!
//! A predicate is a closure where each of its recursive rules changes one column and leaves the others alone,
//!
//! ```text
//! p(.., Y, ..) :- p(.., Z, ..), rest(Z, Y, G).      p = base ∘ step*, step(G, Z, Y) :- rest(Z, Y, G)
//! ```
//!
//! whatever the names, the order of columns and goals and the number of further columns (`G`, those among them that the rest
//! speaks of, cut the graph into one graph for each group). Left- and right-linear rules are this form at one column or the
//! other, both together are one closure after the other, and `p(X, Y) :- p(X, Z), p(Z, Y)` is base ∘ base*.

mod detect;
mod reach;

pub(super) use detect::detect;
pub(super) use reach::close;

use super::error::DatalogError;
use super::fixpoint::Fixpoint;
use super::rule::{PredicateId, Rule};

/// How a predicate is made from its base by closures at some of its columns.
#[derive(Clone, Debug)]
pub(super) struct Closure {
    pub(super) predicate: PredicateId,
    /// Stands for what the rules without recursion derive.
    pub(super) base: PredicateId,
    pub(super) base_rules: Vec<Rule>,
    /// At most one for each column.
    pub(super) sides: Vec<Side>,
}

/// The closure at one column.
#[derive(Clone, Debug)]
pub(super) struct Side {
    /// The column that a step changes.
    pub(super) column: usize,
    /// The columns that the steps depend on.
    pub(super) group: Vec<usize>,
    pub(super) step: Step,
}

/// Where the steps come from: rows `(group.., from, to)`.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Rules for a predicate of its own.
    Rules { predicate: PredicateId, rules: Vec<Rule> },
    /// The base itself, which leads from this column to the side's column.
    Base { from: usize },
}

impl Closure {
    /// The rules of the base and of the steps.
    pub(super) fn own_rules(&self) -> impl Iterator<Item = &Rule> {
        let steps = self.sides.iter().flat_map(|side| match &side.step {
            Step::Rules { rules, .. } => rules.as_slice(),
            Step::Base { .. } => &[],
        });
        self.base_rules.iter().chain(steps)
    }

    /// Evaluates the predicate into its relation; all that its rules use is complete.
    pub(super) fn evaluate(&self, fixpoint: &mut Fixpoint) -> Result<(), DatalogError> {
        fixpoint.whole(&self.base_rules.iter().collect::<Vec<_>>(), &[self.base])?;
        let base = fixpoint.relations[self.base as usize].take();
        let mut rows = base.clone();
        for side in &self.sides {
            let steps = match &side.step {
                Step::Rules { predicate, rules } => {
                    fixpoint.whole(&rules.iter().collect::<Vec<_>>(), &[*predicate])?;
                    fixpoint.relations[*predicate as usize].take()
                }
                Step::Base { from } => {
                    let columns: Vec<usize> = side.group.iter().copied().chain([*from, side.column]).collect();
                    base.reordered(&columns)
                }
            };
            rows = close(&rows, side, &steps, fixpoint.budget)?;
        }
        fixpoint.peak_bytes = fixpoint.peak_bytes.max(2 * rows.bytes());
        fixpoint.relations[self.predicate as usize].replace(rows);
        Ok(())
    }
}
