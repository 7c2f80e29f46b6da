//! Why an answer holds: derivations as trees.

mod search;
mod tree;

use std::fmt;

pub(crate) use search::{Best, Search};
pub(crate) use tree::{Derivations, dot_escaped};

use crate::term::Term;

/// One derivation of an answer.
///
/// `Display` draws the tree by indentation, with the probability of each uncertain leaf:
///
/// ```text
/// 0.35  sum(left, right, 2)
///   digit(left, 1)  [0.7, digit(left) = 1]
///   digit(right, 1)  [0.5, digit(right) = 1]
///   2 is 1 + 1
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// The product of the distinct leaves that the derivation uses.
    pub probability: f64,
    /// The answer and what it rests on.
    pub tree: ProofNode,
}

/// The most probable derivations of an answer, the most probable first.
#[derive(Clone, Debug, PartialEq)]
pub struct Proofs {
    /// The derivations.
    pub proofs: Vec<Proof>,
    /// The search for them was given up: there may be more.
    pub is_cut_short: bool,
}

/// A goal of a proof and why it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct ProofNode {
    /// The ground goal.
    pub goal: Term,
    /// What makes it hold.
    pub step: Step,
    /// The goals of the rule's body, in their order.
    pub children: Vec<ProofNode>,
}

/// What makes a goal of a proof hold.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// A rule without a probability of its own; its body are the children.
    Rule,
    /// A leaf: the class of a group came true. A rule with a probability has its body as children.
    Leaf {
        /// The group, by its index in [`Plan::groups`](crate::Plan::groups).
        group: usize,
        /// The slot among the log weights.
        slot: usize,
        /// Its probability in this sample.
        probability: f64,
        /// What the slot stands for, such as `digit(left) = 1`, or the ground head of a choice.
        label: String,
    },
    /// Something certain: a fact, a built-in such as `3 is 1 + 2`, or a goal that no chance touches.
    Certain,
    /// An uncertain goal that does not hold.
    Negated {
        /// The probability that it does not, in this sample.
        probability: f64,
    },
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  ", short(self.probability))?;
        let mut pending = vec![(&self.tree, 0)];
        while let Some((node, depth)) = pending.pop() {
            if depth > 0 {
                write!(f, "\n{:indent$}", "", indent = 2 * depth)?;
            }
            write!(f, "{}", node.goal)?;
            match &node.step {
                Step::Rule | Step::Certain => {}
                Step::Leaf { probability, label, .. } => write!(f, "  [{}, {label}]", short(*probability))?,
                Step::Negated { probability } => write!(f, "  [{}]", short(*probability))?,
            }
            pending.extend(node.children.iter().rev().map(|child| (child, depth + 1)));
        }
        Ok(())
    }
}

/// Four significant digits, trailing zeros dropped.
pub(crate) fn short(probability: f64) -> String {
    if probability == 0.0 || !probability.is_finite() {
        return format!("{probability}");
    }
    let digits = (3 - probability.abs().log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{probability:.digits$}");
    if probability < 1e-9 {
        return format!("{probability:.3e}");
    }
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    text.to_owned()
}

impl Drop for ProofNode {
    // A proof by recursion over a long list is deep; the default drop would recurse with it.
    fn drop(&mut self) {
        let mut pending = std::mem::take(&mut self.children);
        while let Some(mut node) = pending.pop() {
            pending.append(&mut node.children);
        }
    }
}
