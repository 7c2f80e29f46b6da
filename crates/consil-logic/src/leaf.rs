//! Leaf groups: the random variables that answers depend on.

use std::ops::Range;

use crate::term::Term;

/// One random variable of a plan: exactly one of its classes comes true.
#[derive(Clone, Debug, PartialEq)]
pub struct LeafGroup {
    /// What the variable is.
    pub kind: LeafKind,
    /// Its rows among the log weights, one for each class.
    pub slots: Range<usize>,
}

/// Where a leaf group's weights come from.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum LeafKind {
    /// A network's answer: the slots take its log probabilities, in the order of the declaration's classes.
    Neural {
        /// The network's name.
        network: String,
        /// The ground inputs.
        inputs: Vec<Term>,
        /// The classes; `true`, `false` for a binary predicate.
        classes: Vec<Term>,
    },
    /// A ground annotated disjunction or probabilistic fact. If the probabilities of its heads sum to less than one,
    /// a last slot holds the rest: none of them.
    Choice {
        /// The clause, counted from 0 among the program's clauses with probabilities, networks or decisions; facts of a goal come after,
        /// and the library's own clauses last, from `usize::MAX` down.
        clause: usize,
        /// The ground heads, and `true` for the last slot if it stands for none of them.
        heads: Vec<Term>,
        /// The probability of each slot; they sum to one.
        probabilities: Vec<f64>,
    },
    /// A fact of the goal whose probability each sample supplies, or a decision (`?::atom`): slots *holds* and *does not hold*.
    Fact {
        /// The ground atom.
        atom: Term,
    },
}

impl LeafGroup {
    /// Whether it is a single fact that holds or does not.
    pub(crate) fn is_fact(&self) -> bool {
        match &self.kind {
            LeafKind::Choice { heads, .. } => matches!(&heads[..], [_, Term::Atom(rest)] if &**rest == "true"),
            LeafKind::Neural { classes, .. } => matches!(&classes[..], [Term::Atom(yes), _] if &**yes == "true"),
            LeafKind::Fact { .. } => true,
        }
    }

    /// What a slot stands for: `digit(left) = 1`, or the ground head of a choice.
    pub fn describe(&self, slot: usize) -> String {
        match &self.kind {
            LeafKind::Neural { network, inputs, .. } => {
                format!("{} = {}", Term::compound(network, inputs.clone()), self.label(slot))
            }
            _ => self.label(slot).to_string(),
        }
    }

    /// The name of a slot for people: the class, or the ground head.
    pub fn label(&self, slot: usize) -> Term {
        let index = slot - self.slots.start;
        match &self.kind {
            LeafKind::Neural { classes, .. } => classes[index].clone(),
            LeafKind::Choice { heads, .. } => heads[index].clone(),
            LeafKind::Fact { atom } if index == 0 => atom.clone(),
            LeafKind::Fact { atom } => Term::compound("\\+", vec![atom.clone()]),
        }
    }
}
