//! Evaluation: how often answers and latent concepts come out right.
//!
//! All that is kept are counts and sums, so that evaluations of parts of the rows, made at different places, merge into that of all rows.

mod confusion;
mod labels;
mod numbers;
mod sequence;

use std::collections::BTreeMap;

use consil_logic::Term;
use consil_nn::Metrics;
use serde::{Deserialize, Serialize};

pub use confusion::Confusion;
pub use labels::LabelCounts;
pub use numbers::NumberErrors;
pub use sequence::SequenceCounts;

use crate::answer::{AnswerValue, Prediction};
use crate::spelling::{find, read, spell};
use crate::target::Truth;

/// Counts over a set of predictions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Samples predicted.
    pub n_samples: usize,
    /// What was counted of each target, in the order of the task's targets.
    pub targets: Vec<TargetEvaluation>,
    /// For each input of a network that the data knows the truth of (`image`, `image(0)`): the true class against the predicted one.
    pub concepts: BTreeMap<String, Confusion>,
}

/// Counts of one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetEvaluation {
    /// The target.
    pub name: String,
    /// The weight of its loss.
    pub weight: f64,
    /// Samples that were judged.
    pub n_judged: usize,
    /// Labels that the model cannot answer with, and in how many samples: these are not judged.
    pub unknown: BTreeMap<String, usize>,
    /// The sum of the losses of the samples judged: `−log P(answer)` in nats; of labels the mean over labels; of numbers in units of their spread.
    pub total_loss: f64,
    /// What was counted.
    pub counts: Counts,
}

/// Counts by the kind of a target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Counts {
    /// The true class against the predicted one.
    Class(Confusion),
    /// Labels said and missed.
    Labels(LabelCounts),
    /// How far each number is off.
    Numbers(Vec<NumberErrors>),
    /// Places and whole sequences that are right.
    Sequence(SequenceCounts),
}

impl Evaluation {
    /// Nothing counted yet of some targets.
    pub fn new(targets: impl IntoIterator<Item = TargetEvaluation>) -> Self {
        Self { targets: targets.into_iter().collect(), ..Self::default() }
    }

    /// Adds the counts of other rows, of the same task.
    ///
    /// # Errors
    /// [`OtherTask`] where the targets are others; nothing is added then.
    pub fn merge(&mut self, other: &Self) -> Result<(), OtherTask> {
        let alike = |(ours, theirs): (&TargetEvaluation, &TargetEvaluation)| {
            ours.name == theirs.name && ours.counts.is_like(&theirs.counts)
        };
        if self.targets.len() != other.targets.len() || !self.targets.iter().zip(&other.targets).all(alike) {
            return Err(OtherTask);
        }
        self.n_samples += other.n_samples;
        self.targets.iter_mut().zip(&other.targets).for_each(|(ours, theirs)| ours.merge(theirs));
        for (inputs, confusion) in &other.concepts {
            self.concepts.entry(inputs.clone()).or_default().add(confusion);
        }
        Ok(())
    }

