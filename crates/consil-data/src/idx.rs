//! The idx array format of MNIST (LeCun, Cortes and Burges), plain or gzipped.
//!
//! Two zero bytes, a type byte, the number of axes, each axis as a big-endian `u32`, then the elements, big-endian and
//! row-major.

use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;

use crate::error::Fault;

/// A decoded idx array.
#[derive(Clone, Debug, PartialEq)]
pub struct IdxArray {
    /// The length of each axis.
    pub shape: Vec<usize>,
    /// The elements, row-major.
    pub elements: IdxElements,
}

/// The elements of an idx array by type.
#[derive(Clone, Debug, PartialEq)]
pub enum IdxElements {
    /// Type byte 0x08.
    U8(Vec<u8>),
    /// Any other type, widened.
    F32(Vec<f32>),
}

impl IdxArray {
    /// Reads an array, gzipped or not.
    ///
    /// # Errors
    /// Bytes that are not an idx array, or not all of one.
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.starts_with(&[0x1f, 0x8b]) {
            // The last four bytes of a gzip member are its length, a hint worth one allocation; a wrong hint only costs
            // time.
            let hint = bytes.last_chunk::<4>().map_or(0, |b| u32::from_le_bytes(*b) as usize).min(1 << 28);
            let mut plain = Vec::with_capacity(hint);
            GzDecoder::new(bytes)
                .read_to_end(&mut plain)
                .map_err(|error| Fault::Idx { message: format!("gzip: {error}") })?;
            Self::parse_plain(plain)
        } else {
            Self::parse_plain(bytes.to_vec())
        }
    }

    /// Reads an array from a file.
    ///
    /// # Errors
    /// A file that does not exist or does not hold an idx array.
    pub fn read(path: &Path) -> Result<Self, Fault> {
        match std::fs::read(path) {
            Ok(bytes) => Self::parse(&bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(Fault::MissingFile { path: path.to_owned() })
            }
            Err(error) => Err(Fault::Idx { message: error.to_string() }),
        }
    }

    fn parse_plain(mut bytes: Vec<u8>) -> Result<Self, Fault> {
        let bad = |message: String| Fault::Idx { message };
        let &[0, 0, kind, n_axes, ..] = bytes.as_slice() else {
            return Err(bad("it does not begin with two zero bytes, a type and a number of axes".to_owned()));
        };
        let head = 4 + 4 * usize::from(n_axes);
        if bytes.len() < head {
            return Err(bad(format!("it ends within the lengths of its {n_axes} axes")));
        }
        let shape: Vec<usize> =
            bytes[4..head].as_chunks::<4>().0.iter().map(|axis| u32::from_be_bytes(*axis) as usize).collect();
        let width = match kind {
            0x08 | 0x09 => 1,
            0x0b => 2,
            0x0c | 0x0d => 4,
            0x0e => 8,
            other => return Err(bad(format!("its type byte is {other:#04x}, which the format does not define"))),
        };
        let expected = shape.iter().try_fold(width, |n: usize, axis| n.checked_mul(*axis));
        let found = bytes.len() - head;
        if expected != Some(found) {
            let axes = shape.iter().map(ToString::to_string).collect::<Vec<_>>().join("×");
            return Err(bad(format!("{axes} elements of {width} bytes are promised, but {found} bytes follow")));
        }
        if kind == 0x08 {
            bytes.drain(..head);
            return Ok(Self { shape, elements: IdxElements::U8(bytes) });
        }
        let body = &bytes[head..];
        let values = match kind {
            0x09 => body.iter().map(|b| f32::from(*b as i8)).collect(),
            0x0b => body.as_chunks().0.iter().map(|b| f32::from(i16::from_be_bytes(*b))).collect(),
            0x0c => body.as_chunks().0.iter().map(|b| i32::from_be_bytes(*b) as f32).collect(),
            0x0d => body.as_chunks().0.iter().map(|b| f32::from_be_bytes(*b)).collect(),
            _ => body.as_chunks().0.iter().map(|b| f64::from_be_bytes(*b) as f32).collect(),
        };
        Ok(Self { shape, elements: IdxElements::F32(values) })
    }

    /// The length of the first axis.
    pub fn len(&self) -> usize {
        self.shape.first().copied().unwrap_or(0)
    }

    /// Whether the first axis is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of elements of one slice along the first axis.
    pub fn stride(&self) -> usize {
        self.shape.iter().skip(1).product()
    }

    /// Slice `i` along the first axis, as numbers.
    pub fn numbers(&self, i: usize) -> Vec<f32> {
        let range = i * self.stride()..(i + 1) * self.stride();
        match &self.elements {
            IdxElements::U8(bytes) => bytes[range].iter().map(|b| f32::from(*b)).collect(),
            IdxElements::F32(values) => values[range].to_vec(),
        }
    }

    /// Slice `i` along the first axis, as bytes; wider types are rounded into 0…255.
    pub fn bytes(&self, i: usize) -> Vec<u8> {
        let range = i * self.stride()..(i + 1) * self.stride();
        match &self.elements {
            IdxElements::U8(bytes) => bytes[range].to_vec(),
            IdxElements::F32(values) => values[range].iter().map(|x| x.round().clamp(0.0, 255.0) as u8).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn each_type_is_read_with_its_sign_and_byte_order() {
        let cases: [(u8, &[u8], [f32; 2]); 6] = [
            (0x08, &[200, 1], [200.0, 1.0]),
            (0x09, &[0xff, 1], [-1.0, 1.0]),
            (0x0b, &[0xff, 0xfe, 1, 0], [-2.0, 256.0]),
            (0x0c, &[0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff], [256.0, -1.0]),
            (0x0d, &[0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0], [1.0, -2.0]),
            (0x0e, &[0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0], [1.0, -2.0]),
        ];
        for (kind, body, expected) in cases {
            let bytes = [&[0, 0, kind, 1, 0, 0, 0, 2], body].concat();
            let array = IdxArray::parse(&bytes).unwrap();
            assert_eq!([array.numbers(0)[0], array.numbers(1)[0]], expected, "type {kind:#x}");
        }
    }

    #[test]
    fn gzip_is_recognised_by_its_magic() {
        let plain = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(&plain).unwrap();
        let array = IdxArray::parse(&gzip.finish().unwrap()).unwrap();
        assert_eq!((array.shape.clone(), array.bytes(1)), (vec![2, 3], vec![4, 5, 6]));
    }

    #[test]
    fn a_truncated_array_says_how_much_is_missing() {
        let fault = IdxArray::parse(&[0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2]).unwrap_err();
        assert!(fault.to_string().contains("2×3 elements of 1 bytes are promised, but 2 bytes follow"), "{fault}");
        assert!(IdxArray::parse(b"P5 8 8").is_err());
        assert!(IdxArray::parse(&[0, 0, 7, 1, 0, 0, 0, 0]).unwrap_err().to_string().contains("0x07"));
        assert!(IdxArray::parse(&[0, 0, 8, 3, 0, 0]).unwrap_err().to_string().contains("3 axes"));
        // Lengths whose product overflows are a lie, not a panic.
        let liar = [&[0u8, 0, 8, 4][..], &[0xff; 16]].concat();
        assert!(IdxArray::parse(&liar).is_err());
    }
}
