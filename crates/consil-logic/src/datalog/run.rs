//! A sorted run: distinct rows in lexicographic order, one vector for each column.

use super::sort::{Key, gallop, merge_keys, sort_keys};

/// Rows of one relation in one order of its columns.
#[derive(Clone, Debug, Default)]
pub(super) struct Run {
    len: usize,
    columns: Vec<Vec<u32>>,
    starts: Option<Starts>,
}

/// Where the rows of each value of the first column begin, kept where the values are dense enough to pay for it.
#[derive(Clone, Debug)]
struct Starts {
    lowest: u32,
    at: Vec<u32>,
}

/// A run of fewer rows is searched quickly enough without an array of starts.
const INDEXED_FROM: usize = 32;

impl Run {
    /// Sorts rows and drops repetitions. `len` counts the rows; it matters where there are no columns.
    pub(super) fn sort(columns: Vec<Vec<u32>>, len: usize) -> Self {
        let arity = columns.len();
        match arity {
            0 => Self::sorted(columns, len.min(1)),
            1 | 2 => Self::sort_packed::<u64>(columns),
            3 | 4 => Self::sort_packed::<u128>(columns),
            _ => Self::sort_wide(&columns, len),
        }
    }

    /// Rows that are sorted and distinct already.
    pub(super) fn sorted(mut columns: Vec<Vec<u32>>, len: usize) -> Self {
        columns.iter_mut().for_each(|column| column.shrink_to_fit());
        let starts = columns.first().and_then(|first| Starts::of(first));
        Self { len, columns, starts }
    }

    /// Rows in any order, for scans only.
    pub(super) fn unsorted(columns: Vec<Vec<u32>>, len: usize) -> Self {
        Self { len, columns, starts: None }
    }

    fn sort_packed<K: Key>(columns: Vec<Vec<u32>>) -> Self {
        let arity = columns.len();
        let sorted = {
            let first = &columns[0];
            (1..first.len()).all(|row| {
                let before = K::pack(arity, |column| columns[column][row - 1]);
                before < K::pack(arity, |column| columns[column][row])
            })
        };
        if sorted {
            let len = columns[0].len();
            return Self::sorted(columns, len);
        }
        let mut keys = pack::<K>(&columns);
        drop(columns);
        sort_keys(&mut keys);
        Self::unpack(arity, &keys)
    }

    fn sort_wide(columns: &[Vec<u32>], len: usize) -> Self {
        let mut rows: Vec<u32> = (0..len as u32).collect();
        let row = |at: u32| columns.iter().map(move |column| column[at as usize]);
        rows.sort_unstable_by(|&a, &b| row(a).cmp(row(b)));
        rows.dedup_by(|a, b| row(*a).eq(row(*b)));
        let gather = |column: &Vec<u32>| rows.iter().map(|&at| column[at as usize]).collect();
        Self::sorted(columns.iter().map(gather).collect(), rows.len())
    }

