//! What layers compute, by the reference arithmetic: values by hand or from published tables; each says which.

use super::*;

fn run(shape: &[usize], x: &[f32], layers: &str, set: &[(&str, &[f32])]) -> Vec<f32> {
    let mut b = Builder::new();
    let input = b.input("input", shape);
    let y = layers.parse::<Layers>().unwrap().apply(&mut b, "n", input).unwrap();
    b.output("y", y);
    let graph = b.finish();
    let layout = Arc::new(Layout::of(&[&graph]).unwrap());
    let mut weights = Weights::from_values(layout.clone(), vec![0.0; layout.n_values()]).unwrap();
    for (name, values) in set {
        weights.get_mut(name).unwrap().copy_from_slice(values);
    }
    let inputs = BTreeMap::from([("input".to_owned(), Array::new(shape, x.to_vec()))]);
    evaluate(&graph, &weights, &inputs).unwrap().remove("y").unwrap().into_data()
}

fn near(actual: &[f32], expected: &[f32]) {
    assert_eq!(actual.len(), expected.len(), "{actual:?}");
    // The results are f64 rounded to f32; the expected values are given to 4 decimals.
    let far = actual.iter().zip(expected).find(|(a, e)| (*a - *e).abs() > 6e-5);
    assert!(far.is_none(), "{actual:?} is not {expected:?}");
}

#[test]
fn a_convolution_is_a_cross_correlation_with_zeros_around() {
    // By hand: weights 1, 2, 3 over 0, 4, 5, 6, 0 with bias 1.
    let w: &[(&str, &[f32])] = &[("n.1.conv.weight", &[1.0, 2.0, 3.0]), ("n.1.conv.bias", &[1.0])];
    near(&run(&[1, 3], &[4.0, 5.0, 6.0], r#"[{ conv = 1, padding = "same" }]"#, w), &[24.0, 33.0, 18.0]);
    // Stride 2 without padding sees 4, 5, 6 alone; dilation 2 with padding 2 sees 0·1 + 4·2 + 6·3 first.
    near(&run(&[1, 3], &[4.0, 5.0, 6.0], "[{ conv = 1, stride = 2 }]", w), &[33.0]);
    near(&run(&[1, 3], &[4.0, 5.0, 6.0], "[{ conv = 1, dilation = 2, padding = 2 }]", w), &[27.0, 11.0, 17.0]);
}

#[test]
fn groups_keep_channels_apart() {
    // By hand: channel 0 times 10, channel 1 times 100, 1×1 kernels on a 1×2 image.
    let w: &[(&str, &[f32])] = &[("n.1.conv.weight", &[10.0, 100.0])];
    let y = run(&[2, 1, 2], &[1.0, 2.0, 3.0, 4.0], "[{ conv = 2, kernel = 1, groups = 2 }]", w);
    near(&y, &[10.0, 20.0, 300.0, 400.0]);
}

#[test]
fn pooling_leaves_out_the_incomplete_window() {
    let image: Vec<f32> = (0..15).map(|i| i as f32).collect();
    near(&run(&[1, 3, 5], &image, "[{ max-pool = 2 }]", &[]), &[6.0, 8.0]);
    near(&run(&[1, 3, 5], &image, "[{ average-pool = [3, 1], stride = [1, 2] }]", &[]), &[5.0, 7.0, 9.0]);
}

#[test]
fn activations_have_their_published_values() {
    // Φ(1) = 0.84134, Φ(−2) = 0.02275 (tables of the normal distribution); σ(1) = 0.73106, σ(−2) = 0.11920, tanh 1 = 0.76159.
    let x = [1.0, -2.0];
    near(&run(&[2], &x, r#"["gelu"]"#, &[]), &[0.84134, -0.0455]);
    near(&run(&[2], &x, r#"["silu"]"#, &[]), &[0.73106, -0.2384]);
    near(&run(&[2], &x, r#"["sigmoid"]"#, &[]), &[0.73106, 0.1192]);
    near(&run(&[2], &x, r#"["tanh"]"#, &[]), &[0.76159, -0.96403]);
    near(&run(&[2], &x, r#"["leaky-relu"]"#, &[]), &[1.0, -0.02]);
    near(&run(&[3], &[1.0, 2.0, 3.0], r#"["softmax"]"#, &[]), &[0.09003, 0.24473, 0.66524]);
    near(&run(&[3], &[1.0, 2.0, 3.0], r#"["log-softmax"]"#, &[]), &[-2.40761, -1.40761, -0.40761]);
}

#[test]
fn normalisations_scale_and_shift() {
    // By hand: 1, 3 has mean 2 and variance 1; the root mean square of 1, 7 is 5; (5 − 1) / √4 · 3 + 1 = 7.
    let affine: &[(&str, &[f32])] = &[("n.1.layer-norm.weight", &[2.0, 2.0]), ("n.1.layer-norm.bias", &[0.5, 0.5])];
    near(&run(&[2], &[1.0, 3.0], r#"["layer-norm"]"#, affine), &[-1.5, 2.5]);
    near(&run(&[2], &[1.0, 7.0], r#"["rms-norm"]"#, &[("n.1.rms-norm.weight", &[1.0, 1.0])]), &[0.2, 1.4]);
    let batch: &[(&str, &[f32])] = &[
        ("n.1.batch-norm.weight", &[3.0]),
        ("n.1.batch-norm.bias", &[1.0]),
        ("n.1.batch-norm.running_mean", &[1.0]),
        ("n.1.batch-norm.running_var", &[4.0]),
    ];
    near(&run(&[1, 2], &[5.0, 1.0], r#"["batch-norm"]"#, batch), &[7.0, 1.0]);
}

#[test]
fn attention_weighs_values_by_the_softmax_of_scaled_products() {
    // By hand, one head of width 1: q = k = v = x, so token t gives Σ softmax_s(x_t x_s) x_s; the output projection doubles it and adds 1.
    let w: &[(&str, &[f32])] = &[
        ("n.2.attention.in_proj_weight", &[1.0, 1.0, 1.0]),
        ("n.2.attention.out_proj.weight", &[2.0]),
        ("n.2.attention.out_proj.bias", &[1.0]),
    ];
    let y = run(&[1, 2], &[0.0, 1.0], r#"["transpose", { attention = { heads = 1 } }]"#, w);
    near(&y, &[2.0, 1.0 + 2.0 * 0.731_06]);
    let y = run(&[1, 2], &[0.0, 1.0], r#"["transpose", { attention = { heads = 1, causal = true } }]"#, w);
    near(&y, &[1.0, 1.0 + 2.0 * 0.731_06]);
}

#[test]
fn tokens_are_looked_up_placed_and_averaged() {
    let table = [0.0, 0.0, 1.0, 2.0, 3.0, 4.0];
    let w: &[(&str, &[f32])] =
        &[("n.1.embedding.weight", &table), ("n.2.position-embedding.weight", &[10.0, 10.0, 20.0, 20.0])];
    let layers = r#"[{ embedding = { vocabulary = 3, width = 2 } }, "position-embedding", "mean-tokens"]"#;
    near(&run(&[2], &[2.0, 1.0], layers, w), &[17.0, 18.0]);
    near(
        &run(&[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], r#"["transpose", "flatten"]"#, &[]),
        &[1.0, 4.0, 2.0, 5.0, 3.0, 6.0],
    );
}
