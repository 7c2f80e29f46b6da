//! The arrays of the reference arithmetic.

/// A row-major array of `f64`: one sample of a value, without the batch axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tensor {
    /// The length of each axis.
    pub shape: Vec<usize>,
    /// The values.
    pub data: Vec<f64>,
}

impl Tensor {
    /// The length of the last axis; 1 for a scalar.
    pub fn width(&self) -> usize {
        self.shape.last().copied().unwrap_or(1)
    }

    /// The rows along the last axis.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.data.chunks(self.width().max(1))
    }

    /// Applies `f` to each value.
    pub(crate) fn map(&self, f: impl Fn(f64) -> f64) -> Vec<f64> {
        self.data.iter().map(|x| f(*x)).collect()
    }

    /// Applies `f` to each row along the last axis.
    pub(crate) fn map_rows(&self, f: impl Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
        self.rows().flat_map(f).collect()
    }
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// `ln Σ eˣ`, without overflow.
pub(crate) fn log_sum_exp(row: &[f64]) -> f64 {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + row.iter().map(|v| (v - largest).exp()).sum::<f64>().ln()
}

pub(crate) fn softmax(row: &[f64]) -> Vec<f64> {
    let normaliser = log_sum_exp(row);
    row.iter().map(|v| (v - normaliser).exp()).collect()
}

/// `W row + b` for the first `out` rows of `weight`.
pub(crate) fn affine(row: &[f64], weight: &[f64], bias: Option<&[f64]>, out: usize) -> Vec<f64> {
    let dot = |w: &[f64]| -> f64 { w.iter().zip(row).map(|(a, b)| a * b).sum() };
    (0..out).map(|o| dot(&weight[o * row.len()..][..row.len()]) + bias.map_or(0.0, |b| b[o])).collect()
}
