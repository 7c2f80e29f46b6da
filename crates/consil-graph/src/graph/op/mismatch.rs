//! Errors of shape inference: why an op refuses its operands.

use std::fmt;

use super::shapes::size;

/// Why an op refuses its operands.
///
/// `Display` reads as the predicate of a sentence about the node, such as ``needs an input of at least 5×5, but …``.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ShapeMismatch {
    /// The op takes another number of operands.
    Operands {
        /// What it takes.
        takes: &'static str,
        /// How many it was given.
        given: usize,
    },
    /// The operand has the wrong number of axes.
    Rank {
        /// What the op takes, such as ``an image [C, H, W]``.
        needs: &'static str,
        /// The operand's shape.
        given: Vec<usize>,
        /// How to fix it.
        fix: &'static str,
    },
    /// The window is longer than what it slides over.
    TooSmall {
        /// The least lengths of the sliding axes.
        least: Vec<usize>,
        /// The operand's shape.
        given: Vec<usize>,
    },
    /// An attribute that must divide a length does not.
    Indivisible {
        /// The attribute, such as ``heads = 5``.
        attribute: String,
        /// The length's meaning, such as ``the width of a token``.
        of: &'static str,
        /// The length.
        length: usize,
    },
    /// An attribute is outside of its range.
    Attribute {
        /// What the op needs, such as ``a kernel of at least 1``.
        needs: &'static str,
    },
    /// Two operands that must agree do not.
    Disagree {
        /// What must agree.
        rule: &'static str,
        /// The shapes.
        shapes: Vec<Vec<usize>>,
    },
    /// The new shape has another size.
    Size {
        /// The operand's shape.
        given: Vec<usize>,
        /// The shape asked for.
        asked: Vec<usize>,
    },
    /// The layer cannot be told apart from padding under a time mask.
    Unmaskable {
        /// Why, and how to fix it.
        reason: &'static str,
    },
    /// The op takes more weights than there are operands after its data.
    Weights {
        /// The number of weights it takes.
        needs: usize,
        /// The number of all its operands.
        given: usize,
    },
    /// A weight has another shape than the op's data ask for.
    Weight {
        /// The weight's own name.
        name: String,
        /// The shape that fits.
        needs: Vec<usize>,
        /// The shape it has.
        given: Vec<usize>,
    },
    /// A weight differs from sample to sample.
    BatchedWeight,
    /// A slice leaves its axis or is empty.
    OutOfRange {
        /// The first position.
        start: usize,
        /// The position after the last.
        end: usize,
        /// The axis's length.
        length: usize,
    },
    /// A sub-graph does not fit the slices it is applied to.
    Body {
        /// Why.
        error: String,
    },
    /// A value or the parameters are larger than could be held.
    TooLarge {
        /// What: ``a result`` or ``parameters``.
        what: &'static str,
        /// How many values; saturating.
        values: usize,
        /// The most values there may be.
        limit: usize,
    },
    /// Parameters are shared with a node that does not have them in this shape.
    NotShared {
        /// The parameter's name.
        name: String,
        /// The shape that is needed.
        needs: Vec<usize>,
        /// The shape it has there.
        given: Vec<usize>,
    },
    /// Another node has the same name.
    NameTaken,
}

impl fmt::Display for ShapeMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.explain(f, "it is given")
    }
}

impl std::error::Error for ShapeMismatch {}

impl ShapeMismatch {
    /// Writes the predicate, `source` being the phrase that introduces the operand: ``the layer before it gives``.
    pub(crate) fn explain(&self, f: &mut fmt::Formatter<'_>, source: &str) -> fmt::Result {
        match self {
            Self::Operands { takes, given } => write!(f, "takes {takes}, but it has {given}"),
            Self::Rank { needs, given, fix } => write!(f, "needs {needs}, but {source} {given:?}; {fix}"),
            Self::TooSmall { least, given } => {
                let least: Vec<String> = least.iter().map(usize::to_string).collect();
                let least = least.join("×");
                let unit = if given.len() == 2 { " steps" } else { "" };
                write!(
                    f,
                    "needs an input of at least {least}{unit}, but {source} {given:?}; use a smaller kernel or padding"
                )
            }
            Self::Indivisible { attribute, of, length } => {
                write!(f, "has {attribute}, which does not divide {of}, {length}; choose a divisor of {length}")
            }
            Self::Attribute { needs } => write!(f, "needs {needs}"),
            Self::Disagree { rule, shapes } => {
                write!(f, "needs {rule}, but its operands have the shapes ")?;
                for (i, shape) in shapes.iter().enumerate() {
                    write!(f, "{}{shape:?}", if i == 0 { "" } else { " and " })?;
                }
                Ok(())
            }
            Self::Size { given, asked } => {
                let (from, to) = (size(given), size(asked));
                write!(f, "asks for the shape {asked:?} of {to} values, but {source} {given:?} of {from} values")
            }
            Self::Unmaskable { reason } => write!(f, "{reason}"),
            Self::Weights { needs, given } => {
                write!(f, "takes {needs} weights after its data, but has {given} operands in all")
            }
            Self::Weight { name, needs, given } => {
                write!(f, "needs its {name} to have the shape {needs:?}, but it has the shape {given:?}")
            }
            Self::BatchedWeight => {
                write!(f, "takes a weight that is the same for each sample, but is given one that is not")
            }
            Self::OutOfRange { start, end, length } => {
                write!(f, "takes the positions {start}..{end}, but {source} an axis of {length}")
            }
            Self::Body { error } => write!(f, "applies a graph that does not fit: {error}"),
            Self::TooLarge { what, values, limit } => {
                let figure = if *values == usize::MAX { "more than 2⁶⁴".to_owned() } else { values.to_string() };
                write!(f, "needs {what} of {figure} values, more than the limit of {limit}; use smaller attributes")
            }
            Self::NotShared { name, needs, given } => {
                write!(f, "shares {name:?}, which has the shape {given:?} where it needs {needs:?}")
            }
            Self::NameTaken => write!(f, "has a name that another node has; rename one of them"),
        }
    }
}
