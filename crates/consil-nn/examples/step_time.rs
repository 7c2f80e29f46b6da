//! Milliseconds per training step (forward, backward, Adam) of typical networks at batch 64.
//!
//! ```text
//! cargo run --release -p consil-nn --example step_time [-- NAME]
//! ```

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program for the terminal over graphs it makes itself")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use consil_graph::{Activation, Array, Builder, Conv, Graph, Layout, Op, Pool, PoolKind, ValueId, Weights, op};
use consil_nn::{Gradients, Inputs, Loss, Network, Optimizer, OptimizerConfig, Target};
use consil_random::Key;

/// The allocator of the binaries: glibc's gives large blocks back to the system, and a step would spend its time in page faults.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BATCH: usize = 64;

fn main() {
    let only = std::env::args().nth(1);
    for (name, shape, make) in NETWORKS {
        if only.as_deref().is_none_or(|only| only == *name) {
            measure(name, shape, *make);
        }
    }
}

type Make = fn(&mut Stack);

const NETWORKS: &[(&str, &[usize], Make)] = &[
    ("image 8x8, conv 16", &[1, 8, 8], |s| s.conv(16, 3, 1).relu().pool(2).flatten().linear(64).relu().classes()),
    ("log-mel 16x40, conv 16-32", &[1, 16, 40], |s| {
        s.conv(16, 3, 1).relu().pool(2).conv(32, 3, 1).relu().pool(2).flatten().linear(64).relu().classes();
    }),
    ("series 6x32, conv 16-32", &[6, 32], |s| {
        s.conv1d(16, 5, 2).relu().pool1d(2).conv1d(32, 5, 2).relu().pool1d(2).flatten().classes();
    }),
    ("LeNet 28x28, conv 6-16", &[1, 28, 28], |s| {
        s.conv(6, 5, 2)
            .relu()
            .pool(2)
            .conv(16, 5, 0)
            .relu()
            .pool(2)
            .flatten()
            .linear(120)
            .relu()
            .linear(84)
            .relu()
            .classes();
    }),
    ("image 28x28, conv 32-64", &[1, 28, 28], |s| {
        s.conv(32, 3, 1).relu().pool(2).conv(64, 3, 1).relu().pool(2).flatten().linear(128).relu().classes();
    }),
    ("MLP 784-256-256", &[784], |s| s.linear(256).relu().linear(256).relu().classes()),
];

/// Puts layer on layer.
struct Stack {
    builder: Builder,
    top: ValueId,
    n: usize,
}

impl Stack {
    fn push(&mut self, op: impl Into<Op>) -> &mut Self {
        self.top = self.builder.push(&self.n.to_string(), op, &[self.top]).unwrap();
        self.n += 1;
        self
    }

    fn conv(&mut self, out: usize, kernel: usize, padding: usize) -> &mut Self {
        let (kernel, padding) = ([kernel; 2], [padding; 2]);
        self.push(Op::Conv2d(Conv { out, kernel, stride: [1; 2], padding, dilation: [1; 2], groups: 1, bias: true }))
    }

    fn conv1d(&mut self, out: usize, kernel: usize, padding: usize) -> &mut Self {
        let (kernel, padding) = ([kernel], [padding]);
        self.push(Op::Conv1d(Conv { out, kernel, stride: [1], padding, dilation: [1], groups: 1, bias: true }))
    }

    fn pool(&mut self, size: usize) -> &mut Self {
        self.push(Op::Pool2d(Pool { kind: PoolKind::Max, kernel: [size; 2], stride: [size; 2] }))
    }

    fn pool1d(&mut self, size: usize) -> &mut Self {
        self.push(Op::Pool1d(Pool { kind: PoolKind::Max, kernel: [size], stride: [size] }))
    }

    fn relu(&mut self) -> &mut Self {
        self.push(Op::Activation(Activation::Relu))
    }

    fn flatten(&mut self) -> &mut Self {
        self.push(op::Flatten)
    }

    fn linear(&mut self, out: usize) -> &mut Self {
        self.push(op::Linear { out, bias: true })
    }

    fn classes(&mut self) {
        self.linear(10).push(op::LogSoftmax);
    }
}

fn graph(shape: &[usize], make: Make) -> Graph {
    let mut builder = Builder::new();
    let top = builder.input("x", shape);
    let mut stack = Stack { builder, top, n: 0 };
    make(&mut stack);
    stack.builder.output("y", stack.top);
    stack.builder.finish()
}

fn measure(name: &str, shape: &[usize], make: Make) {
    let graph = Arc::new(graph(shape, make));
    let layout = Arc::new(Layout::of(&[&*graph]).unwrap());
    let network = Network::new(graph, &layout).unwrap();
    let mut weights = Weights::init(layout.clone(), Key::new(1));
    let mut optimizer = Optimizer::new(&OptimizerConfig::default(), &layout);
    let mut stream = Key::new(2).stream();
    let shape = [&[BATCH], shape].concat();
    let x = (0..shape.iter().product()).map(|_| stream.normal() as f32).collect();
    let inputs = Inputs::from([("x".to_owned(), Array::new(shape, x))]);
    let classes: Vec<usize> = (0..BATCH).map(|i| i % 10).collect();

    let mut parts = [const { Vec::new() }; 4];
    for step in 0..220u64 {
        let begin = Instant::now();
        let trace = network.trace(&weights, &inputs, Key::new(3).at(step)).unwrap();
        let forward = begin.elapsed();
        let (_, cotangent) = Loss::Nll.evaluate(&trace.outputs()[0], &Target::Classes(&classes)).unwrap();
        let mut gradients = Gradients::zeros(&layout);
        trace.backward(&[Some(cotangent)], &mut gradients).unwrap();
        let backward = begin.elapsed();
        optimizer.step(&mut weights, &gradients, 1.0);
        let whole = begin.elapsed();
        // The first steps fill allocator and caches.
        if step >= 20 {
            let ms = [forward, backward - forward, whole - backward, whole].map(|d| d.as_secs_f64() * 1e3);
            parts.iter_mut().zip(ms).for_each(|(part, ms)| part.push(ms));
        }
    }
    let [forward, backward, update, whole] = parts.map(|mut part| {
        part.sort_by(f64::total_cmp);
        part[part.len() / 2]
    });
    let mut infer: Vec<f64> = (0..50)
        .map(|_| {
            let begin = Instant::now();
            black_box(network.infer(&weights, &inputs).unwrap());
            begin.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    infer.sort_by(f64::total_cmp);
    println!(
        "{name:28} step {whole:7.3} ms = forward {forward:6.3} + backward {backward:6.3} + update {update:6.3}; infer {:6.3}",
        infer[25]
    );
}
