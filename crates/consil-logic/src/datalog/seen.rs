//! Which rows a fixpoint has derived already: a bit for each possible row where the values are dense, a hash table where not.

use super::sort::Key;
use crate::hash::FastSet;

/// A set of rows that only grows.
pub(super) enum Seen {
    Unit(bool),
    Narrow(Table<u64>),
    Middle(Table<u128>),
    Wide(FastSet<Box<[u32]>>),
}

impl Seen {
    pub(super) fn new(arity: usize) -> Self {
        match arity {
            0 => Seen::Unit(false),
            1 | 2 => Seen::Narrow(Table::new(arity)),
            3 | 4 => Seen::Middle(Table::new(arity)),
            _ => Seen::Wide(FastSet::default()),
        }
    }

    /// Adds the rows of a batch, and appends those that are new to `fresh`. Gives how many they were.
    pub(super) fn insert(&mut self, batch: &[&[u32]], len: usize, fresh: &mut [Vec<u32>]) -> usize {
        match self {
            Seen::Unit(seen) => usize::from(len > 0 && !std::mem::replace(seen, true)),
            Seen::Narrow(table) => table.insert_batch(batch, len, fresh),
            Seen::Middle(table) => table.insert_batch(batch, len, fresh),
            Seen::Wide(set) => {
                let mut n_new = 0;
                for row in 0..len {
                    let values: Box<[u32]> = batch.iter().map(|column| column[row]).collect();
                    if !set.contains(&values) {
                        fresh.iter_mut().zip(&values).for_each(|(column, &value)| column.push(value));
                        set.insert(values);
                        n_new += 1;
                    }
                }
                n_new
            }
        }
    }

    /// Adds rows that are all `row` but for `column`, which takes each of `values`, and appends those that are new to `fresh`.
    /// Gives how many they were.
    pub(super) fn insert_slice(&mut self, row: &[u32], column: usize, values: &[u32], fresh: &mut [Vec<u32>]) -> usize {
        match self {
            Seen::Narrow(table) => table.insert_slice(row, column, values, fresh),
            Seen::Middle(table) => table.insert_slice(row, column, values, fresh),
            Seen::Unit(_) | Seen::Wide(_) => {
                let columns = written_out(row, column, values);
                self.insert(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>(), values.len(), fresh)
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Seen::Unit(_) => 0,
            Seen::Narrow(table) => table.bytes(),
            Seen::Middle(table) => table.bytes(),
            Seen::Wide(set) => set.capacity() * 48,
        }
    }
}

/// The columns of rows that are all `row` but for `column`, which takes each of `values`.
pub(super) fn written_out(row: &[u32], column: usize, values: &[u32]) -> Vec<Vec<u32>> {
    let mut columns: Vec<Vec<u32>> = row.iter().map(|&value| vec![value; values.len()]).collect();
    columns[column] = values.to_vec();
    columns
}

/// A set of packed rows.
pub(super) struct Table<K> {
    arity: usize,
    len: usize,
    /// The least and greatest value of each column so far.
    low: Vec<u32>,
    high: Vec<u32>,
    form: Form<K>,
}

enum Form<K> {
    /// Open addressing; the key of all ones is no row, since no constant has that code.
    Hash(Vec<K>),
    Bits(Bits),
}

/// A bit for each row of a box of values, the last column fastest.
struct Bits {
    low: Vec<u32>,
    extents: Vec<usize>,
    words: Vec<u64>,
}

/// Bits for each row above which a table of bits is not worth its memory: what the hash table takes for a pair.
const BITS_PER_ROW: usize = 192;
const SMALLEST: usize = 64;

impl<K: Key> Table<K> {
    fn new(arity: usize) -> Self {
        let form = Form::Hash(vec![K::ABSENT; SMALLEST]);
        Self { arity, len: 0, low: vec![u32::MAX; arity], high: vec![0; arity], form }
    }

    fn insert_batch(&mut self, batch: &[&[u32]], len: usize, fresh: &mut [Vec<u32>]) -> usize {
        if len == 0 {
            return 0;
        }
        self.widen(len, |column| range(&batch[column][..len]));
        let before = self.len;
        match &mut self.form {
            Form::Bits(bits) => self.len += bits.insert(batch, len, fresh),
            Form::Hash(slots) => {
                let mask = slots.len() - 1;
                for row in 0..len {
                    let key = K::pack(self.arity, |column| batch[column][row]);
                    let mut at = key.hash() & mask;
                    while slots[at] != key {
                        if slots[at] == K::ABSENT {
                            slots[at] = key;
                            fresh.iter_mut().zip(batch).for_each(|(column, values)| column.push(values[row]));
                            self.len += 1;
                            break;
                        }
                        at = (at + 1) & mask;
                    }
                }
            }
        }
        self.len - before
    }

