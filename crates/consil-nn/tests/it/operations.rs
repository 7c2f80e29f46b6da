//! Every operation, forwards against the reference interpreter of consil-graph and backwards against central differences of it.
//!
//! The reference runs in `f64` with loops that restate the definitions, so it shares nothing with this crate's kernels.

use std::sync::Arc;

use consil_graph::{
    Activation, Array, Builder, Conv, Graph, Init, Layout, Op, Pool, PoolKind, Role, ValueId, Weights, op, reference,
};
use consil_nn::{Gradients, Inputs, Network};
use consil_random::{Key, Stream};

const BATCH: usize = 3;

/// A step of 2⁻⁸ in a weight: the error of a central difference is some step² / 6 ≈ 3e-6 of the third derivative, and the reference's
/// rounding of each output to `f32` (6e-8 of it) adds 6e-8 · 2⁸ ≈ 1.5e-5.
const STEP: f32 = 1.0 / 256.0;

/// How far a gradient may be from the difference, relative to the largest gradient of its parameter: twenty times those two errors.
const TOLERANCE: f32 = 5e-4;

/// A graph under test with inputs for a batch.
struct Case {
    name: String,
    graph: Graph,
    inputs: Inputs,
}

/// A graph `inputs → (a linear layer that makes gradients flow into the operation) → operation → output`.
fn case(name: &str, shapes: &[&[usize]], op: impl Into<Op>) -> Case {
    case_with(name, shapes, |b, values| b.push("op", op, values).unwrap())
}

fn case_with(name: &str, shapes: &[&[usize]], build: impl FnOnce(&mut Builder, &[ValueId]) -> ValueId) -> Case {
    let mut b = Builder::new();
    let mut stream = Key::new(5).child(name).stream();
    let mut inputs = Inputs::new();
    let mut values = Vec::new();
    for (i, shape) in shapes.iter().enumerate() {
        let input = format!("in{i}");
        let x = b.input(&input, *shape);
        inputs.insert(input, normal(&[&[BATCH], *shape].concat(), &mut stream));
        // The last axis is mixed, so that the gradient of the operand reaches a parameter.
        values.push(match shape.last() {
            Some(width) => b.push(&format!("mix{i}"), op::Linear { out: *width, bias: true }, &[x]).unwrap(),
            None => x,
        });
    }
    let y = build(&mut b, &values);
    b.output("y", y);
    Case { name: name.to_owned(), graph: b.finish(), inputs }
}

fn normal(shape: &[usize], stream: &mut Stream) -> Array {
    Array::new(shape, (0..shape.iter().product()).map(|_| stream.normal() as f32).collect())
}

