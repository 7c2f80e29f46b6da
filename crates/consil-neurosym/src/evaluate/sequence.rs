//! Sequences against the true ones.

use serde::{Deserialize, Serialize};

/// Places and whole sequences that are right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceCounts {
    right_places: usize,
    places: usize,
    exact: usize,
    total: usize,
}

impl SequenceCounts {
    /// Counts one sequence: the class said at each place and the true one.
    pub(crate) fn count(&mut self, said: impl Iterator<Item = Option<usize>>, right: &[usize]) {
        let hits = said.zip(right).filter(|(said, right)| said.as_ref() == Some(right)).count();
        self.right_places += hits;
        self.places += right.len();
        self.exact += usize::from(hits == right.len());
        self.total += 1;
    }

    /// Adds the counts of other rows.
    pub(super) fn merge(&mut self, other: &Self) {
        self.right_places += other.right_places;
        self.places += other.places;
        self.exact += other.exact;
        self.total += other.total;
    }

    /// How many sequences have been counted.
    pub fn total(&self) -> usize {
        self.total
    }

    /// The share of sequences that are right at every place; NaN where nothing was counted.
    pub fn exact_match(&self) -> f64 {
        self.exact as f64 / self.total as f64
    }

    /// The share of places that are right; NaN where nothing was counted.
    pub fn place_accuracy(&self) -> f64 {
        self.right_places as f64 / self.places as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_is_right_where_all_its_places_are() {
        let mut counts = SequenceCounts::default();
        counts.count([Some(1), Some(2)].into_iter(), &[1, 2]);
        counts.count([Some(1), None].into_iter(), &[1, 2]);
        assert_eq!((counts.exact_match(), counts.place_accuracy(), counts.total()), (0.5, 0.75, 2));
    }
}
