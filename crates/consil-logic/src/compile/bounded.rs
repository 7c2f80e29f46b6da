//! Bounds where an exact circuit is too large: for each OR node a diagram that implies it and one that it implies.
//!
//! Conjunction and disjunction are monotone, and negation turns the two around, so bounds of the parts give bounds of the
//! whole. A diagram that outgrows the width given is cut where it carries the least probability under the weights known
//! when compiling: cut to false below, to true above. The weights steer only *where* to cut; the bounds hold under any.

use super::components::{Components, children};
use super::frontier::{Frontier, Interval, Side};
use super::independence::Independence;
use super::order::Order;
use super::reachability::Network;
use crate::budget::{Budget, Limit};
use crate::derivation::{Literal, Trimmed, Truth};
use crate::diagram::{Diagram, Diagrams, FALSE, TRUE};
use crate::error::ReasonError;

const NOTHING_KNOWN: Interval = Interval { lower: FALSE, upper: TRUE };

/// States of a whole sweep for each node that a diagram may have.
const STATES_BY_WIDTH: usize = 64;
/// How many more states than there is room for a width may ask for: more than a width grows by.
const MOST_OVER_ROOM: usize = 8;
/// States of a sweep for each node of the budget: they are smaller, and many become one node.
const MOST_STATES_BY_NODES: usize = 16;

pub(super) struct Bounded<'a> {
    graph: &'a Trimmed,
    components: &'a Components,
    pub(super) diagrams: Diagrams<'a>,
    /// Classes' probabilities, by level.
    probabilities: Vec<Vec<f64>>,
    levels: Vec<u32>,
    intervals: Vec<Interval>,
    /// Nodes that a diagram may have; a sweep may have more words of states in proportion.
    width: usize,
    budget: &'a Budget,
    /// Whether nothing has been given up for want of nodes or time.
    pub(super) is_whole: bool,
    /// Whether some diagram was cut.
    pub(super) has_cut: bool,
}

impl<'a> Bounded<'a> {
    pub(super) fn new(
        graph: &'a Trimmed,
        independence: &'a Independence,
        order: &Order,
        weights: &[Vec<f64>],
        width: usize,
        budget: &'a Budget,
    ) -> Self {
        let mut levels = vec![0; order.groups.len()];
        for (level, &group) in order.groups.iter().enumerate() {
            levels[group as usize] = level as u32;
        }
        let arities = order.groups.iter().map(|&group| graph.groups[group as usize].n_slots).collect();
        Self {
            graph,
            components: independence.components(),
            diagrams: Diagrams::new(arities, budget.max_nodes, budget),
            probabilities: order.groups.iter().map(|&group| weights[group as usize].clone()).collect(),
            levels,
            intervals: vec![NOTHING_KNOWN; graph.n_ors()],
            width,
            budget,
            is_whole: true,
            has_cut: false,
        }
    }

    /// Bounds every OR node that a root, the evidence or another component needs.
    pub(super) fn solve(&mut self) {
        let mut entries: Vec<Vec<u32>> = vec![Vec::new(); self.components.n()];
        let mut enter = |or: u32| {
            let entries = &mut entries[self.components.component(or)];
            if !entries.contains(&or) {
                entries.push(or);
            }
        };
        let roots = self.graph.roots.iter().chain(self.graph.evidence.iter().map(|(root, _)| root));
        for root in roots {
            if let Truth::Node(or) = *root {
                enter(or);
            }
        }
        for or in 0..self.graph.n_ors() as u32 {
            let outside = |child: &u32| self.components.component(*child) != self.components.component(or);
            children(self.graph, or).into_iter().filter(outside).for_each(&mut enter);
        }
        for (component, entries) in entries.into_iter().enumerate() {
            if self.component(component, &entries).is_err() {
                // What it has cost is lost; the rest may still be bounded.
                self.is_whole = false;
                for &or in self.components.members(component) {
                    self.intervals[or as usize] = NOTHING_KNOWN;
                }
            }
        }
    }

    pub(super) fn interval(&self, truth: Truth) -> Interval {
        match truth {
            Truth::False => Interval { lower: FALSE, upper: FALSE },
            Truth::True => Interval { lower: TRUE, upper: TRUE },
            Truth::Node(or) => self.intervals[or as usize],
        }
    }

    pub(super) fn and(&mut self, a: Interval, b: Interval) -> Interval {
        self.both(|this| {
            let lower = this.diagrams.and(a.lower, b.lower)?;
            let upper =
                if a.lower == a.upper && b.lower == b.upper { lower } else { this.diagrams.and(a.upper, b.upper)? };
            Ok(Interval { lower, upper })
        })
    }

    pub(super) fn not(&mut self, a: Interval) -> Interval {
        self.both(|this| {
            let upper = this.diagrams.not(a.lower)?;
            let lower = if a.lower == a.upper { upper } else { this.diagrams.not(a.upper)? };
            Ok(Interval { lower, upper })
        })
    }

    fn both(&mut self, make: impl FnOnce(&mut Self) -> Result<Interval, ReasonError>) -> Interval {
        let made = make(self).and_then(|interval| self.cut(interval));
        made.unwrap_or_else(|_| {
            self.is_whole = false;
            NOTHING_KNOWN
        })
    }

