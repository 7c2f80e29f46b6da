//! Rows by themselves: clipped gradients of single rows, batches of other lengths, losses with weights.

use std::sync::Arc;

use consil_graph::{Activation, Array, Builder, Graph, Init, Layout, Role, Weights, op};
use consil_nn::{Gradients, Inputs, Network, RunError};
use consil_random::Key;

const ROWS: usize = 24;

/// Words through an adapted, a tied and an ordinary layer: every way a gradient takes.
fn graph() -> Graph {
    let mut b = Builder::new();
    let words = b.input_over_time("words", [6], 0, "words");
    let mask = b.input_over_time("words.mask", [6], 0, "words");
    let y = b.input("y", []);
    let x = b.push("embed", op::Embedding { vocabulary: 30, width: 16 }, &[words]).unwrap();
    let x = b.push("positions", op::PositionEmbedding, &[x]).unwrap();
    let attended = b.push("attention", op::Attention::new(2, false, true), &[x, mask]).unwrap();
    let x = b.push("add", op::Add, &[x, attended]).unwrap();
    let x = b.push("norm", op::LayerNorm { epsilon: 1e-5 }, &[x]).unwrap();
    let x = b.push("mean", op::MeanTokens, &[x, mask]).unwrap();
    let (down, up) = (
        b.param("down", [2, 16], Role::Adapter, Init::Uniform { bound: 0.5 }).unwrap(),
        b.param("up", [16, 2], Role::Adapter, Init::Uniform { bound: 0.5 }).unwrap(),
    );
    let weight = b.push("product", op::MatMul { transposed: false }, &[up, down]).unwrap();
    let x = b.apply("adapted", op::Linear { out: 16, bias: false }, &[x, weight]).unwrap();
    let x = b.push("tanh", Activation::Tanh, &[x]).unwrap();
    let table = b.find_param("embed.weight").unwrap();
    let x = b.push("tied", op::MatMul { transposed: true }, &[x, table]).unwrap();
    let loss = b.push("loss", op::CrossEntropy, &[x, y]).unwrap();
    b.output("loss", loss);
    b.finish()
}

fn setup() -> (Network, Arc<Layout>, Weights) {
    let graph = graph();
    let layout = Arc::new(Layout::of(&[&graph]).unwrap());
    let mut weights = Weights::init(layout.clone(), Key::new(3));
    // Word vectors that are not nearly zero, so that every gradient counts.
    let mut stream = Key::new(4).stream();
    weights.values_mut().iter_mut().for_each(|w| *w += 0.3 * stream.normal() as f32);
    (Network::new(Arc::new(graph), &layout).unwrap(), layout, weights)
}

/// Rows of `length` words, of which the first `1 + row % length` count.
fn inputs(rows: std::ops::Range<usize>, length: usize) -> Inputs {
    let word = |row: usize, t: usize| ((row * 7 + t * 3) % 30) as f32;
    let seen = |row: usize, t: usize| f32::from(u8::from(t <= row % 4));
    let of = |f: &dyn Fn(usize, usize) -> f32| -> Vec<f32> {
        rows.clone().flat_map(|row| (0..length).map(move |t| (row, t))).map(|(row, t)| f(row, t)).collect()
    };
    let n = rows.len();
    Inputs::from([
        ("words".to_owned(), Array::new([n, length], of(&word))),
        ("words.mask".to_owned(), Array::new([n, length], of(&seen))),
        ("y".to_owned(), Array::new([n], rows.clone().map(|row| (row % 30) as f32).collect())),
    ])
}

fn ones(rows: usize) -> [Option<Array>; 1] {
    [Some(Array::new([rows], vec![1.0; rows]))]
}

/// Differences relative to the largest value.
fn differ(a: &[f32], b: &[f32]) -> f32 {
    let largest = a.iter().fold(1e-9f32, |m, x| m.max(x.abs()));
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / largest
}

