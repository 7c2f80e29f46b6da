//! SHA-256 of files.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Of which bytes a hash is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hashed {
    /// Of the file as it is.
    #[default]
    File,
    /// Of what is packed in it by gzip: mirrors pack the same bytes in their own ways.
    Unpacked,
}

/// The SHA-256 of a file, in hexadecimal digits.
///
/// # Errors
/// When it cannot be read, or does not unpack.
pub fn sha256_of(path: &Path, hashed: Hashed) -> io::Result<String> {
    let file = File::open(path)?;
    match hashed {
        Hashed::File => sha256(file),
        Hashed::Unpacked => sha256(MultiGzDecoder::new(io::BufReader::new(file))),
    }
}

fn sha256(mut bytes: impl Read) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match bytes.read(&mut buffer)? {
            0 => return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            n => hash.update(&buffer[..n]),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn hashes_are_those_of_the_standard_packed_or_not() {
        // FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(&b"abc"[..]).expect("a hash"), abc);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("abc.gz");
        let mut packed =
            flate2::write::GzEncoder::new(File::create(&path).expect("a file"), flate2::Compression::fast());
        packed.write_all(b"abc").and_then(|()| packed.try_finish()).expect("written");
        assert_eq!(sha256_of(&path, Hashed::Unpacked).expect("a hash"), abc);
        assert_ne!(sha256_of(&path, Hashed::File).expect("a hash"), abc);
    }
}
