//! The frame of a file that is read back: what it is, its version, its length, and a checksum over all of that and the content.
//!
//! ```text
//! offset  size
//!      0     8  what it is, e.g. `csl-fed\n`
//!      8     4  version, little endian
//!     12     8  n, the number of bytes of content
//!     20     n  content
//! 20 + n     8  CRC-64/XZ of all bytes before
//! ```
//!
//! Every bit counts: one that flips anywhere gives an error, in the checksum itself too, and so does a byte too many or too few.

use thiserror::Error;

use crate::checksum::crc64;

const HEAD: usize = 20;
const TAIL: usize = 8;

/// What a framed file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// The first eight bytes of every such file.
    pub magic: [u8; 8],
    /// The newest version of the content that is known; versions begin at 1.
    pub version: u32,
}

/// Why bytes are not a whole framed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The first bytes are not the format's: the file is something else, or older than the frame.
    #[error("it is not a file of this kind")]
    OtherFormat,
    /// The file ends early, or goes on beyond its end.
    #[error("it is {found} bytes long where {expected} are expected: it is cut off or something was added")]
    Length {
        /// How long it should be.
        expected: u64,
        /// How long it is.
        found: u64,
    },
    /// A bit differs from what was written.
    #[error("its checksum is {found:016x}, and {expected:016x} was written: it is damaged")]
    Damaged {
        /// The checksum in the file.
        expected: u64,
        /// The checksum of the file.
        found: u64,
    },
    /// A later program wrote it.
    #[error("it is of version {found}, and this program reads up to version {known}")]
    Newer {
        /// Its version.
        found: u32,
        /// The newest that is known.
        known: u32,
    },
}

impl Format {
    /// The content as a file's bytes.
    pub fn seal(self, content: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD + content.len() + TAIL);
        bytes.extend(self.magic);
        bytes.extend(self.version.to_le_bytes());
        bytes.extend((content.len() as u64).to_le_bytes());
        bytes.extend(content);
        bytes.extend(crc64(&bytes).to_le_bytes());
        bytes
    }

    /// The content of a file, and the version that it is of.
    ///
    /// # Errors
    /// [`FrameError`] when a single bit is not as it was written.
    pub fn open(self, bytes: &[u8]) -> Result<(u32, &[u8]), FrameError> {
        if !self.is(bytes) {
            return Err(FrameError::OtherFormat);
        }
        let found = bytes.len() as u64;
        let Some((version, length)) = bytes.get(8..12).zip(bytes.get(12..HEAD)) else {
            return Err(FrameError::Length { expected: (HEAD + TAIL) as u64, found });
        };
        let word = |bytes: &[u8]| bytes.iter().rev().fold(0u64, |word, byte| word << 8 | u64::from(*byte));
        let expected = word(length).saturating_add((HEAD + TAIL) as u64);
        if expected != found {
            return Err(FrameError::Length { expected, found });
        }
        let (sealed, sum) = bytes.split_at(bytes.len() - TAIL);
        let (expected, found) = (word(sum), crc64(sealed));
        if expected != found {
            return Err(FrameError::Damaged { expected, found });
        }
        match word(version) as u32 {
            version if version > self.version => Err(FrameError::Newer { found: version, known: self.version }),
            version => Ok((version, &sealed[HEAD..])),
        }
    }

    /// Whether bytes begin as such a file: what does not may be of a version from before there was a frame.
    pub fn is(self, bytes: &[u8]) -> bool {
        bytes.starts_with(&self.magic)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FORMAT: Format = Format { magic: *b"csl-test", version: 2 };

    #[test]
    fn a_later_version_is_told_from_damage() {
        let later = Format { version: 3, ..FORMAT }.seal(b"content");
        assert_eq!(FORMAT.open(&later), Err(FrameError::Newer { found: 3, known: 2 }));
        let earlier = Format { version: 1, ..FORMAT }.seal(b"content");
        assert_eq!(FORMAT.open(&earlier), Ok((1, &b"content"[..])));
        assert_eq!(FORMAT.open(b"PK\x03\x04 something else"), Err(FrameError::OtherFormat));
    }

    proptest! {
        #[test]
        fn every_bit_counts(content in prop::collection::vec(any::<u8>(), 0..60), at in any::<prop::sample::Index>(), bit in 0u32..8) {
            let sealed = FORMAT.seal(&content);
            prop_assert_eq!(FORMAT.open(&sealed), Ok((2, &content[..])));
            let mut damaged = sealed.clone();
            damaged[at.index(sealed.len())] ^= 1 << bit;
            prop_assert!(FORMAT.open(&damaged).is_err());
        }

        #[test]
        fn every_cut_and_every_addition_is_found(content in prop::collection::vec(any::<u8>(), 0..60), cut in any::<prop::sample::Index>(), more in 1usize..9) {
            let mut sealed = FORMAT.seal(&content);
            prop_assert!(FORMAT.open(&sealed[..cut.index(sealed.len())]).is_err());
            sealed.extend(vec![0; more]);
            prop_assert!(FORMAT.open(&sealed).is_err());
        }

        #[test]
        fn arbitrary_bytes_give_an_error_or_their_content(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = FORMAT.open(&bytes);
            let _ = FORMAT.open(&[&FORMAT.magic[..], &bytes].concat());
        }
    }
}
