//! Batches of rows of like length.
//!
//! A batch is padded to its longest row. Rows in random order put a long one into nearly every batch; sorting all of them
//! would give the same batches in each epoch. In between, windows of several batches are sorted by length and cut, and the
//! batches of a window come in random order (as in tf.data's bucketing and fairseq's batch iterators).

use consil_random::Key;

/// Batches whose rows are sorted together.
const WINDOW: usize = 16;

/// Puts rows, in the random order of an epoch, into an order whose batches of `batch_size` hold rows of like length.
/// `length` is that of a row. The order is a function of the rows' order and the key, so that an epoch resumes; each row
/// occurs once; a last batch with fewer rows stays the last.
pub fn by_length(rows: &[usize], length: impl Fn(usize) -> usize, batch_size: usize, key: Key) -> Vec<usize> {
    let batch_size = batch_size.max(1);
    let mut ordered = Vec::with_capacity(rows.len());
    for (nth, window) in rows.chunks(batch_size.saturating_mul(WINDOW)).enumerate() {
        let mut window = window.to_vec();
        // Stable, so that rows of one length keep their random order.
        window.sort_by_key(|row| length(*row));
        let (whole, rest) = window.split_at(window.len() / batch_size * batch_size);
        let mut batches: Vec<&[usize]> = whole.chunks(batch_size).collect();
        key.child("buckets").at(nth as u64).stream().shuffle(&mut batches);
        ordered.extend(batches.concat());
        ordered.extend(rest);
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn padded(rows: &[usize], length: impl Fn(usize) -> usize, batch_size: usize) -> usize {
        rows.chunks(batch_size).map(|batch| batch.len() * batch.iter().map(|row| length(*row)).max().unwrap()).sum()
    }

    #[test]
    fn rows_of_like_length_meet_and_each_occurs_once() {
        let key = Key::new(3);
        let rows = key.stream().permutation(1_000);
        // Lengths from 1 to 100, and one of 5,000.
        let length = |row: usize| if row == 7 { 5_000 } else { 1 + row * 31 % 100 };
        let ordered = by_length(&rows, length, 32, key);
        let mut sorted = ordered.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..1_000).collect::<Vec<_>>());
        let total: usize = (0..1_000).filter(|row| *row != 7).map(length).sum();
        // Less than a tenth of padding beside the batch with the long row, against nearly a half in random order.
        assert!(padded(&ordered, length, 32) - 32 * 5_000 < total * 11 / 10);
        assert!(padded(&rows, length, 32) - 32 * 5_000 > total * 17 / 10);
    }

    #[test]
    fn the_order_is_a_function_of_the_key_and_differs_between_epochs() {
        let rows: Vec<usize> = (0..100).collect();
        let order = |seed| by_length(&rows, |row| row % 7, 8, Key::new(seed));
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
        assert_eq!(by_length(&[3, 1, 2], |_| 1, 0, Key::new(1)).len(), 3);
    }
}
