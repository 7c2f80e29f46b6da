//! Values by hand; operations that lists of layers reach are tested where the lists are.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::builder::Builder;
use crate::graph::op::{self, Conv, Op};
use crate::weights::Layout;

/// The op over inputs of these shapes and values, its weights set in order.
fn run(op: impl Into<Op>, inputs: &[(&[usize], &[f32])], weights: &[&[f32]]) -> Array {
    let mut b = Builder::new();
    let names: Vec<String> = (0..inputs.len()).map(|i| format!("x{i}")).collect();
    let data: Vec<_> = names.iter().zip(inputs).map(|(name, (shape, _))| b.input(name, *shape)).collect();
    let y = b.push("op", op, &data).unwrap();
    b.output("y", y);
    let graph = b.finish();
    let layout = Arc::new(Layout::of(&[&graph]).unwrap());
    let filled = Weights::from_values(layout, weights.concat()).unwrap();
    let arrays = names.into_iter().zip(inputs).map(|(name, (shape, x))| (name, Array::new(*shape, x.to_vec())));
    evaluate(&graph, &filled, &arrays.collect()).unwrap().remove("y").unwrap()
}

#[test]
fn matrices_are_multiplied_over_the_last_axes() {
    let a: (&[usize], &[f32]) = (&[2, 2], &[1.0, 2.0, 3.0, 4.0]);
    let b: (&[usize], &[f32]) = (&[2, 3], &[1.0, 0.0, 2.0, 0.0, 1.0, 3.0]);
    assert_eq!(run(op::MatMul::default(), &[a, b], &[]).data(), [1.0, 2.0, 8.0, 3.0, 4.0, 18.0]);
    // The same b given transposed, and a vector in a's place.
    let transposed: (&[usize], &[f32]) = (&[3, 2], &[1.0, 0.0, 0.0, 1.0, 2.0, 3.0]);
    let by = op::MatMul { transposed: true };
    assert_eq!(run(by, &[a, transposed], &[]).data(), [1.0, 2.0, 8.0, 3.0, 4.0, 18.0]);
    assert_eq!(run(by, &[(&[2], &[1.0, 2.0]), transposed], &[]), Array::new([3], vec![1.0, 2.0, 8.0]));
    // One product for each position of the leading axis: 1 × 2 by 2 × 1, twice.
    let pair: (&[usize], &[f32]) = (&[2, 1, 2], &[1.0, 2.0, 3.0, 4.0]);
    let column: (&[usize], &[f32]) = (&[2, 2, 1], &[5.0, 6.0, 7.0, 8.0]);
    assert_eq!(run(op::MatMul::default(), &[pair, column], &[]), Array::new([2, 1, 1], vec![17.0, 53.0]));
}

#[test]
fn elementwise_ops_repeat_a_single_value_and_a_last_axis() {
    let x: (&[usize], &[f32]) = (&[2, 2], &[1.0, -2.0, 3.0, 4.0]);
    assert_eq!(run(op::Sub, &[x, (&[2], &[1.0, 2.0])], &[]).data(), [0.0, -4.0, 2.0, 2.0]);
    assert_eq!(run(op::Add, &[x, (&[], &[0.5])], &[]).data(), [1.5, -1.5, 3.5, 4.5]);
    assert_eq!(run(op::Max, &[x, (&[1], &[0.0])], &[]).data(), [1.0, 0.0, 3.0, 4.0]);
    assert_eq!(run(op::Exp, &[(&[2], &[0.0, 1.0])], &[]).data(), [1.0, std::f32::consts::E]);
    assert_eq!(run(op::Scale { factor: -0.5 }, &[x], &[]).data(), [-0.5, 1.0, -1.5, -2.0]);
}

#[test]
fn a_slice_keeps_its_positions() {
    let x: Vec<f32> = (0..12).map(|i| i as f32).collect();
    let slice = |axis, start, end| run(op::Slice { axis, start, end }, &[(&[2, 3, 2], &x)], &[]);
    assert_eq!(slice(1, 1, None), Array::new([2, 2, 2], vec![2.0, 3.0, 4.0, 5.0, 8.0, 9.0, 10.0, 11.0]));
    assert_eq!(slice(2, 0, Some(1)), Array::new([2, 3, 1], vec![0.0, 2.0, 4.0, 6.0, 8.0, 10.0]));
    assert_eq!(slice(0, 1, Some(2)), Array::new([1, 3, 2], x[6..].to_vec()));
}

