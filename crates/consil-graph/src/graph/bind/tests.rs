use std::collections::BTreeMap;

use super::*;
use crate::builder::Builder;
use crate::graph::op::{self, Activation, Conv, Pool, PoolKind};

/// A masked series `[2, t]` that is convolved and halved, then averaged over the frames that count: what layers over time come to.
fn series(t: usize) -> Graph {
    let mut b = Builder::new();
    let x = b.input_over_time("x", [2, t], 1, "x");
    let mask = b.input_over_time("x.mask", [t], 0, "x");
    let conv = Conv { out: 3, kernel: [3], stride: [1], padding: [1], dilation: [1], groups: 1, bias: true };
    let pool = Pool { kind: PoolKind::Max, kernel: [2], stride: [2] };
    let masked = b.push("masked", op::Mul, &[x, mask]).unwrap();
    let h = b.push("conv", conv, &[masked]).unwrap();
    let h = b.push("relu", Activation::Relu, &[h]).unwrap();
    let h = b.push("again", op::Mul, &[h, mask]).unwrap();
    let h = b.push("pool", pool.clone(), &[h]).unwrap();
    let row = b.push("mask-row", op::Reshape::new([1, t]).with_free(1), &[mask]).unwrap();
    let row = b.push("mask-pool", pool, &[row]).unwrap();
    let kept = op::Reshape::new([t / 2]).with_free(0);
    let mask = b.push("mask", kept, &[row]).unwrap();
    let tokens = b.push("tokens", op::Transpose, &[h]).unwrap();
    let y = b.push("mean", op::MeanTokens, &[tokens, mask]).unwrap();
    b.output("y", y);
    b.finish()
}

fn at(name: &str, length: usize) -> BTreeMap<String, usize> {
    BTreeMap::from([(name.to_owned(), length)])
}

#[test]
fn binding_at_another_length_is_building_at_it() {
    let long = series(40);
    for t in [2, 6, 17, 40, 64] {
        let (bound, built) = (long.bind(&at("x", t)).unwrap(), series(t));
        for value in (0..long.n_values() as u32).map(ValueId) {
            assert_eq!(bound.shape(value), built.shape_of(value), "value {value:?} at {t}");
        }
        assert_eq!(long.flops_at(&bound).iter().sum::<u64>(), built.cost().flops);
    }
}

#[test]
fn a_batch_is_as_long_as_its_windows_ask() {
    let graph = series(40);
    let length = |t| graph.bind_at_least(&at("x", t)).unwrap().lengths()["x"];
    // Frame 5 of 5 stands in the window of frames 4 and 5, which an even length has.
    assert_eq!([1, 2, 5, 6, 39, 40].map(length), [2, 2, 6, 6, 40, 40]);
}

#[test]
fn an_op_that_needs_one_length_says_so() {
    let mut b = Builder::new();
    let x = b.input_over_time("x", [2, 10], 1, "x");
    let flat = b.push("flat", op::Flatten, &[x]).unwrap();
    let y = b.push("dense", op::Linear { out: 3, bias: true }, &[flat]).unwrap();
    b.output("y", y);
    let graph = b.finish();
    let error = graph.bind(&at("x", 4)).unwrap_err().to_string();
    let message = "node \"dense\" cannot have its time axes bound to {\"x\": 4}: \
                   it needs its weight to have the shape [3, 8], but it has the shape [3, 20]";
    assert_eq!(error, message);
    // A batch of shorter rows is then padded to the length built for; a longer one is refused.
    assert_eq!(graph.bind_at_least(&at("x", 4)).unwrap().lengths()["x"], 10);
    assert!(graph.bind_at_least(&at("x", 11)).is_err());
    let error = graph.bind(&at("voice", 4)).unwrap_err().to_string();
    assert_eq!(error, "there is no time axis \"voice\"; the graph has [\"x\"]");
}

#[test]
fn positions_are_bound_up_to_the_table() {
    let mut b = Builder::new();
    let x = b.input_over_time("x", [12], 0, "x");
    let tokens = b.push("words", op::Embedding { vocabulary: 5, width: 4 }, &[x]).unwrap();
    let y = b.push("positions", op::PositionEmbedding, &[tokens]).unwrap();
    b.output("y", y);
    let graph = b.finish();
    assert_eq!(graph.bind(&at("x", 3)).unwrap().shape(graph.find_output("y").unwrap()), [3, 4]);
    let error = graph.bind(&at("x", 13)).unwrap_err().to_string();
    assert!(error.contains("no more tokens than its table has positions"), "{error}");
}

#[test]
fn inputs_that_share_an_axis_agree_on_its_length() {
    let graph = series(8);
    let error = graph.bind_shapes(vec![vec![2, 6], vec![4]]).unwrap_err().to_string();
    assert_eq!(error, "the time axis \"x\" has the length 6 in one input and 4 in \"x.mask\"");
    let error = graph.bind_shapes(vec![vec![3, 6], vec![6]]).unwrap_err().to_string();
    assert_eq!(error, "input \"x\" needs the shape [2, 8] (time axes may differ), but it is [3, 6]");
}