impl Case {
    fn check(self) {
        let name = &self.name;
        let graph = Arc::new(self.graph);
        let layout = Arc::new(Layout::of(&[&*graph]).unwrap());
        let mut weights = Weights::init(layout.clone(), Key::new(11).child(name));
        // Parameters that begin at zero or one would hide a mistake in their use; variances stay positive.
        let mut stream = Key::new(12).child(name).stream();
        for entry in layout.entries() {
            for value in &mut weights.values_mut()[entry.range()] {
                *value += 0.3 * stream.uniform() as f32;
            }
        }
        let network = Network::new(graph.clone(), &layout).unwrap_or_else(|error| panic!("{name}: {error}"));

        let expected = reference(&graph, &weights, &self.inputs);
        let trace = network.trace_evaluation(&weights, &self.inputs).unwrap();
        let scale = expected.iter().fold(1.0f32, |m, x| m.max(x.abs()));
        for (i, (ours, theirs)) in trace.outputs()[0].data().iter().zip(&expected).enumerate() {
            // Sums of at most a few hundred terms in f32: 2e-5 is some 300 roundings.
            assert!((ours - theirs).abs() <= 2e-5 * scale, "{name}: output {i} is {ours}, not {theirs}");
        }
        let inferred = network.infer(&weights, &self.inputs).unwrap();
        for (a, b) in inferred[0].data().iter().zip(trace.outputs()[0].data()) {
            assert!((a - b).abs() <= 2e-5 * scale, "{name}: infer and trace disagree, {a} and {b}");
        }

        let cotangent = normal(trace.outputs()[0].shape(), &mut stream);
        check_inputs(name, &graph, &weights, &self.inputs, &network, &cotangent);
        let mut gradients = Gradients::zeros(&layout);
        trace.backward(&[Some(cotangent.clone())], &mut gradients).unwrap();
        let objective = |weights: &Weights| -> f64 {
            let y = reference(&graph, weights, &self.inputs);
            y.iter().zip(cotangent.data()).map(|(y, c)| f64::from(*y) * f64::from(*c)).sum()
        };
        for entry in layout.entries().iter().filter(|entry| entry.role.is_trained()) {
            let ours = &gradients.values()[entry.range()];
            let largest = ours.iter().fold(0.1f32, |m, g| m.max(g.abs()));
            // At most twelve values of a parameter, spread over it.
            for at in (0..entry.n_values()).step_by(entry.n_values().div_ceil(12)) {
                let i = entry.offset() + at;
                let middle = weights.values()[i];
                let mut at_point = |x: f32| {
                    weights.values_mut()[i] = x;
                    objective(&weights)
                };
                // A kink (of ReLU, of a maximum) may lie within a step; a sixteenth of the step then does without it, as the objective is
                // linear beside kinks and needs no larger one.
                let differences = [STEP, STEP / 16.0]
                    .map(|step| ((at_point(middle + step) - at_point(middle - step)) / f64::from(2.0 * step)) as f32);
                weights.values_mut()[i] = middle;
                let allowed = TOLERANCE * largest * (expected.len() as f32).sqrt();
                assert!(
                    differences.iter().any(|difference| (ours[at] - difference).abs() <= allowed),
                    "{name}: the gradient of {}[{at}] is {}, and its differences {differences:?}",
                    entry.name,
                    ours[at],
                );
            }
        }
    }
}

/// The gradients of inputs against central differences of the reference.
fn check_inputs(name: &str, graph: &Graph, weights: &Weights, inputs: &Inputs, network: &Network, cotangent: &Array) {
    let trace = network.trace_to_inputs(weights, inputs).unwrap();
    let mut gradients = Gradients::zeros(weights.layout());
    let of_inputs = trace.backward_to_inputs(&[Some(cotangent.clone())], &mut gradients).unwrap();
    for (input, values) in inputs.iter().filter(|(input, _)| input.starts_with("in") && *input != "indices") {
        let ours = &of_inputs[input];
        assert_eq!(ours.shape(), values.shape(), "{name}: {input}");
        let largest = ours.data().iter().fold(0.1f32, |m, g| m.max(g.abs()));
        let n = values.data().len();
        for at in (0..n).step_by(n.div_ceil(6)) {
            let at_point = |x: f32| -> f64 {
                let mut moved = inputs.clone();
                moved.get_mut(input).unwrap().data_mut()[at] = x;
                let y = reference(graph, weights, &moved);
                y.iter().zip(cotangent.data()).map(|(y, c)| f64::from(*y) * f64::from(*c)).sum()
            };
            let middle = values.data()[at];
            let differences = [STEP, STEP / 16.0]
                .map(|step| ((at_point(middle + step) - at_point(middle - step)) / f64::from(2.0 * step)) as f32);
            let allowed = TOLERANCE * largest * (cotangent.data().len() as f32).sqrt();
            let ours = ours.data()[at];
            assert!(
                differences.iter().any(|difference| (ours - difference).abs() <= allowed),
                "{name}: the gradient of {input}[{at}] is {ours}, and its differences {differences:?}",
            );
        }
    }
}

/// The first output of every sample, one after the other.
fn reference(graph: &Graph, weights: &Weights, inputs: &Inputs) -> Vec<f32> {
    let sample = |b: usize| {
        let of_sample = inputs.iter().map(|(name, x)| (name.clone(), Array::new(&x.shape()[1..], x.row(b).to_vec())));
        let outputs = reference::evaluate(graph, weights, &of_sample.collect()).unwrap();
        outputs["y"].data().to_vec()
    };
    (0..BATCH).flat_map(sample).collect()
}