#[test]
fn a_volume_is_convolved() {
    // Ones over a 2×2×2 kernel of ones: the eight corners of a cube of 1 … 8, and with a step of 2 over zeros all around each corner alone.
    let x: Vec<f32> = (1..=8).map(|i| i as f32).collect();
    let conv = |stride, padding| Conv {
        out: 1,
        kernel: [2; 3],
        stride: [stride; 3],
        padding: [padding; 3],
        dilation: [1; 3],
        groups: 1,
        bias: true,
    };
    let weights: [&[f32]; 2] = [&[1.0; 8], &[0.5]];
    assert_eq!(run(conv(1, 0), &[(&[1, 2, 2, 2], &x)], &weights), Array::new([1, 1, 1, 1], vec![36.5]));
    let corners = run(conv(2, 1), &[(&[1, 2, 2, 2], &x)], &weights);
    assert_eq!(corners.data(), [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5]);
}

#[test]
fn losses_have_one_value_for_each_row() {
    let near = |loss: Array, expected: f64| {
        assert_eq!(loss.shape(), [0usize; 0]);
        assert!((f64::from(loss.data()[0]) - expected).abs() < 1e-6, "{loss:?} is not {expected}");
    };
    // ln(e¹ + e² + e³) = 3.407606; published with every softmax: softmax(1, 2, 3) = .0900, .2447, .6652.
    let logits: (&[usize], &[f32]) = (&[3], &[1.0, 2.0, 3.0]);
    near(run(op::CrossEntropy, &[logits, (&[], &[2.0])], &[]), 0.407_606);
    near(run(op::Nll, &[(&[3], &[-1.0, -2.0, -3.0]), (&[], &[1.0])], &[]), 2.0);
    // Two positions: ln 2 each for equal logits of two classes, then one of them weighed out.
    let tokens: (&[usize], &[f32]) = (&[2, 2], &[0.0, 0.0, 1.0, 3.0]);
    let first = 2f64.ln();
    let second = (1f64.exp() + 3f64.exp()).ln() - 1.0;
    near(run(op::CrossEntropy, &[tokens, (&[2], &[1.0, 0.0])], &[]), (first + second) / 2.0);
    near(run(op::CrossEntropy, &[tokens, (&[2], &[1.0, 0.0]), (&[2], &[1.0, 0.0])], &[]), first);
    near(run(op::CrossEntropy, &[tokens, (&[2], &[1.0, 0.0]), (&[2], &[0.0, 0.0])], &[]), 0.0);
    near(run(op::Mse, &[(&[2], &[1.0, 2.0]), (&[2], &[0.0, 4.0])], &[]), 2.5);
    near(run(op::Mse, &[(&[2], &[1.0, 2.0]), (&[2], &[0.0, 4.0]), (&[2], &[3.0, 1.0])], &[]), 7.0 / 4.0);
    // −ln σ(2) = ln(1 + e⁻²); −ln(1 − σ(−800)) = 0 without overflow.
    let bits: (&[usize], &[f32]) = (&[2], &[2.0, -800.0]);
    near(run(op::Bce, &[bits, (&[2], &[1.0, 0.0])], &[]), (-2f64).exp().ln_1p() / 2.0);
}

#[test]
fn fake_quantisation_rounds_to_multiples_of_its_scales() {
    let x: (&[usize], &[f32]) = (&[2, 3], &[0.24, 0.25, 0.74, -100.0, 0.5, 1.5]);
    // Scale 0.5, halves to even: .48 → 0, .5 → 0, 1.48 → 1, −200 → −127.
    let one = run(op::FakeQuant { bits: 8, axis: None }, &[x], &[&[0.5]]);
    assert_eq!(one.data(), [0.0, 0.0, 0.5, -63.5, 0.5, 1.5]);
    // Scales 0.5 and 1 for the rows, int4: −100 → −7, .5 → 0, 1.5 → 2.
    let rows = run(op::FakeQuant { bits: 4, axis: Some(0) }, &[x], &[&[0.5, 1.0]]);
    assert_eq!(rows.data(), [0.0, 0.0, 0.5, -7.0, 0.0, 2.0]);
}