    /// Counts what the networks saw in one prediction; `concept` knows what the inputs of a neural predicate truly show.
    pub fn count_concepts<'a>(&mut self, prediction: &Prediction, concept: impl Fn(&[Term]) -> Option<&'a str>) {
        for seen in prediction.networks.iter().filter(|seen| seen.present) {
            if let Some(truth) = concept(&seen.inputs) {
                let classes: Vec<Term> = seen.classes.iter().map(|class| read(class)).collect();
                let truth = find(&classes, truth).map_or(truth, |known| seen.classes[known].as_str());
                self.concepts.entry(seen.inputs_name()).or_default().count(truth, &seen.classes[seen.argmax()]);
            }
        }
    }

    /// The true class against the predicted one of the first target; empty where that is none of classes.
    pub fn result(&self) -> Confusion {
        match self.targets.first().map(|target| &target.counts) {
            Some(Counts::Class(confusion)) => confusion.clone(),
            _ => Confusion::default(),
        }
    }

    /// The accuracy of concepts by modality: `image(0)` and `image(1)` count together as `image`.
    pub fn concept_accuracy(&self) -> BTreeMap<String, f64> {
        let mut by_modality: BTreeMap<String, Confusion> = BTreeMap::new();
        for (inputs, confusion) in &self.concepts {
            let modality = inputs.split('(').next().unwrap_or(inputs).to_owned();
            by_modality.entry(modality).or_default().add(confusion);
        }
        by_modality.into_iter().map(|(modality, confusion)| (modality, confusion.accuracy())).collect()
    }

    /// The mean loss: the targets' mean losses, each with its weight; NaN where nothing was judged.
    pub fn loss(&self) -> f64 {
        let judged: Vec<&TargetEvaluation> = self.targets.iter().filter(|target| target.n_judged > 0).collect();
        if judged.is_empty() { f64::NAN } else { judged.iter().map(|target| target.weight * target.loss()).sum() }
    }

    /// As metrics: `loss`, what the first target says (`accuracy`, `f1`, `r2`, …) by its plain name, all targets by `TARGET.METRIC` where there are
    /// several, and `concept.MODALITY` for each modality whose truth is known.
    pub fn metrics(&self) -> Metrics {
        let mut metrics = Metrics::default();
        let loss = self.loss();
        if !loss.is_nan() {
            metrics.push("loss", loss);
        }
        for (nth, target) in self.targets.iter().enumerate().filter(|(_, target)| target.n_judged > 0) {
            for (metric, value) in target.metrics() {
                if nth == 0 {
                    metrics.push(metric, value);
                }
                if self.targets.len() > 1 {
                    metrics.push(&format!("{}.{metric}", target.name), value);
                }
            }
        }
        for (modality, accuracy) in self.concept_accuracy() {
            metrics.push(&format!("concept.{modality}"), accuracy);
        }
        metrics
    }
}

/// Evaluations of different tasks, which cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the evaluations are of tasks with different targets")]
pub struct OtherTask;

