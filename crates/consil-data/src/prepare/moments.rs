//! Means and standard deviations of features.

/// Running sums of each feature, in f64; NaN counts as absent.
#[derive(Clone, Debug)]
pub(super) struct Moments {
    count: Vec<f64>,
    sum: Vec<f64>,
    square: Vec<f64>,
}

impl Moments {
    pub fn new(n_features: usize) -> Self {
        Self { count: vec![0.0; n_features], sum: vec![0.0; n_features], square: vec![0.0; n_features] }
    }

    /// Adds values laid out `[…, n_features]`.
    pub fn add(&mut self, values: impl IntoIterator<Item = f32>) {
        let n = self.count.len();
        for (i, x) in values.into_iter().enumerate() {
            if !x.is_nan() {
                let x = f64::from(x);
                self.count[i % n] += 1.0;
                self.sum[i % n] += x;
                self.square[i % n] += x * x;
            }
        }
    }

    /// The mean and the standard deviation of each feature; a constant or absent feature has standard deviation 1, so
    /// that it becomes zero.
    pub fn finish(&self) -> (Vec<f32>, Vec<f32>) {
        let feature = |i: usize| {
            let n = self.count[i].max(1.0);
            let mean = self.sum[i] / n;
            let deviation = (self.square[i] / n - mean * mean).max(0.0).sqrt();
            let constant = deviation <= 1e-6 * mean.abs().max(1e-6);
            (mean as f32, if constant { 1.0 } else { deviation as f32 })
        };
        (0..self.count.len()).map(feature).unzip()
    }
}