#[test]
fn attention_has_an_inner_width() {
    // One head of inner width 2 over tokens of width 1: q = (x, 0), k = (x, 5), v = (x, 1), out = v₀ + 10 v₁.
    let attention = op::Attention { inner: Some(2), ..op::Attention::new(1, false, false) };
    let weights: [&[f32]; 4] = [&[1.0, 0.0, 1.0, 0.0, 1.0, 0.0], &[0.0, 0.0, 0.0, 5.0, 0.0, 1.0], &[1.0, 10.0], &[0.0]];
    let y = run(attention, &[(&[2, 1], &[0.0, 1.0])], &weights);
    // Token 0 sees both alike: ½ + 10; token 1 weighs 1 by σ(1/√2).
    let share = 1.0 / (1.0 + (-(0.5f64.sqrt())).exp());
    assert!((y.data()[0] - 10.5).abs() < 1e-6 && (f64::from(y.data()[1]) - 10.0 - share).abs() < 1e-6, "{y:?}");
}

#[test]
fn each_slice_goes_through_the_body() {
    let mut b = Builder::new();
    let frame = b.input("frame", [2]);
    let mask = b.input("mask", []);
    let h = b.push("dense", op::Linear { out: 3, bias: true }, &[frame]).unwrap();
    let h = b.push("gate", op::Mul, &[h, mask]).unwrap();
    b.output("y", h);
    let each = op::Each::new(b.finish());
    let video: (&[usize], &[f32]) = (&[2, 2], &[1.0, 2.0, 3.0, 4.0]);
    let weights: [&[f32]; 2] = [&[1.0, 0.0, 0.0, 1.0, 1.0, 1.0], &[0.0, 0.0, 1.0]];
    let y = run(each.clone(), &[video, (&[2], &[1.0, 2.0])], &weights);
    assert_eq!(y, Array::new([2, 3], vec![1.0, 2.0, 4.0, 6.0, 8.0, 16.0]));

    let mut b = Builder::new();
    let video = b.input_over_time("video", [5, 2], 0, "video");
    let masks = b.input_over_time("video.mask", [5], 0, "video");
    let y = b.push("frames", each, &[video, masks]).unwrap();
    b.output("y", y);
    let graph = b.finish();
    let names: Vec<&str> = graph.params().iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["frames.dense.weight", "frames.dense.bias"]);
    // 2·2·3 and 3 operations a frame.
    assert_eq!(graph.cost().flops, 5 * (12 + 3));
    let bound = graph.bind(&BTreeMap::from([("video".to_owned(), 2)])).unwrap();
    assert_eq!(bound.shape(graph.find_output("y").unwrap()), [2, 3]);
    let json = serde_json::to_string(&graph).unwrap();
    assert_eq!(serde_json::from_str::<Graph>(&json).unwrap(), graph);
}

#[test]
fn a_learned_token_is_the_same_for_each_sample() {
    let mut b = Builder::new();
    let x = b.input("x", [2, 2]);
    let token = b.param("token", [1, 2], crate::Role::Shared, crate::Init::Ones).unwrap();
    let y = b.push("with-token", op::Concat { axis: 0 }, &[token, x]).unwrap();
    b.output("y", y);
    let graph = b.finish();
    let weights = Weights::init(Arc::new(Layout::of(&[&graph]).unwrap()), consil_random::Key::new(1));
    let inputs = BTreeMap::from([("x".to_owned(), Array::new([2, 2], vec![2.0, 3.0, 4.0, 5.0]))]);
    let y = evaluate(&graph, &weights, &inputs).unwrap().remove("y").unwrap();
    assert_eq!(y, Array::new([3, 2], vec![1.0, 1.0, 2.0, 3.0, 4.0, 5.0]));
}
