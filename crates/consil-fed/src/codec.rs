//! The bytes of a message: compact, versioned, little-endian, bounds-checked.
//!
//! A message is a header of six bytes — the four letters `CFED`, the format's version, the message's kind — and a body. In the body
//! integers and floats are little-endian and of fixed width; a list, a string and an option carry their length or presence
//! first. Reading trusts nothing: a length is compared with the bytes that are left *before* anything is allocated, so
//! arbitrary bytes give an error, never a panic and never a large allocation; bytes left over are an error too.
//!
//! | kind | what |
//! |---|---|
//! | 2 | `Task`, from the server |
//! | 3 | `Reply`, from a site |
//! | 6 | a stored `Federation` |
//! | 7 | a stored `Simulation` |
//!
//! Kinds 1, 4 and 5 were version 1's. What is stored stands in a frame with a checksum over all of its bytes.
//!
//! Laws, tested on arbitrary values and arbitrary bytes: `from_bytes(to_bytes(x)) = x`, and `from_bytes(b) = x` implies
//! `to_bytes(x) = b` (each value has exactly one encoding).

use thiserror::Error;

mod messages;
mod reader;
mod seal;
#[cfg(test)]
mod tests;
mod writer;

pub use reader::Reader;
pub(crate) use seal::{seal, unseal};
pub use writer::Writer;

/// The first bytes of each message.
pub const MAGIC: [u8; 4] = *b"CFED";

/// The version of the format. Messages are read in exactly this one; stored states also in version 1.
pub const VERSION: u8 = 2;

/// Something with bytes.
pub trait Wire: Sized {
    /// The message's kind, a byte of the header.
    const KIND: u8;

    /// Writes the body.
    fn write(&self, out: &mut Writer);

    /// Reads the body.
    ///
    /// # Errors
    /// [`CodecError`] if the bytes are not one.
    fn read(from: &mut Reader<'_>) -> Result<Self, CodecError>;

    /// Header and body.
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.header(Self::KIND);
        self.write(&mut out);
        out.into_bytes()
    }

    /// Reads header and body, to the last byte.
    ///
    /// # Errors
    /// [`CodecError`] if the bytes are not exactly one message of this kind and version.
    fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut from = Reader::new(bytes);
        from.header(Self::KIND)?;
        let value = Self::read(&mut from)?;
        match from.left() {
            0 => Ok(value),
            left => Err(CodecError::Trailing { left }),
        }
    }
}

/// Why bytes are not a message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CodecError {
    /// The bytes end early.
    #[error("the message ends early: {needed} more bytes were announced and {left} are left")]
    Truncated {
        /// How many bytes the next field needs.
        needed: u64,
        /// How many there are.
        left: usize,
    },
    /// The bytes do not begin as a message does.
    #[error("these bytes are not a message of a federation: they do not begin with CFED")]
    Magic,
    /// Another version wrote it.
    #[error("the message has format version {found}, and this program reads version {VERSION}; update the older side")]
    Version {
        /// The version found.
        found: u8,
    },
    /// It is another message.
    #[error("a message of kind {expected} was expected, and kind {found} came")]
    Kind {
        /// The kind that was asked for.
        expected: u8,
        /// The kind of the header.
        found: u8,
    },
    /// A tag that names no variant.
    #[error("{tag} is not a {what}")]
    Tag {
        /// What the tag is of.
        what: &'static str,
        /// The tag.
        tag: u8,
    },
    /// A string that is not UTF-8.
    #[error("a string of the message is not UTF-8")]
    Utf8,
    /// Lengths that contradict each other.
    #[error("{what} announces {expected} values and holds {found}")]
    Shape {
        /// What the lengths are of.
        what: &'static str,
        /// The product of its axes.
        expected: u64,
        /// The number of its values.
        found: usize,
    },
    /// Keys that do not strictly ascend.
    #[error("the keys of a map are not in ascending order")]
    Order,
    /// A list that is longer than any of its kind may be.
    #[error("a list of {found} names is longer than any message has (at most {most})")]
    TooMany {
        /// The length it announces.
        found: u64,
        /// The length it may have.
        most: u64,
    },
    /// What was stored is not whole.
    #[error(transparent)]
    Frame(#[from] consil_diagnostic::frame::FrameError),
    /// Bytes after the message.
    #[error("{left} bytes follow the message")]
    Trailing {
        /// How many.
        left: usize,
    },
}
