//! One derivation after another, each with more to spend.
//!
//! A program may be infinite to the left of what it has to the right, so one deep derivation finds less than many shallow ones.
//! Each round therefore begins anew, with twice the depth, the steps and the answers of the one before (iterative deepening;
//! Korf, "Depth-first iterative-deepening", Artificial Intelligence 1985): the last one costs as much as all others together.

use super::partial::RoundLimits;
use crate::budget::Budget;

/// The limits of the first round.
const FIRST: RoundLimits = RoundLimits { steps: 1 << 14, answers: 16, symbols: usize::MAX };
const FIRST_DEPTH: usize = 32;
/// The width of the first bounds.
const FIRST_WIDTH: usize = 256;
/// Of a budget's answers, the share that one table lists when there are more to come: what is asked is to be read.
const LISTED: usize = 500;

/// The limits of a goal's rounds.
pub(super) struct Rounds<'b> {
    budget: &'b Budget,
    steps: u64,
    answers: usize,
    depth: usize,
    /// The deepest round that had steps enough.
    deepest: usize,
    width: usize,
    is_last: bool,
    has_compiled: bool,
}

impl<'b> Rounds<'b> {
    /// Rounds that begin small.
    pub(super) fn new(budget: &'b Budget) -> Self {
        let width = FIRST_WIDTH.min(budget.max_nodes / 64).max(1);
        let mut rounds = Self {
            budget,
            steps: FIRST.steps,
            answers: FIRST.answers,
            depth: FIRST_DEPTH,
            deepest: 0,
            width,
            is_last: false,
            has_compiled: false,
        };
        rounds.limit();
        rounds
    }

    /// One round with all there is, where the derivation is known to end and no exact circuit was found for it.
    pub(super) fn whole(budget: &'b Budget) -> Self {
        let width = FIRST_WIDTH.min(budget.max_nodes / 64).max(1);
        let (steps, answers, depth) = (budget.max_steps, budget.max_answers, budget.max_depth);
        Self { budget, steps, answers, depth, deepest: 0, width, is_last: true, has_compiled: true }
    }

    fn limit(&mut self) {
        // All rounds together stay within the budget.
        let most_steps = (self.budget.max_steps / 4).max(1);
        let most_answers = (self.budget.max_answers / LISTED).max(1);
        let is_last = self.steps >= most_steps && self.answers >= most_answers && self.depth >= self.budget.max_depth;
        self.steps = self.steps.min(most_steps);
        self.answers = self.answers.min(most_answers);
        self.depth = self.depth.min(self.budget.max_depth);
        self.is_last = is_last;
    }

    pub(super) fn limits(&self) -> RoundLimits {
        RoundLimits { steps: self.steps, answers: self.answers, symbols: self.budget.max_answers }
    }

    /// Whether all of the budget has been spent on an exact circuit before.
    pub(super) fn has_compiled(&self) -> bool {
        self.has_compiled
    }

    /// The budget of this round.
    pub(super) fn budget(&self) -> Budget {
        Budget { max_depth: self.depth, max_steps: self.steps, ..self.budget.clone() }
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Whether no round could cost more.
    pub(super) fn is_last(&self) -> bool {
        self.is_last
    }

    /// The next round. One that had too few steps for its depth found only what is to the left; the next is less deep.
    pub(super) fn next(&mut self, was_short: bool, was_tight: bool) {
        let at_most = self.steps >= self.budget.max_steps / 4;
        if !was_short {
            self.deepest = self.depth;
            self.depth = self.depth.saturating_mul(2);
        } else {
            self.depth = self.deepest + (self.depth - self.deepest) / 2;
        }
        let is_between = was_short && self.depth <= self.deepest + 1;
        self.depth = self.depth.max(self.deepest + 1);
        self.steps = self.steps.saturating_mul(2);
        self.answers = self.answers.saturating_mul(2);
        if !was_tight {
            self.width = self.width.saturating_mul(2).min(self.budget.max_nodes);
        }
        self.limit();
        self.is_last |= at_most && is_between;
    }
}
