//! Sets of labels against the true ones.

use std::collections::BTreeMap;

use consil_logic::Term;
use serde::{Deserialize, Serialize};

use crate::answer::LABEL_THRESHOLD;
use crate::spelling::spell;

/// Labels said rightly, said wrongly and missed, and sets that are right as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelCounts {
    /// For each label: said and true, said and false, not said and true.
    by_label: BTreeMap<String, [usize; 3]>,
    exact: usize,
    total: usize,
}

impl LabelCounts {
    /// Counts one set: a label is said from a probability of ½ on; `right` are the indices of the true ones, ascending.
    pub(crate) fn count(&mut self, labels: &[Term], probabilities: &[f64], right: &[usize]) {
        let mut is_exact = true;
        for (i, (label, p)) in labels.iter().zip(probabilities).enumerate() {
            let (is_said, is_true) = (*p >= LABEL_THRESHOLD, right.binary_search(&i).is_ok());
            let counts = self.by_label.entry(spell(label)).or_default();
            match (is_said, is_true) {
                (true, true) => counts[0] += 1,
                (true, false) => counts[1] += 1,
                (false, true) => counts[2] += 1,
                (false, false) => {}
            }
            is_exact &= is_said == is_true;
        }
        self.exact += usize::from(is_exact);
        self.total += 1;
    }

    /// Adds the counts of other rows.
    pub(super) fn merge(&mut self, other: &Self) {
        for (label, theirs) in &other.by_label {
            let ours = self.by_label.entry(label.clone()).or_default();
            ours.iter_mut().zip(theirs).for_each(|(ours, theirs)| *ours += theirs);
        }
        self.exact += other.exact;
        self.total += other.total;
    }

    /// How many sets have been counted.
    pub fn total(&self) -> usize {
        self.total
    }

    /// The share of sets that are right as a whole; NaN where nothing was counted.
    pub fn exact_match(&self) -> f64 {
        self.exact as f64 / self.total as f64
    }

    /// `2 TP / (2 TP + FP + FN)` over all labels together; 1 where no label is true and none said.
    pub fn micro_f1(&self) -> f64 {
        let sums = self
            .by_label
            .values()
            .fold([0; 3], |sums: [usize; 3], counts| std::array::from_fn(|i| sums[i] + counts[i]));
        f1(sums)
    }

    /// The F1 of each label.
    pub fn f1(&self) -> BTreeMap<String, f64> {
        self.by_label.iter().map(|(label, counts)| (label.clone(), f1(*counts))).collect()
    }

    /// The mean F1 over labels, rare and frequent alike; NaN where nothing was counted.
    pub fn macro_f1(&self) -> f64 {
        self.f1().values().sum::<f64>() / self.by_label.len() as f64
    }
}

fn f1([said_rightly, said_wrongly, missed]: [usize; 3]) -> f64 {
    match 2 * said_rightly + said_wrongly + missed {
        0 => 1.0,
        all => 2.0 * said_rightly as f64 / all as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against scikit-learn's definitions, by hand: a is said twice (once rightly), b missed once.
    #[test]
    fn f1_and_exact_match() {
        let labels = [Term::atom("a"), Term::atom("b")];
        let mut counts = LabelCounts::default();
        counts.count(&labels, &[0.9, 0.1], &[0]);
        counts.count(&labels, &[0.5, 0.4], &[1]);
        counts.count(&labels, &[0.1, 0.2], &[]);
        assert_eq!(counts.exact_match(), 2.0 / 3.0);
        // TP 1, FP 1, FN 1.
        assert_eq!(counts.micro_f1(), 0.5);
        assert_eq!(counts.f1(), BTreeMap::from([("a".to_owned(), 2.0 / 3.0), ("b".to_owned(), 0.0)]));
        assert_eq!(counts.macro_f1(), 1.0 / 3.0);
    }
}
