//! The same bits from any number of threads, and from many at once.

use std::sync::Arc;

use consil_graph::{Array, Builder, Graph, Layout, Weights};
use consil_multimodal::Layers;
use consil_nn::{Gradients, Inputs, Loss, Network, Target, backward_all};
use consil_random::Key;

/// A network of every costly kind, wide enough that this crate shares its work among threads.
fn networks() -> Vec<(&'static str, Vec<usize>, usize, Layers)> {
    let of = |name, shape: &[usize], batch, layers: &str| (name, shape.to_vec(), batch, layers.parse().unwrap());
    vec![
        of(
            "image",
            &[3, 20, 20],
            48,
            r#"[{ conv = 32, kernel = 3, padding = 1 }, "batch-norm", "relu", { max-pool = 2 }, { conv = 24, kernel = 3, groups = 2 }, "gelu",
                { average-pool = 2 }, "flatten", { dropout = 0.3 }, { linear = 10 }, "log-softmax"]"#,
        ),
        of(
            "series",
            &[6, 64],
            64,
            r#"[{ conv = 48, kernel = 5 }, "relu", { conv = 48, kernel = 5 }, "silu", "global-average-pool", { linear = 10 }, "log-softmax"]"#,
        ),
        of(
            "wide",
            &[600],
            128,
            r#"[{ linear = 700 }, "tanh", { dropout = 0.5 }, { linear = 500 }, "layer-norm", "relu", { linear = 10 }, "log-softmax"]"#,
        ),
        of(
            "tokens",
            &[64, 32],
            32,
            r#"["transpose", "position-embedding", { residual = [{ attention = { heads = 4 } }] }, "rms-norm",
                { residual = [{ linear = 256 }, "gelu", { linear = 64 }] }, "mean-tokens", { linear = 10 }, "log-softmax"]"#,
        ),
    ]
}

struct Setup {
    name: &'static str,
    network: Network,
    layout: Arc<Layout>,
    weights: Weights,
    inputs: Inputs,
    classes: Vec<usize>,
}

fn setups() -> Vec<Setup> {
    networks().into_iter().map(|(name, shape, batch, layers)| setup(name, &shape, batch, &layers)).collect()
}

fn setup(name: &'static str, shape: &[usize], batch: usize, layers: &Layers) -> Setup {
    let graph: Graph = {
        let mut b = Builder::new();
        let x = b.input("x", shape);
        let y = layers.apply(&mut b, name, x).unwrap();
        b.output("y", y);
        b.finish()
    };
    let layout = Arc::new(Layout::of(&[&graph]).unwrap());
    let network = Network::new(Arc::new(graph), &layout).unwrap();
    let weights = Weights::init(layout.clone(), Key::new(3));
    let shape = [&[batch], shape].concat();
    let mut stream = Key::new(4).child(name).stream();
    let x = (0..shape.iter().product()).map(|_| stream.normal() as f32).collect();
    let inputs = Inputs::from([("x".to_owned(), Array::new(shape, x))]);
    Setup { name, network, layout, weights, inputs, classes: (0..batch).map(|i| i % 10).collect() }
}

impl Setup {
    /// Output, gradients and evaluation of one step.
    fn step(&self) -> (Array, Gradients, Array) {
        let trace = self.network.trace(&self.weights, &self.inputs, Key::new(5)).unwrap();
        let output = trace.outputs()[0].clone();
        let (_, cotangent) = Loss::Nll.evaluate(&output, &Target::Classes(&self.classes)).unwrap();
        let mut gradients = Gradients::zeros(&self.layout);
        trace.backward(&[Some(cotangent)], &mut gradients).unwrap();
        let evaluated = self.network.infer(&self.weights, &self.inputs).unwrap().swap_remove(0);
        (output, gradients, evaluated)
    }
}

#[test]
fn one_two_and_seven_threads_give_the_same_bits() {
    for setup in setups() {
        let with = |n: usize| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap().install(|| setup.step());
        let one = with(1);
        assert!(one.1.norm() > 0.0 && one.1.norm().is_finite(), "{}", setup.name);
        for n in [2, 7] {
            assert!(with(n) == one, "{}: {n} threads differ from one", setup.name);
        }
    }
}

#[test]
fn many_threads_at_once_give_what_each_gives_alone() {
    let setups = setups();
    let alone: Vec<_> = setups.iter().map(Setup::step).collect();
    std::thread::scope(|scope| {
        for worker in 0..6 {
            let (setups, alone) = (&setups, &alone);
            scope.spawn(move || {
                for round in 0..6 {
                    let i = (worker + round) % setups.len();
                    assert!(setups[i].step() == alone[i], "{} differs beside others", setups[i].name);
                }
            });
        }
    });
}