#[test]
fn linear() {
    case("linear, vector", &[&[5]], op::Linear { out: 4, bias: true }).check();
    case("linear, tokens", &[&[3, 5]], op::Linear { out: 2, bias: false }).check();
    case("linear, image", &[&[2, 3, 4]], op::Linear { out: 3, bias: true }).check();
}

fn conv<const N: usize>(out: usize, kernel: [usize; N]) -> Conv<N> {
    Conv { out, kernel, stride: [1; N], padding: [0; N], dilation: [1; N], groups: 1, bias: true }
}

#[test]
fn convolution_of_images() {
    let shape: &[usize] = &[4, 7, 6];
    let check = |name: &str, conv: Conv<2>| case(name, &[shape], Op::Conv2d(conv)).check();
    check("plain", conv(3, [3, 2]));
    check("no bias", Conv { bias: false, ..conv(3, [2, 3]) });
    check("padding", Conv { padding: [1, 2], ..conv(3, [3, 3]) });
    check("padding beyond the kernel's reach", Conv { padding: [3, 4], ..conv(2, [2, 2]) });
    check("stride", Conv { stride: [2, 3], ..conv(3, [3, 2]) });
    check("stride and padding", Conv { stride: [3, 2], padding: [1, 1], ..conv(3, [3, 3]) });
    check("dilation", Conv { dilation: [2, 3], ..conv(2, [3, 2]) });
    check("everything", Conv { stride: [2, 2], padding: [2, 1], dilation: [2, 1], groups: 2, ..conv(4, [3, 3]) });
    check("groups", Conv { groups: 2, ..conv(6, [3, 3]) });
    check("depthwise", Conv { groups: 4, padding: [1, 1], ..conv(4, [3, 3]) });
    check("pointwise", conv(5, [1, 1]));
    check("pointwise, groups", Conv { groups: 2, bias: false, ..conv(4, [1, 1]) });
    check("pointwise, stride", Conv { stride: [2, 2], ..conv(3, [1, 1]) });
    check("kernel of the image's size", conv(3, [7, 6]));
    // Lines longer than vectors and no multiple of them, more channels than a tile, sums of more than one block.
    let wide = |name: &str, shape: &[usize], conv: Conv<2>| case(name, &[shape], Op::Conv2d(conv)).check();
    wide("long lines", &[2, 3, 43], Conv { padding: [1, 1], ..conv(13, [3, 3]) });
    wide("long lines, stride", &[2, 4, 41], Conv { stride: [1, 3], padding: [0, 2], ..conv(7, [2, 4]) });
    wide("many channels", &[40, 4, 5], Conv { padding: [1, 1], ..conv(8, [3, 3]) });
    wide("many channels, groups", &[66, 3, 3], Conv { groups: 2, ..conv(4, [3, 3]) });
    wide("lines of one", &[3, 9, 1], Conv { padding: [2, 0], ..conv(6, [4, 1]) });
}

#[test]
fn convolution_of_series() {
    let shape: &[usize] = &[4, 11];
    let check = |name: &str, conv: Conv<1>| case(name, &[shape], Op::Conv1d(conv)).check();
    check("series, plain", conv(3, [3]));
    check("series, causal width", Conv { padding: [4], dilation: [2], ..conv(2, [3]) });
    check("series, stride and groups", Conv { stride: [3], padding: [1], groups: 2, bias: false, ..conv(4, [5]) });
    check("series, pointwise", conv(5, [1]));
    case("long series", &[&[3, 70]], Op::Conv1d(Conv { padding: [2], ..conv(5, [5]) })).check();
    case(
        "long series, stride and dilation",
        &[&[2, 90]],
        Op::Conv1d(Conv { stride: [2], dilation: [3], ..conv(4, [4]) }),
    )
    .check();
}

