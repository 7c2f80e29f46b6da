//! What an answer's derivations add up to, in any semiring.
//!
//! A derivation graph is an expression over leaves: an answer is the *sum* of its alternatives, an alternative the *product*
//! of its parts (Green, Karvounarakis & Tannen, "Provenance semirings", PODS 2007). One graph, read in different
//! semirings, says whether an answer holds in a world, in how many ways it is derived, how well its weakest link holds,
//! what its cheapest derivation costs, and which its best proofs are.
//!
//! The ladder, each step with its laws, which property tests check for every semiring of this module:
//!
//! 1. [`Semiring`]: (⊕, 0) and (⊗, 1) are commutative monoids, ⊗ distributes over ⊕, and 0 ⊗ a = 0.
//! 2. [`Provenance`]: it gives leaves and negated goals their values, and says what a sum becomes that never stops growing, so
//!    that recursion has a value too: a ⊕-chain that still grows after as many rounds as a cycle has members grows for ever
//!    in ℕ∞, and has long stopped wherever 1 ⊕ a = 1.
//! 3. [`Absorptive`]: 1 ⊕ a = 1, so that a derivation that repeats a part adds nothing; cycles converge by themselves.
//!
//! A probability is *not* such a reading: derivations overlap, and a sum over them counts worlds twice. It is the value of
//! the compiled circuit, whose sums are disjoint and whose products are independent; [`Probability`] evaluates a circuit, as
//! any other semiring over weights may ([`Plan::evaluate`](crate::Plan::evaluate)).

mod evaluate;
mod semirings;
mod top_k;

use std::fmt::Debug;

pub(crate) use evaluate::{circuit, graph};
pub use semirings::{Boolean, Count, Counting, MaxProduct, MinMax, Probability, Tropical};
pub use top_k::{LeafSet, TopK};

/// A commutative semiring over `Value`.
///
/// Laws, for all a, b, c: a ⊕ b = b ⊕ a, (a ⊕ b) ⊕ c = a ⊕ (b ⊕ c), a ⊕ 0 = a; a ⊗ b = b ⊗ a,
/// (a ⊗ b) ⊗ c = a ⊗ (b ⊗ c), a ⊗ 1 = a; a ⊗ (b ⊕ c) = a ⊗ b ⊕ a ⊗ c; a ⊗ 0 = 0.
pub trait Semiring {
    /// What derivations are added up to.
    type Value: Clone + PartialEq + Debug;
    /// The sum of nothing.
    fn zero(&self) -> Self::Value;
    /// The product of nothing.
    fn one(&self) -> Self::Value;
    /// a ⊕ b: one alternative or the other.
    fn add(&self, a: &Self::Value, b: &Self::Value) -> Self::Value;
    /// a ⊗ b: both parts together.
    fn multiply(&self, a: &Self::Value, b: &Self::Value) -> Self::Value;
}

/// A semiring in which a derivation graph can be read, cycles and negations included.
pub trait Provenance: Semiring {
    /// The value of a leaf: a slot of the plan's log weights.
    fn leaf(&self, slot: usize) -> Self::Value;
    /// The value of a negated goal, from the goal's own value and its number among the graph's goals.
    fn negated(&self, goal: usize, value: &Self::Value) -> Self::Value;
    /// What a value becomes that still grows after as many rounds as its cycle has members.
    fn unbounded(&self, value: &Self::Value) -> Self::Value {
        value.clone()
    }
}

/// A semiring with 1 ⊕ a = 1: whatever is derived with more parts adds nothing to what is derived with fewer.
///
/// It follows that a ⊕ a = a and a ⊕ a ⊗ b = a.
pub trait Absorptive: Semiring {}
