//! The task of a head: a classifier on the fused senses, without rules.

use consil_data::Item;
use consil_graph::{Array, Weights};
use consil_neurosym::{Evaluation, Prediction};
use consil_nn::{Gradients, Inputs, Loss, Metrics, Network, Step, Target, Task, TaskError};
use consil_random::Key;

use crate::model::{HEAD, Model};
use crate::senses::SplitSenses;

/// How many rows are classified at once.
const PREDICT_ROWS: usize = 256;

/// Learns to classify fused senses by cross-entropy.
pub(crate) struct HeadTask<'a> {
    model: &'a Model,
    network: &'a Network,
    senses: SplitSenses<'a>,
    labels: &'a [String],
    targets: Vec<Option<usize>>,
}

impl<'a> HeadTask<'a> {
    /// A task over the rows of `senses`, whose right labels are `targets`.
    pub fn new(model: &'a Model, senses: SplitSenses<'a>, labels: &'a [String], targets: Vec<Option<usize>>) -> Self {
        Self { model, network: &model.networks()[HEAD], senses, labels, targets }
    }

    fn inputs(&self, rows: &[usize], draw: Option<Key>) -> Result<Inputs, TaskError> {
        let mut inputs = Inputs::new();
        for modality in self.model.preparations().keys() {
            let item = Item { modality: modality.clone(), index: None };
            self.senses.insert(&mut inputs, self.network, modality, rows, &item, draw)?;
        }
        Ok(inputs)
    }

    pub fn predict(&self, weights: &Weights, rows: &[usize]) -> Result<Vec<Prediction>, TaskError> {
        let mut predictions = Vec::with_capacity(rows.len());
        for rows in rows.chunks(PREDICT_ROWS) {
            let log_probs = self.network.infer(weights, &self.inputs(rows, None)?)?.swap_remove(0);
            predictions.extend(rows.iter().enumerate().map(|(b, row)| Prediction {
                row: *row,
                answers: self.labels.iter().cloned().zip(log_probs.row(b).iter().map(|p| p.exp())).collect(),
                beliefs: Vec::new(),
            }));
        }
        Ok(predictions)
    }

    pub fn evaluation(&self, weights: &Weights, rows: &[usize]) -> Result<Evaluation, TaskError> {
        let mut evaluation = Evaluation::default();
        for prediction in self.predict(weights, rows)? {
            evaluation.count(&prediction, self.targets[prediction.row], |_| None);
        }
        Ok(evaluation)
    }
}

impl Task for HeadTask<'_> {
    fn n_rows(&self) -> usize {
        self.targets.len()
    }

    fn gradient(&self, weights: &Weights, rows: &[usize], key: Key, into: &mut Gradients) -> Result<Step, TaskError> {
        let trace = self.network.trace(weights, &self.inputs(rows, Some(key))?, key.child(HEAD))?;
        let targets: Vec<usize> =
            rows.iter().map(|row| self.targets[*row].expect("training rows were checked to have a label")).collect();
        let (loss, cotangent): (f64, Array) = Loss::Nll.evaluate(&trace.outputs()[0], &Target::Classes(&targets))?;
        trace.backward(&[Some(cotangent)], into)?;
        Ok(Step { loss, n: rows.len() })
    }

    fn evaluate(&self, weights: &Weights, rows: Option<&[usize]>) -> Result<Metrics, TaskError> {
        let all: Vec<usize> = (0..self.n_rows()).collect();
        Ok(self.evaluation(weights, rows.unwrap_or(&all))?.metrics())
    }
}