    fn component(&mut self, component: usize, entries: &[u32]) -> Result<(), ReasonError> {
        let members = self.components.members(component);
        if let [or] = *members
            && !self.components.is_cyclic(or)
        {
            self.intervals[or as usize] = self.evaluate(or)?;
            return Ok(());
        }
        let Some(network) = Network::of(self.graph, self.components, component) else {
            return self.iterate(component);
        };
        let (mut lower, mut upper) = (Vec::new(), Vec::new());
        for arc in &network.arcs {
            let condition = self.product(arc.and, &|child| !network.is_member(child))?;
            lower.push(condition.lower);
            upper.push(condition.upper);
        }
        for &or in entries {
            let target = network.vertex(or);
            let Some(below) = Frontier::new(&network, target, lower.clone(), &self.diagrams) else {
                return self.iterate(component);
            };
            self.intervals[or as usize] = match self.sweep(&below)? {
                Some(whole) if lower == upper => Interval { lower: whole, upper: whole },
                _ => {
                    let Some(above) = Frontier::new(&network, target, upper.clone(), &self.diagrams) else {
                        return self.iterate(component);
                    };
                    let lower = self.half(&below, Side::Below)?;
                    Interval { lower, upper: self.half(&above, Side::Above)? }
                }
            };
        }
        Ok(())
    }

    /// An exact sweep; nothing if it has too many states.
    fn sweep(&mut self, frontier: &Frontier) -> Result<Option<Diagram>, ReasonError> {
        let most = self.width.saturating_mul(STATES_BY_WIDTH).min(MOST_STATES_BY_NODES * self.budget.max_nodes);
        let mark = self.diagrams.mark();
        match frontier.compile(&mut self.diagrams, most, self.budget) {
            Ok(diagram) => Ok(Some(diagram)),
            Err(ReasonError::Budget { limit: Limit::Nodes(_) }) => {
                self.diagrams.undo(mark);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// A sweep with as many states as fit, which makes one of the two bounds.
    fn half(&mut self, frontier: &Frontier, side: Side) -> Result<Diagram, ReasonError> {
        // Room for the other side, and for what is made of the two.
        let room = (self.budget.max_nodes / 5 * 2).max(1);
        let wanted = self.width.saturating_mul(STATES_BY_WIDTH);
        if wanted > MOST_OVER_ROOM * room {
            // It was bounded with all the room there is at the width before.
            return Err(ReasonError::Budget { limit: Limit::Nodes(self.budget.max_nodes) });
        }
        let most = wanted.min(room);
        let (diagram, is_exact) = frontier.bound(&mut self.diagrams, side, most, &self.probabilities, self.budget)?;
        self.has_cut |= !is_exact;
        Ok(diagram)
    }

    /// Raises the members from false until they no longer change. Below, every iterate implies the least model. Above, the
    /// iterates are joined, cut upwards, and end in a model of the component's rules, which the least model implies.
    fn iterate(&mut self, component: usize) -> Result<(), ReasonError> {
        let members = self.components.members(component).to_vec();
        for &or in &members {
            self.intervals[or as usize] = Interval { lower: FALSE, upper: FALSE };
        }
        loop {
            let mut changed = false;
            for &or in &members {
                let (old, new) = (self.intervals[or as usize], self.evaluate(or)?);
                let joined = Interval {
                    lower: self.diagrams.or(old.lower, new.lower)?,
                    upper: self.diagrams.or(old.upper, new.upper)?,
                };
                let mut cut = self.cut(joined)?;
                // A cut must not undo what was gained, or there would be no end.
                if cut.lower != joined.lower && self.diagrams.or(cut.lower, old.lower)? != cut.lower {
                    cut.lower = old.lower;
                }
                changed |= cut != old;
                self.intervals[or as usize] = cut;
            }
            if !changed {
                return Ok(());
            }
        }
    }

    fn evaluate(&mut self, or: u32) -> Result<Interval, ReasonError> {
        let mut sum = Interval { lower: FALSE, upper: FALSE };
        for and in self.graph.ands(or) {
            let product = self.product(and, &|_| true)?;
            // What a sweep has made may be larger than what operations may make.
            if sum.upper == FALSE {
                sum = product;
                continue;
            }
            let lower = self.diagrams.or(sum.lower, product.lower)?;
            let exact = sum.lower == sum.upper && product.lower == product.upper;
            let upper = if exact { lower } else { self.diagrams.or(sum.upper, product.upper)? };
            sum = self.cut(Interval { lower, upper })?;
        }
        Ok(sum)
    }

    fn product(&mut self, and: usize, wanted: &dyn Fn(u32) -> bool) -> Result<Interval, ReasonError> {
        let mut product = Interval { lower: TRUE, upper: TRUE };
        for &literal in self.graph.literals(and) {
            let part = match literal {
                Literal::Leaf(slot) => {
                    let group = self.graph.slot_groups[slot as usize];
                    let class = slot - self.graph.groups[group as usize].first_slot;
                    let literal = self.diagrams.literal(self.levels[group as usize], class)?;
                    Interval { lower: literal, upper: literal }
                }
                Literal::Node(child) if !wanted(child) => continue,
                Literal::Node(child) => self.intervals[child as usize],
                Literal::Not(child) => self.not(self.intervals[child as usize]),
            };
            if product.lower == TRUE {
                product = part;
                continue;
            }
            let lower = self.diagrams.and(product.lower, part.lower)?;
            let exact = product.lower == product.upper && part.lower == part.upper;
            let upper = if exact { lower } else { self.diagrams.and(product.upper, part.upper)? };
            product = self.cut(Interval { lower, upper })?;
        }
        Ok(product)
    }

    fn cut(&mut self, interval: Interval) -> Result<Interval, ReasonError> {
        let lower = self.diagrams.cut(interval.lower, self.width, FALSE, &self.probabilities)?;
        if interval.lower == interval.upper && lower == interval.lower {
            return Ok(interval);
        }
        let upper = self.diagrams.cut(interval.upper, self.width, TRUE, &self.probabilities)?;
        self.has_cut |= lower != interval.lower || upper != interval.upper;
        Ok(Interval { lower, upper })
    }
}
