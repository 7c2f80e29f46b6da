//! Writes reference networks with weights, random inputs, and our outputs and gradients, for `parity/pytorch_parity.py`.
//!
//! ```text
//! cargo run --release -p consil-bench --example parity_export -- FOLDER
//! ```

#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use consil_graph::{Array, Builder, Graph, Layout, Op, Weights, op};
use consil_multimodal::networks::{
    EmbeddingNetworkConfig, FeatureExtractorConfig, PerceptionConfig, PredictionNetworkConfig,
};
use consil_multimodal::{Layers, NetworkConfig};
use consil_nn::{Gradients, Inputs, Network, Trace};
use consil_random::Key;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

const BATCH: usize = 5;

/// Networks whose input holds indices rather than numbers: the size of their vocabulary.
const VOCABULARIES: &[(&str, usize)] = &[("text", 50)];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: parity_export FOLDER")?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    for (name, graph) in networks()? {
        export(name, graph, folder)?;
        println!("{name}");
    }
    Ok(())
}

fn networks() -> Result<Vec<(&'static str, Graph)>, Box<dyn Error>> {
    let perception = PerceptionConfig::default().build("perception")?;
    let features = FeatureExtractorConfig::default().build("features")?;
    let embedding = EmbeddingNetworkConfig::default().build("embedding")?;
    let prediction = PredictionNetworkConfig::default().build("prediction")?;
    let chain = perception.then(&features)?.then(&embedding)?.then(&prediction)?;
    let mut networks = vec![
        ("perception", perception),
        ("features", features),
        ("embedding", embedding),
        ("prediction", prediction),
        ("chain-of-four", chain),
    ];
    let layered: &[(&str, &[usize], &str)] = &[
        ("mlp", &[784], r#"[{ linear = 256 }, "relu", { linear = 64 }, "tanh", { linear = 10 }, "log-softmax"]"#),
        (
            "lenet",
            &[1, 28, 28],
            r#"[{ conv = 6, kernel = 5, padding = 2 }, "relu", { max-pool = 2 }, { conv = 16, kernel = 5 }, "relu", { average-pool = 2 },
                "flatten", { linear = 120 }, "relu", { linear = 84 }, "relu", { linear = 10 }, "log-softmax"]"#,
        ),
        (
            "conv-varieties",
            &[4, 17, 13],
            r#"[{ conv = 8, kernel = 3, stride = 2, padding = 1, groups = 2 }, "gelu", { conv = 8, kernel = 3, dilation = 2, padding = 2, groups = 8, bias = false },
                "silu", { max-pool = 3, stride = 2 }, { conv = 5, kernel = 1 }, { leaky-relu = 0.1 }, "flatten", { linear = 7 }, "sigmoid"]"#,
        ),
        (
            "batch-norm",
            &[3, 9, 8],
            r#"[{ conv = 6, kernel = 3 }, "batch-norm", "relu", "global-average-pool", { linear = 8 }, "batch-norm", { linear = 4 }, "softmax"]"#,
        ),
        (
            "transformer",
            &[24, 10],
            r#"["transpose", "position-embedding", { residual = ["layer-norm", { attention = { heads = 4 } }] },
                { residual = ["rms-norm", { linear = 48 }, "gelu", { linear = 24 }] }, "layer-norm", "mean-tokens", { linear = 3 }]"#,
        ),
        (
            "text",
            &[12],
            r#"[{ embedding = { vocabulary = 50, width = 16 } }, "position-embedding", { residual = [{ attention = { heads = 2, causal = true } }] },
                "layer-norm", { linear = 50 }, "log-softmax"]"#,
        ),
    ];
    for (name, shape, layers) in layered {
        networks.push((name, from_layers(shape, layers)?));
    }
    networks.push(("audio-cnn", preset("audio-cnn", &[1, 16, 40], 40, 10)?));
    networks.push(("conv-1d", preset("conv-1d", &[6, 32], 32, 2)?));
    networks.push(("masked-attention", masked_attention()?));
    networks.push(("fusion", fusion()?));
    Ok(networks)
}

fn from_layers(shape: &[usize], layers: &str) -> Result<Graph, Box<dyn Error>> {
    let mut b = Builder::new();
    let x = b.input("x", shape);
    let y = layers.parse::<Layers>()?.apply(&mut b, "n", x)?;
    b.output("y", y);
    Ok(b.finish())
}

/// A classifier over a preset encoder, its time under a mask.
fn preset(encoder: &str, shape: &[usize], time: usize, classes: usize) -> Result<Graph, Box<dyn Error>> {
    let config: NetworkConfig = toml::from_str(&format!("input = 'features'\nencoder = '{encoder}'"))?;
    Ok(config.build(encoder, &[(shape.to_vec(), Some(time))], classes)?)
}

/// Cross-attention under a mask, and a masked mean.
fn masked_attention() -> Result<Graph, Box<dyn Error>> {
    let mut b = Builder::new();
    let (queries, keys, mask) = (b.input("queries", [4, 12]), b.input("keys", [7, 12]), b.input("keys.mask", [7]));
    let crossed = b.push("cross", op::Attention::new(3, false, true), &[queries, keys, mask])?;
    let own = b.push("own", op::Attention::new(2, true, true), &[keys, mask])?;
    let mean = b.push("mean", op::MeanTokens, &[own, mask])?;
    b.output("crossed", crossed);
    b.output("mean", mean);
    Ok(b.finish())
}