    fn insert_slice(&mut self, row: &[u32], column: usize, values: &[u32], fresh: &mut [Vec<u32>]) -> usize {
        let span = range(values);
        self.widen(values.len(), |at| if at == column { span } else { (row[at], row[at]) });
        let before = fresh[column].len();
        match &mut self.form {
            Form::Bits(bits) => bits.insert_slice(row, column, values, &mut fresh[column]),
            Form::Hash(slots) => {
                let mask = slots.len() - 1;
                for &value in values {
                    let key = K::pack(self.arity, |at| if at == column { value } else { row[at] });
                    let mut at = key.hash() & mask;
                    while slots[at] != key {
                        if slots[at] == K::ABSENT {
                            slots[at] = key;
                            fresh[column].push(value);
                            break;
                        }
                        at = (at + 1) & mask;
                    }
                }
            }
        }
        let after = fresh[column].len();
        for (at, other) in fresh.iter_mut().enumerate().filter(|&(at, _)| at != column) {
            other.resize(after, row[at]);
        }
        self.len += after - before;
        after - before
    }

    /// Makes room for `len` rows whose columns have the given least and greatest values, in the form that is smaller.
    fn widen(&mut self, len: usize, range: impl Fn(usize) -> (u32, u32)) {
        for column in 0..self.arity {
            let (low, high) = range(column);
            self.low[column] = self.low[column].min(low);
            self.high[column] = self.high[column].max(high);
        }
        let most = self.len + len;
        let fits = match &self.form {
            Form::Hash(slots) => most * 4 <= slots.len() * 3,
            Form::Bits(bits) => bits.covers(&self.low, &self.high),
        };
        if !fits {
            self.rebuild(most);
        }
    }

    fn rebuild(&mut self, most: usize) {
        let rows: Vec<K> = match std::mem::replace(&mut self.form, Form::Hash(Vec::new())) {
            Form::Hash(slots) => slots.into_iter().filter(|&key| key != K::ABSENT).collect(),
            Form::Bits(bits) => bits.rows(),
        };
        let limit = most.max(SMALLEST) * BITS_PER_ROW;
        if let Some(mut bits) = Bits::covering(&self.low, &self.high, limit) {
            for &key in &rows {
                bits.set(self.arity, key);
            }
            self.form = Form::Bits(bits);
            return;
        }
        let mut slots = vec![K::ABSENT; (most * 2).next_power_of_two().max(SMALLEST)];
        let mask = slots.len() - 1;
        for key in rows {
            let mut at = key.hash() & mask;
            while slots[at] != K::ABSENT {
                at = (at + 1) & mask;
            }
            slots[at] = key;
        }
        self.form = Form::Hash(slots);
    }

    fn bytes(&self) -> usize {
        match &self.form {
            Form::Hash(slots) => slots.len() * size_of::<K>(),
            Form::Bits(bits) => bits.words.len() * size_of::<u64>(),
        }
    }
}

impl Bits {
    /// Room for all rows between two corners and, so that growth is paid for by what is there, for half as much again.
    fn covering(low: &[u32], high: &[u32], limit: usize) -> Option<Self> {
        let volume = |extents: &[usize]| {
            let all = extents.iter().try_fold(1usize, |volume, &extent| volume.checked_mul(extent))?;
            (all <= limit).then_some(all)
        };
        let tight: Vec<usize> = low.iter().zip(high).map(|(&low, &high)| (high - low) as usize + 1).collect();
        let roomy: Vec<usize> = tight.iter().map(|extent| extent + extent / 2).collect();
        let (extents, volume) = match (volume(&roomy), volume(&tight)) {
            (Some(volume), _) => (roomy, volume),
            (None, Some(volume)) => (tight, volume),
            (None, None) => return None,
        };
        Some(Self { low: low.to_vec(), extents, words: vec![0; volume.div_ceil(64)] })
    }

    fn covers(&self, low: &[u32], high: &[u32]) -> bool {
        let mut columns = self.low.iter().zip(&self.extents).zip(low.iter().zip(high));
        columns.all(|((&from, &extent), (&low, &high))| low >= from && ((high - from) as usize) < extent)
    }

    fn set<K: Key>(&mut self, arity: usize, key: K) {
        let at = (0..arity)
            .fold(0, |at, column| at * self.extents[column] + (key.column(arity, column) - self.low[column]) as usize);
        self.words[at / 64] |= 1 << (at % 64);
    }

