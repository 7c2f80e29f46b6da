use consil_random::Key;

use super::*;

fn random(shape: &[usize], seed: u64) -> Array {
    let mut stream = Key::new(seed).stream();
    Array::new(shape, (0..shape.iter().product()).map(|_| 2.0 * stream.normal() as f32).collect())
}

/// Compares the analytic gradient with central differences; the losses are computed in f64, so a step of 2⁻⁶ leaves its square, 2⁻¹²,
/// times a third derivative below one as the error.
fn check(loss: Loss, output: Array, target: Target) {
    const STEP: f32 = 1.0 / 64.0;
    let (value, gradient) = loss.evaluate(&output, &target).unwrap();
    assert!(value.is_finite());
    for i in 0..output.data().len() {
        let at = |x: f32| {
            let mut moved = output.clone();
            moved.data_mut()[i] = x;
            loss.evaluate(&moved, &target).unwrap().0
        };
        let x = output.data()[i];
        let difference = (at(x + STEP) - at(x - STEP)) / f64::from(2.0 * STEP);
        let ours = f64::from(gradient.data()[i]);
        assert!((ours - difference).abs() < 1e-4, "{loss:?}, element {i}: {ours} and {difference}");
    }
}

#[test]
fn gradients_are_those_of_the_losses() {
    let classes = [2, 0, 4, 1, 3, 3];
    check(Loss::CrossEntropy, random(&[6, 5], 1), Target::Classes(&classes));
    check(Loss::CrossEntropy, random(&[2, 3, 5], 2), Target::Classes(&classes));
    check(Loss::Nll, random(&[6, 5], 3), Target::Classes(&classes));
    check(Loss::Mse, random(&[4, 3], 4), Target::Values(&random(&[4, 3], 5)));
    let probabilities = Array::new([2, 3], vec![0.0, 1.0, 0.25, 1.0, 0.5, 0.0]);
    check(Loss::Bce, random(&[2, 3], 6), Target::Values(&probabilities));
}

#[test]
fn values_are_those_of_the_formulas() {
    let of = |loss: Loss, x: &[f32], target: Target| {
        loss.evaluate(&Array::new([1, x.len()], x.to_vec()), &target).unwrap().0
    };
    // −log(e² / (e⁰ + e² + e¹)), and the same by hand.
    let expected = (1.0 + 2f64.exp() + 1f64.exp()).ln() - 2.0;
    assert!((of(Loss::CrossEntropy, &[0.0, 2.0, 1.0], Target::Classes(&[1])) - expected).abs() < 1e-12);
    assert_eq!(of(Loss::Nll, &[-0.5, -2.0], Target::Classes(&[1])), 2.0);
    assert_eq!(of(Loss::Mse, &[1.0, 4.0], Target::Values(&Array::new([1, 2], vec![3.0, 4.0]))), 2.0);
    let bce = of(Loss::Bce, &[0.0], Target::Values(&Array::new([1, 1], vec![1.0])));
    assert!((bce - std::f64::consts::LN_2).abs() < 1e-12);
}

#[test]
fn extreme_logits_neither_overflow_nor_lose_their_gradient() {
    let x = Array::new([1, 3], vec![1e4, -1e4, 0.0]);
    let (loss, gradient) = Loss::CrossEntropy.evaluate(&x, &Target::Classes(&[1])).unwrap();
    assert_eq!((loss, gradient.data()), (2e4, &[1.0, -1.0, 0.0][..]));
    let x = Array::new([1, 2], vec![1e4, -1e4]);
    let target = Array::new([1, 2], vec![0.0, 1.0]);
    let (loss, gradient) = Loss::Bce.evaluate(&x, &Target::Values(&target)).unwrap();
    assert_eq!((loss, gradient.data()), (1e4, &[0.5, -0.5][..]));
}

#[test]
fn targets_that_do_not_compare_are_refused() {
    let x = Array::zeros([2, 3]);
    let error = |loss: Loss, target: Target| loss.evaluate(&x, &target).unwrap_err();
    assert_eq!(error(Loss::Nll, Target::Classes(&[1])), LossError::Rows { rows: 2, given: 1 });
    assert_eq!(error(Loss::Nll, Target::Classes(&[1, 3])), LossError::Class { row: 1, class: 3, classes: 3 });
    assert!(matches!(error(Loss::Mse, Target::Classes(&[1, 1])), LossError::Kind { loss: Loss::Mse, .. }));
    assert!(matches!(error(Loss::Mse, Target::Values(&Array::zeros([3, 2]))), LossError::Shape { .. }));
    let two = Array::new([2, 3], vec![0.0, 1.0, 2.0, 0.0, 0.0, 0.0]);
    assert_eq!(error(Loss::Bce, Target::Values(&two)), LossError::NotAProbability { at: 2, value: 2.0 });
    assert_eq!(Loss::Mse.evaluate(&Array::zeros([0, 3]), &Target::Values(&x)).unwrap_err(), LossError::Empty);
}
