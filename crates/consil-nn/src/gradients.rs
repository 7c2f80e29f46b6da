//! Gradients of all parameters of a system, and what its buffers saw.

use consil_graph::Layout;

/// One number for each parameter value of a [`Layout`], in its order, and the batch statistics for its buffers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gradients {
    values: Vec<f32>,
    statistics: Vec<(usize, Statistic)>,
}

/// What a batch says of a buffer: `buffer ← (1 - momentum) · buffer + momentum · values`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Statistic {
    pub momentum: f32,
    pub values: Vec<f32>,
}

impl Gradients {
    /// All zeros, and no statistics.
    pub fn zeros(layout: &Layout) -> Self {
        Self { values: vec![0.0; layout.n_values()], statistics: Vec::new() }
    }

    /// The gradients, in the order of the layout; zero where nothing is trained.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The gradients, to be written.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// The Euclidean norm over all parameters.
    pub fn norm(&self) -> f64 {
        self.values.iter().map(|g| f64::from(*g) * f64::from(*g)).sum::<f64>().sqrt()
    }

    /// Multiplies every gradient; statistics are not gradients and stay.
    pub fn scale(&mut self, factor: f32) {
        self.values.iter_mut().for_each(|g| *g *= factor);
    }

    /// Scales down to at most `limit` where the norm is above it (Pascanu et al., 2013); gives the norm before.
    pub fn clip_norm(&mut self, limit: f64) -> f64 {
        let norm = self.norm();
        if norm > limit {
            self.scale((limit / norm) as f32);
        }
        norm
    }

    /// Adds gradients of the same layout; their statistics come after one's own.
    ///
    /// # Panics
    /// If the layouts differ in length.
    pub fn add(&mut self, other: &Gradients) {
        assert_eq!(self.values.len(), other.values.len(), "gradients of different layouts do not add");
        self.values.iter_mut().zip(&other.values).for_each(|(a, b)| *a += b);
        self.statistics.extend_from_slice(&other.statistics);
    }

    /// Moves the buffers towards the statistics, in the order they were met.
    ///
    /// # Panics
    /// If `weights` is of another layout.
    pub fn update_buffers(&self, weights: &mut [f32]) {
        for (offset, Statistic { momentum, values }) in &self.statistics {
            let buffer = &mut weights[*offset..offset + values.len()];
            buffer.iter_mut().zip(values).for_each(|(old, new)| *old = (1.0 - momentum) * *old + momentum * new);
        }
    }

    pub(crate) fn add_at(&mut self, offset: usize, gradient: &[f32]) {
        self.values[offset..offset + gradient.len()].iter_mut().zip(gradient).for_each(|(a, b)| *a += b);
    }

    pub(crate) fn push_statistic(&mut self, offset: usize, statistic: Statistic) {
        self.statistics.push((offset, statistic));
    }
}
