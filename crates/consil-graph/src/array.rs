//! A dense array on the host: what enters a graph, what leaves it, and what gradients are made of.

/// A dense row-major array of `f32`.
///
/// Inputs and outputs of a graph carry the batch as their first axis: an image batch is `[B, C, H, W]`. Token indices
/// are stored as `f32` too, exactly up to 2²⁴.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Array {
    shape: Vec<usize>,
    data: Vec<f32>,
}

impl Array {
    /// An array of the given shape over `data`, row-major.
    ///
    /// # Panics
    /// If the product of `shape` is not `data.len()`.
    pub fn new(shape: impl Into<Vec<usize>>, data: Vec<f32>) -> Self {
        let shape = shape.into();
        assert_eq!(shape.iter().product::<usize>(), data.len(), "shape {shape:?} does not hold {} values", data.len());
        Self { shape, data }
    }

    /// An array of zeros.
    pub fn zeros(shape: impl Into<Vec<usize>>) -> Self {
        let shape = shape.into();
        let n = shape.iter().product();
        Self { shape, data: vec![0.0; n] }
    }

    /// The length of each axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The values, row-major.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// The values, to be written.
    pub fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// The values, without the shape.
    pub fn into_data(self) -> Vec<f32> {
        self.data
    }

    /// The length of the first axis (1 for a scalar).
    pub fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(1)
    }

    /// Row `i` along the first axis.
    pub fn row(&self, i: usize) -> &[f32] {
        let width = self.data.len() / self.rows().max(1);
        &self.data[i * width..(i + 1) * width]
    }
}