impl Counts {
    /// Whether both count the same kind of answer.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Numbers(ours), Self::Numbers(theirs)) => ours.len() == theirs.len(),
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl TargetEvaluation {
    /// Nothing counted yet.
    pub fn new(name: &str, weight: f64, counts: Counts) -> Self {
        Self { name: name.to_owned(), weight, n_judged: 0, unknown: BTreeMap::new(), total_loss: 0.0, counts }
    }

    /// Adds the counts of other rows.
    fn merge(&mut self, other: &Self) {
        self.n_judged += other.n_judged;
        self.total_loss += other.total_loss;
        for (label, n) in &other.unknown {
            *self.unknown.entry(label.clone()).or_default() += n;
        }
        match (&mut self.counts, &other.counts) {
            (Counts::Class(ours), Counts::Class(theirs)) => ours.add(theirs),
            (Counts::Labels(ours), Counts::Labels(theirs)) => ours.merge(theirs),
            (Counts::Numbers(ours), Counts::Numbers(theirs)) => {
                ours.iter_mut().zip(theirs).for_each(|(ours, theirs)| ours.merge(theirs));
            }
            (Counts::Sequence(ours), Counts::Sequence(theirs)) => ours.merge(theirs),
            _ => {}
        }
    }

    /// Counts an answer and its loss.
    pub(crate) fn count(&mut self, answer: &AnswerValue, truth: &Truth, loss: f64) {
        match (&mut self.counts, answer, truth) {
            (_, _, Truth::Absent) => return,
            (_, _, Truth::Unknown(label)) => {
                *self.unknown.entry(label.clone()).or_default() += 1;
                return;
            }
            (Counts::Class(confusion), AnswerValue::Class(said), Truth::Class(right)) => {
                let predicted = said.best().map(|(class, _)| spell(class)).unwrap_or_default();
                confusion.count(&spell(&said.classes[*right]), &predicted);
            }
            (Counts::Labels(counts), AnswerValue::Labels { labels, probabilities }, Truth::Labels(right)) => {
                counts.count(labels, probabilities, right);
            }
            (Counts::Numbers(errors), AnswerValue::Numbers(said), Truth::Numbers(right)) => {
                errors
                    .iter_mut()
                    .zip(said.iter().zip(right))
                    .for_each(|(errors, (said, right))| errors.count(*said, *right));
            }
            (Counts::Sequence(counts), AnswerValue::Sequence(said), Truth::Sequence(right)) => {
                counts.count(said.iter().map(|(_, at)| at.best_index()), right);
            }
            _ => return,
        }
        self.n_judged += 1;
        self.total_loss += loss;
    }

    /// The mean loss of the samples judged; NaN where there are none.
    pub fn loss(&self) -> f64 {
        self.total_loss / self.n_judged as f64
    }

    /// The share of the samples judged whose answer is right as a whole; none of numbers.
    pub fn accuracy(&self) -> Option<f64> {
        match &self.counts {
            Counts::Class(confusion) => Some(confusion.accuracy()),
            Counts::Labels(counts) => Some(counts.exact_match()),
            Counts::Sequence(counts) => Some(counts.exact_match()),
            Counts::Numbers(_) => None,
        }
    }

    /// The measurements of this kind of target by name.
    pub fn metrics(&self) -> Vec<(&'static str, f64)> {
        match &self.counts {
            Counts::Class(confusion) => vec![("accuracy", confusion.accuracy())],
            Counts::Labels(counts) => vec![("f1", counts.micro_f1()), ("accuracy", counts.exact_match())],
            Counts::Sequence(counts) => {
                vec![("accuracy", counts.exact_match()), ("place-accuracy", counts.place_accuracy())]
            }
            Counts::Numbers(errors) => {
                let mean = |of: fn(&NumberErrors) -> f64| errors.iter().map(of).sum::<f64>() / errors.len() as f64;
                vec![
                    ("r2", mean(NumberErrors::r2)),
                    ("mae", mean(NumberErrors::mae)),
                    ("rmse", mean(NumberErrors::rmse)),
                ]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::answer::Distribution;

    fn nothing() -> Evaluation {
        let targets = [
            ("class", Counts::Class(Confusion::default())),
            ("labels", Counts::Labels(LabelCounts::default())),
            ("number", Counts::Numbers(vec![NumberErrors::default()])),
        ];
        Evaluation::new(targets.map(|(name, counts)| TargetEvaluation::new(name, 1.0, counts)))
    }

    /// The evaluation of some of twelve rows.
    fn of(rows: impl Iterator<Item = usize>) -> Evaluation {
        let classes: Arc<[Term]> = ["low", "high"].map(Term::atom).into();
        let labels: Arc<[Term]> = ["red", "blue"].map(Term::atom).into();
        let mut evaluation = nothing();
        for row in rows {
            evaluation.n_samples += 1;
            let p = (row * 5 % 12) as f64 / 12.0;
            let said = Distribution { classes: Arc::clone(&classes), probabilities: vec![p, 1.0 - p] };
            let truth = if row == 4 { Truth::Unknown("odd".to_owned()) } else { Truth::Class(row % 2) };
            evaluation.targets[0].count(&AnswerValue::Class(said), &truth, p);
            let said = AnswerValue::Labels { labels: Arc::clone(&labels), probabilities: vec![p, 1.0 - p] };
            evaluation.targets[1].count(&said, &Truth::Labels(vec![row % 2]), 0.5);
            let number = 1e6 + (row * row) as f64;
            evaluation.targets[2].count(&AnswerValue::Numbers(vec![number + p]), &Truth::Numbers(vec![number]), p);
            evaluation.concepts.entry("image".to_owned()).or_default().count("1", &(row % 3).to_string());
        }
        evaluation
    }

    #[test]
    fn evaluations_of_parts_merge_into_that_of_all_rows() {
        let whole = of(0..12);
        let mut merged = nothing();
        for part in [of(0..1), of(1..1), of(1..8), of(8..12)] {
            // As it travels.
            let bytes = serde_json::to_vec(&part).unwrap();
            merged.merge(&serde_json::from_slice(&bytes).unwrap()).unwrap();
        }
        assert_eq!((merged.n_samples, &merged.concepts, merged.result()), (12, &whole.concepts, whole.result()));
        assert_eq!(merged.targets[0].unknown, whole.targets[0].unknown);
        for ((name, expected), (_, found)) in whole.metrics().iter().zip(merged.metrics().iter()) {
            assert!((expected - found).abs() < 1e-12 * expected.abs().max(1.0), "{name}: {found} for {expected}");
        }
    }

    #[test]
    fn evaluations_of_other_tasks_do_not_merge() {
        let mut evaluation = of(0..3);
        let before = evaluation.clone();
        let other = Evaluation::new([TargetEvaluation::new("class", 1.0, Counts::Class(Confusion::default()))]);
        assert_eq!(evaluation.merge(&other), Err(OtherTask));
        assert_eq!(evaluation, before);
    }
}
