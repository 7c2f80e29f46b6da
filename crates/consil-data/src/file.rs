//! Whole files, read within bounds: only regular files, up to a size, unpacked where they are gzipped, decoded to text.
//!
//! A path of a manifest or a spec may name anything. A device has no end, a pipe may never begin, and a gzipped file of
//! four megabytes may hold as many gigabytes: each is refused before it is read, with the figure and the limit.

use std::io::{ErrorKind, Read};
use std::path::Path;

use consil_diagnostic::file::FileCause;
use consil_diagnostic::limit::Size;
use flate2::read::MultiGzDecoder;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most bytes that one file may hold, as stored or unpacked: 2 GiB.
pub(crate) const MAX_BYTES: u64 = 2 << 30;

/// How the characters of a text file are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8, or UTF-16 where the file begins with its byte order mark.
    #[default]
    Utf8,
    /// UTF-16, little-endian unless a byte order mark says otherwise.
    Utf16,
    /// Latin-1 (ISO 8859-1) with the printable characters of Windows-1252 at 0x80 to 0x9F.
    #[serde(alias = "windows-1252")]
    Latin1,
}

/// Why a file is not read: what [`FileCause`] says, what comes of packed files and encodings besides, and for each how to fix it. It is one of the faults
/// of a row, which are values: they are compared, collected and cloned, as an error of the operating system cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileFault {
    /// There is no such file.
    #[error("it does not exist")]
    Missing,
    /// A folder, a device or a pipe.
    #[error("it is {kind}, not a regular file")]
    Irregular {
        /// What it is.
        kind: &'static str,
    },
    /// A file outside the folder that files must lie in.
    #[error("it lies outside {}, the folder of data.root", root.display())]
    Outside {
        /// The folder.
        root: std::path::PathBuf,
    },
    /// More bytes than the limit.
    #[error("it is larger than {limit}{}", if *unpacked { " once unpacked" } else { "" })]
    TooLarge {
        /// The limit.
        limit: Size,
        /// Whether the bytes are those of an unpacked gzip, which was given up at the limit.
        unpacked: bool,
    },
    /// A damaged gzip.
    #[error("gzip: {message}")]
    Gzip {
        /// What the decoder says.
        message: String,
    },
    /// Bytes that are not text in the encoding.
    #[error("line {line} holds bytes that are not {encoding}")]
    Encoding {
        /// The first line with such bytes, from 1.
        line: usize,
        /// The encoding expected.
        encoding: &'static str,
    },
    /// Text of two bytes a character, read as if it had one.
    #[error("every other byte of it is 0, as in UTF-16 without its byte order mark")]
    Wide,
    /// The operating system refuses.
    #[error("{message}")]
    Io {
        /// What it says.
        message: String,
    },
}

impl FileFault {
    /// How to fix it, as an instruction.
    pub fn fix(&self) -> &'static str {
        match self {
            Self::Missing => "put the file there, or correct the path",
            Self::Irregular { .. } => "name a regular file; write what a pipe or device gives to a file first",
            Self::Outside { .. } => {
                "move the file there, or leave out data.root if you trust whoever wrote the manifest"
            }
            Self::TooLarge { .. } => "split the file into smaller ones",
            Self::Gzip { .. } => "pack the file again, or store it unpacked",
            Self::Encoding { .. } => {
                "store the file as UTF-8, or set data.encoding = \"latin1\" (Windows-1252) or \"utf16\" if that is what it is"
            }
            Self::Wide => "store the file as UTF-8, or set data.encoding = \"utf16\" if that is what it is",
            Self::Io { .. } => "check the path and the permissions",
        }
    }
}

impl From<std::io::Error> for FileFault {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::Missing,
            _ => Self::Io { message: error.to_string() },
        }
    }
}

impl From<FileCause> for FileFault {
    fn from(cause: FileCause) -> Self {
        match cause {
            FileCause::Io(error) => error.into(),
            FileCause::Irregular { kind } => Self::Irregular { kind },
            FileCause::TooLarge { limit } => Self::TooLarge { limit, unpacked: false },
            other => Self::Io { message: other.to_string() },
        }
    }
}

/// The bytes of a regular file, as stored.
pub(crate) fn stored(path: &Path) -> Result<Vec<u8>, FileFault> {
    consil_diagnostic::file::read(path, Size::bytes(MAX_BYTES)).map_err(|error| error.cause.into())
}

/// Whether bytes begin a gzip stream.
pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// Unpacks a gzip stream of any number of members into at most `limit` bytes.
pub(crate) fn unpack(bytes: &[u8], limit: u64) -> Result<Vec<u8>, FileFault> {
    let mut plain = Vec::new();
    MultiGzDecoder::new(bytes)
        .take(limit + 1)
        .read_to_end(&mut plain)
        .map_err(|error| FileFault::Gzip { message: error.to_string() })?;
    match plain.len() as u64 {
        n if n > limit => Err(FileFault::TooLarge { limit: Size::bytes(limit), unpacked: true }),
        _ => Ok(plain),
    }
}

/// The bytes of a regular file, unpacked where they are gzipped.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, FileFault> {
    let stored = stored(path)?;
    // Deflate reaches a factor of about 1,000; text reaches 30. What unpacks to more than 64 times its size, and is not
    // small, was made to fill the memory.
    let limit = (stored.len() as u64).saturating_mul(64).clamp(256 << 20, MAX_BYTES);
    if is_gzip(&stored) { unpack(&stored, limit) } else { Ok(stored) }
}

/// The text of a regular file, unpacked where it is gzipped, without a byte order mark.
pub(crate) fn text(path: &Path, encoding: Encoding) -> Result<String, FileFault> {
    decode(bytes(path)?, encoding)
}

