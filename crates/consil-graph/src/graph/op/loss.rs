//! What loss ops share: one loss for each row, the weighted mean over its positions.

use super::shapes::disagree;
use super::{ShapeMismatch, Tensor};

const TAKES: &str = "predictions, their targets and optionally the targets' weights";

/// Checks predictions whose last axis is the classes, `[…, C]`, against targets `[…]` and weights `[…]`.
pub(crate) fn of_classes(data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
    let [predictions, targets @ ..] = data else {
        return Err(ShapeMismatch::Operands { takes: TAKES, given: 0 });
    };
    let positions = predictions.split_last().map(|(_, positions)| positions);
    check(data, targets, positions, "predictions […, C], class indices […] and weights […]")
}

/// Checks predictions and targets of one shape, and weights of this shape.
pub(crate) fn of_values(data: &[&[usize]]) -> Result<Vec<usize>, ShapeMismatch> {
    let [predictions, targets @ ..] = data else {
        return Err(ShapeMismatch::Operands { takes: TAKES, given: 0 });
    };
    check(data, targets, Some(predictions), "predictions, targets and weights of one shape")
}

fn check(
    data: &[&[usize]],
    targets: &[&[usize]],
    positions: Option<&[usize]>,
    rule: &'static str,
) -> Result<Vec<usize>, ShapeMismatch> {
    if !(1..=2).contains(&targets.len()) {
        return Err(ShapeMismatch::Operands { takes: TAKES, given: data.len() });
    }
    if targets.iter().all(|target| Some(*target) == positions) { Ok(vec![]) } else { Err(disagree(rule, data)) }
}

/// `Σ w · loss / Σ w`, the weights being the third operand or one each; zero where all weights are.
pub(crate) fn weighted_mean(data: &[&Tensor], loss: impl Fn(usize) -> f64) -> Vec<f64> {
    let (mut total, mut sum) = (0.0, 0.0);
    for i in 0..data[1].data.len() {
        let weight = data.get(2).map_or(1.0, |weights| weights.data[i]);
        if weight != 0.0 {
            total += weight;
            sum += weight * loss(i);
        }
    }
    vec![if total == 0.0 { 0.0 } else { sum / total }]
}
