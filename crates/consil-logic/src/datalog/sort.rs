//! Rows as packed keys: radix sort, merge and difference.

/// A row packed so that integer order is the lexicographic order of its columns.
pub(super) trait Key: Copy + Ord {
    const BYTES: usize;
    /// A key that stands for no row.
    const ABSENT: Self;
    fn hash(self) -> usize;
    fn byte(self, index: usize) -> usize;
    /// Packs one row; `row` gives the value of each of the first `arity` columns.
    fn pack(arity: usize, row: impl Fn(usize) -> u32) -> Self;
    /// The value of a column.
    fn column(self, arity: usize, index: usize) -> u32;
}

impl Key for u64 {
    const BYTES: usize = 8;
    const ABSENT: Self = u64::MAX;
    fn hash(self) -> usize {
        let mixed = (self ^ (self >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ (mixed >> 32)) as usize
    }
    fn byte(self, index: usize) -> usize {
        (self >> (8 * index)) as usize & 0xff
    }
    fn pack(arity: usize, row: impl Fn(usize) -> u32) -> Self {
        (0..arity).fold(0, |key, column| (key << 32) | u64::from(row(column)))
    }
    fn column(self, arity: usize, index: usize) -> u32 {
        (self >> (32 * (arity - 1 - index))) as u32
    }
}

impl Key for u128 {
    const BYTES: usize = 16;
    const ABSENT: Self = u128::MAX;
    fn hash(self) -> usize {
        let folded = (self as u64) ^ ((self >> 64) as u64).wrapping_mul(0x517c_c1b7_2722_0a95);
        folded.hash()
    }
    fn byte(self, index: usize) -> usize {
        (self >> (8 * index)) as usize & 0xff
    }
    fn pack(arity: usize, row: impl Fn(usize) -> u32) -> Self {
        (0..arity).fold(0, |key, column| (key << 32) | u128::from(row(column)))
    }
    fn column(self, arity: usize, index: usize) -> u32 {
        (self >> (32 * (arity - 1 - index))) as u32
    }
}

/// Below this many keys a comparison sort wins over counting bytes.
const SMALL: usize = 256;

/// Sorts keys and drops repetitions.
pub(super) fn sort_keys<K: Key>(keys: &mut Vec<K>) {
    if !keys.is_sorted() {
        if keys.len() < SMALL {
            keys.sort_unstable();
        } else {
            radix(keys);
        }
    }
    keys.dedup();
}

/// Least significant byte first; bytes that all keys share cost one counting pass and no move.
fn radix<K: Key>(keys: &mut Vec<K>) {
    let mut counts = vec![[0u32; 256]; K::BYTES];
    for &key in keys.iter() {
        for (byte, count) in counts.iter_mut().enumerate() {
            count[key.byte(byte)] += 1;
        }
    }
    let first = keys[0];
    let mut other = vec![first; keys.len()];
    for (byte, count) in counts.iter_mut().enumerate() {
        if count[first.byte(byte)] as usize == keys.len() {
            continue;
        }
        let mut sum = 0;
        for slot in count.iter_mut() {
            sum += std::mem::replace(slot, sum);
        }
        for &key in keys.iter() {
            let slot = &mut count[key.byte(byte)];
            other[*slot as usize] = key;
            *slot += 1;
        }
        std::mem::swap(keys, &mut other);
    }
}

/// The union of two sorted sequences without repetitions.
pub(super) fn merge_keys<K: Key>(a: &[K], b: &[K]) -> Vec<K> {
    let mut merged = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        let (x, y) = (a[i], b[j]);
        merged.push(x.min(y));
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    merged.extend_from_slice(&a[i..]);
    merged.extend_from_slice(&b[j..]);
    merged
}

/// The first index from `from` on whose value is not less than `value`, in a sorted slice; fast where it is near.
pub(super) fn gallop(values: &[u32], from: usize, value: u32) -> usize {
    if from >= values.len() || values[from] >= value {
        return from;
    }
    let (mut low, mut step) = (from, 1);
    while low + step < values.len() && values[low + step] < value {
        low += step;
        step *= 2;
    }
    let high = (low + step).min(values.len());
    low + 1 + values[low + 1..high].partition_point(|&other| other < value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn radix_sorts_like_a_comparison_sort(mut keys in prop::collection::vec(any::<u64>(), 0..900), bits in 1..64u32) {
            keys.iter_mut().for_each(|key| *key &= (1 << bits) - 1);
            let mut wide: Vec<u128> = keys.iter().map(|&key| u128::from(key) << 40).collect();
            let mut expected = keys.clone();
            expected.sort();
            expected.dedup();
            sort_keys(&mut keys);
            sort_keys(&mut wide);
            prop_assert_eq!(&keys, &expected);
            prop_assert_eq!(wide, expected.iter().map(|&key| u128::from(key) << 40).collect::<Vec<_>>());
        }

        #[test]
        fn gallop_is_a_lower_bound(mut values in prop::collection::vec(0..200u32, 0..99), from in 0..99usize, v in 0..200u32) {
            values.sort();
            let from = from.min(values.partition_point(|&x| x < v));
            prop_assert_eq!(gallop(&values, from, v), values.partition_point(|&x| x < v));
        }
    }
}
