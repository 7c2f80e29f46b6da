//! Reading little-endian fields, trusting nothing.

use super::{CodecError, MAGIC, VERSION};

/// The rest of a message.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader of all the bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes are left.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// Reads the six bytes that begin a message of a kind.
    ///
    /// # Errors
    /// [`CodecError`] if magic, version or kind differ.
    pub fn header(&mut self, kind: u8) -> Result<(), CodecError> {
        self.header_of(VERSION, kind)
    }

    /// Reads the six bytes that begin a message of a version and a kind.
    ///
    /// # Errors
    /// [`CodecError`] if magic, version or kind differ.
    pub fn header_of(&mut self, version: u8, kind: u8) -> Result<(), CodecError> {
        if self.array::<4>()? != MAGIC {
            return Err(CodecError::Magic);
        }
        match self.u8()? {
            found if found == version => {}
            found => return Err(CodecError::Version { found }),
        }
        match self.u8()? {
            found if found == kind => Ok(()),
            found => Err(CodecError::Kind { expected: kind, found }),
        }
    }

    /// The next `n` bytes.
    ///
    /// # Errors
    /// [`CodecError::Truncated`] if fewer are left.
    pub fn take(&mut self, n: u64) -> Result<&'a [u8], CodecError> {
        let truncated = CodecError::Truncated { needed: n, left: self.left() };
        let n = usize::try_from(n).map_err(|_| truncated.clone())?;
        let (these, rest) = self.rest.split_at_checked(n).ok_or(truncated)?;
        self.rest = rest;
        Ok(these)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let truncated = CodecError::Truncated { needed: N as u64, left: self.left() };
        let (these, rest) = self.rest.split_first_chunk().ok_or(truncated)?;
        self.rest = rest;
        Ok(*these)
    }

    /// One byte.
    ///
    /// # Errors
    /// [`CodecError::Truncated`].
    pub fn u8(&mut self) -> Result<u8, CodecError> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    /// Four bytes.
    ///
    /// # Errors
    /// [`CodecError::Truncated`].
    pub fn u32(&mut self) -> Result<u32, CodecError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// Eight bytes.
    ///
    /// # Errors
    /// [`CodecError::Truncated`].
    pub fn u64(&mut self) -> Result<u64, CodecError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// Four bytes, bit for bit.
    ///
    /// # Errors
    /// [`CodecError::Truncated`].
    pub fn f32(&mut self) -> Result<f32, CodecError> {
        Ok(f32::from_le_bytes(self.array()?))
    }

    /// Eight bytes, bit for bit.
    ///
    /// # Errors
    /// [`CodecError::Truncated`].
    pub fn f64(&mut self) -> Result<f64, CodecError> {
        Ok(f64::from_le_bytes(self.array()?))
    }

    /// The byte of an option: 0 or 1.
    ///
    /// # Errors
    /// [`CodecError`] if the byte is missing or another.
    pub fn present(&mut self) -> Result<bool, CodecError> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            tag => Err(CodecError::Tag { what: "presence byte", tag }),
        }
    }

    /// Bytes.
    ///
    /// # Errors
    /// [`CodecError::Truncated`].
    pub fn bytes(&mut self) -> Result<&'a [u8], CodecError> {
        let n = self.u64()?;
        self.take(n)
    }

    /// A string.
    ///
    /// # Errors
    /// [`CodecError`] if it ends early or is not UTF-8.
    pub fn str(&mut self) -> Result<String, CodecError> {
        std::str::from_utf8(self.bytes()?).map(str::to_owned).map_err(|_| CodecError::Utf8)
    }

    /// A list of `f32`.
    ///
    /// # Errors
    /// [`CodecError::Truncated`], before anything is allocated.
    pub fn f32s(&mut self) -> Result<Vec<f32>, CodecError> {
        Ok(self.chunks::<4>()?.map(f32::from_le_bytes).collect())
    }

    /// A list of `f64`.
    ///
    /// # Errors
    /// [`CodecError::Truncated`], before anything is allocated.
    pub fn f64s(&mut self) -> Result<Vec<f64>, CodecError> {
        Ok(self.chunks::<8>()?.map(f64::from_le_bytes).collect())
    }

    /// A list of `u64`.
    ///
    /// # Errors
    /// [`CodecError::Truncated`], before anything is allocated.
    pub fn u64s(&mut self) -> Result<Vec<u64>, CodecError> {
        Ok(self.chunks::<8>()?.map(u64::from_le_bytes).collect())
    }

    /// A list of `u32`.
    ///
    /// # Errors
    /// [`CodecError::Truncated`], before anything is allocated.
    pub fn u32s(&mut self) -> Result<Vec<u32>, CodecError> {
        Ok(self.chunks::<4>()?.map(u32::from_le_bytes).collect())
    }

    fn chunks<const N: usize>(&mut self) -> Result<impl Iterator<Item = [u8; N]> + 'a, CodecError> {
        let n = self.u64()?;
        let bytes = n.checked_mul(N as u64);
        let these = self.take(bytes.ok_or(CodecError::Truncated { needed: u64::MAX, left: self.left() })?)?;
        Ok(these.as_chunks::<N>().0.iter().copied())
    }

    /// A list of any kind. Items are read one by one, so that a false length fails at the first item that is missing.
    ///
    /// # Errors
    /// What `each` gives.
    pub fn list<T>(&mut self, mut each: impl FnMut(&mut Self) -> Result<T, CodecError>) -> Result<Vec<T>, CodecError> {
        (0..self.u64()?).map(|_| each(self)).collect()
    }

    /// A list of at most `most` items.
    ///
    /// # Errors
    /// [`CodecError::TooMany`] for a longer one; what `each` gives.
    pub fn short_list<T>(
        &mut self,
        most: u64,
        mut each: impl FnMut(&mut Self) -> Result<T, CodecError>,
    ) -> Result<Vec<T>, CodecError> {
        let found = self.u64()?;
        if found > most {
            return Err(CodecError::TooMany { found, most });
        }
        (0..found).map(|_| each(self)).collect()
    }
}