#[test]
fn traces_may_be_interleaved_dropped_and_finished_on_another_thread() {
    let setups = setups();
    let setup = &setups[2];
    let alone = setup.step();
    let first = setup.network.trace(&setup.weights, &setup.inputs, Key::new(5)).unwrap();
    let dropped = setup.network.trace(&setup.weights, &setup.inputs, Key::new(6)).unwrap();
    let (_, cotangent) = Loss::Nll.evaluate(&first.outputs()[0], &Target::Classes(&setup.classes)).unwrap();
    drop(dropped);
    assert!(setups[3].step().1.norm() > 0.0);
    let gradients = std::thread::scope(|scope| {
        let elsewhere = scope.spawn(move || {
            let mut gradients = Gradients::zeros(&setup.layout);
            first.backward(&[Some(cotangent)], &mut gradients).unwrap();
            gradients
        });
        elsewhere.join().unwrap()
    });
    assert!(gradients == alone.1);
}

#[test]
fn inference_does_not_depend_on_what_else_is_in_the_batch() {
    // Blocks of 256 rows: 600 rows are three of them, and one row alone is a fourth way to be computed.
    for setup in setups() {
        let x = &setup.inputs["x"];
        let rows = 600usize.div_ceil(x.rows());
        let many = Array::new(
            [&[x.rows() * rows], &x.shape()[1..]].concat(),
            std::iter::repeat_n(x.data(), rows).flatten().copied().collect(),
        );
        let all = setup.network.infer(&setup.weights, &Inputs::from([("x".to_owned(), many)])).unwrap().swap_remove(0);
        assert_eq!(all.shape(), [x.rows() * rows, 10]);
        for row in [0, 1, x.rows() - 1] {
            let alone = Array::new([&[1], &x.shape()[1..]].concat(), x.row(row).to_vec());
            let alone = setup.network.infer(&setup.weights, &Inputs::from([("x".to_owned(), alone)])).unwrap();
            for copy in 0..rows {
                let together = all.row(copy * x.rows() + row);
                // Products of other sizes may add in another order: a few roundings.
                assert!(alone[0].data().iter().zip(together).all(|(a, b)| (a - b).abs() < 1e-5), "{}", setup.name);
            }
        }
    }
}

/// Four networks, two with weights and batch statistics in common and one without parameters: gradients and statistics, to the bit.
#[test]
fn runs_that_go_back_at_once_add_what_one_after_the_other_does() {
    let graph = |scope: &str| {
        let mut b = Builder::new();
        let x = b.input("x", [12]);
        let layers: &str = match scope {
            "plain" => r#"["tanh"]"#,
            _ => r#"[{ linear = 10 }, "batch-norm", "relu", { dropout = 0.5 }, { linear = 10 }, "log-softmax"]"#,
        };
        let y = layers.parse::<Layers>().unwrap().apply(&mut b, scope, x).unwrap();
        b.output("y", y);
        b.finish()
    };
    let graphs = ["a", "b", "a", "plain"].map(graph);
    let layout = Arc::new(Layout::of(&graphs.each_ref()).unwrap());
    let networks = graphs.map(|graph| Network::new(Arc::new(graph), &layout).unwrap());
    let weights = Weights::init(layout.clone(), Key::new(3));
    let runs = || {
        let run = |(i, network): (usize, &Network)| {
            let mut stream = Key::new(i as u64).stream();
            let mut draw = |shape: [usize; 2]| {
                Array::new(shape, (0..shape[0] * shape[1]).map(|_| stream.normal() as f32).collect())
            };
            let inputs = Inputs::from([("x".to_owned(), draw([16, 12]))]);
            let trace = network.trace(&weights, &inputs, Key::new(9).at(i as u64)).unwrap();
            let cotangent = draw([16, trace.outputs()[0].shape()[1]]);
            (trace, vec![Some(cotangent)])
        };
        networks.iter().enumerate().map(run).collect::<Vec<_>>()
    };
    let mut one_by_one = Gradients::zeros(&layout);
    runs().into_iter().for_each(|(trace, cotangents)| trace.backward(&cotangents, &mut one_by_one).unwrap());
    assert!(one_by_one.norm() > 0.0);
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut at_once = Gradients::zeros(&layout);
        pool.install(|| backward_all(runs(), &mut at_once)).unwrap();
        assert!(at_once == one_by_one, "{threads} threads");
    }
    // A cotangent that does not fit is refused before anything is added.
    let mut wrong = runs();
    wrong[1].1 = vec![Some(Array::zeros([1, 1]))];
    let mut untouched = Gradients::zeros(&layout);
    assert!(backward_all(wrong, &mut untouched).is_err());
    assert!(untouched == Gradients::zeros(&layout));
}
