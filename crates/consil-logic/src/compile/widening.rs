//! Bounds of what is asked, by diagrams of limited width.

use super::Rows;
use super::bounded::Bounded;
use super::frontier::Interval;
use super::independence::Independence;
use super::order::{Order, candidates};
use crate::budget::Budget;
use crate::circuit::Circuit;
use crate::derivation::{Trimmed, Truth};
use crate::diagram::TRUE;

/// What is asked of a graph: each thing as what holds in no more worlds and what holds in no fewer.
pub(crate) struct Asked {
    pub(crate) answers: Vec<[Truth; 2]>,
    /// Observations, with whether each was seen to hold.
    pub(crate) evidence: Vec<([Truth; 2], bool)>,
}

/// Bounds at some width.
pub(crate) struct Widened {
    /// Two roots for each answer: from below and above. With evidence, four: together with it from below and above, then its
    /// negation likewise.
    pub(crate) circuit: Circuit,
    /// For each answer, whether the roots of both sides are the same.
    pub(crate) is_exact: Vec<bool>,
    /// Whether more width would change nothing.
    pub(crate) is_tight: bool,
    /// Whether neither nodes nor time ran out on the way.
    pub(crate) is_whole: bool,
}

/// A graph made ready to be bounded at one width after another.
pub(crate) struct Widening<'g> {
    graph: &'g Trimmed,
    independence: Independence,
    order: Order,
}

impl<'g> Widening<'g> {
    /// The graph's roots and evidence are all that can be asked.
    pub(crate) fn new(graph: &'g Trimmed) -> Self {
        let independence = Independence::of(graph);
        let order = candidates(graph, &independence).swap_remove(0);
        Self { graph, independence, order }
    }

    /// Compiles bounds with diagrams of about `width` nodes. The weights, by group, say where to cut.
    pub(crate) fn at(&self, asked: &Asked, weights: &[Vec<f64>], width: usize, budget: &Budget) -> Widened {
        let mut bounded = Bounded::new(self.graph, &self.independence, &self.order, weights, width, budget);
        bounded.solve();
        let mut is_tight = true;
        let mut between = |bounded: &Bounded, [lower, upper]: [Truth; 2]| {
            let (below, above) = (bounded.interval(lower), bounded.interval(upper));
            is_tight &= below.lower == below.upper && above.lower == above.upper;
            Interval { lower: below.lower, upper: above.upper }
        };
        let mut evidence = Interval { lower: TRUE, upper: TRUE };
        for &(truths, holds) in &asked.evidence {
            let interval = between(&bounded, truths);
            let observed = if holds { interval } else { bounded.not(interval) };
            evidence = bounded.and(evidence, observed);
        }
        let n_sides = if asked.evidence.is_empty() { 1 } else { 2 };
        let mut intervals = Vec::with_capacity(n_sides * asked.answers.len());
        for &truths in &asked.answers {
            let interval = between(&bounded, truths);
            if n_sides == 1 {
                intervals.push(interval);
                continue;
            }
            let negation = bounded.not(interval);
            intervals.push(bounded.and(interval, evidence));
            intervals.push(bounded.and(negation, evidence));
        }
        let is_exact = intervals.chunks(n_sides).map(|pair| pair.iter().all(|one| one.lower == one.upper)).collect();
        let ends = || intervals.iter().flat_map(|interval| [interval.lower, interval.upper]);
        let mut rows = Rows::new(self.graph, &self.order.groups);
        ends().for_each(|diagram| rows.want(diagram));
        rows.emit_diagrams(&bounded.diagrams);
        let roots = ends().map(|diagram| rows.row(diagram)).collect();
        let (is_whole, is_tight) = (bounded.is_whole, is_tight && !bounded.has_cut);
        Widened { circuit: rows.builder.finish(roots, None), is_exact, is_tight, is_whole }
    }
}
