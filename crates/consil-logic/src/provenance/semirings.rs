//! The semirings of single numbers.

use super::{Absorptive, Provenance, Semiring};

/// Whether an answer holds in one world: ∨ and ∧ over the classes that came true.
#[derive(Clone, Debug)]
pub struct Boolean {
    /// For each slot, whether its class came true.
    pub holds: Vec<bool>,
}

impl Semiring for Boolean {
    type Value = bool;
    fn zero(&self) -> bool {
        false
    }
    fn one(&self) -> bool {
        true
    }
    fn add(&self, a: &bool, b: &bool) -> bool {
        *a || *b
    }
    fn multiply(&self, a: &bool, b: &bool) -> bool {
        *a && *b
    }
}

impl Provenance for Boolean {
    fn leaf(&self, slot: usize) -> bool {
        self.holds[slot]
    }
    fn negated(&self, _goal: usize, value: &bool) -> bool {
        !value
    }
}

impl Absorptive for Boolean {}

/// In how many ways an answer is derived, a recursion that can go round for ever counting as infinitely many. A negated
/// goal counts as one part.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counting;

/// A number of derivations: an element of ℕ ∪ {∞}.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Count {
    /// So many; 2¹²⁸ − 1 stands for that many or more.
    Finite(u128),
    /// A cycle adds to them without end.
    Infinite,
}

impl Semiring for Counting {
    type Value = Count;
    fn zero(&self) -> Count {
        Count::Finite(0)
    }
    fn one(&self) -> Count {
        Count::Finite(1)
    }
    fn add(&self, a: &Count, b: &Count) -> Count {
        match (a, b) {
            (Count::Finite(a), Count::Finite(b)) => Count::Finite(a.saturating_add(*b)),
            _ => Count::Infinite,
        }
    }
    fn multiply(&self, a: &Count, b: &Count) -> Count {
        match (a, b) {
            (Count::Finite(0), _) | (_, Count::Finite(0)) => Count::Finite(0),
            (Count::Finite(a), Count::Finite(b)) => Count::Finite(a.saturating_mul(*b)),
            _ => Count::Infinite,
        }
    }
}

impl Provenance for Counting {
    fn leaf(&self, _slot: usize) -> Count {
        Count::Finite(1)
    }
    fn negated(&self, _goal: usize, _value: &Count) -> Count {
        Count::Finite(1)
    }
    fn unbounded(&self, _value: &Count) -> Count {
        Count::Infinite
    }
}

/// How well an answer holds if a derivation is as good as its weakest part, and an answer as good as its best derivation
/// (possibility theory; Zadeh 1978). A negated goal holds as well as one minus the goal.
#[derive(Clone, Debug)]
pub struct MinMax {
    /// For each slot, how well it holds, in [0, 1].
    pub degrees: Vec<f64>,
}

impl Semiring for MinMax {
    type Value = f64;
    fn zero(&self) -> f64 {
        0.0
    }
    fn one(&self) -> f64 {
        1.0
    }
    fn add(&self, a: &f64, b: &f64) -> f64 {
        a.max(*b)
    }
    fn multiply(&self, a: &f64, b: &f64) -> f64 {
        a.min(*b)
    }
}

impl Provenance for MinMax {
    fn leaf(&self, slot: usize) -> f64 {
        self.degrees[slot]
    }
    fn negated(&self, _goal: usize, value: &f64) -> f64 {
        1.0 - value
    }
}

impl Absorptive for MinMax {}

/// The cost of an answer's cheapest derivation: minimum and sum. A negated goal costs nothing.
///
/// A part that a derivation uses twice is paid twice; [`TopK`](crate::TopK) pays it once.
#[derive(Clone, Debug)]
pub struct Tropical {
    /// For each slot, its cost, not negative; +∞ forbids it.
    pub costs: Vec<f64>,
}

impl Semiring for Tropical {
    type Value = f64;
    fn zero(&self) -> f64 {
        f64::INFINITY
    }
    fn one(&self) -> f64 {
        0.0
    }
    fn add(&self, a: &f64, b: &f64) -> f64 {
        a.min(*b)
    }
    fn multiply(&self, a: &f64, b: &f64) -> f64 {
        a + b
    }
}

impl Provenance for Tropical {
    fn leaf(&self, slot: usize) -> f64 {
        self.costs[slot]
    }
    fn negated(&self, _goal: usize, _value: &f64) -> f64 {
        0.0
    }
}

impl Absorptive for Tropical {}

/// Sums and products of probabilities; exact on a circuit, whose sums are disjoint and whose products are independent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Probability;

impl Semiring for Probability {
    type Value = f64;
    fn zero(&self) -> f64 {
        0.0
    }
    fn one(&self) -> f64 {
        1.0
    }
    fn add(&self, a: &f64, b: &f64) -> f64 {
        a + b
    }
    fn multiply(&self, a: &f64, b: &f64) -> f64 {
        a * b
    }
}

/// The best of several, the product of all: on a circuit whose weights are relative to each group's largest, the weight of
/// the most probable world.
#[derive(Clone, Copy, Debug, Default)]
pub struct MaxProduct;

impl Semiring for MaxProduct {
    type Value = f64;
    fn zero(&self) -> f64 {
        0.0
    }
    fn one(&self) -> f64 {
        1.0
    }
    fn add(&self, a: &f64, b: &f64) -> f64 {
        a.max(*b)
    }
    fn multiply(&self, a: &f64, b: &f64) -> f64 {
        a * b
    }
}