    fn unpack<K: Key>(arity: usize, keys: &[K]) -> Self {
        let column = |index| keys.iter().map(|key| key.column(arity, index)).collect();
        Self::sorted((0..arity).map(column).collect(), keys.len())
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn arity(&self) -> usize {
        self.columns.len()
    }

    pub(super) fn column(&self, index: usize) -> &[u32] {
        &self.columns[index]
    }

    pub(super) fn columns(&self) -> &[Vec<u32>] {
        &self.columns
    }

    pub(super) fn row(&self, row: usize) -> Vec<u32> {
        self.columns.iter().map(|column| column[row]).collect()
    }

    /// How many values the first column has, as far as that is known without counting.
    pub(super) fn n_first(&self) -> Option<usize> {
        self.starts.as_ref().map(|starts| starts.at.len() - 1)
    }

    /// The rows that begin with `prefix`.
    pub(super) fn find(&self, prefix: &[u32]) -> (usize, usize) {
        let (mut low, mut high) = (0, self.len);
        if self.len == 0 {
            return (0, 0);
        }
        for (index, &value) in prefix.iter().enumerate() {
            (low, high) = match &self.starts {
                Some(starts) if index == 0 => starts.find(value),
                _ => equal_range(&self.columns[index][..high], low, value),
            };
            if low == high {
                break;
            }
        }
        (low, high)
    }

    /// The rows whose first column is `value`.
    pub(super) fn find_first(&self, value: u32) -> (usize, usize) {
        match &self.starts {
            Some(starts) => starts.find(value),
            None => equal_range(&self.columns[0], 0, value),
        }
    }

    pub(super) fn contains(&self, row: &[u32]) -> bool {
        let (low, high) = self.find(row);
        low < high
    }

    /// The same rows with their columns in the order `columns`.
    pub(super) fn reordered(&self, columns: &[usize]) -> Self {
        if columns.iter().copied().eq(0..self.arity()) {
            return self.clone();
        }
        Self::sort(columns.iter().map(|&column| self.columns[column].clone()).collect(), self.len)
    }

    /// The union of two runs.
    pub(super) fn union(&self, other: &Self) -> Self {
        if self.len == 0 || other.len == 0 {
            return if self.len == 0 { other.clone() } else { self.clone() };
        }
        match self.arity() {
            1 | 2 => Self::unpack(self.arity(), &merge_keys::<u64>(&pack(&self.columns), &pack(&other.columns))),
            3 | 4 => Self::unpack(self.arity(), &merge_keys::<u128>(&pack(&self.columns), &pack(&other.columns))),
            _ => {
                let both = |(a, b): (&Vec<u32>, &Vec<u32>)| [a.as_slice(), b].concat();
                let columns = self.columns.iter().zip(&other.columns).map(both).collect();
                Self::sort(columns, self.len + other.len)
            }
        }
    }

    /// The rows for which `keep` holds.
    pub(super) fn retain(&self, mut keep: impl FnMut(&[u32]) -> bool) -> Self {
        let mut row = vec![0; self.arity()];
        let mut columns = vec![Vec::new(); self.arity()];
        let mut len = 0;
        for at in 0..self.len {
            row.iter_mut().zip(&self.columns).for_each(|(value, column)| *value = column[at]);
            if keep(&row) {
                columns.iter_mut().zip(&row).for_each(|(column, &value)| column.push(value));
                len += 1;
            }
        }
        Self::sorted(columns, len)
    }

    pub(super) fn bytes(&self) -> usize {
        let words: usize = self.columns.iter().map(Vec::capacity).sum();
        let starts = self.starts.as_ref().map_or(0, |starts| starts.at.capacity());
        (words + starts) * size_of::<u32>()
    }
}

fn pack<K: Key>(columns: &[Vec<u32>]) -> Vec<K> {
    (0..columns[0].len()).map(|row| K::pack(columns.len(), |column| columns[column][row])).collect()
}

fn equal_range(sorted: &[u32], from: usize, value: u32) -> (usize, usize) {
    let low = from + sorted[from..].partition_point(|&other| other < value);
    let high = if value == u32::MAX { sorted.len() } else { gallop(sorted, low, value + 1) };
    (low, high)
}

impl Starts {
    /// The starts, where they cost no more than the column itself.
    fn of(first: &[u32]) -> Option<Self> {
        let (&lowest, &highest) = (first.first()?, first.last()?);
        let n_values = (highest - lowest) as usize + 1;
        if first.len() < INDEXED_FROM || n_values > first.len() {
            return None;
        }
        let mut at = Vec::with_capacity(n_values + 1);
        for (row, &value) in first.iter().enumerate() {
            while at.len() <= (value - lowest) as usize {
                at.push(row as u32);
            }
        }
        at.push(first.len() as u32);
        Some(Self { lowest, at })
    }

    fn find(&self, value: u32) -> (usize, usize) {
        let index = value.wrapping_sub(self.lowest) as usize;
        match self.at.get(index..) {
            Some([low, high, ..]) => (*low as usize, *high as usize),
            _ => (0, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    fn run(rows: &[Vec<u32>], arity: usize) -> Run {
        Run::sort((0..arity).map(|column| rows.iter().map(|row| row[column]).collect()).collect(), rows.len())
    }

    fn set(run: &Run) -> Vec<Vec<u32>> {
        (0..run.len()).map(|at| run.row(at)).collect()
    }

    fn rows(arity: usize) -> impl Strategy<Value = Vec<Vec<u32>>> {
        prop::collection::vec(prop::collection::vec(0..6u32, arity), 0..120)
    }

    proptest! {
        #[test]
        fn runs_are_sets_in_order((a, b, arity) in (1..=5usize).prop_flat_map(|n| (rows(n), rows(n), Just(n)))) {
            let (x, y) = (run(&a, arity), run(&b, arity));
            let (sa, sb): (BTreeSet<_>, BTreeSet<_>) = (a.into_iter().collect(), b.into_iter().collect());
            prop_assert_eq!(set(&x), sa.iter().cloned().collect::<Vec<_>>());
            prop_assert_eq!(set(&x.union(&y)), sa.union(&sb).cloned().collect::<Vec<_>>());
            prop_assert_eq!(set(&x.retain(|row| !y.contains(row))), sa.difference(&sb).cloned().collect::<Vec<_>>());
            for prefix in 0..7u32 {
                let (low, high) = x.find(&[prefix]);
                prop_assert_eq!(high - low, sa.iter().filter(|row| row[0] == prefix).count());
                prop_assert_eq!(x.find_first(prefix), (low, high));
            }
            let back: Vec<usize> = (0..arity).rev().collect();
            prop_assert_eq!(set(&x.reordered(&back).reordered(&back)), set(&x));
        }
    }
}
