//! The head's part of a batch: what its outputs say, and the losses of those targets that it answers alone.

use std::sync::Arc;

use consil_graph::{Array, Weights};
use consil_nn::{Network, TaskError, Trace};
use consil_random::Key;

use crate::answer::{AnswerValue, Distribution};
use crate::combine::sigmoid;
use crate::input::InputSource;
use crate::lengths::BoundLengths;
use crate::target::{HeadKind, HeadOutput, Truth};

/// A head run on some rows.
pub(crate) struct HeadBatch<'w> {
    outputs: Vec<Array>,
    /// The outputs' names in the graph.
    pub names: Vec<String>,
    present: Vec<bool>,
    trace: Option<Trace<'w>>,
}

/// The name under which a head's network is known.
pub const HEAD: &str = "head";

impl<'w> HeadBatch<'w> {
    /// Runs the head; with `augment`, in training mode and recording for the way back.
    pub fn run(
        network: &Network,
        source: &dyn InputSource,
        lengths: &BoundLengths,
        weights: &'w Weights,
        rows: &[usize],
        augment: Option<Key>,
    ) -> Result<Self, TaskError> {
        let mut batch = source.head_inputs(HEAD, rows, augment)?;
        lengths.fit(HEAD, network, &mut batch.inputs)?;
        let names = network.graph().outputs().iter().map(|output| output.name.clone()).collect();
        let (outputs, trace) = match augment {
            None => (network.infer(weights, &batch.inputs)?, None),
            Some(key) => {
                let trace = network.trace(weights, &batch.inputs, key.child(HEAD))?;
                (trace.outputs().to_vec(), Some(trace))
            }
        };
        Ok(Self { outputs, names, present: batch.present, trace })
    }

    /// Which rows have something to look at.
    pub fn present(&self) -> &[bool] {
        &self.present
    }

    pub fn outputs(&self) -> &[Array] {
        &self.outputs
    }

    /// A gradient of zero for each output.
    pub fn cotangents(&self) -> Vec<Array> {
        self.outputs.iter().map(|output| Array::zeros(output.shape())).collect()
    }

    /// The run to go back through, with the cotangents of its outputs.
    pub fn into_run(self, cotangents: Vec<Array>) -> Option<(Trace<'w>, Vec<Option<Array>>)> {
        Some((self.trace?, cotangents.into_iter().map(Some).collect()))
    }
}

/// What an output says of one row.
pub(crate) fn answer(output: &HeadOutput, row: &[f32]) -> AnswerValue {
    let doubles = |f: fn(f64) -> f64| row.iter().map(|x| f(f64::from(*x))).collect();
    match &output.kind {
        HeadKind::Class(classes) => {
            AnswerValue::Class(Distribution { classes: Arc::clone(classes), probabilities: doubles(f64::exp) })
        }
        HeadKind::Labels(labels) => AnswerValue::Labels { labels: Arc::clone(labels), probabilities: doubles(sigmoid) },
        HeadKind::Numbers { scale, .. } => {
            AnswerValue::Numbers(row.iter().zip(&**scale).map(|(x, scale)| scale.from_network(f64::from(*x))).collect())
        }
    }
}

/// The loss of one row, its slopes by the output written to `slopes`. A row whose truth is not known has none.
///
/// Class: `−log p`. Labels: the mean binary cross-entropy over labels. Numbers: the mean over numbers, in units of their spread.
pub(crate) fn loss(output: &HeadOutput, row: &[f32], truth: &Truth, slopes: &mut [f64]) -> Option<f64> {
    slopes.fill(0.0);
    let n = row.len().max(1) as f64;
    match (&output.kind, truth) {
        (HeadKind::Class(_), Truth::Class(right)) => {
            slopes[*right] = -1.0;
            Some(-f64::from(row[*right]))
        }
        (HeadKind::Labels(_), Truth::Labels(right)) => {
            let mut total = 0.0;
            for (i, (x, slope)) in row.iter().zip(slopes).enumerate() {
                let (x, t) = (f64::from(*x), f64::from(u8::from(right.binary_search(&i).is_ok())));
                // `max(x, 0) − x t + log(1 + e^{−|x|})`: the cross-entropy without overflow.
                total += x.max(0.0) - x * t + (-x.abs()).exp().ln_1p();
                *slope = (sigmoid(x) - t) / n;
            }
            Some(total / n)
        }
        (HeadKind::Numbers { scale, loss }, Truth::Numbers(right)) => {
            let mut total = 0.0;
            for (((x, scale), right), slope) in row.iter().zip(&**scale).zip(right).zip(slopes) {
                let (value, by_x) = loss.evaluate(f64::from(*x) - scale.to_network(*right));
                total += value;
                *slope = by_x / n;
            }
            Some(total / n)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use consil_logic::Term;

    use super::*;
    use crate::target::{NumberLoss, Scale};

    /// Against central differences.
    #[test]
    fn slopes_are_those_of_finite_differences() {
        let labels: Arc<[Term]> = ["a", "b", "c"].map(Term::atom).into();
        let scale: Arc<[Scale]> = Arc::new([Scale { mean: 1.0, deviation: 2.0 }; 3]);
        let numbers = |loss| HeadKind::Numbers { scale: Arc::clone(&scale), loss };
        let cases = [
            (HeadKind::Labels(labels), Truth::Labels(vec![0, 2])),
            (numbers(NumberLoss::Squared), Truth::Numbers(vec![0.0, 3.0, -9.0])),
            (numbers(NumberLoss::Absolute), Truth::Numbers(vec![0.0, 3.0, -9.0])),
            (numbers(NumberLoss::Huber), Truth::Numbers(vec![0.0, 3.0, -9.0])),
        ];
        let row = [0.75f32, -1.5, 0.25];
        for (kind, truth) in cases {
            let output = HeadOutput { output: "x".into(), kind };
            let mut slopes = [0.0; 3];
            loss(&output, &row, &truth, &mut slopes).unwrap();
            for i in 0..3 {
                let at = |by: f32| {
                    let mut moved = row;
                    moved[i] += by;
                    loss(&output, &moved, &truth, &mut [0.0; 3]).unwrap()
                };
                let expected = (at(1.0 / 1024.0) - at(-1.0 / 1024.0)) * 512.0;
                assert!((slopes[i] - expected).abs() < 1e-6, "{:?} {i}: {} {expected}", output.kind, slopes[i]);
            }
        }
    }

    #[test]
    fn numbers_come_back_in_their_own_unit() {
        let scale = Scale::fit(&[10.0, 20.0, 30.0]);
        let kind = HeadKind::Numbers { scale: Arc::new([scale]), loss: NumberLoss::Squared };
        let output = HeadOutput { output: "x".into(), kind };
        let AnswerValue::Numbers(said) = answer(&output, &[scale.to_network(25.0) as f32]) else { panic!("numbers") };
        assert!((said[0] - 25.0).abs() < 1e-5);
        assert_eq!(Scale::fit(&[4.0, 4.0]).deviation, 1.0);
    }
}
