//! What differs in training: dropout and batch normalisation.

use std::sync::Arc;

use consil_graph::{Array, Builder, Layout, Op, Weights, op};
use consil_nn::{Gradients, Inputs, Network, RunError};
use consil_random::Key;

fn network(shape: &[usize], ops: &[Op]) -> (Network, Arc<Layout>, Weights) {
    let mut b = Builder::new();
    let mut x = b.input("x", shape);
    for (i, op) in ops.iter().enumerate() {
        x = b.push(&format!("n{i}"), op.clone(), &[x]).unwrap();
    }
    b.output("y", x);
    let graph = Arc::new(b.finish());
    let layout = Arc::new(Layout::of(&[&*graph]).unwrap());
    let weights = Weights::init(layout.clone(), Key::new(1));
    (Network::new(graph, &layout).unwrap(), layout, weights)
}

fn inputs(shape: &[usize]) -> Inputs {
    let mut stream = Key::new(2).child("inputs").stream();
    let data = (0..shape.iter().product()).map(|_| 2.0 + 3.0 * stream.normal() as f32).collect();
    Inputs::from([("x".to_owned(), Array::new(shape, data))])
}

#[test]
fn dropout_zeroes_its_share_scales_the_rest_and_follows_its_key() {
    let (network, layout, weights) = network(&[1000], &[op::Dropout { rate: 0.3 }.into()]);
    let x = Inputs::from([("x".to_owned(), Array::new([10, 1000], vec![1.0; 10_000]))]);
    let trace = |key| network.trace(&weights, &x, key).unwrap().outputs()[0].clone();
    let y = trace(Key::new(3));
    let dropped = y.data().iter().filter(|v| **v == 0.0).count();
    // Binomial(10,000, 0.3) has the standard deviation 46; four of them.
    assert!((3000 - 184..3000 + 184).contains(&dropped), "{dropped}");
    assert!(y.data().iter().all(|v| *v == 0.0 || (*v - 1.0 / 0.7).abs() < 1e-6));
    assert_eq!(y, trace(Key::new(3)));
    assert_ne!(y, trace(Key::new(3).at(1)));
    assert_eq!(network.infer(&weights, &x).unwrap()[0].data(), x["x"].data());
    assert_eq!(layout.n_values(), 0);
}

#[test]
fn two_dropouts_of_a_graph_draw_apart_and_the_gradient_uses_the_same_masks() {
    let linear: Op = op::Linear { out: 64, bias: false }.into();
    let (network, layout, weights) =
        network(&[64], &[linear, op::Dropout { rate: 0.5 }.into(), op::Dropout { rate: 0.5 }.into()]);
    let x = Inputs::from([("x".to_owned(), Array::new([1, 64], vec![1.0; 64]))]);
    let trace = network.trace(&weights, &x, Key::new(3)).unwrap();
    let y = trace.outputs()[0].clone();
    let alive: Vec<bool> = y.data().iter().map(|v| *v != 0.0).collect();
    let survivors = alive.iter().filter(|alive| **alive).count();
    // A quarter survives two halves: 16 of 64, standard deviation 3.5. The same mask twice would leave 32.
    assert!((4..28).contains(&survivors), "{survivors}");
    let mut gradients = Gradients::zeros(&layout);
    trace.backward(&[Some(Array::new([1, 64], vec![1.0; 64]))], &mut gradients).unwrap();
    for (o, alive) in alive.iter().enumerate() {
        let expected = if *alive { 4.0 } else { 0.0 };
        assert_eq!(gradients.values()[o * 64..(o + 1) * 64], [expected; 64]);
    }
}

/// The definition, in f64: normalised values, batch mean, unbiased batch variance, all by channel.
fn naive(x: &Array, epsilon: f64) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let (batch, channels) = (x.shape()[0], x.shape()[1]);
    let plane = x.data().len() / batch / channels;
    let at = |b: usize, c: usize, i: usize| f64::from(x.data()[(b * channels + c) * plane + i]);
    let mut y = vec![0.0; x.data().len()];
    let (mut means, mut variances) = (Vec::new(), Vec::new());
    let n = (batch * plane) as f64;
    for c in 0..channels {
        let all = || (0..batch).flat_map(|b| (0..plane).map(move |i| (b, i)));
        let mean = all().map(|(b, i)| at(b, c, i)).sum::<f64>() / n;
        let square = all().map(|(b, i)| (at(b, c, i) - mean).powi(2)).sum::<f64>();
        for (b, i) in all() {
            y[(b * channels + c) * plane + i] = (at(b, c, i) - mean) / (square / n + epsilon).sqrt();
        }
        means.push(mean);
        variances.push(square / (n - 1.0));
    }
    (y, means, variances)
}

