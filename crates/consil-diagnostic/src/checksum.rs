//! A checksum over all bytes of a file: CRC-64/XZ (ECMA-182, reflected), against damage rather than malice.
//!
//! A cyclic redundancy check *guarantees* what a file needs: every error within 64 neighbouring bits is found, and so is every single and double
//! flip of a bit in files of any size that occurs here; other damage is missed once in 2⁶⁴. FNV-1a, a hash for tables, guarantees none of this. A
//! cryptographic hash would also stand against malice, but who can change a file can change the checksum in it too.

/// The generator polynomial of ECMA-182 with its bits reversed.
const POLYNOMIAL: u64 = 0xc96c_5795_d787_0f42;

/// For each byte and each of eight places, what it does to the remainder: eight bytes are taken at once.
static TABLES: [[u64; 256]; 8] = tables();

const fn tables() -> [[u64; 256]; 8] {
    let mut tables = [[0u64; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut remainder = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            remainder = if remainder & 1 == 1 { (remainder >> 1) ^ POLYNOMIAL } else { remainder >> 1 };
            bit += 1;
        }
        tables[0][byte] = remainder;
        byte += 1;
    }
    let mut place = 1;
    while place < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[place - 1][byte];
            tables[place][byte] = (before >> 8) ^ tables[0][(before & 0xff) as usize];
            byte += 1;
        }
        place += 1;
    }
    tables
}

/// The CRC-64/XZ of bytes that come in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crc64(u64);

impl Default for Crc64 {
    fn default() -> Self {
        Self(u64::MAX)
    }
}

impl Crc64 {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            let word = (self.0 ^ u64::from_le_bytes(*word)).to_le_bytes();
            self.0 = word.iter().enumerate().fold(0, |sum, (at, byte)| sum ^ TABLES[7 - at][usize::from(*byte)]);
        }
        for byte in rest {
            self.0 = (self.0 >> 8) ^ TABLES[0][usize::from(self.0 as u8 ^ byte)];
        }
    }

    /// The checksum of what was taken.
    pub fn finish(self) -> u64 {
        !self.0
    }
}

/// The CRC-64/XZ of bytes.
pub fn crc64(bytes: &[u8]) -> u64 {
    let mut crc = Crc64::default();
    crc.update(bytes);
    crc.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_check_value_is_the_catalogues() {
        // CRC RevEng catalogue, CRC-64/XZ: check = 0x995dc9bbdf1939fa over "123456789".
        assert_eq!(crc64(b"123456789"), 0x995d_c9bb_df19_39fa);
        assert_eq!(crc64(b""), 0);
    }

    /// The definition, a bit at a time.
    fn by_bits(bytes: &[u8]) -> u64 {
        !bytes.iter().fold(u64::MAX, |crc, byte| {
            (0..8).fold(crc ^ u64::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 })
        })
    }

    proptest! {
        #[test]
        fn pieces_give_the_definitions_value(bytes in prop::collection::vec(any::<u8>(), 0..80), cut in 0usize..80) {
            let (first, second) = bytes.split_at(cut.min(bytes.len()));
            let mut crc = Crc64::default();
            crc.update(first);
            crc.update(second);
            prop_assert_eq!(crc.finish(), by_bits(&bytes));
        }

        #[test]
        fn a_burst_is_found(bytes in prop::collection::vec(any::<u8>(), 8..80), at in any::<prop::sample::Index>(), flip in 1u64..) {
            let mut damaged = bytes.clone();
            let at = at.index(bytes.len() - 7);
            damaged[at..at + 8].iter_mut().zip(flip.to_le_bytes()).for_each(|(byte, flip)| *byte ^= flip);
            prop_assert_ne!(crc64(&bytes), crc64(&damaged));
        }
    }
}
