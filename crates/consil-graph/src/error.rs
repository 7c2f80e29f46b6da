//! Where in a model a shape does not fit, and why.

use std::fmt;

use crate::graph::op::ShapeMismatch;

/// An op that does not fit the values it is given.
///
/// `Display` names the place, the need, what was given and how to fix it:
/// ``layer 3 (conv = 32, kernel = 5) of network "digit" needs an input of at least 5×5, but the layer before it gives
/// [16, 2, 2]; use a smaller kernel or padding``.
#[derive(Clone, Debug, PartialEq)]
pub struct ShapeError(Box<(Place, ShapeMismatch)>);

/// Where in a model an op stands.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Place {
    /// A node of a graph built by hand.
    Node(String),
    /// A parameter of a graph built by hand.
    Param(String),
    /// An input.
    Input(String),
    /// A layer of a list.
    Layer {
        /// Its number in the list, from 1; inside residual layers `4.2`.
        number: String,
        /// The layer as TOML writes it: ``conv = 32, kernel = 5``.
        layer: String,
        /// The network: the scope below which the layers' nodes are named.
        network: String,
        /// Whether the layer reads the network's input.
        first: bool,
    },
}

impl ShapeError {
    /// An op at a place that does not fit.
    pub fn new(place: Place, mismatch: ShapeMismatch) -> Self {
        Self(Box::new((place, mismatch)))
    }

    /// Where the op stands.
    pub fn place(&self) -> &Place {
        &self.0.0
    }

    /// Why it does not fit.
    pub fn mismatch(&self) -> &ShapeMismatch {
        &self.0.1
    }

    /// The same mismatch at another place.
    pub fn at(self, place: Place) -> Self {
        Self::new(place, self.0.1)
    }
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match self.place() {
            Place::Node(name) => {
                write!(f, "node {name:?} ")?;
                "it is given"
            }
            Place::Input(name) => {
                write!(f, "input {name:?} ")?;
                "it is given"
            }
            Place::Param(name) => {
                write!(f, "parameter {name:?} ")?;
                "it is given"
            }
            Place::Layer { number, layer, network, first } => {
                write!(f, "layer {number} ({layer}) of network {network:?} ")?;
                if *first { "the input is" } else { "the layer before it gives" }
            }
        };
        self.mismatch().explain(f, source)
    }
}

impl std::error::Error for ShapeError {}