#[test]
fn batch_norm_normalises_by_the_batch_and_moves_its_buffers_as_pytorch_does() {
    for shape in [&[3][..], &[3, 7], &[3, 4, 5]] {
        let (network, layout, mut weights) = network(shape, &[op::BatchNorm { epsilon: 1e-5, momentum: 0.25 }.into()]);
        let x = inputs(&[&[6], shape].concat());
        let (y, mean, variance) = naive(&x["x"], 1e-5);
        let trace = network.trace(&weights, &x, Key::new(0)).unwrap();
        for (ours, theirs) in trace.outputs()[0].data().iter().zip(&y) {
            assert!((f64::from(*ours) - theirs).abs() < 1e-5, "{shape:?}: {ours} and {theirs}");
        }
        let mut gradients = Gradients::zeros(&layout);
        trace.backward(&[None], &mut gradients).unwrap();
        gradients.update_buffers(weights.values_mut());
        for c in 0..3 {
            let (ours, theirs) = (weights.get("n0.running_mean").unwrap()[c], 0.25 * mean[c]);
            assert!((f64::from(ours) - theirs).abs() < 1e-5, "{ours} and {theirs}");
            let (ours, theirs) = (weights.get("n0.running_var").unwrap()[c], 0.75 + 0.25 * variance[c]);
            assert!((f64::from(ours) - theirs).abs() < 1e-4, "{ours} and {theirs}");
        }
        assert_eq!(weights.get("n0.weight").unwrap(), [1.0; 3]);
    }
}

#[test]
fn batch_norm_in_training_has_the_gradient_of_its_definition() {
    // Through the batch's own mean and variance: a network linear → batch norm, by central differences of the naive definition.
    let (network, layout, mut weights) = network(
        &[4],
        &[op::Linear { out: 3, bias: true }.into(), op::BatchNorm { epsilon: 1e-3, momentum: 0.1 }.into()],
    );
    let x = inputs(&[5, 4]);
    let mut stream = Key::new(9).stream();
    let cotangent = Array::new([5, 3], (0..15).map(|_| stream.normal() as f32).collect());
    let trace = network.trace(&weights, &x, Key::new(0)).unwrap();
    let mut gradients = Gradients::zeros(&layout);
    trace.backward(&[Some(cotangent.clone())], &mut gradients).unwrap();
    let objective = |weights: &Weights| -> f64 {
        let (w, b) = (weights.get("n0.weight").unwrap(), weights.get("n0.bias").unwrap());
        let hidden = (0..5).flat_map(|row| {
            let x = x["x"].row(row);
            (0..3).map(move |o| b[o] + (0..4).map(|i| x[i] * w[o * 4 + i]).sum::<f32>())
        });
        let (y, ..) = naive(&Array::new([5, 3], hidden.collect()), 1e-3);
        y.iter().zip(cotangent.data()).map(|(y, c)| y * f64::from(*c)).sum()
    };
    let of_linear = layout.get("n0.weight").unwrap().range();
    for i in of_linear {
        let middle = weights.values()[i];
        let mut at = |x: f32| {
            weights.values_mut()[i] = x;
            objective(&weights)
        };
        let difference = (at(middle + 2e-3) - at(middle - 2e-3)) / 4e-3;
        weights.values_mut()[i] = middle;
        // The step's second-order error is 4e-6 of a third derivative of some hundreds, and f32 in the hidden layer adds 1e-6 / 4e-3.
        let ours = f64::from(gradients.values()[i]);
        assert!((ours - difference).abs() < 3e-3, "{ours} {difference}");
    }
}

#[test]
fn statistics_of_several_runs_follow_one_another() {
    let (network, layout, mut weights) = network(&[1], &[op::BatchNorm { epsilon: 1e-5, momentum: 0.5 }.into()]);
    let mut gradients = Gradients::zeros(&layout);
    for values in [[0.0, 2.0], [4.0, 8.0]] {
        let x = Inputs::from([("x".to_owned(), Array::new([2, 1], values.to_vec()))]);
        network.trace(&weights, &x, Key::new(0)).unwrap().backward(&[None], &mut gradients).unwrap();
    }
    gradients.update_buffers(weights.values_mut());
    // Means 1 and 6: 0 → 0.5 → 3.25. Unbiased variances 2 and 8: 1 → 1.5 → 4.75.
    assert_eq!(weights.get("n0.running_mean").unwrap(), [3.25]);
    assert_eq!(weights.get("n0.running_var").unwrap(), [4.75]);
}

#[test]
fn batch_norm_of_one_value_is_refused() {
    let (network, _, weights) = network(&[3], &[op::BatchNorm { epsilon: 1e-5, momentum: 0.1 }.into()]);
    let error = network.trace(&weights, &inputs(&[1, 3]), Key::new(0)).err().unwrap();
    assert_eq!(error, RunError::BatchTooSmall { node: "n0".to_owned() });
}
