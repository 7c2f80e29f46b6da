//! What is wrong with a pool.

use std::path::PathBuf;

use super::Fault;
use crate::ModalityKind;

/// What is wrong with a pool's configuration.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PoolFault {
    /// Neither embedded, nor idx files, nor a file pattern.
    #[error("set `embedded = \"digits\"`, or `train` and `test` with `images` and `labels`, or `files` and `pattern`")]
    NoSource,
    /// The embedded data has another kind than the modality.
    #[error("it holds {found} items, but modality {modality:?} is of kind {expected}")]
    Kind {
        /// The modality.
        modality: String,
        /// The modality's kind.
        expected: ModalityKind,
        /// What the pool holds.
        found: ModalityKind,
    },
    /// A split of the pool has no items.
    #[error("no item belongs to its {split} part; {mend}")]
    EmptyPart {
        /// The part.
        split: &'static str,
        /// How to mend it.
        mend: &'static str,
    },
    /// The pool does not hold as many items as samples need without reuse.
    #[error(
        "{wanted} items are needed for the {split} samples without reuse, but it holds {available}; ask for fewer samples or set `reuse = true`"
    )]
    TooSmall {
        /// The split.
        split: &'static str,
        /// Items needed.
        wanted: usize,
        /// Items there are.
        available: usize,
    },
    /// A sample with one label for all items cannot be drawn, since a pool lacks the label.
    #[error("no item of its {split} part has the label {label:?}, which `pairing = \"same-label\"` needs")]
    NoSuchLabel {
        /// The split.
        split: &'static str,
        /// The label.
        label: String,
    },
    /// Images and labels do not match in number.
    #[error("{images} items but {labels} labels")]
    Uneven {
        /// Items.
        images: usize,
        /// Labels.
        labels: usize,
    },
    /// A pattern that cannot be matched.
    #[error(
        "the pattern {pattern:?} must name {{label}} and separate its fields, as in \"{{label}}_{{speaker}}_{{index}}.wav\""
    )]
    Pattern {
        /// The pattern.
        pattern: String,
    },
    /// No file matches.
    #[error("no file matches {files:?}")]
    NoFiles {
        /// The wildcard.
        files: String,
    },
    /// An attribute that the pattern does not name.
    #[error("its items have no attribute {attribute:?}; they have: {}", found.join(", "))]
    UnknownAttribute {
        /// The attribute.
        attribute: String,
        /// Those that exist.
        found: Vec<String>,
    },
    /// An idx file that cannot be read.
    #[error("{}: {fault}", path.display())]
    Array {
        /// The file.
        path: PathBuf,
        /// Why.
        fault: Fault,
    },
}