/// Gates, stacks and sums: what fusion is made of.
fn fusion() -> Result<Graph, Box<dyn Error>> {
    let mut b = Builder::new();
    let (a, c, present) = (b.input("a", [6]), b.input("c", [6]), b.input("a.present", []));
    let mapped = b.push("map", op::Linear { out: 6, bias: false }, &[a])?;
    let gated = b.push("gate", op::Mul, &[mapped, present])?;
    let stacked = b.push("stack", op::Stack, &[gated, c])?;
    let turned = b.push("turn", op::Transpose, &[stacked])?;
    let flat = b.push("flat", op::Flatten, &[turned])?;
    let joined = b.push("join", op::Concat { axis: 0 }, &[flat, c])?;
    let tokens = b.push("tokens", op::Reshape::new([3, 6]), &[joined])?;
    let scaled = b.push("scale", op::Mul, &[tokens, c])?;
    let sum = b.push("sum", op::Add, &[tokens, scaled])?;
    b.output("sum", sum);
    Ok(b.finish())
}

type Tensors = BTreeMap<String, Array>;

fn export(name: &str, graph: Graph, folder: &Path) -> Result<(), Box<dyn Error>> {
    let graph = Arc::new(graph);
    let layout = Arc::new(Layout::of(&[&*graph])?);
    let mut weights = Weights::init(layout.clone(), Key::new(7).child(name));
    let mut stream = Key::new(8).child(name).stream();
    // What begins at zero or one would agree even if it were not used.
    for value in weights.values_mut() {
        *value += stream.between(-0.05, 0.05) as f32;
    }
    let network = Network::new(graph.clone(), &layout)?;
    let vocabulary = VOCABULARIES.iter().find(|(of, _)| *of == name).map(|(_, size)| *size);
    let mut inputs = Inputs::new();
    for input in graph.inputs() {
        let is_mask = input.name.ends_with(".mask") || input.name.ends_with(".present");
        let shape = [&[BATCH], &input.shape[..]].concat();
        let n = shape.iter().product();
        let draw = |_| match vocabulary {
            Some(size) => stream.below(size) as f32,
            None if is_mask => f32::from(u8::from(stream.uniform() < 0.6)),
            None => stream.normal() as f32,
        };
        let mut values: Vec<f32> = (0..n).map(draw).collect();
        // PyTorch has NaN where nothing may be attended to; ours is zero, which its own tests check.
        if is_mask {
            values.iter_mut().step_by((n / BATCH).max(1)).for_each(|m| *m = 1.0);
        }
        inputs.insert(input.name.clone(), Array::new(shape, values));
    }

    let mut tensors = Tensors::new();
    for (input, values) in &inputs {
        tensors.insert(format!("input.{input}"), values.clone());
    }
    for (output, values) in graph.outputs().iter().zip(network.infer(&weights, &inputs)?) {
        tensors.insert(format!("output.{}", output.name), values);
    }
    let cotangents: Vec<Array> = (graph.outputs().iter())
        .map(|output| [&[BATCH], graph.shape_of(output.value)].concat())
        .map(|shape| Array::new(shape.clone(), (0..shape.iter().product()).map(|_| stream.normal() as f32).collect()))
        .collect();
    for (output, cotangent) in graph.outputs().iter().zip(&cotangents) {
        tensors.insert(format!("cotangent.{}", output.name), cotangent.clone());
    }
    let has_dropout = graph.nodes().iter().any(|node| matches!(node.op, Op::Dropout(_)));
    record("evaluation", network.trace_evaluation(&weights, &inputs)?, &graph, &weights, &cotangents, &mut tensors)?;
    if !has_dropout {
        let trace = network.trace(&weights, &inputs, Key::new(0))?;
        record("training", trace, &graph, &weights, &cotangents, &mut tensors)?;
    }

    std::fs::write(folder.join(format!("{name}.graph.json")), serde_json::to_string_pretty(&*graph)?)?;
    std::fs::write(folder.join(format!("{name}.weights.safetensors")), weights.to_safetensors(&BTreeMap::new()))?;
    std::fs::write(folder.join(format!("{name}.tensors.safetensors")), to_safetensors(&tensors)?)?;
    Ok(())
}

/// Outputs, gradients and moved buffers of a run in one mode.
fn record(
    mode: &str,
    trace: Trace<'_>,
    graph: &Graph,
    weights: &Weights,
    cotangents: &[Array],
    tensors: &mut Tensors,
) -> Result<(), Box<dyn Error>> {
    for (output, values) in graph.outputs().iter().zip(trace.outputs()) {
        tensors.insert(format!("{mode}.output.{}", output.name), values.clone());
    }
    let mut gradients = Gradients::zeros(weights.layout());
    let cotangents: Vec<Option<Array>> = cotangents.iter().cloned().map(Some).collect();
    trace.backward(&cotangents, &mut gradients)?;
    let mut moved = weights.clone();
    gradients.update_buffers(moved.values_mut());
    for entry in weights.layout().entries() {
        let (kind, values) = match entry.role.is_trained() {
            true => ("gradient", &gradients.values()[entry.range()]),
            false => ("buffer", &moved.values()[entry.range()]),
        };
        tensors.insert(format!("{mode}.{kind}.{}", entry.name), Array::new(entry.shape.clone(), values.to_vec()));
    }
    Ok(())
}

fn to_safetensors(tensors: &Tensors) -> Result<Vec<u8>, Box<dyn Error>> {
    let bytes: Vec<Vec<u8>> =
        tensors.values().map(|array| array.data().iter().flat_map(|value| value.to_le_bytes()).collect()).collect();
    let views = (tensors.iter().zip(&bytes))
        .map(|((name, array), bytes)| Ok((name, TensorView::new(Dtype::F32, array.shape().to_vec(), bytes)?)))
        .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()?;
    Ok(safetensors::serialize(views, None)?)
}
