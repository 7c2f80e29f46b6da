//! How often the results and the latent concepts come out right.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use consil_logic::Term;
use consil_nn::Metrics;

use crate::belief::Prediction;

/// Counts over a set of predictions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluation {
    /// Samples predicted.
    pub n_samples: usize,
    /// The sum of `−log P(answer)` over the labelled samples, in nats.
    pub total_loss: f64,
    /// The true answer against the predicted one.
    pub result: Confusion,
    /// For each input of a network that the data knows the truth of (`image`, `image(0)`): the true class against the predicted one.
    pub concepts: BTreeMap<String, Confusion>,
}

impl Evaluation {
    /// Counts one prediction whose right answer is number `target`; `concept` knows what the inputs of a neural leaf truly show.
    pub fn count<'a>(
        &mut self,
        prediction: &Prediction,
        target: Option<usize>,
        concept: impl Fn(&[Term]) -> Option<&'a str>,
    ) {
        self.n_samples += 1;
        if let (Some(target), Some((best, _))) = (target, prediction.best()) {
            let (truth, probability) = &prediction.answers[target];
            self.result.count(truth, best);
            self.total_loss -= f64::from(probability.max(f32::MIN_POSITIVE)).ln();
        }
        for belief in prediction.beliefs.iter().filter(|belief| belief.present) {
            if let Some(truth) = concept(&belief.inputs) {
                self.concepts.entry(belief.inputs_name()).or_default().count(truth, &belief.classes[belief.argmax()]);
            }
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

    /// As metrics: `loss`, `accuracy`, and `concept.MODALITY` for each modality whose truth is known.
    pub fn metrics(&self) -> Metrics {
        let mut metrics = Metrics::default();
        let labelled = self.result.total();
        if labelled > 0 {
            metrics.push("loss", self.total_loss / labelled as f64);
            metrics.push("accuracy", self.result.accuracy());
        }
        for (modality, accuracy) in self.concept_accuracy() {
            metrics.push(&format!("concept.{modality}"), accuracy);
        }
        metrics
    }
}

/// True labels against predicted ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confusion {
    counts: BTreeMap<(String, String), usize>,
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
}

/// The order of labels: numbers by value, then words by letter.
pub fn label_order(a: &str, b: &str) -> Ordering {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(x), Ok(y)) => x.total_cmp(&y),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}
