//! The bytes of a message: compact, versioned, little-endian, bounds-checked.
//!
//! A message is a header of six bytes — the four letters `CFED`, the format's version, the message's kind — and a body. In the body
//! integers and floats are little-endian and of fixed width; a list, a string and an option carry their length or presence
//! first. Reading trusts nothing: a length is compared with the bytes that are left *before* anything is allocated, so
//! arbitrary bytes give an error, never a panic and never a large allocation; bytes left over are an error too.
//!
//! Laws, tested on arbitrary values and arbitrary bytes: `from_bytes(to_bytes(x)) = x`, and `from_bytes(b) = x` implies
//! `to_bytes(x) = b` (each value has exactly one encoding).

use thiserror::Error;

mod messages;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use messages::{read_key, write_key};
pub use reader::Reader;
pub use writer::Writer;

/// The first bytes of each message.
pub const MAGIC: [u8; 4] = *b"CFED";

/// The version of the format. A reader accepts exactly this one.
pub const VERSION: u8 = 1;

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

/// Why bytes are no message.
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
    #[error("these bytes are no message of a federation: they do not begin with CFED")]
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
    #[error("{tag} is no {what}")]
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
    /// Bytes after the message.
    #[error("{left} bytes follow the message")]
    Trailing {
        /// How many.
        left: usize,
    },
}
