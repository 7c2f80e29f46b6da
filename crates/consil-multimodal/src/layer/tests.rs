mod arithmetic;

use std::collections::BTreeMap;
use std::sync::Arc;

use consil_graph::op;
use consil_graph::reference::evaluate;
use consil_graph::{Array, Builder, Layout, Weights};
use consil_random::Key;
use proptest::prelude::*;

use super::*;

fn shape_after(shape: &[usize], layers: &str) -> Result<Vec<usize>, String> {
    let layers: Layers = layers.parse().map_err(|e: LayerError| e.to_string())?;
    let mut b = Builder::new();
    let x = b.input("input", shape);
    layers.apply(&mut b, "digit", x).map(|y| b.shape(y).to_vec()).map_err(|e| e.to_string())
}

#[test]
fn a_layer_that_does_not_fit_says_where_why_and_what_to_do() {
    let cases: &[(&[usize], &str, &str)] = &[
        (
            &[1, 8, 8],
            r#"[{ conv = 16, padding = "same" }, { max-pool = 4 }, { conv = 32, kernel = 5 }]"#,
            r#"layer 3 (conv = 32, kernel = 5) of network "digit" needs an input of at least 5×5, but the layer before it gives [16, 2, 2]; use a smaller kernel or padding"#,
        ),
        (
            &[1, 8, 8],
            "[{ linear = 10 }]",
            r#"layer 1 (linear = 10) of network "digit" needs a vector [D] or tokens [T, D], but the input is [1, 8, 8]; put "flatten" before it"#,
        ),
        (
            &[6, 32],
            r#"["transpose", { residual = [ { attention = { heads = 4 } } ] }]"#,
            r#"layer 2.1 (attention = { heads = 4 }) of network "digit" has heads = 4, which does not divide the width of a token, 6; choose a divisor of 6"#,
        ),
        (
            &[6, 32],
            "[{ residual = [{ conv = 8 }] }]",
            r#"layer 1 (residual = […]) of network "digit" needs two operands of one shape, but its operands have the shapes [8, 30] and [6, 32]"#,
        ),
        (
            &[6, 32],
            r#"[{ conv = 8, kernel = 4, padding = "same" }]"#,
            r#"layer 1 (conv = 8, kernel = 4, padding = "same") of network "digit" needs an odd kernel for padding = "same""#,
        ),
    ];
    for (shape, layers, message) in cases {
        assert_eq!(shape_after(shape, layers).unwrap_err(), *message);
    }
}