#[test]
fn clipped_gradients_are_those_of_a_loop_over_the_rows() {
    let (network, layout, weights) = setup();
    let mut sum = vec![0.0f64; layout.n_values()];
    let mut norms = Vec::new();
    for row in 0..ROWS {
        let mut gradients = Gradients::zeros(&layout);
        let trace = network.trace(&weights, &inputs(row..row + 1, 6), Key::new(1)).unwrap();
        trace.backward(&ones(1), &mut gradients).unwrap();
        norms.push(gradients.norm());
        let factor = (LIMIT / gradients.norm()).min(1.0);
        sum.iter_mut().zip(gradients.values()).for_each(|(sum, g)| *sum += factor * f64::from(*g));
    }
    /// Between the smallest and the largest norm of the rows.
    const LIMIT: f64 = 6.0;
    assert!(norms.iter().any(|norm| *norm > LIMIT) && norms.iter().any(|norm| *norm < LIMIT), "{norms:?}");

    let mut clipped = Gradients::zeros(&layout);
    let trace = network.trace_by_rows(&weights, &inputs(0..ROWS, 6), Key::new(1)).unwrap();
    let ours = trace.backward_clipped(&ones(ROWS), LIMIT, &mut clipped).unwrap();
    let sum: Vec<f32> = sum.into_iter().map(|x| x as f32).collect();
    let difference = differ(&sum, clipped.values());
    assert!(difference < 1e-6, "{difference}");
    assert!(ours.iter().zip(&norms).all(|(a, b)| (a - b).abs() < 1e-6 * b), "{ours:?} {norms:?}");

    // Without a limit it is the gradient of the sum.
    let mut whole = Gradients::zeros(&layout);
    let trace = network.trace(&weights, &inputs(0..ROWS, 6), Key::new(1)).unwrap();
    trace.backward(&ones(ROWS), &mut whole).unwrap();
    let mut unclipped = Gradients::zeros(&layout);
    let trace = network.trace_by_rows(&weights, &inputs(0..ROWS, 6), Key::new(1)).unwrap();
    trace.backward_clipped(&ones(ROWS), f64::INFINITY, &mut unclipped).unwrap();
    assert!(differ(whole.values(), unclipped.values()) < 1e-6);
}

/// Some rows of [`inputs`], each as often as it is named.
fn chosen(rows: &[usize]) -> Inputs {
    let mut all = Inputs::new();
    for row in rows {
        for (name, array) in inputs(*row..*row + 1, 6) {
            let grown = match all.remove(&name) {
                None => array,
                Some(before) => {
                    let shape = [&[before.shape()[0] + 1], &array.shape()[1..]].concat();
                    Array::new(shape, [before.data(), array.data()].concat())
                }
            };
            all.insert(name, grown);
        }
    }
    all
}

/// A row's weight is its cotangent: 0 as if it were not there, 2 as if it were there twice.
#[test]
fn a_row_weighs_as_often_as_it_is_there() {
    let (network, layout, weights) = setup();
    let weigh = |row: usize| [0, 1, 2][row % 3];
    let repeated: Vec<usize> = (0..ROWS).flat_map(|row| vec![row; weigh(row)]).collect();
    let cotangents = [Some(Array::new([ROWS], (0..ROWS).map(|row| weigh(row) as f32).collect()))];
    let gradient = |inputs: &Inputs, cotangents: &[Option<Array>]| {
        let mut gradients = Gradients::zeros(&layout);
        network.trace(&weights, inputs, Key::new(1)).unwrap().backward(cotangents, &mut gradients).unwrap();
        gradients
    };
    let weighed = gradient(&inputs(0..ROWS, 6), &cotangents);
    let expected = gradient(&chosen(&repeated), &ones(repeated.len()));
    // Other roundings of the same sums.
    let difference = differ(expected.values(), weighed.values());
    assert!(difference < 1e-5, "{difference}");

    // Clipped, a row of weight 0 has no gradient at all, and one of weight 2 twice the norm.
    let norms = |cotangents: &[Option<Array>]| {
        let mut gradients = Gradients::zeros(&layout);
        let trace = network.trace_by_rows(&weights, &inputs(0..ROWS, 6), Key::new(1)).unwrap();
        trace.backward_clipped(cotangents, 1.0, &mut gradients).unwrap()
    };
    let (once, weighed) = (norms(&ones(ROWS)), norms(&cotangents));
    for (row, (once, weighed)) in once.iter().zip(&weighed).enumerate() {
        let expected = weigh(row) as f64 * once;
        assert!((weighed - expected).abs() < 1e-5 * once, "row {row}: {weighed} for {expected}");
    }
}

/// Positions of a row are weighed by the loss itself: a mean over those that count, each as often as its weight says.
#[test]
fn a_position_weighs_as_often_as_it_is_there() {
    let graph = |positions: usize, is_weighed: bool| {
        let mut b = Builder::new();
        let x = b.input("x", [positions, 4]);
        let y = b.input("y", [positions]);
        let scores = b.push("scores", op::Linear { out: 5, bias: true }, &[x]).unwrap();
        let mut operands = vec![scores, y];
        if is_weighed {
            operands.push(b.input("w", [positions]));
        }
        let loss = b.push("loss", op::CrossEntropy, &operands).unwrap();
        b.output("loss", loss);
        b.finish()
    };
    let run = |graph: Graph, at: &[usize], w: Option<[f32; 3]>| {
        let layout = Arc::new(Layout::of(&[&graph]).unwrap());
        let weights = Weights::init(layout.clone(), Key::new(2));
        let network = Network::new(Arc::new(graph), &layout).unwrap();
        let x = at.iter().flat_map(|p| (0..4).map(move |i| ((3 * p + i) as f32).sin())).collect();
        let mut inputs = Inputs::from([
            ("x".to_owned(), Array::new([1, at.len(), 4], x)),
            ("y".to_owned(), Array::new([1, at.len()], at.iter().map(|p| *p as f32).collect())),
        ]);
        inputs.extend(w.map(|w| ("w".to_owned(), Array::new([1, 3], w.to_vec()))));
        let mut gradients = Gradients::zeros(&layout);
        let trace = network.trace(&weights, &inputs, Key::new(1)).unwrap();
        let loss = trace.outputs()[0].data()[0];
        trace.backward(&ones(1), &mut gradients).unwrap();
        (loss, gradients.values().to_vec())
    };
    let (loss, gradient) = run(graph(3, true), &[0, 1, 2], Some([0.0, 1.0, 2.0]));
    let (expected, expected_gradient) = run(graph(3, false), &[1, 2, 2], None);
    assert!((loss - expected).abs() < 1e-6, "{loss} for {expected}");
    assert!(differ(&expected_gradient, &gradient) < 1e-6);
}

