//! Evaluation: how often answers and latent concepts come out right.

mod confusion;
mod labels;
mod numbers;
mod sequence;

use std::collections::BTreeMap;

use consil_logic::Term;
use consil_nn::Metrics;

pub use confusion::Confusion;
pub use labels::LabelCounts;
pub use numbers::NumberErrors;
pub use sequence::SequenceCounts;

use crate::answer::{AnswerValue, Prediction};
use crate::spelling::{find, read, spell};
use crate::target::Truth;

/// Counts over a set of predictions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluation {
    /// Samples predicted.
    pub n_samples: usize,
    /// What was counted of each target, in the order of the task's targets.
    pub targets: Vec<TargetEvaluation>,
    /// For each input of a network that the data knows the truth of (`image`, `image(0)`): the true class against the predicted one.
    pub concepts: BTreeMap<String, Confusion>,
}

/// Counts of one target.
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Debug, PartialEq)]
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

impl TargetEvaluation {
    /// Nothing counted yet.
    pub fn new(name: &str, weight: f64, counts: Counts) -> Self {
        Self { name: name.to_owned(), weight, n_judged: 0, unknown: BTreeMap::new(), total_loss: 0.0, counts }
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