#[test]
fn a_layer_that_cannot_be_read_names_the_nearest_name() {
    let cases = [
        (r#"["rellu"]"#, r#"layer 1: there is no layer "rellu"; did you mean "relu"?"#),
        (r#"["relu", { maxpool = 2 }]"#, r#"layer 2: there is no layer "maxpool"; did you mean "max-pool"?"#),
        (r#"[{ kernel = 3, conf = 3 }]"#, r#"layer 1: there is no layer "conf"; did you mean "conv"?"#),
        ("[{ conv = 3, kernal = 3 }]", r#"layer 1: conv has no attribute "kernal"; did you mean "kernel"?"#),
        (
            r#"[{ residual = ["relu", { dropout = 1.5 }] }]"#,
            r#"layer 1.2: "rate" of dropout must be a number of at least 0 and below 1, not 1.5"#,
        ),
        (r#"["linear"]"#, r#"layer 1: linear needs "out", as in { linear = 64 }"#),
        ("[{ conv = 3, linear = 3 }]", "layer 1: conv and linear are two layers; write { … }, { … }"),
        ("[7]", r#"layer 1: a layer is a name such as "relu" or a table such as { linear = 64 }, not 7"#),
        (r#""relu""#, r#"layers are a list such as [ { linear = 64 }, "relu" ], not "relu""#),
    ];
    for (text, message) in cases {
        assert_eq!(text.parse::<Layers>().unwrap_err().to_string(), message);
    }
}

#[test]
fn every_example_reads_and_writes_back() {
    for form in super::forms::FORMS.iter() {
        let layers: Layers = format!("[{}]", form.example).parse().unwrap();
        assert_eq!(layers.0[0].name(), form.name);
        let bare = format!("[\"{}\"]", form.name).parse::<Layers>();
        assert_eq!(bare.is_ok(), form.bare, "{}: {bare:?}", form.name);
    }
}

#[test]
fn the_main_attribute_may_stand_in_the_table() {
    let a: Layers = "[{ conv = { out = 8, kernel = [3, 5] } }, { attention = 4 }]".parse().unwrap();
    let b: Layers = "[{ conv = 8, kernel = [3, 5] }, { attention = { heads = 4 } }]".parse().unwrap();
    assert_eq!(a, b);
}

fn extent() -> impl Strategy<Value = Extent> {
    prop_oneof![(1..4usize).prop_map(Extent::All), prop::collection::vec(1..4usize, 1..3).prop_map(Extent::Each)]
}

fn fraction() -> impl Strategy<Value = f32> {
    (0..100u8).prop_map(|percent| f32::from(percent) / 100.0)
}

/// Any layer, whether or not it fits anything.
fn any_layer() -> impl Strategy<Value = Layer> {
    let padding = prop_oneof![Just(Padding::Same), extent().prop_map(Padding::Zeros)];
    let conv = (1..9usize, extent(), extent(), padding, extent(), 1..3usize, any::<bool>()).prop_map(
        |(out, kernel, stride, padding, dilation, groups, bias)| Layer::Conv {
            out,
            kernel,
            stride,
            padding,
            dilation,
            groups,
            bias,
        },
    );
    let window = || (extent(), prop::option::of(extent())).prop_map(|(kernel, stride)| Window { kernel, stride });
    let leaf =
        prop_oneof![
            conv,
            window().prop_map(Layer::MaxPool),
            window().prop_map(Layer::AveragePool),
            (1..9usize, any::<bool>(), prop::option::of(1..4usize)).prop_map(|(out, bias, lora)| Layer::Linear {
                out,
                bias,
                lora
            }),
            (prop::sample::select(vec!["1", "4.2"]), any::<bool>())
                .prop_map(|(layer, bias)| Layer::Tied { layer: layer.to_owned(), bias }),
            fraction().prop_map(|rate| Layer::op(op::Dropout { rate })),
            fraction().prop_map(|slope| Layer::Activation(Activation::LeakyRelu { slope })),
            (fraction(), fraction()).prop_map(|(epsilon, momentum)| Layer::op(op::BatchNorm { epsilon, momentum })),
            fraction().prop_map(|epsilon| Layer::op(op::LayerNorm { epsilon })),
            (1..9usize, any::<bool>(), prop::option::of(1..9usize))
                .prop_map(|(heads, causal, inner)| Layer::Attention { heads, causal, inner }),
            (1..9usize, 1..9usize).prop_map(|(vocabulary, width)| Layer::Embedding { vocabulary, width }),
            prop::collection::vec(1..9usize, 1..4).prop_map(|shape| Layer::Reshape { shape }),
            prop::sample::select(vec![
                Layer::GlobalAveragePool,
                Layer::Flatten,
                Layer::Activation(Activation::Gelu),
                Layer::op(op::Softmax),
                Layer::op(op::RmsNorm { epsilon: 1e-6 }),
                Layer::op(op::BatchNorm { epsilon: 1e-5, momentum: 0.1 }),
                Layer::PositionEmbedding,
                Layer::MeanTokens,
                Layer::Transpose,
            ]),
        ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        let layers = || prop::collection::vec(inner.clone(), 0..3).prop_map(Layers);
        (layers(), layers()).prop_map(|(layers, shortcut)| Layer::Residual { layers, shortcut })
    })
}

#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Document {
    encoder: Layers,
}

/// Layers that keep a series a series.
fn series_layer() -> impl Strategy<Value = Layer> {
    let conv =
        (1..4usize, prop::sample::select(vec![1, 3, 5]), 1..3usize).prop_map(|(out, kernel, stride)| Layer::Conv {
            out,
            kernel: Extent::All(kernel),
            stride: Extent::All(stride),
            padding: Padding::Same,
            dilation: Extent::All(1),
            groups: 1,
            bias: true,
        });
    let unpadded = (1..4usize, 1..4usize).prop_map(|(out, kernel)| Layer::Conv {
        out,
        kernel: Extent::All(kernel),
        stride: Extent::All(1),
        padding: Padding::default(),
        dilation: Extent::All(1),
        groups: 1,
        bias: true,
    });
    let window = || (1..3usize).prop_map(|k| Window { kernel: Extent::All(k), stride: None });
    prop_oneof![
        3 => conv.clone(),
        1 => unpadded,
        1 => window().prop_map(Layer::MaxPool),
        1 => window().prop_map(Layer::AveragePool),
        2 => prop::sample::select(vec![
            Layer::Activation(Activation::Relu),
            Layer::Activation(Activation::Sigmoid),
            Layer::op(op::BatchNorm { epsilon: 1e-5, momentum: 0.1 }),
            Layer::op(op::LayerNorm { epsilon: 1e-5 }),
            Layer::op(op::Dropout { rate: 0.5 }),
        ]),
        1 => Just(Layer::Residual {
            layers: Layers(vec![Layer::Activation(Activation::Sigmoid)]),
            shortcut: Layers::default(),
        }),
    ]
}

/// Layers that turn a series into a vector.
fn ending() -> impl Strategy<Value = Vec<Layer>> {
    let attention = vec![
        Layer::Transpose,
        Layer::Linear { out: 4, bias: true, lora: None },
        Layer::Attention { heads: 2, causal: false, inner: Some(6) },
        Layer::MeanTokens,
    ];
    let tokens = vec![
        Layer::Transpose,
        Layer::op(op::LayerNorm { epsilon: 1e-5 }),
        Layer::Flatten,
        Layer::Linear { out: 3, bias: true, lora: None },
    ];
    prop::sample::select(vec![
        vec![Layer::GlobalAveragePool],
        vec![Layer::Transpose, Layer::GlobalAveragePool],
        vec![Layer::Flatten, Layer::Linear { out: 3, bias: true, lora: None }],
        attention,
        tokens,
    ])
}

fn noise(key: Key, n: usize) -> Vec<f32> {
    let mut stream = key.stream();
    (0..n).map(|_| stream.normal() as f32).collect()
}

proptest! {
    #[test]
    fn layers_survive_toml_and_json(layers in prop::collection::vec(any_layer(), 0..6)) {
        let document = Document { encoder: Layers(layers) };
        let text = toml::to_string(&document).unwrap();
        prop_assert_eq!(&toml::from_str::<Document>(&text).unwrap(), &document, "{}", text);
        let json = serde_json::to_string(&document).unwrap();
        prop_assert_eq!(serde_json::from_str::<Document>(&json).unwrap(), document);
    }

    /// The shapes that inference promises are those of the arrays that the reference interpreter computes by loops over
    /// the definitions: `Array::new` panics where a size differs.
    #[test]
    fn computed_arrays_have_the_inferred_shapes(
        body in prop::collection::vec(series_layer(), 0..5), end in ending(), two_d in any::<bool>(), seed in 0..1000u64,
    ) {
        let shape = if two_d { vec![2, 7, 9] } else { vec![3, 11] };
        let mut end = end;
        if two_d && end[0] == Layer::Transpose {
            end = vec![Layer::GlobalAveragePool];
        }
        let mut b = Builder::new();
        let x = b.input("input", shape.clone());
        let layers: Layers = body.into_iter().chain(end).collect();
        let y = layers.apply(&mut b, "n", x);
        prop_assume!(y.is_ok());
        b.output("y", y.unwrap());
        let graph = b.finish();
        let weights = Weights::init(Arc::new(Layout::of(&[&graph]).unwrap()), Key::new(seed));
        let values = noise(Key::new(seed).child("x"), shape.iter().product());
        let inputs = BTreeMap::from([("input".to_owned(), Array::new(shape, values))]);
        let y = evaluate(&graph, &weights, &inputs).unwrap();
        prop_assert!(y["y"].data().iter().all(|v| v.is_finite()));
    }

    /// What stands in the padding never changes the result, nor does how much of it there is: a graph bound to a batch's own length gives
    /// what it gives at the length that it was built for.
    #[test]
    fn padding_does_not_change_the_result(
        body in prop::collection::vec(series_layer(), 0..5),
        end in ending(),
        two_d in any::<bool>(),
        n_frames in 1..=12usize,
        seed in 0..1000u64,
    ) {
        let shape = if two_d { vec![2, 5, 12] } else { vec![3, 12] };
        let mut end = end;
        if two_d && end[0] == Layer::Transpose {
            end = vec![Layer::GlobalAveragePool];
        }
        let mut b = Builder::new();
        let x = b.input_over_time("input", shape.clone(), shape.len() - 1, "input");
        let mask = b.input_over_time("input.mask", [12], 0, "input");
        let layers: Layers = body.into_iter().chain(end).collect();
        let applied = layers.apply_masked(&mut b, "n", x, Some(mask));
        prop_assume!(applied.is_ok());
        b.output("y", applied.unwrap().value);
        let graph = b.finish();
        let weights = Weights::init(Arc::new(Layout::of(&[&graph]).unwrap()), Key::new(seed));
        let run = |padding: &str, length: usize| {
            let mut values = noise(Key::new(seed).child("x"), shape.iter().product());
            let other = noise(Key::new(seed).child(padding), values.len());
            values.iter_mut().zip(other).enumerate().filter(|(i, _)| i % 12 >= n_frames).for_each(|(_, (v, o))| *v = o);
            let values = values.chunks(12).flat_map(|row| row[..length].to_vec()).collect();
            let shape = [&shape[..shape.len() - 1], &[length]].concat();
            let frames = (0..length).map(|t| if t < n_frames { 1.0 } else { 0.0 }).collect();
            let inputs = BTreeMap::from([
                ("input".to_owned(), Array::new(shape, values)),
                ("input.mask".to_owned(), Array::new([length], frames)),
            ]);
            evaluate(&graph, &weights, &inputs).unwrap().remove("y").unwrap()
        };
        let (one, other) = (run("one", 12), run("other", 12));
        prop_assert_eq!(one.data(), other.data());
        let bound = graph.bind_at_least(&BTreeMap::from([("input".to_owned(), n_frames)])).unwrap();
        let shorter = run("third", bound.lengths()["input"]);
        for (a, b) in one.data().iter().zip(shorter.data()) {
            // Sums over more zeros, in f64, rounded once to f32.
            prop_assert!((a - b).abs() <= 1e-6 * a.abs().max(1.0), "{} and {} at {:?}", a, b, bound.lengths());
        }
    }
}

/// Its statistics are over all positions: padding would change what is said of the others.
#[test]
fn group_normalisation_is_refused_over_padded_time() {
    assert_eq!(shape_after(&[4, 12], "[{ group-norm = 2 }]"), Ok(vec![4, 12]));
    let layers: Layers = "[{ conv = 4 }, { group-norm = 2 }]".parse().unwrap();
    let mut b = Builder::new();
    let x = b.input_over_time("input", [3, 12], 1, "input");
    let mask = b.input_over_time("input.mask", [12], 0, "input");
    let error = layers.apply_masked(&mut b, "n", x, Some(mask)).unwrap_err().to_string();
    assert!(error.contains("layer 2 (group-norm = 2)") && error.contains("mixes frames and padding"), "{error}");
}

#[test]
fn a_layer_is_tied_to_one_before_it() {
    let run = |text: &str, shape: &[usize], x: Vec<f32>| {
        let layers: Layers = text.parse().unwrap();
        let mut b = Builder::new();
        let input = b.input("input", shape);
        let y = layers.apply(&mut b, "n", input).unwrap();
        b.output("y", y);
        let graph = b.finish();
        let mut weights = Weights::init(Arc::new(Layout::of(&[&graph]).unwrap()), Key::new(1));
        let names: Vec<String> = graph.params().iter().map(|p| p.name.clone()).collect();
        weights.values_mut().iter_mut().enumerate().for_each(|(i, w)| *w = i as f32);
        let inputs = BTreeMap::from([("input".to_owned(), Array::new(shape, x))]);
        (evaluate(&graph, &weights, &inputs).unwrap().remove("y").unwrap(), names)
    };
    // The table is (0 1), (2 3), (4 5); the mean of rows 1 and 2 is (3 4), whose products with the rows are 4, 18 and 32.
    let text = r#"[{ embedding = { vocabulary = 3, width = 2 } }, "mean-tokens", { tied = 1 }]"#;
    let (y, names) = run(text, &[2], vec![1.0, 2.0]);
    assert_eq!((y.data(), names), (&[4.0, 18.0, 32.0][..], vec!["n.1.embedding.weight".to_owned()]));
    // A linear layer W = (0 1 2), (3 4 5) forwards gives (2 5) for the third unit vector, backwards Wᵀ (2 5) = (15 22 29), and the bias (6 7 8).
    let text = "[{ linear = 2, bias = false }, { tied = 1, bias = true }]";
    let (y, names) = run(text, &[3], vec![0.0, 0.0, 1.0]);
    assert_eq!(y.data(), [15.0 + 6.0, 22.0 + 7.0, 29.0 + 8.0]);
    assert_eq!(names, ["n.1.linear.weight", "n.2.tied.bias"]);
    let message = "layer 1 (tied = 3) of network \"digit\" needs the number of an embedding or linear layer before it";
    assert_eq!(shape_after(&[3], "[{ tied = 3 }]").unwrap_err(), message);
}

#[test]
fn an_adapter_trains_alone() {
    let layers: Layers = r#"[{ linear = 5, lora = 2 }, "relu"]"#.parse().unwrap();
    let mut b = Builder::new();
    let x = b.input("input", [7]);
    layers.apply(&mut b, "n", x).unwrap();
    let graph = b.finish();
    let params: Vec<(&str, &[usize], bool)> =
        graph.params().iter().map(|p| (p.name.as_str(), p.shape.as_slice(), p.role.is_trained())).collect();
    assert_eq!(
        params,
        [
            // Named and begun as those of a layer without an adapter, whose stored weights load here.
            ("n.1.linear.weight", &[5, 7][..], false),
            ("n.1.linear.bias", &[5][..], false),
            ("n.1.linear.lora_a", &[2, 7][..], true),
            ("n.1.linear.lora_b", &[5, 2][..], true),
        ]
    );
}

#[test]
fn a_size_that_no_memory_holds_is_refused_with_the_figure_and_the_limit() {
    let limit = consil_graph::MOST_PARAMETERS;
    let cases: &[(&[usize], &str, &str)] = &[
        (&[64], "[{ linear = 1000000000 }]", "more than the limit"),
        (&[64], "[{ linear = 9223372036854775807 }]", "more than the limit"),
        (&[4, 32], "[{ conv = 8, kernel = 9223372036854775807 }]", "needs an input of at least"),
        (&[4, 32], r#"[{ conv = 8, kernel = 9223372036854775807, padding = "same" }]"#, "more than the limit"),
        (&[4, 32], "[{ conv = 8, kernel = 3, padding = 9223372036854775807 }]", "more than the limit"),
        (&[4, 32], "[{ conv = 9223372036854775807 }]", "more than the limit"),
        (&[4, 32], "[{ max-pool = 9223372036854775807 }]", "needs an input of at least"),
        (&[12], "[{ embedding = { vocabulary = 9223372036854775807, width = 8 } }]", "more than the limit"),
        (
            &[12, 4],
            r#"["transpose", { attention = { heads = 1, inner = 9223372036854775807 } }]"#,
            "more than the limit",
        ),
        (&[12], "[{ reshape = [9223372036854775807, 4] }]", "asks for the shape"),
    ];
    for (shape, layers, message) in cases {
        let error = shape_after(shape, layers).unwrap_err();
        assert!(error.contains(message), "{layers}: {error}");
    }
    let error = shape_after(&[64], "[{ linear = 1000000000 }]").unwrap_err();
    assert!(error.contains("1000000000") && error.contains("268435456"), "{error}");
    let error = shape_after(&[64], "[{ linear = 100000000 }]").unwrap_err();
    assert!(error.contains("6400000000") && error.contains(&limit.to_string()), "{error}");
}