#[test]
fn pooling() {
    for kind in [PoolKind::Max, PoolKind::Average] {
        let image = |kernel, stride| Op::Pool2d(Pool { kind, kernel, stride });
        case(&format!("{kind:?}, halves"), &[&[2, 6, 6]], image([2, 2], [2, 2])).check();
        case(&format!("{kind:?}, odd size"), &[&[2, 7, 5]], image([2, 2], [2, 2])).check();
        case(&format!("{kind:?}, overlap"), &[&[2, 7, 6]], image([3, 2], [2, 1])).check();
        case(&format!("{kind:?}, gaps"), &[&[1, 7, 8]], image([1, 2], [2, 3])).check();
        case(&format!("{kind:?}, all"), &[&[3, 4, 5]], image([4, 5], [1, 1])).check();
        let series = |kernel, stride| Op::Pool1d(Pool { kind, kernel: [kernel], stride: [stride] });
        case(&format!("{kind:?}, series"), &[&[3, 9]], series(2, 2)).check();
        case(&format!("{kind:?}, series, overlap"), &[&[3, 9]], series(4, 3)).check();
    }
    case("global, image", &[&[3, 4, 5]], op::GlobalAveragePool).check();
    case("global, series", &[&[3, 7]], op::GlobalAveragePool).check();
}

#[test]
fn normalisation() {
    for shape in [&[6][..], &[4, 6], &[2, 3, 6]] {
        case(&format!("layer norm {shape:?}"), &[shape], op::LayerNorm { epsilon: 1e-5 }).check();
        case(&format!("rms norm {shape:?}"), &[shape], op::RmsNorm { epsilon: 1e-6 }).check();
        case(&format!("batch norm {shape:?}"), &[shape], op::BatchNorm { epsilon: 1e-5, momentum: 0.1 }).check();
    }
    for (groups, shape) in [(1, &[6][..]), (2, &[4, 5]), (3, &[6, 3, 4]), (4, &[4, 2, 3])] {
        case(&format!("group norm {groups} of {shape:?}"), &[shape], op::GroupNorm { groups, epsilon: 1e-5 }).check();
    }
    case("layer norm, large epsilon", &[&[6]], op::LayerNorm { epsilon: 0.5 }).check();
}

#[test]
fn activations() {
    use Activation::{Gelu, LeakyRelu, Relu, Sigmoid, Silu, Tanh};
    for kind in [Relu, LeakyRelu { slope: 0.1 }, Gelu, Silu, Sigmoid, Tanh] {
        for shape in [&[7][..], &[2, 3, 4]] {
            case(&format!("{kind:?} {shape:?}"), &[shape], Op::Activation(kind)).check();
        }
    }
    case("softmax", &[&[6]], op::Softmax).check();
    case("softmax of tokens", &[&[3, 6]], op::Softmax).check();
    case("log-softmax", &[&[6]], op::LogSoftmax).check();
    case("log-softmax of tokens", &[&[3, 6]], op::LogSoftmax).check();
    case("dropout", &[&[6]], op::Dropout { rate: 0.5 }).check();
}

/// A mask of ones and zeros; the last sample's is all zero.
fn masked(mut case: Case, input: &str) -> Case {
    let mask = case.inputs.get_mut(input).unwrap();
    let width = mask.data().len() / BATCH;
    for (i, m) in mask.data_mut().iter_mut().enumerate() {
        *m = f32::from(u8::from(i % 3 != 1 && i < width * (BATCH - 1)));
    }
    case
}

#[test]
fn tokens() {
    case("mean of tokens", &[&[4, 5]], op::MeanTokens).check();
    case("position embedding", &[&[4, 5]], op::PositionEmbedding).check();
    let with_mask = case_with("masked mean of tokens", &[&[4, 5]], |b, x| {
        let mask = b.input("mask", [4]);
        b.push("op", op::MeanTokens, &[x[0], mask]).unwrap()
    });
    with_input(with_mask, "mask", &[4]).check();

    let mut embedding = case_with("embedding", &[], |b, _| {
        let indices = b.input("indices", [5]);
        b.push("op", op::Embedding { vocabulary: 4, width: 3 }, &[indices]).unwrap()
    });
    let indices = (0..BATCH * 5).map(|i| (i * 7 % 4) as f32).collect();
    embedding.inputs.insert("indices".to_owned(), Array::new([BATCH, 5], indices));
    embedding.check();
}

