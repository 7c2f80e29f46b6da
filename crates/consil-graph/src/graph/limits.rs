//! Sizes beyond which a model is refused rather than allocated.

use super::op::ShapeMismatch;
use super::op::shapes::size;

/// The most values of one result or input for one sample: 2²⁸, 1 GiB as `f32`.
pub const MOST_VALUES: usize = 1 << 28;

/// The most parameter values of one graph: 2²⁹, 2 GiB as `f32` and four times that with an optimiser's moments and gradients.
pub const MOST_PARAMETERS: usize = 1 << 29;

/// Refuses a value of this per-sample shape where it is too large to be held.
///
/// # Errors
/// [`ShapeMismatch::TooLarge`] with the figure and the limit.
pub fn check_value(shape: &[usize]) -> Result<(), ShapeMismatch> {
    let values = size(shape);
    if values <= MOST_VALUES {
        return Ok(());
    }
    Err(ShapeMismatch::TooLarge { what: "a result", values, limit: MOST_VALUES })
}

/// The number of parameter values with one more parameter of this shape.
pub(crate) fn add_params(so_far: usize, shape: &[usize]) -> Result<usize, ShapeMismatch> {
    let values = so_far.saturating_add(size(shape));
    if values <= MOST_PARAMETERS {
        return Ok(values);
    }
    Err(ShapeMismatch::TooLarge { what: "parameters", values, limit: MOST_PARAMETERS })
}
