//! Which rows a step sees.

use std::ops::Range;

use consil_random::Key;

use crate::task::Task;

/// The rows in the order of an epoch (from 0): at random, then as the task arranges them.
pub(crate) fn order_of(task: &dyn Task, rows: &[usize], epoch: usize, batch_size: usize, key: Key) -> Vec<usize> {
    task.arrange(shuffled(rows, epoch, key), batch_size, key.child("arrange").at(epoch as u64))
}

fn shuffled(rows: &[usize], epoch: usize, key: Key) -> Vec<usize> {
    let mut order = rows.to_vec();
    key.child("shuffle").nth_stream(epoch as u64).shuffle(&mut order);
    order
}

/// How many batches `n_rows` make.
///
/// A last batch of a single row joins the batch before it: batch normalisation has no variance of one row, and its gradient would be
/// the noisiest of the epoch.
pub(crate) fn n_batches(n_rows: usize, batch_size: usize) -> usize {
    let size = batch_size.max(1);
    let n = n_rows.div_ceil(size);
    if n > 1 && size > 1 && n_rows % size == 1 { n - 1 } else { n }
}

/// The positions in the epoch's order that batch number `batch` sees.
pub(crate) fn batch_range(n_rows: usize, batch_size: usize, batch: usize) -> Range<usize> {
    let is_last = batch + 1 == n_batches(n_rows, batch_size);
    batch * batch_size..if is_last { n_rows } else { (batch + 1) * batch_size }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_row_is_in_exactly_one_batch(n_rows in 1usize..300, batch_size in 1usize..70) {
            let n = n_batches(n_rows, batch_size);
            let ranges: Vec<Range<usize>> = (0..n).map(|batch| batch_range(n_rows, batch_size, batch)).collect();
            let covered: Vec<usize> = ranges.iter().cloned().flatten().collect();
            prop_assert_eq!(covered, (0..n_rows).collect::<Vec<_>>());
            prop_assert!(ranges.iter().all(|range| range.len() <= batch_size + 1));
            let alone = ranges.iter().any(|range| range.len() == 1);
            prop_assert!(!alone || batch_size == 1 || n_rows == 1, "a batch of one row among {:?}", ranges);
        }
    }

    #[test]
    fn each_epoch_has_its_own_order_of_the_same_rows() {
        let rows: Vec<usize> = (10..60).collect();
        let (first, second) = (shuffled(&rows, 0, Key::new(7)), shuffled(&rows, 1, Key::new(7)));
        assert_ne!(first, second);
        assert_eq!(first, shuffled(&rows, 0, Key::new(7)));
        for mut order in [first, second] {
            order.sort_unstable();
            assert_eq!(order, rows);
        }
    }
}
