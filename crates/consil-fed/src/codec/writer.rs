//! Writing little-endian fields.

use super::{MAGIC, VERSION};

/// Bytes that grow field by field.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// The six bytes that begin a message.
    pub fn header(&mut self, kind: u8) {
        self.bytes.extend_from_slice(&MAGIC);
        self.u8(VERSION);
        self.u8(kind);
    }

    /// One byte.
    pub fn u8(&mut self, x: u8) {
        self.bytes.push(x);
    }

    /// Four bytes.
    pub fn u32(&mut self, x: u32) {
        self.bytes.extend_from_slice(&x.to_le_bytes());
    }

    /// Eight bytes.
    pub fn u64(&mut self, x: u64) {
        self.bytes.extend_from_slice(&x.to_le_bytes());
    }

    /// Four bytes, bit for bit.
    pub fn f32(&mut self, x: f32) {
        self.bytes.extend_from_slice(&x.to_le_bytes());
    }

    /// Eight bytes, bit for bit.
    pub fn f64(&mut self, x: f64) {
        self.bytes.extend_from_slice(&x.to_le_bytes());
    }

    /// A length of a list: eight bytes.
    pub fn len(&mut self, n: usize) {
        self.u64(n as u64);
    }

    /// Bytes: their number, then themselves.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.len(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }

    /// A string as UTF-8 bytes.
    pub fn str(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// A list of `f32`.
    pub fn f32s(&mut self, values: &[f32]) {
        self.len(values.len());
        self.bytes.reserve(4 * values.len());
        values.iter().for_each(|x| self.f32(*x));
    }

    /// A list of `f64`.
    pub fn f64s(&mut self, values: &[f64]) {
        self.len(values.len());
        self.bytes.reserve(8 * values.len());
        values.iter().for_each(|x| self.f64(*x));
    }

    /// A list of any kind: its length, then each item.
    pub fn list<T>(&mut self, items: impl ExactSizeIterator<Item = T>, mut each: impl FnMut(&mut Self, T)) {
        self.len(items.len());
        items.for_each(|item| each(self, item));
    }

    /// The bytes so far.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}