fn with_input(mut case: Case, input: &str, shape: &[usize]) -> Case {
    case.inputs.insert(input.to_owned(), Array::zeros([&[BATCH], shape].concat()));
    masked(case, input)
}

#[test]
fn attention() {
    for (heads, causal) in [(1, false), (2, false), (3, true), (6, true)] {
        let op = |masked| op::Attention::new(heads, causal, masked);
        case(&format!("self-attention, {heads} heads, causal {causal}"), &[&[4, 6]], op(false)).check();
        case(&format!("cross-attention, {heads} heads, causal {causal}"), &[&[4, 6], &[3, 6]], op(false)).check();
        let own = case_with(&format!("masked self-attention, {heads}, {causal}"), &[&[4, 6]], |b, x| {
            let mask = b.input("mask", [4]);
            b.push("op", op(true), &[x[0], mask]).unwrap()
        });
        with_input(own, "mask", &[4]).check();
        let cross = case_with(&format!("masked cross-attention, {heads}, {causal}"), &[&[4, 6], &[5, 6]], |b, x| {
            let mask = b.input("mask", [5]);
            b.push("op", op(true), &[x[0], x[1], mask]).unwrap()
        });
        with_input(cross, "mask", &[5]).check();
    }
}

#[test]
fn structure() {
    case("concat, vectors", &[&[3], &[2], &[4]], op::Concat { axis: 0 }).check();
    case("concat, along tokens", &[&[3, 2], &[1, 2]], op::Concat { axis: 0 }).check();
    case("concat, along widths", &[&[3, 2], &[3, 4]], op::Concat { axis: 1 }).check();
    case("stack, vectors", &[&[3], &[3], &[3]], op::Stack).check();
    case("stack, tokens", &[&[2, 3], &[2, 3]], op::Stack).check();
    case("reshape", &[&[2, 6]], op::Reshape::new([3, 2, 2])).check();
    case("reshape, one more axis", &[&[12]], op::Reshape::new([2, 3, 2, 1])).check();
    case("flatten", &[&[2, 3, 2]], op::Flatten).check();
    case("transpose", &[&[3, 4]], op::Transpose).check();
    case("add", &[&[3, 4], &[3, 4]], op::Add).check();
    case("mul, alike", &[&[3, 4], &[3, 4]], op::Mul).check();
    case("mul, along the last axis", &[&[3, 4], &[4]], op::Mul).check();
    case("mul, one value", &[&[3, 4], &[1]], op::Mul).check();
    let mut gate = case_with("mul, presence", &[&[3, 4]], |b, x| {
        let present = b.input("present", []);
        b.push("op", op::Mul, &[x[0], present]).unwrap()
    });
    gate.inputs.insert("present".to_owned(), Array::new([BATCH], vec![1.0, 0.0, 1.0]));
    gate.check();
    // One operand twice: its gradients add up.
    case_with("square", &[&[3, 4]], |b, x| b.push("op", op::Mul, &[x[0], x[0]]).unwrap()).check();
}

#[test]
fn elementwise_operations() {
    case("sub", &[&[3, 4], &[3, 4]], op::Sub).check();
    case("sub, along the last axis", &[&[3, 4], &[4]], op::Sub).check();
    case("add, along the last axis", &[&[3, 4], &[4]], op::Add).check();
    case("add, one value", &[&[3, 4], &[1]], op::Add).check();
    case("max", &[&[3, 4], &[3, 4]], op::Max).check();
    case("max, one value", &[&[3, 4], &[1]], op::Max).check();
    case("exp", &[&[3, 4]], op::Exp).check();
    case("scale", &[&[3, 4]], op::Scale { factor: -0.7 }).check();
    case("slice", &[&[5, 3]], op::Slice { axis: 0, start: 1, end: Some(4) }).check();
    case("slice to the end", &[&[2, 5]], op::Slice { axis: 1, start: 2, end: None }).check();
}

