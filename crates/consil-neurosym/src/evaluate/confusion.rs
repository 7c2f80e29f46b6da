//! True labels against predicted ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::spelling::label_order;

/// True labels against predicted ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(String, String, usize)>", into = "Vec<(String, String, usize)>")]
pub struct Confusion {
    counts: BTreeMap<(String, String), usize>,
}

impl From<Vec<(String, String, usize)>> for Confusion {
    fn from(counts: Vec<(String, String, usize)>) -> Self {
        Self { counts: counts.into_iter().map(|(truth, said, n)| ((truth, said), n)).collect() }
    }
}

impl From<Confusion> for Vec<(String, String, usize)> {
    fn from(confusion: Confusion) -> Self {
        confusion.counts.into_iter().map(|((truth, said), n)| (truth, said, n)).collect()
    }
}

impl Confusion {
    /// Counts one pair.
    pub fn count(&mut self, truth: &str, predicted: &str) {
        *self.counts.entry((truth.to_owned(), predicted.to_owned())).or_default() += 1;
    }

    /// Adds all counts of another matrix.
    pub fn add(&mut self, other: &Confusion) {
        for (pair, count) in &other.counts {
            *self.counts.entry(pair.clone()).or_default() += count;
        }
    }

    /// How many pairs have been counted.
    pub fn total(&self) -> usize {
        self.counts.values().sum()
    }

    /// The share of pairs whose labels agree; NaN where nothing was counted.
    pub fn accuracy(&self) -> f64 {
        let right: usize = self.counts.iter().filter(|((truth, said), _)| truth == said).map(|(_, n)| n).sum();
        right as f64 / self.total() as f64
    }

    /// The accuracy of always answering with the most frequent true label: what a model must beat. NaN where nothing was counted.
    pub fn baseline(&self) -> f64 {
        let most = self.by_truth().into_values().map(|(_, n)| n).max().unwrap_or(0);
        most as f64 / self.total() as f64
    }

    /// The share of each true label that was recognised.
    pub fn recall(&self) -> BTreeMap<String, f64> {
        let shares = self.by_truth().into_iter().map(|(label, (right, n))| (label.to_owned(), right as f64 / n as f64));
        shares.collect()
    }

    /// The mean recall over the labels that occur: ½ for two labels answered blindly, whatever their shares. NaN where nothing was counted.
    pub fn balanced_accuracy(&self) -> f64 {
        let recall = self.recall();
        recall.values().sum::<f64>() / recall.len() as f64
    }

    /// Every label that occurs, numbers in their order before words in theirs.
    pub fn labels(&self) -> Vec<String> {
        let mut labels: Vec<String> =
            self.counts.keys().flat_map(|(truth, said)| [truth.clone(), said.clone()]).collect();
        labels.sort_by(|a, b| label_order(a, b));
        labels.dedup();
        labels
    }

    /// How often `truth` was called `predicted`.
    pub fn get(&self, truth: &str, predicted: &str) -> usize {
        self.counts.get(&(truth.to_owned(), predicted.to_owned())).copied().unwrap_or(0)
    }

    /// For each true label, how often it was recognised and how often it occurs.
    fn by_truth(&self) -> BTreeMap<&str, (usize, usize)> {
        let mut by_truth: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for ((truth, said), n) in &self.counts {
            let (right, all) = by_truth.entry(truth).or_default();
            *right += if truth == said { *n } else { 0 };
            *all += n;
        }
        by_truth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_a_hundred_missed_is_99_percent_and_balanced_a_half() {
        let mut confusion = Confusion::default();
        (0..99).for_each(|_| confusion.count("well", "well"));
        confusion.count("ill", "well");
        assert_eq!((confusion.accuracy(), confusion.baseline(), confusion.balanced_accuracy()), (0.99, 0.99, 0.5));
        assert_eq!(confusion.recall(), BTreeMap::from([("ill".to_owned(), 0.0), ("well".to_owned(), 1.0)]));
        assert!(Confusion::default().balanced_accuracy().is_nan());
    }

    #[test]
    fn classes_that_are_equal_as_numbers_are_classes_of_their_own() {
        let mut confusion = Confusion::default();
        for (truth, said) in
            [("01067", "01067"), ("1067", "01067"), ("01067", "1067"), ("1067", "1067"), ("80331", "80331")]
        {
            confusion.count(truth, said);
        }
        for (a, b) in [("0.10", "0.1"), ("9223372036854775808", "9223372036854775809")] {
            confusion.count(a, b);
            confusion.count(b, a);
        }
        let labels = confusion.labels();
        assert_eq!(labels, ["0.1", "0.10", "01067", "1067", "80331", "9223372036854775808", "9223372036854775809"]);
        let counted: usize = labels.iter().flat_map(|t| labels.iter().map(|p| confusion.get(t, p))).sum();
        assert_eq!(counted, confusion.total());
    }
}
