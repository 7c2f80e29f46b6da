//! Targets: what is to be learned of each row, and what gives the answer.

use std::sync::Arc;

use consil_logic::Term;

use crate::combine::Integration;

/// One target over all rows of a task.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// The weight of its loss.
    pub weight: f64,
    /// What gives the answer.
    pub by: AnsweredBy,
    /// What is right in each row.
    pub truths: Vec<Truth>,
}

/// What gives the answer to a target.
#[derive(Clone, Debug)]
pub enum AnsweredBy {
    /// The rules, by their query.
    Rules,
    /// An output of the head.
    Head(HeadOutput),
    /// Both; classes only.
    Both {
        /// The head's part: classes.
        head: HeadOutput,
        /// How the two are joined.
        integration: Integration,
    },
}

/// An output of the head's graph and its meaning.
#[derive(Clone, Debug)]
pub struct HeadOutput {
    /// The output's name in the graph, an array `[B, n]`.
    pub output: String,
    /// What it holds.
    pub kind: HeadKind,
}

/// What an output of the head holds.
#[derive(Clone, Debug)]
pub enum HeadKind {
    /// The log-probabilities of classes.
    Class(Arc<[Term]>),
    /// The logit of each label.
    Labels(Arc<[Term]>),
    /// Numbers in units of their own spread.
    Numbers {
        /// What brings each back to its own unit.
        scale: Arc<[Scale]>,
        /// What is minimised.
        loss: NumberLoss,
    },
}

/// A linear map from a network's unit to a number's own: `mean + deviation · x`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The mean over the training rows.
    pub mean: f64,
    /// The standard deviation over the training rows; 1 where all are equal.
    pub deviation: f64,
}

impl Scale {
    /// The scale of some numbers.
    pub fn fit(numbers: &[f64]) -> Self {
        let n = numbers.len().max(1) as f64;
        let mean = numbers.iter().sum::<f64>() / n;
        let variance = numbers.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
        Self { mean, deviation: if variance > 0.0 { variance.sqrt() } else { 1.0 } }
    }

    /// In the network's unit.
    pub fn to_network(self, number: f64) -> f64 {
        (number - self.mean) / self.deviation
    }

    /// In the number's own unit.
    pub fn from_network(self, value: f64) -> f64 {
        self.mean + self.deviation * value
    }
}

/// What is minimised for numbers, in units of their spread: d is how far the answer is off.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum NumberLoss {
    /// `d²`: the answer is the mean.
    #[default]
    Squared,
    /// `|d|`: the answer is the median, which outliers do not move.
    Absolute,
    /// `d²/2` up to |d| = 1, `|d| − ½` beyond (Huber, 1964).
    Huber,
}

impl NumberLoss {
    /// The loss and its slope.
    pub(crate) fn evaluate(self, d: f64) -> (f64, f64) {
        match self {
            Self::Squared => (d * d, 2.0 * d),
            Self::Absolute => (d.abs(), if d == 0.0 { 0.0 } else { d.signum() }),
            Self::Huber if d.abs() <= 1.0 => (0.5 * d * d, d),
            Self::Huber => (d.abs() - 0.5, d.signum()),
        }
    }
}

/// What is right in a row: indices into the classes of the row's query, or of the head.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Truth {
    /// Nothing is known.
    #[default]
    Absent,
    /// The data has a label that the model cannot answer with; as the data spells it.
    Unknown(String),
    /// A class.
    Class(usize),
    /// The labels that hold, ascending.
    Labels(Vec<usize>),
    /// Numbers.
    Numbers(Vec<f64>),
    /// The class at each place.
    Sequence(Vec<usize>),
}
