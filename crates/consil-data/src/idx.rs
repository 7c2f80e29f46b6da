//! The idx array format of MNIST (LeCun, Cortes and Burges), plain or gzipped.
//!
//! Two zero bytes, a type byte, the number of axes, each axis as a big-endian `u32`, then the elements, big-endian and
//! row-major.

use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;

use crate::error::Fault;
use crate::file::{self, MAX_BYTES};

/// A decoded idx array.
#[derive(Clone, Debug, PartialEq)]
pub struct IdxArray {
    /// The length of each axis.
    pub shape: Vec<usize>,
    /// The elements, row-major.
    pub elements: IdxElements,
}

/// What stands before the elements.
struct Header {
    kind: u8,
    /// Bytes of an element.
    width: usize,
    shape: Vec<usize>,
    /// Bytes of the header.
    head: usize,
    /// Bytes of the elements.
    length: usize,
}

impl Header {
    /// Reads a header; nothing of what it promises is made yet.
    fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        let bad = |message: String| Fault::Idx { message };
        let &[0, 0, kind, n_axes, ..] = bytes else {
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
        // With an axis of length 0 four bytes would promise four thousand million slices of nothing.
        if shape.is_empty() || shape[1..].contains(&0) {
            return Err(bad(format!("its shape {shape:?} holds no elements")));
        }
        let length = shape.iter().try_fold(width, |n: usize, axis| n.checked_mul(*axis));
        match length {
            Some(length) if length as u64 <= MAX_BYTES => Ok(Self { kind, width, shape, head, length }),
            _ => Err(bad(format!("its shape {shape:?} promises more than {MAX_BYTES} bytes"))),
        }
    }
}

/// The elements of an idx array by type.
#[derive(Clone, Debug, PartialEq)]
pub enum IdxElements {
    /// Type byte 0x08.
    U8(Vec<u8>),
    /// Types that 32 bits hold, widened.
    F32(Vec<f32>),
    /// Type bytes 0x0c and 0x0e, whose numbers may have more digits.
    F64(Vec<f64>),
}

impl IdxArray {
    /// Reads an array, gzipped or not.
    ///
    /// # Errors
    /// Bytes that are not an idx array, or not all of one.
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.starts_with(&[0x1f, 0x8b]) {
            // The header says how much is to come, and no more than that is unpacked.
            let gzip = |error: std::io::Error| Fault::Idx { message: format!("gzip: {error}") };
            let mut reader = GzDecoder::new(bytes);
            let mut plain = Vec::new();
            reader.by_ref().take(4 + 4 * 255).read_to_end(&mut plain).map_err(gzip)?;
            let Header { head, length, .. } = Header::parse(&plain)?;
            plain.reserve_exact((head + length + 1).saturating_sub(plain.len()).min(64 * bytes.len()));
            let rest = (head + length + 1).saturating_sub(plain.len());
            reader.take(rest as u64).read_to_end(&mut plain).map_err(gzip)?;
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
        Self::parse(&file::stored(path).map_err(|fault| Fault::of_file(path, fault))?)
    }

