//! The models of the comparison, and our side of it.

use std::error::Error;
use std::io::BufRead;
use std::sync::Arc;
use std::time::Instant;

use consil_graph::{Activation, Array, Builder, Conv, Layout, Pool, PoolKind, ShapeError, ValueId, Weights, op};
use consil_nn::{Gradients, Inputs, Network, Optimizer, OptimizerConfig};
use consil_random::Key;

/// A model that is compared.
pub struct Model {
    pub name: &'static str,
    /// The ratio of step times that is aimed at.
    pub bar: &'static str,
    pub rounds: usize,
    pub steps: usize,
}

pub const MODELS: &[Model] = &[
    Model { name: "mlp", bar: "≤ 0.25", rounds: 10, steps: 300 },
    Model { name: "lenet", bar: "≤ 0.6", rounds: 10, steps: 30 },
    Model { name: "vision-cnn", bar: "≤ 0.8", rounds: 6, steps: 6 },
    Model { name: "transformer-64", bar: "≤ 1.0", rounds: 6, steps: 10 },
    Model { name: "transformer-512", bar: "≤ 1.3", rounds: 3, steps: 2 },
    Model { name: "softmax-50000", bar: "≤ 1.2", rounds: 4, steps: 3 },
];

/// A graph with the loss of each row as its output, and what enters it.
struct Case {
    builder: Builder,
    /// The inputs: name, shape with the batch, and of indices how many there are.
    inputs: Vec<(&'static str, Vec<usize>, Option<usize>)>,
    trains: bool,
}

/// Serves steps: reads how many from standard input, writes the seconds of each.
pub fn serve(name: &str) -> Result<(), Box<dyn Error>> {
    let case = case(name)?;
    let graph = Arc::new(case.builder.finish());
    let layout = Arc::new(Layout::of(&[&*graph])?);
    let network = Network::new(graph, &layout)?;
    let mut weights = Weights::init(layout.clone(), Key::new(7));
    let mut stream = Key::new(8).stream();
    let mut draw = |shape: &[usize], below: Option<usize>| {
        let value = |_| match below {
            Some(n) => stream.below(n) as f32,
            None => stream.normal() as f32,
        };
        Array::new(shape, (0..shape.iter().product()).map(value).collect())
    };
    let inputs: Inputs =
        case.inputs.iter().map(|(name, shape, below)| ((*name).to_owned(), draw(shape, *below))).collect();
    let batch = case.inputs[0].1[0];
    let cotangents = [Some(Array::new([batch], vec![1.0 / batch as f32; batch]))];
    let mut gradients = Gradients::zeros(&layout);
    let mut optimizer = Optimizer::new(&OptimizerConfig::default(), &layout);
    let mut step = || -> Result<(), Box<dyn Error>> {
        gradients.restart();
        network.trace(&weights, &inputs, Key::new(0))?.backward(&cotangents, &mut gradients)?;
        gradients.settle();
        if case.trains {
            optimizer.step(&mut weights, &gradients, 1.0);
        }
        Ok(())
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build()?;
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if line.trim() == "end" {
            println!("{}", peak_kib()?);
            break;
        }
        let n: usize = line.trim().parse()?;
        let mut seconds = Vec::with_capacity(n);
        for _ in 0..n {
            let begin = Instant::now();
            pool.scope(|_| step().map_err(|error| error.to_string()))?;
            seconds.push(begin.elapsed().as_secs_f64().to_string());
        }
        println!("{}", seconds.join(" "));
    }
    Ok(())
}

/// The most memory that the process has had.
fn peak_kib() -> Result<usize, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

fn case(name: &str) -> Result<Case, Box<dyn Error>> {
    let mut b = Builder::new();
    let case = match name {
        "mlp" => {
            let x = b.input("x", [100]);
            let x = linear_relu(&mut b, "a", x, 64)?;
            let x = linear_relu(&mut b, "b", x, 64)?;
            let x = b.push("c", op::Linear { out: 32, bias: true }, &[x])?;
            loss(&mut b, x, &[])?;
            (vec![("x", vec![32, 100], None), ("y", vec![32], Some(32))], true)
        }
        "lenet" => {
            let x = b.input("x", [1, 28, 28]);
            let x = conv_pool(&mut b, "a", x, 6, 5, 2)?;
            let x = conv_pool(&mut b, "b", x, 16, 5, 0)?;
            let x = b.push("flat", op::Flatten, &[x])?;
            let x = linear_relu(&mut b, "c", x, 120)?;
            let x = linear_relu(&mut b, "d", x, 84)?;
            let x = b.push("e", op::Linear { out: 10, bias: true }, &[x])?;
            loss(&mut b, x, &[])?;
            (vec![("x", vec![64, 1, 28, 28], None), ("y", vec![64], Some(10))], true)
        }
        "vision-cnn" => {
            let mut x = b.input("x", [3, 32, 32]);
            for (name, out) in [("a", 64), ("b", 128), ("c", 256)] {
                x = conv_pool(&mut b, name, x, out, 3, 1)?;
            }
            let x = b.push("mean", op::GlobalAveragePool, &[x])?;
            let x = b.push("d", op::Linear { out: 10, bias: true }, &[x])?;
            loss(&mut b, x, &[])?;
            (vec![("x", vec![32, 3, 32, 32], None), ("y", vec![32], Some(10))], true)
        }
        "transformer-64" => {
            let x = text(&mut b, 1000, 64, 4, 2, 64, false)?;
            let x = b.push("mean", op::MeanTokens, &[x])?;
            let x = b.push("out", op::Linear { out: 10, bias: true }, &[x])?;
            loss(&mut b, x, &[])?;
            (vec![("x", vec![64, 64], Some(1000)), ("y", vec![64], Some(10))], true)
        }
        "transformer-512" => {
            let x = text(&mut b, 50_000, 512, 8, 6, 64, true)?;
            let x = b.push("out", op::Linear { out: 50_000, bias: true }, &[x])?;
            loss(&mut b, x, &[64])?;
            (vec![("x", vec![8, 64], Some(50_000)), ("y", vec![8, 64], Some(50_000))], true)
        }
        "softmax-50000" => {
            let x = b.input("x", [64, 512]);
            let x = b.push("out", op::Linear { out: 50_000, bias: true }, &[x])?;
            loss(&mut b, x, &[64])?;
            (vec![("x", vec![8, 64, 512], None), ("y", vec![8, 64], Some(50_000))], false)
        }
        other => return Err(format!("no model {other}").into()),
    };
    Ok(Case { builder: b, inputs: case.0, trains: case.1 })
}

fn loss(b: &mut Builder, logits: ValueId, positions: &[usize]) -> Result<(), ShapeError> {
    let y = b.input("y", positions);
    let loss = b.push("loss", op::CrossEntropy, &[logits, y])?;
    b.output("loss", loss);
    Ok(())
}

fn linear_relu(b: &mut Builder, name: &str, x: ValueId, out: usize) -> Result<ValueId, ShapeError> {
    let x = b.push(name, op::Linear { out, bias: true }, &[x])?;
    b.push(&format!("{name}.relu"), Activation::Relu, &[x])
}

fn conv_pool(
    b: &mut Builder,
    name: &str,
    x: ValueId,
    out: usize,
    kernel: usize,
    padding: usize,
) -> Result<ValueId, ShapeError> {
    let conv = Conv {
        out,
        kernel: [kernel; 2],
        stride: [1; 2],
        padding: [padding; 2],
        dilation: [1; 2],
        groups: 1,
        bias: true,
    };
    let x = b.push(name, conv, &[x])?;
    let x = b.push(&format!("{name}.relu"), Activation::Relu, &[x])?;
    b.push(&format!("{name}.pool"), Pool { kind: PoolKind::Max, kernel: [2; 2], stride: [2; 2] }, &[x])
}

/// Word vectors with positions through blocks of attention and two linear layers, each normalised before.
fn text(
    b: &mut Builder,
    vocabulary: usize,
    width: usize,
    heads: usize,
    layers: usize,
    length: usize,
    causal: bool,
) -> Result<ValueId, ShapeError> {
    let x = b.input("x", [length]);
    let x = b.push("words", op::Embedding { vocabulary, width }, &[x])?;
    let mut x = b.push("positions", op::PositionEmbedding, &[x])?;
    for layer in 0..layers {
        let name = |part: &str| format!("{layer}.{part}");
        let y = b.push(&name("norm1"), op::LayerNorm { epsilon: 1e-5 }, &[x])?;
        let y = b.push(&name("attention"), op::Attention::new(heads, causal, false), &[y])?;
        x = b.push(&name("add1"), op::Add, &[x, y])?;
        let y = b.push(&name("norm2"), op::LayerNorm { epsilon: 1e-5 }, &[x])?;
        let y = b.push(&name("up"), op::Linear { out: 4 * width, bias: true }, &[y])?;
        let y = b.push(&name("gelu"), Activation::Gelu, &[y])?;
        let y = b.push(&name("down"), op::Linear { out: width, bias: true }, &[y])?;
        x = b.push(&name("add2"), op::Add, &[x, y])?;
    }
    b.push("norm", op::LayerNorm { epsilon: 1e-5 }, &[x])
}
