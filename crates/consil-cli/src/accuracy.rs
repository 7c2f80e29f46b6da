//! Accuracies as a table, each with how far it can be trusted.

use std::collections::BTreeMap;

use consil::{Matrix, Outcome, Score, TargetScore};
use serde::Serialize;

use crate::format::{percent, thousands};
use crate::style::TextStyle;
use crate::table::Table;
use crate::target_scores;
use crate::wilson::interval;

/// How many distinct items of each modality a split holds.
pub type Distinct = BTreeMap<String, usize>;

/// An accuracy and its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Accuracy {
    /// The share that came out right, in 0–1.
    pub accuracy: f64,
    /// The 95 % Wilson interval, in 0–1.
    pub interval: (f64, f64),
    /// How many were counted.
    pub n: usize,
    /// How many distinct ones among them, where that is known: repeats say nothing new, and so the interval counts these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distinct: Option<usize>,
}

impl Accuracy {
    fn new(accuracy: f64, n: usize, distinct: Option<usize>) -> Self {
        let distinct = distinct.filter(|distinct| *distinct < n);
        Self { accuracy, interval: interval(accuracy, distinct.unwrap_or(n)), n, distinct }
    }

    /// The interval as `91.2 – 95.8 %`.
    pub fn interval_text(&self) -> String {
        let (low, high) = self.interval;
        format!("{:.1} – {}", low * 100.0, percent(high))
    }
}

/// The accuracies of a score: of the result, then of each concept.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Accuracies {
    /// Of the result.
    pub result: Accuracy,
    /// Of each modality's concept, where the data knows its truth.
    pub concepts: BTreeMap<String, Accuracy>,
    /// What is known of each target. Empty for runs of version 0.1.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<TargetScore>,
}

impl Accuracies {
    /// From a score, the confusion of each input's concept, and what is known of repeats. A result can be trusted no further than its
    /// scarcest modality.
    pub fn new(score: &Score, concepts: &BTreeMap<String, Matrix>, distinct: Option<&Distinct>) -> Self {
        let of = |modality: &str| distinct.and_then(|distinct| distinct.get(modality).copied());
        let scarcest = distinct.and_then(|distinct| distinct.values().copied().min());
        let concept = |(name, accuracy): (&String, &f64)| {
            // `image(0)` and `image(1)` count together as `image`, as they do in the score.
            let matrices = concepts.iter().filter(|(input, _)| input.split('(').next() == Some(name));
            let n = matrices.map(|(_, matrix)| matrix.counts.iter().flatten().sum::<usize>()).sum();
            (name.clone(), Accuracy::new(*accuracy, n, of(name)))
        };
        Self {
            result: Accuracy::new(score.result_accuracy, score.n_samples, scarcest),
            concepts: score.concepts.iter().map(concept).collect(),
            targets: score.targets.clone(),
        }
    }

    /// Of a run's outcome.
    pub fn of_outcome(outcome: &Outcome, distinct: Option<&Distinct>) -> Self {
        Self::new(&outcome.test, &outcome.concepts, distinct)
    }

    /// Of the result and of each concept, by name.
    pub fn by_name(&self) -> impl Iterator<Item = (&str, &Accuracy)> {
        let concepts = self.concepts.iter().map(|(name, accuracy)| (name.as_str(), accuracy));
        std::iter::once(("result", &self.result)).chain(concepts)
    }

    /// As a table.
    pub fn render(&self, style: TextStyle) -> String {
        let shows_distinct = self.by_name().any(|(_, accuracy)| accuracy.distinct.is_some());
        let mut header = vec!["", "accuracy", "95 % interval", "samples"];
        header.extend(shows_distinct.then_some("distinct"));
        let mut table = Table::new(header);
        // Numbers have no accuracy.
        for (name, accuracy) in self.by_name().filter(|(_, accuracy)| !accuracy.accuracy.is_nan()) {
            let mut cells =
                vec![name.to_owned(), percent(accuracy.accuracy), accuracy.interval_text(), thousands(accuracy.n)];
            cells.extend(shows_distinct.then(|| accuracy.distinct.map_or_else(String::new, thousands)));
            table.row(cells);
        }
        table.render(style) + &target_scores::lines(&self.targets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(right: usize, wrong: usize) -> Matrix {
        Matrix { labels: vec!["a".into(), "b".into()], counts: vec![vec![right, wrong], vec![0, 0]] }
    }

    #[test]
    fn repeats_widen_the_interval_and_items_of_a_list_count_together() {
        let score = Score {
            n_samples: 200,
            loss: 0.1,
            result_accuracy: 0.9,
            concepts: BTreeMap::from([("image".to_owned(), 0.95)]),
            targets: Vec::new(),
        };
        let concepts =
            BTreeMap::from([("image(0)".to_owned(), matrix(190, 10)), ("image(1)".to_owned(), matrix(190, 10))]);
        let distinct = Distinct::from([("image".to_owned(), 40), ("speech".to_owned(), 20)]);
        let honest = Accuracies::new(&score, &concepts, Some(&distinct));
        assert_eq!((honest.concepts["image"].n, honest.concepts["image"].distinct), (400, Some(40)));
        assert_eq!(honest.concepts["image"].interval, interval(0.95, 40));
        assert_eq!(honest.result.interval, interval(0.9, 20));
        let text = honest.render(TextStyle::PLAIN);
        assert!(
            text.lines().all(|line| line.chars().count() == text.lines().next().unwrap().chars().count()),
            "{text}"
        );
    }
}
