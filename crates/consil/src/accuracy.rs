//! Accuracies, each with how far it can be trusted: the one place that says so, for training, evaluation, reports and the demo.
//!
//! An interval counts independent rows: where samples are composed of items that recur, repeats say nothing new. Beside the accuracy stand what
//! always saying the most frequent class would reach, and the balanced accuracy, the mean of the classes' recalls (Brodersen et al. 2010, ICPR,
//! "The balanced accuracy and its posterior distribution"), which no class can carry alone.

use std::collections::BTreeMap;

use consil_report::wilson;
use serde::Serialize;

use crate::outcome::{Matrix, Outcome, Score, TargetScore};
use crate::repeats::Repeats;

/// An accuracy and its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Accuracy {
    /// The share that came out right, in 0–1.
    pub accuracy: f64,
    /// The 95 % Wilson interval, in 0–1.
    pub interval: (f64, f64),
    /// How many were counted.
    pub n: usize,
    /// How many independent ones among them, where those are fewer: the interval counts these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distinct: Option<usize>,
}

impl Accuracy {
    /// An accuracy counted over `n`, of which `distinct` are independent.
    pub fn new(accuracy: f64, n: usize, distinct: Option<usize>) -> Self {
        let distinct = distinct.filter(|distinct| *distinct < n);
        Self { accuracy, interval: wilson(accuracy, distinct.unwrap_or(n)), n, distinct }
    }
}

/// How well a class is found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassRecall {
    /// The class.
    pub class: String,
    /// The share of its rows that were said to be of it, in 0–1.
    pub recall: f64,
    /// How many rows it has.
    pub n: usize,
}

/// The accuracies of a score: of the result, then of each concept.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Accuracies {
    /// Of the result.
    pub result: Accuracy,
    /// Of each modality's concept, where the data knows its truth.
    pub concepts: BTreeMap<String, Accuracy>,
    /// What always saying the most frequent class would reach, in 0–1.
    pub most_frequent: f64,
    /// The mean of the recalls of the classes that have rows, in 0–1.
    pub balanced: f64,
    /// The recall of each class that has rows, in the order of the matrix; empty where the result is no class.
    pub recalls: Vec<ClassRecall>,
    /// What is known of each target. Empty for runs of version 0.1.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<TargetScore>,
}

impl Accuracies {
    /// From a score, the confusion of the result and of each input's concept, and what is known of repeats.
    pub fn new(score: &Score, result: &Matrix, concepts: &BTreeMap<String, Matrix>, repeats: Option<&Repeats>) -> Self {
        let concept = |(name, accuracy): (&String, &f64)| {
            // `image(0)` and `image(1)` count together as `image`, as they do in the score.
            let matrices = concepts.iter().filter(|(input, _)| input.split('(').next() == Some(name));
            let distinct = repeats.and_then(|repeats| repeats.distinct.get(name).copied());
            (name.clone(), Accuracy::new(*accuracy, matrices.map(|(_, matrix)| total(matrix)).sum(), distinct))
        };
        let recalls = recalls(result);
        let n_judged = score.targets.first().map_or_else(|| total(result), |target| target.n_judged);
        Self {
            result: Accuracy::new(score.result_accuracy, n_judged, repeats.map(|repeats| repeats.independent)),
            concepts: score.concepts.iter().map(concept).collect(),
            most_frequent: most_frequent(result),
            balanced: recalls.iter().map(|class| class.recall).sum::<f64>() / recalls.len() as f64,
            recalls,
            targets: score.targets.clone(),
        }
    }

    /// Of a run's outcome.
    pub fn of_outcome(outcome: &Outcome) -> Self {
        Self::new(&outcome.test, &outcome.result, &outcome.concepts, outcome.repeats.as_ref())
    }

    /// Of the result and of each concept, by name.
    pub fn by_name(&self) -> impl Iterator<Item = (&str, &Accuracy)> {
        let concepts = self.concepts.iter().map(|(name, accuracy)| (name.as_str(), accuracy));
        std::iter::once(("result", &self.result)).chain(concepts)
    }
}

/// How many were counted.
pub(crate) fn total(matrix: &Matrix) -> usize {
    matrix.counts.iter().flatten().sum()
}

/// The share that always saying the most frequent label would get right; NaN where nothing was counted.
fn most_frequent(matrix: &Matrix) -> f64 {
    let most = matrix.counts.iter().map(|row| row.iter().sum::<usize>()).max().unwrap_or(0);
    most as f64 / total(matrix) as f64
}

fn recalls(matrix: &Matrix) -> Vec<ClassRecall> {
    let classes = matrix.labels.iter().zip(&matrix.counts).enumerate();
    let recall = |(i, (class, row)): (usize, (&String, &Vec<usize>))| {
        let n: usize = row.iter().sum();
        let right = row.get(i).copied().unwrap_or(0);
        (n > 0).then(|| ClassRecall { class: class.clone(), recall: right as f64 / n as f64, n })
    };
    classes.filter_map(recall).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(counts: &[&[usize]]) -> Matrix {
        let labels = ["a", "b", "c"].iter().take(counts.len()).map(|label| (*label).to_owned()).collect();
        Matrix { labels, counts: counts.iter().map(|row| row.to_vec()).collect() }
    }

    fn score(accuracy: f64) -> Score {
        Score { n_samples: 200, loss: 0.1, result_accuracy: accuracy, ..Score::default() }
    }

    #[test]
    fn repeats_widen_the_interval_and_items_of_a_list_count_together() {
        let score = Score { concepts: BTreeMap::from([("image".to_owned(), 0.95)]), ..score(0.9) };
        let of_item = matrix(&[&[190, 10], &[0, 0]]);
        let concepts = BTreeMap::from([("image(0)".to_owned(), of_item.clone()), ("image(1)".to_owned(), of_item)]);
        let distinct = BTreeMap::from([("image".to_owned(), 40), ("speech".to_owned(), 20)]);
        let repeats = Repeats { distinct, independent: 20 };
        let honest = Accuracies::new(&score, &matrix(&[&[180, 20], &[0, 0]]), &concepts, Some(&repeats));
        assert_eq!((honest.concepts["image"].n, honest.concepts["image"].distinct), (400, Some(40)));
        assert_eq!(honest.concepts["image"].interval, wilson(0.95, 40));
        assert_eq!((honest.result.n, honest.result.interval), (200, wilson(0.9, 20)));
    }

    #[test]
    fn a_class_that_is_everywhere_does_not_carry_the_balanced_accuracy() {
        let found =
            Accuracies::new(&score(0.99), &matrix(&[&[1, 1, 0], &[0, 198, 0], &[0, 0, 0]]), &BTreeMap::new(), None);
        assert_eq!((found.most_frequent, found.balanced), (0.99, 0.75));
        let recalls: Vec<(&str, f64, usize)> =
            found.recalls.iter().map(|class| (class.class.as_str(), class.recall, class.n)).collect();
        assert_eq!(recalls, [("a", 0.5, 2), ("b", 1.0, 198)], "a class without rows has no recall");
    }

    #[test]
    fn an_interval_is_of_the_rows_that_were_judged() {
        // Three rows were read, and the labels of two of them are none that the model knows.
        let score = Score { n_samples: 3, ..score(1.0) };
        let found = Accuracies::new(&score, &matrix(&[&[1, 0], &[0, 0]]), &BTreeMap::new(), None);
        assert_eq!((found.result.n, found.result.interval), (1, wilson(1.0, 1)));
    }
}