    fn insert(&mut self, batch: &[&[u32]], len: usize, fresh: &mut [Vec<u32>]) -> usize {
        let before = fresh[0].len();
        if let ([a, b], [first, second]) = (batch, &mut *fresh) {
            for (&x, &y) in a[..len].iter().zip(&b[..len]) {
                let at = (x - self.low[0]) as usize * self.extents[1] + (y - self.low[1]) as usize;
                if claim(&mut self.words, at) {
                    first.push(x);
                    second.push(y);
                }
            }
        } else {
            for row in 0..len {
                let at = (0..batch.len())
                    .fold(0, |at, column| at * self.extents[column] + (batch[column][row] - self.low[column]) as usize);
                if claim(&mut self.words, at) {
                    fresh.iter_mut().zip(batch).for_each(|(column, values)| column.push(values[row]));
                }
            }
        }
        fresh[0].len() - before
    }

    fn insert_slice(&mut self, row: &[u32], column: usize, values: &[u32], fresh: &mut Vec<u32>) {
        let low = |at: usize| if at == column { self.low[at] } else { row[at] };
        let base = (0..row.len()).fold(0, |sum, at| sum * self.extents[at] + (low(at) - self.low[at]) as usize);
        let stride: usize = self.extents[column + 1..].iter().product();
        let from = self.low[column];
        for &value in values {
            if claim(&mut self.words, base + (value - from) as usize * stride) {
                fresh.push(value);
            }
        }
    }

    fn rows<K: Key>(&self) -> Vec<K> {
        let mut rows = Vec::new();
        for (index, &word) in self.words.iter().enumerate() {
            let mut rest = word;
            while rest != 0 {
                let mut at = index * 64 + rest.trailing_zeros() as usize;
                rest &= rest - 1;
                let mut values = vec![0; self.extents.len()];
                for (column, value) in values.iter_mut().enumerate().rev() {
                    *value = self.low[column] + (at % self.extents[column]) as u32;
                    at /= self.extents[column];
                }
                rows.push(K::pack(values.len(), |column| values[column]));
            }
        }
        rows
    }
}

/// The least and the greatest value.
fn range(values: &[u32]) -> (u32, u32) {
    values.iter().fold((u32::MAX, 0), |(low, high), &value| (low.min(value), high.max(value)))
}

/// Sets a bit. Whether it was not set before.
fn claim(words: &mut [u64], at: usize) -> bool {
    let bit = 1u64 << (at % 64);
    let word = &mut words[at / 64];
    let is_new = *word & bit == 0;
    *word |= bit;
    is_new
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Narrow values make bits, wide ones hashes, and both in turn rebuild one from the other.
        #[test]
        fn a_set_of_rows(
            arity in 0..6usize,
            spans in prop::collection::vec(prop::sample::select(vec![3u32, 40, 100_000, 1 << 31]), 1..8),
            seeds in prop::collection::vec(any::<u64>(), 1..400),
        ) {
            let mut seen = Seen::new(arity);
            let mut expected = BTreeSet::new();
            for (batch, chunk) in seeds.chunks(60).enumerate() {
                // Every other batch comes as slices too, which must find the same rows and no others.
                if arity > 0 && batch % 2 == 1 {
                    let (column, span) = (batch / 2 % arity, spans[batch % spans.len()]);
                    let row: Vec<u32> = (0..arity).map(|at| (chunk[0] >> at) as u32 % span).collect();
                    let mut values: Vec<u32> = chunk.iter().map(|&seed| (seed >> 7) as u32 % span).collect();
                    values.extend_from_within(..values.len() / 2);
                    let mut fresh = vec![Vec::new(); arity];
                    let n_new = seen.insert_slice(&row, column, &values, &mut fresh);
                    let rows = written_out(&row, column, &values);
                    let new: Vec<Vec<u32>> = (0..values.len())
                        .map(|at| rows.iter().map(|column| column[at]).collect())
                        .filter(|row: &Vec<u32>| expected.insert(row.clone()))
                        .collect();
                    prop_assert_eq!(n_new, new.len());
                    for (at, found) in fresh.iter().enumerate() {
                        prop_assert_eq!(found, &new.iter().map(|row| row[at]).collect::<Vec<_>>());
                    }
                }
                let span = spans[batch % spans.len()];
                let value = |seed: u64, column: usize| (seed.rotate_left(13 * column as u32) % u64::from(span)) as u32;
                let columns: Vec<Vec<u32>> =
                    (0..arity).map(|column| chunk.iter().map(|&seed| value(seed, column)).collect()).collect();
                let slices: Vec<&[u32]> = columns.iter().map(Vec::as_slice).collect();
                let mut fresh = vec![Vec::new(); arity];
                let n_new = seen.insert(&slices, chunk.len(), &mut fresh);
                let mut new = Vec::new();
                for row in 0..chunk.len() {
                    let values: Vec<u32> = columns.iter().map(|column| column[row]).collect();
                    if expected.insert(values.clone()) {
                        new.push(values);
                    }
                }
                prop_assert_eq!(n_new, new.len());
                for (column, values) in fresh.iter().enumerate() {
                    prop_assert_eq!(values, &new.iter().map(|row| row[column]).collect::<Vec<_>>());
                }
            }
        }
    }
}