/// Decodes text; a byte order mark wins over the encoding.
pub(crate) fn decode(bytes: Vec<u8>, encoding: Encoding) -> Result<String, FileFault> {
    match (bytes.as_slice(), encoding) {
        ([0xef, 0xbb, 0xbf, ..], _) => utf8(bytes).map(|text| text.trim_start_matches('\u{feff}').to_owned()),
        ([0xff, 0xfe, rest @ ..], _) => utf16(rest, u16::from_le_bytes),
        ([0xfe, 0xff, rest @ ..], _) => utf16(rest, u16::from_be_bytes),
        (bytes, Encoding::Utf16) => utf16(bytes, u16::from_le_bytes),
        (bytes, Encoding::Latin1) => Ok(bytes.iter().map(|byte| windows_1252(*byte)).collect()),
        (bytes, Encoding::Utf8) if is_wide(bytes) => Err(FileFault::Wide),
        (_, Encoding::Utf8) => utf8(bytes),
    }
}

/// Whether most of the first characters would be followed, or preceded, by a zero byte, which no text has.
fn is_wide(bytes: &[u8]) -> bool {
    let first = &bytes[..bytes.len().min(512)];
    let zeros = |begin: usize| first.iter().skip(begin).step_by(2).filter(|byte| **byte == 0).count();
    first.len() >= 4 && zeros(0).max(zeros(1)) * 4 > first.len()
}

fn utf8(bytes: Vec<u8>) -> Result<String, FileFault> {
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        FileFault::Encoding { line: 1 + before.iter().filter(|byte| **byte == b'\n').count(), encoding: "UTF-8" }
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, FileFault> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut line = 1;
    let mut text = String::with_capacity(bytes.len() / 2);
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let character = character.map_err(|_| FileFault::Encoding { line, encoding: "UTF-16" })?;
        line += usize::from(character == '\n');
        text.push(character);
    }
    if rest.is_empty() { Ok(text) } else { Err(FileFault::Encoding { line, encoding: "UTF-16" }) }
}

/// The character of a byte by Windows-1252; its five unassigned bytes are the control characters of ISO 8859-1.
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH[usize::from(byte) - 0x80],
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn each_encoding_gives_the_same_text() {
        let text = "naïve €5\n";
        let units: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        let read = |bytes: Vec<u8>, encoding| decode(bytes, encoding).unwrap();
        assert_eq!(read(text.as_bytes().to_vec(), Encoding::Utf8), text);
        assert_eq!(read(marked(&[0xef, 0xbb, 0xbf], text.as_bytes()), Encoding::Utf8), text);
        assert_eq!(read(marked(&[0xff, 0xfe], &little), Encoding::Utf8), text);
        assert_eq!(read(marked(&[0xfe, 0xff], &big), Encoding::Utf8), text);
        assert_eq!(read(little, Encoding::Utf16), text);
        assert_eq!(read(b"na\xefve \x805\n".to_vec(), Encoding::Latin1), text);
    }

    #[test]
    fn bytes_of_another_encoding_name_their_line_and_the_remedy() {
        let fault = decode(b"a,b\ncaf\xe9,1\n".to_vec(), Encoding::Utf8).unwrap_err();
        assert_eq!(fault, FileFault::Encoding { line: 2, encoding: "UTF-8" });
        assert!(fault.fix().contains("data.encoding = \"latin1\""));
        let wide: Vec<u8> = "x,label\n1,a\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(wide.clone(), Encoding::Utf8), Err(FileFault::Wide));
        assert!(FileFault::Wide.fix().contains("store the file as UTF-8") && decode(wide, Encoding::Utf16).is_ok());
        assert!(decode(b"one \0 alone is no wide text".to_vec(), Encoding::Utf8).is_ok());
        // Half a surrogate pair, and half a unit.
        assert!(decode(vec![0x41, 0, 0, 0xd8, 0x41, 0], Encoding::Utf16).is_err());
        assert!(decode(vec![0x41, 0, 0x42], Encoding::Utf16).is_err());
    }

    #[test]
    fn only_regular_files_within_the_limit_are_read() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(bytes(&folder.path().join("none")), Err(FileFault::Missing));
        assert_eq!(bytes(folder.path()), Err(FileFault::Irregular { kind: "a folder" }));
        assert_eq!(bytes(Path::new("/dev/zero")), Err(FileFault::Irregular { kind: "a device" }));
        // A sparse file of 3 GiB takes no room on the disk, and none in memory.
        let sparse = folder.path().join("sparse");
        std::fs::File::create(&sparse).unwrap().set_len(3 << 30).unwrap();
        assert_eq!(bytes(&sparse), Err(FileFault::TooLarge { limit: Size::gibibytes(2), unpacked: false }));
    }

    #[test]
    fn a_gzip_of_nothing_but_zeros_is_given_up_at_its_limit() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&vec![0; 1 << 20]).unwrap();
        let packed = packed.finish().unwrap();
        assert_eq!(unpack(&packed, 1 << 20).unwrap().len(), 1 << 20);
        let over = FileFault::TooLarge { limit: Size::bytes(1000), unpacked: true };
        assert_eq!(unpack(&packed, 1000), Err(over));
        // Members follow one another, as `cat a.gz b.gz` makes them.
        assert_eq!(unpack(&[packed.clone(), packed.clone()].concat(), MAX_BYTES).unwrap().len(), 2 << 20);
        assert!(matches!(unpack(&packed[..packed.len() / 2], MAX_BYTES), Err(FileFault::Gzip { .. })));
    }
}
