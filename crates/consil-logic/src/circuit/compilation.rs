//! The compilation of a circuit: the route that was taken and the reason, as `--explain-plan` shows them.

use std::fmt;

/// How a circuit was compiled, and why so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compilation {
    /// Sums of products as they stand, and decision diagrams of what is none.
    #[default]
    Diagrams,
    /// The same, cyclic parts swept along a narrow frontier.
    Frontier,
    /// The same, cyclic parts raised from false to their fixpoint.
    Fixpoint,
    /// Diagrams after smaller ones were not enough and no narrow tree decomposition was found.
    LargeDiagrams {
        /// The nodes after which smaller ones were given up.
        given_up: usize,
    },
    /// Message passing along a tree decomposition of what the evidence leaves open.
    Decomposition {
        /// Variables that the evidence leaves open.
        n_variables: usize,
        /// The width of the tree: variables of its largest clique, less one.
        width: usize,
        /// The nodes after which decision diagrams were given up, if they were tried.
        given_up: Option<usize>,
    },
}

impl fmt::Display for Compilation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Compilation::Diagrams => write!(f, "sums of products and decision diagrams, as these stay small"),
            Compilation::Frontier => write!(f, "a sweep along the frontier of a recursion with one recursive goal"),
            Compilation::Fixpoint => {
                write!(f, "decision diagrams raised from false to their fixpoint, as something rests on itself")
            }
            Compilation::LargeDiagrams { given_up } => {
                write!(f, "decision diagrams of more than {given_up} nodes, as no tree decomposition was narrow enough")
            }
            Compilation::Decomposition { n_variables, width, given_up } => {
                write!(
                    f,
                    "a tree decomposition of width {width} over {n_variables} variables that the evidence leaves open"
                )?;
                match given_up {
                    Some(given_up) => write!(f, ", as decision diagrams had more than {given_up} nodes"),
                    None => Ok(()),
                }
            }
        }
    }
}