#[test]
fn products() {
    case("product of each row's matrices", &[&[3, 4], &[4, 2]], op::MatMul { transposed: false }).check();
    case("transposed", &[&[3, 4], &[2, 4]], op::MatMul { transposed: true }).check();
    case("one for each head", &[&[2, 3, 4], &[2, 4, 3]], op::MatMul { transposed: false }).check();
    case("one for each head, transposed", &[&[2, 3, 4], &[2, 5, 4]], op::MatMul { transposed: true }).check();
    for transposed in [false, true] {
        let shared = case_with(&format!("with a parameter, {transposed}"), &[&[3, 4]], |b, x| {
            let shape = if transposed { [5, 4] } else { [4, 5] };
            let weight = b.param("weight", shape, Role::Shared, Init::Uniform { bound: 0.5 }).unwrap();
            b.push("op", op::MatMul { transposed }, &[x[0], weight]).unwrap()
        });
        shared.check();
    }
}

#[test]
fn convolution_of_volumes() {
    let shape: &[usize] = &[2, 4, 5, 4];
    let check = |name: &str, conv: Conv<3>| case(name, &[shape], conv).check();
    check("volume, plain", conv(3, [2, 3, 2]));
    check(
        "volume, everything",
        Conv { stride: [2, 1, 2], padding: [1, 2, 0], dilation: [1, 2, 1], groups: 2, ..conv(4, [2, 2, 3]) },
    );
}

#[test]
fn attention_of_another_inner_width() {
    let narrow = |masked| op::Attention { heads: 2, causal: false, masked, inner: Some(4) };
    case("narrow attention", &[&[4, 6]], narrow(false)).check();
    case("narrow cross-attention", &[&[4, 6], &[3, 6]], narrow(false)).check();
}

#[test]
fn losses() {
    let classes = |mut case: Case, name: &str, shape: &[usize], n: usize| {
        let size: usize = shape.iter().product::<usize>() * BATCH;
        let values = (0..size).map(|i| (i * 5 % n) as f32).collect();
        case.inputs.insert(name.to_owned(), Array::new([&[BATCH], shape].concat(), values));
        case
    };
    for (name, op) in [("cross-entropy", Op::from(op::CrossEntropy)), ("nll", op::Nll.into())] {
        let plain = case_with(name, &[&[5]], |b, x| {
            let y = b.input("targets", []);
            b.push("op", op.clone(), &[x[0], y]).unwrap()
        });
        classes(plain, "targets", &[], 5).check();
        let weighted = case_with(&format!("{name} of positions, weighted"), &[&[4, 5]], |b, x| {
            let (y, w) = (b.input("targets", [4]), b.input("weights", [4]));
            b.push("op", op.clone(), &[x[0], y, w]).unwrap()
        });
        with_input(classes(weighted, "targets", &[4], 5), "weights", &[4]).check();
    }
    for (name, op) in [("mse", Op::from(op::Mse)), ("bce", op::Bce.into())] {
        let plain = case_with(name, &[&[4]], |b, x| {
            let y = b.input("targets", [4]);
            b.push("op", op.clone(), &[x[0], y]).unwrap()
        });
        with_input(plain, "targets", &[4]).check();
    }
}

#[test]
fn a_body_applied_along_an_axis() {
    let body = {
        let mut b = Builder::new();
        let x = b.input("x", [3, 4]);
        let x = b.push("linear", op::Linear { out: 5, bias: true }, &[x]).unwrap();
        let x = b.push("tanh", Activation::Tanh, &[x]).unwrap();
        let x = b.push("mean", op::MeanTokens, &[x]).unwrap();
        b.output("y", x);
        b.finish()
    };
    case("each", &[&[2, 3, 4]], op::Each::new(body.clone())).check();
    // Over a parameter that all rows share the body runs once.
    let shared = case_with("each of a parameter", &[&[2, 5]], |b, x| {
        let table = b.param("table", [2, 3, 4], Role::Shared, Init::Uniform { bound: 1.0 }).unwrap();
        let y = b.push("each", op::Each::new(body.clone()), &[table]).unwrap();
        b.push("op", op::Mul, &[x[0], y]).unwrap()
    });
    shared.check();
}