    fn parse_plain(mut bytes: Vec<u8>) -> Result<Self, Fault> {
        let Header { kind, width, shape, head, length } = Header::parse(&bytes)?;
        let found = bytes.len() - head;
        if found != length {
            let axes = shape.iter().map(ToString::to_string).collect::<Vec<_>>().join("×");
            let follow = if found > length { "more".to_owned() } else { format!("{found} bytes") };
            let message = format!("{axes} elements of {width} bytes are promised, but {follow} follow");
            return Err(Fault::Idx { message });
        }
        if kind == 0x08 {
            bytes.drain(..head);
            return Ok(Self { shape, elements: IdxElements::U8(bytes) });
        }
        let body = &bytes[head..];
        let whole = |body: &[u8]| body.as_chunks().0.iter().map(|b| f64::from(i32::from_be_bytes(*b))).collect();
        let doubles = |body: &[u8]| body.as_chunks().0.iter().map(|b| f64::from_be_bytes(*b)).collect();
        let elements = match kind {
            0x0c => IdxElements::F64(whole(body)),
            0x0e => IdxElements::F64(doubles(body)),
            _ => IdxElements::F32(narrow(kind, body)),
        };
        let infinite = match &elements {
            IdxElements::U8(_) => None,
            IdxElements::F32(values) => values.iter().position(|x| !x.is_finite()),
            IdxElements::F64(values) => values.iter().position(|x| !(*x as f32).is_finite()),
        };
        if let Some(at) = infinite {
            let stride = shape.iter().skip(1).product::<usize>().max(1);
            let message = format!("element {} of slice {} is not a finite number of 32 bits", at % stride, at / stride);
            return Err(Fault::Idx { message });
        }
        Ok(Self { shape, elements })
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
    pub fn numbers(&self, i: usize) -> Vec<f64> {
        let range = i * self.stride()..(i + 1) * self.stride();
        match &self.elements {
            IdxElements::U8(bytes) => bytes[range].iter().map(|b| f64::from(*b)).collect(),
            IdxElements::F32(values) => values[range].iter().map(|x| f64::from(*x)).collect(),
            IdxElements::F64(values) => values[range].to_vec(),
        }
    }

    /// Slice `i` along the first axis, as bytes; wider types are rounded into 0…255.
    pub fn bytes(&self, i: usize) -> Vec<u8> {
        let range = i * self.stride()..(i + 1) * self.stride();
        match &self.elements {
            IdxElements::U8(bytes) => bytes[range].to_vec(),
            IdxElements::F32(values) => values[range].iter().map(|x| x.round().clamp(0.0, 255.0) as u8).collect(),
            IdxElements::F64(values) => values[range].iter().map(|x| x.round().clamp(0.0, 255.0) as u8).collect(),
        }
    }
}

/// Elements of a type that 32 bits hold.
fn narrow(kind: u8, body: &[u8]) -> Vec<f32> {
    match kind {
        0x09 => body.iter().map(|b| f32::from(*b as i8)).collect(),
        0x0b => body.as_chunks().0.iter().map(|b| f32::from(i16::from_be_bytes(*b))).collect(),
        _ => body.as_chunks().0.iter().map(|b| f32::from_be_bytes(*b)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn each_type_is_read_with_its_sign_and_byte_order() {
        let cases: [(u8, &[u8], [f64; 2]); 7] = [
            (0x08, &[200, 1], [200.0, 1.0]),
            (0x09, &[0xff, 1], [-1.0, 1.0]),
            (0x0b, &[0xff, 0xfe, 1, 0], [-2.0, 256.0]),
            (0x0c, &[0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff], [256.0, -1.0]),
            // 2²⁴ and the number after it, which 32 bits cannot tell apart.
            (0x0c, &[1, 0, 0, 0, 1, 0, 0, 1], [16_777_216.0, 16_777_217.0]),
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
        assert!(IdxArray::parse(&liar).unwrap_err().to_string().contains("promises more than"));
        // Four thousand million slices of nothing take no bytes, and are none.
        let empty = [&[0u8, 0, 8, 2][..], &[0xff; 4], &[0; 4]].concat();
        assert!(IdxArray::parse(&empty).unwrap_err().to_string().contains("holds no elements"));
    }

    #[test]
    fn numbers_that_are_not_finite_have_their_place() {
        let floats = [1f32, 2.0, f32::NAN, 4.0].map(f32::to_be_bytes).concat();
        let bytes = [&[0u8, 0, 0x0d, 2, 0, 0, 0, 2, 0, 0, 0, 2][..], &floats].concat();
        let fault = IdxArray::parse(&bytes).unwrap_err().to_string();
        assert!(fault.contains("element 0 of slice 1 is not a finite number"), "{fault}");
        // Finite in 64 bits, infinite in 32.
        let bytes = [&[0u8, 0, 0x0e, 1, 0, 0, 0, 1][..], &1e39f64.to_be_bytes()].concat();
        assert!(IdxArray::parse(&bytes).is_err());
    }

    #[test]
    fn no_more_is_unpacked_than_the_header_promises() {
        // 100 MB of zeros behind a header of 2 × 3 bytes: refused after its seventh byte.
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&[0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3]).unwrap();
        gzip.write_all(&vec![0; 100 << 20]).unwrap();
        let fault = IdxArray::parse(&gzip.finish().unwrap()).unwrap_err().to_string();
        assert!(fault.contains("2×3 elements of 1 bytes are promised, but more follow"), "{fault}");
    }
}
