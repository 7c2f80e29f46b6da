use std::collections::BTreeMap;
use std::sync::Arc;

use consil_random::Key;

use super::*;
use crate::array::Array;
use crate::builder::Lora;
use crate::graph::op::{self, Activation};
use crate::reference::evaluate;
use crate::weights::{Layout, Weights};

/// `[4] → linear 6 → ReLU → linear 3`.
fn mlp() -> Graph {
    let mut b = Builder::new();
    let x = b.input("x", [4]);
    let h = b.push("first", op::Linear { out: 6, bias: true }, &[x]).unwrap();
    let h = b.push("relu", Activation::Relu, &[h]).unwrap();
    let y = b.push("second", op::Linear { out: 3, bias: true }, &[h]).unwrap();
    b.output("y", y);
    b.finish()
}

fn weights(graph: &Graph, key: Key) -> Weights {
    Weights::init(Arc::new(Layout::of(&[graph]).unwrap()), key)
}

/// The weights of a graph where `others` has none of that name.
fn carried(graph: &Graph, from: &Weights, key: Key) -> Weights {
    let mut weights = weights(graph, key);
    for param in graph.params() {
        if let Some(values) = from.get(&param.name) {
            weights.get_mut(&param.name).unwrap().copy_from_slice(values);
        }
    }
    weights
}

fn run(graph: &Graph, weights: &Weights) -> Vec<f32> {
    let x = Array::new([4], vec![0.5, -1.0, 2.0, 0.25]);
    evaluate(graph, weights, &BTreeMap::from([("x".to_owned(), x)])).unwrap().remove("y").unwrap().into_data()
}

fn names(graph: &Graph) -> Vec<&str> {
    graph.params().iter().map(|param| param.name.as_str()).collect()
}

#[test]
fn a_linear_layer_is_factored_into_two_of_low_rank() {
    let graph = mlp();
    let mut original = weights(&graph, Key::new(3));
    // A weight of rank 2, W = U V with U [6, 2] and V [2, 4], so that the factored model is the same function.
    let u: Vec<f32> = (0..12).map(|i| (i as f32 * 0.7).sin()).collect();
    let v: Vec<f32> = (0..8).map(|i| (i as f32 * 1.3).cos()).collect();
    for o in 0..6 {
        for i in 0..4 {
            original.get_mut("first.weight").unwrap()[o * 4 + i] = (0..2).map(|r| u[o * 2 + r] * v[r * 4 + i]).sum();
        }
    }

    let mut rewrite = graph.rewrite();
    let node = graph.find_node("first").unwrap();
    let (x, bias) = (graph.find_input("x").unwrap(), graph.find_param("first.bias").unwrap());
    let down = rewrite.param("first.down", [2, 4], Role::Shared, Init::Zeros).unwrap();
    let up = rewrite.param("first.up", [6, 2], Role::Shared, Init::Zeros).unwrap();
    let narrow = rewrite.apply("first.narrow", op::Linear { out: 2, bias: false }, &[x, down]).unwrap();
    let wide = rewrite.apply("first.wide", op::Linear { out: 6, bias: true }, &[narrow, up, bias]).unwrap();
    rewrite.replace(node, wide);
    let factored = rewrite.finish().unwrap();

    assert_eq!(names(&factored), ["first.bias", "second.weight", "second.bias", "first.down", "first.up"]);
    let nodes: Vec<&str> = factored.nodes().iter().map(|node| node.name.as_str()).collect();
    assert_eq!(nodes, ["first.narrow", "first.wide", "relu", "second"]);
    let mut low_rank = carried(&factored, &original, Key::new(4));
    low_rank.get_mut("first.down").unwrap().copy_from_slice(&v);
    low_rank.get_mut("first.up").unwrap().copy_from_slice(&u);
    for (a, b) in run(&graph, &original).iter().zip(run(&factored, &low_rank)) {
        // The product U V was rounded to f32 once.
        assert!((a - b).abs() < 1e-6, "{a} and {b}");
    }
    let json = serde_json::to_string(&factored).unwrap();
    assert_eq!(serde_json::from_str::<Graph>(&json).unwrap(), factored);
}

#[test]
fn an_adapter_begins_as_the_model_it_adapts_and_trains_alone() {
    let graph = mlp();
    let original = weights(&graph, Key::new(3));
    let adapted = graph.with_lora(Lora { rank: 2, alpha: 4.0 }, |node| node.name == "first").unwrap();
    let mut adapted_weights = carried(&adapted, &original, Key::new(5));
    assert_eq!(run(&graph, &original), run(&adapted, &adapted_weights));

    let trained: Vec<&str> = adapted.params().iter().filter(|p| p.role.is_trained()).map(|p| p.name.as_str()).collect();
    assert_eq!(trained, ["first.lora_a", "first.lora_b"]);
    assert_eq!(adapted.cost().trainable, 2 * 4 + 6 * 2);
    // A batch does not change the adapted weight.
    let sum = adapted.find_node("first.lora.adapted").unwrap();
    assert!(!adapted.is_batched(sum) && adapted.is_batched(adapted.find_node("first").unwrap()));

    // W + α/r B A by hand: B = 1 and A = (1, 0, 0, 0) twice add 2 · 2 x₀ to every unit of the first layer.
    adapted_weights.get_mut("first.lora_b").unwrap().fill(1.0);
    let a = adapted_weights.get_mut("first.lora_a").unwrap();
    a.fill(0.0);
    (a[0], a[4]) = (1.0, 1.0);
    let mut by_hand = original.clone();
    by_hand.get_mut("first.weight").unwrap().iter_mut().step_by(4).for_each(|w| *w += 4.0);
    for (a, b) in run(&adapted, &adapted_weights).iter().zip(run(&graph, &by_hand)) {
        assert!((a - b).abs() < 1e-6, "{a} and {b}");
    }
}

#[test]
fn shapes_are_inferred_again_and_what_does_not_fit_is_named() {
    let graph = mlp();
    let mut rewrite = graph.rewrite();
    rewrite.set_op(graph.find_node("first").unwrap(), op::Linear { out: 5, bias: true });
    let error = rewrite.clone().finish().unwrap_err();
    let message = "node \"first\" needs its weight to have the shape [5, 4], but it has the shape [6, 4]";
    assert_eq!(error.to_string(), message);
    for (name, shape) in [("first.weight", vec![5, 4]), ("first.bias", vec![5]), ("second.weight", vec![3, 5])] {
        rewrite.set_param(graph.find_param(name).unwrap(), |param| param.shape = shape);
    }
    let pruned = rewrite.finish().unwrap();
    assert_eq!(pruned.shape_of(pruned.find_node("relu").unwrap()), [5]);
    assert_eq!(names(&pruned), names(&graph));
}

#[test]
fn a_graph_that_is_not_changed_stays_as_it_is() {
    let graph = mlp();
    assert_eq!(graph.rewrite().finish().unwrap(), graph);
}