#[test]
fn what_all_rows_share_meets_what_they_do_not() {
    let with_param = |name: &str, shapes: &[&[usize]], shape: &[usize], op: Op, first: bool| {
        let case = case_with(name, shapes, |b, x| {
            let param = b.param("shared", shape, Role::Shared, Init::Uniform { bound: 1.0 }).unwrap();
            let operands = if first { [param, x[0]] } else { [x[0], param] };
            b.push("op", op.clone(), &operands).unwrap()
        });
        case.check();
    };
    for (name, op) in
        [("add", Op::from(op::Add)), ("sub", op::Sub.into()), ("mul", op::Mul.into()), ("max", op::Max.into())]
    {
        with_param(&format!("{name}, shared"), &[&[3, 4]], &[3, 4], op.clone(), false);
        with_param(&format!("{name}, shared last axis"), &[&[3, 4]], &[4], op.clone(), false);
        with_param(&format!("{name}, one shared value"), &[&[3, 4]], &[1], op.clone(), false);
        with_param(&format!("{name}, shared first"), &[&[3, 4]], &[3, 4], op, true);
    }
    // A learned token before the others.
    with_param("a learned token", &[&[3, 4]], &[1, 4], op::Concat { axis: 0 }.into(), true);
    with_param("a stack with a parameter", &[&[4]], &[4], op::Stack.into(), false);
    with_param("attention over learned keys", &[&[3, 4]], &[2, 4], op::Attention::new(2, false, false).into(), false);
}

#[test]
fn a_low_rank_adapter_and_a_tied_layer() {
    let adapted = case_with("a linear layer with an adapter", &[&[6]], |b, x| {
        let normal = Init::Uniform { bound: 0.5 };
        let weight = b.param("w", [5, 6], Role::Frozen, normal).unwrap();
        let (down, up) = (b.param("a", [2, 6], Role::Adapter, normal), b.param("b", [5, 2], Role::Adapter, normal));
        let change = b.push("ba", op::MatMul { transposed: false }, &[up.unwrap(), down.unwrap()]).unwrap();
        let change = b.push("scaled", op::Scale { factor: 0.5 }, &[change]).unwrap();
        let weight = b.push("sum", op::Add, &[weight, change]).unwrap();
        b.apply("op", op::Linear { out: 5, bias: false }, &[x[0], weight]).unwrap()
    });
    adapted.check();
    let mut tied = case_with("a tied output layer", &[], |b, _| {
        let indices = b.input("indices", [5]);
        let x = b.push("words", op::Embedding { vocabulary: 4, width: 3 }, &[indices]).unwrap();
        let x = b.push("tanh", Activation::Tanh, &[x]).unwrap();
        let table = b.find_param("words.weight").unwrap();
        b.push("op", op::MatMul { transposed: true }, &[x, table]).unwrap()
    });
    let indices = (0..BATCH * 5).map(|i| (i * 7 % 4) as f32).collect();
    tied.inputs.insert("indices".to_owned(), Array::new([BATCH, 5], indices));
    tied.check();
}

#[test]
fn fake_quantisation_rounds_and_passes_gradients_straight_through() {
    let mut b = Builder::new();
    let x = b.input("x", [4]);
    let y = b.push("op", op::FakeQuant { bits: 3, axis: None }, &[x]).unwrap();
    b.output("y", y);
    let graph = Arc::new(b.finish());
    let layout = Arc::new(Layout::of(&[&*graph]).unwrap());
    let weights = Weights::from_values(layout.clone(), vec![0.5]).unwrap();
    let network = Network::new(graph, &layout).unwrap();
    // q = 3, s = 0.5: halves round to even, and what is beyond 1.5 is cut and has no gradient.
    let inputs = Inputs::from([("x".to_owned(), Array::new([1, 4], vec![0.25, 0.8, 1.49, -7.0]))]);
    let trace = network.trace_to_inputs(&weights, &inputs).unwrap();
    assert_eq!(trace.outputs()[0].data(), [0.0, 1.0, 1.5, -1.5]);
    let mut gradients = Gradients::zeros(&layout);
    let ones = Some(Array::new([1, 4], vec![1.0, 2.0, 3.0, 4.0]));
    let of_inputs = trace.backward_to_inputs(&[ones], &mut gradients).unwrap();
    assert_eq!(of_inputs["x"].data(), [1.0, 2.0, 3.0, 0.0]);
}
