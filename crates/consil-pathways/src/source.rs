//! Where a number comes from.
//!
//! A forecast is worth as much as its inputs, so an input carries its [`Source`] wherever it goes: which document, of which
//! date, under which licence, the hash of the bytes that were read, and whether somebody *measured* the number or *judged* it.

use std::fmt;
use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest, Sha256};

/// Whether a number was measured, or is somebody's judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// Somebody observed it: a training run, a benchmark, an invoice.
    Measured,
    /// Computed from measurements by a stated method.
    Derived,
    /// Somebody's estimate: an expert's forecast, an assumed price.
    Judgement,
}

/// The provenance of a number or of a table of numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Paper, data set or file, so that somebody else finds it.
    pub document: String,
    /// When the document stood as it was read, as it says itself (a version, a month or a day).
    pub dated: Option<String>,
    /// The licence, as stated by the document.
    pub licence: Option<String>,
    /// SHA-256 of the bytes that were read, in hexadecimal; `None` for constants that a paper prints.
    pub sha256: Option<String>,
    /// Measured or judged.
    pub basis: Basis,
}

impl Source {
    /// A source known by its document alone.
    pub fn new(document: impl Into<String>, basis: Basis) -> Self {
        Self { document: document.into(), dated: None, licence: None, sha256: None, basis }
    }

    /// The same, with the document's own date or version.
    pub fn dated(self, dated: impl Into<String>) -> Self {
        Self { dated: Some(dated.into()), ..self }
    }

    /// The same, with the licence that the document states.
    pub fn licence(self, licence: impl Into<String>) -> Self {
        Self { licence: Some(licence.into()), ..self }
    }

    /// The same, with the hash of the bytes that were read.
    pub fn of_bytes(self, bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let hex = digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        Self { sha256: Some(hex), ..self }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.document)?;
        let basis = match self.basis {
            Basis::Measured => "measured",
            Basis::Derived => "derived",
            Basis::Judgement => "judgement",
        };
        let notes = [self.dated.as_deref(), self.licence.as_deref(), Some(basis)];
        write!(f, " ({}", notes.into_iter().flatten().collect::<Vec<_>>().join(", "))?;
        if let Some(hash) = &self.sha256 {
            write!(f, ", sha256 {}", &hash[..12.min(hash.len())])?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_sha256() {
        // FIPS 180-2, appendix B.1: the message "abc".
        let source = Source::new("abc", Basis::Measured).of_bytes(b"abc");
        assert_eq!(source.sha256.as_deref(), Some("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        assert_eq!(source.dated("2026").to_string(), "abc (2026, measured, sha256 ba7816bf8f01)");
    }
}