#[test]
fn rows_that_batch_normalisation_mixes_have_no_gradients_of_their_own() {
    let mut b = Builder::new();
    let x = b.input("x", [3]);
    let y = b.push("norm", op::BatchNorm { epsilon: 1e-5, momentum: 0.1 }, &[x]).unwrap();
    b.output("y", y);
    let graph = b.finish();
    let layout = Arc::new(Layout::of(&[&graph]).unwrap());
    let network = Network::new(Arc::new(graph), &layout).unwrap();
    let weights = Weights::init(layout.clone(), Key::new(1));
    let x = Array::new([2, 3], vec![1.0, 2.0, 3.0, 6.0, 5.0, 4.0]);
    let inputs = Inputs::from([("x".to_owned(), x.clone())]);
    let error = network.trace_by_rows(&weights, &inputs, Key::new(1)).err().unwrap();
    assert_eq!(error, RunError::RowsMix { node: "norm".to_owned() });
    let trace = network.trace(&weights, &inputs, Key::new(1)).unwrap();
    let error = trace.backward_clipped(&[Some(x)], 1.0, &mut Gradients::zeros(&layout)).unwrap_err();
    assert_eq!(error, RunError::NotRecorded { needs: "trace_by_rows" });
}

#[test]
fn padding_changes_nothing_and_a_batch_may_be_shorter_than_the_graph() {
    let (network, layout, weights) = setup();
    let run = |length: usize| {
        let trace = network.trace(&weights, &inputs(0..ROWS, length), Key::new(1)).unwrap();
        let losses = trace.outputs()[0].data().to_vec();
        let mut gradients = Gradients::zeros(&layout);
        trace.backward(&ones(ROWS), &mut gradients).unwrap();
        (losses, gradients.values().to_vec())
    };
    // At most four words of a row count.
    let (losses, gradients) = run(6);
    for length in [4, 5] {
        let (shorter_losses, shorter_gradients) = run(length);
        // Padding is masked; what is left are other roundings of the same sums.
        assert!(differ(&losses, &shorter_losses) < 1e-5, "{length}");
        assert!(differ(&gradients, &shorter_gradients) < 1e-5, "{length}");
    }
    let error = network.trace(&weights, &inputs(0..2, 7), Key::new(1)).err().unwrap();
    assert!(matches!(error, RunError::Lengths(_)), "more words than there are positions: {error}");
}

#[test]
fn a_parameter_that_no_cotangent_reaches_is_left_alone() {
    let mut b = Builder::new();
    let x = b.input("x", [2]);
    for name in ["a", "b"] {
        let y = b.push(name, op::Linear { out: 2, bias: false }, &[x]).unwrap();
        b.output(name, y);
    }
    let graph = b.finish();
    let layout = Arc::new(Layout::of(&[&graph]).unwrap());
    let network = Network::new(Arc::new(graph), &layout).unwrap();
    let weights = Weights::init(layout.clone(), Key::new(1));
    let inputs = Inputs::from([("x".to_owned(), Array::new([1, 2], vec![1.0, 2.0]))]);
    let cotangent = Some(Array::new([1, 2], vec![1.0, -1.0]));
    let mut gradients = Gradients::zeros(&layout);
    let back = |gradients: &mut Gradients, cotangents: [Option<Array>; 2]| {
        network.trace(&weights, &inputs, Key::new(1)).unwrap().backward(&cotangents, gradients).unwrap();
    };
    back(&mut gradients, [cotangent.clone(), cotangent.clone()]);
    assert_eq!(gradients.values(), [1.0, 2.0, -1.0, -2.0, 1.0, 2.0, -1.0, -2.0]);
    // After a restart nothing of the step before is left.
    gradients.restart();
    back(&mut gradients, [None, cotangent]);
    gradients.settle();
    assert_eq!(gradients.values(), [0.0, 0.0, 0.0, 0.0, 1.0, 2.0, -1.0, -2.0]);
}
