//! What does not fit is refused with an error that names it, never with a panic.

use std::sync::Arc;

use consil_graph::{Array, Builder, Graph, Layout, Weights, op};
use consil_nn::{BindError, Gradients, Inputs, Network, RunError};
use consil_random::Key;

fn graph(width: usize) -> Graph {
    let mut b = Builder::new();
    let (x, z) = (b.input("x", [width]), b.input("z", [2]));
    let y = b.push("y", op::Linear { out: 2, bias: true }, &[x]).unwrap();
    let sum = b.push("sum", op::Add, &[y, z]).unwrap();
    b.output("sum", sum);
    b.finish()
}

fn bound() -> (Network, Weights) {
    let graph = Arc::new(graph(3));
    let layout = Arc::new(Layout::of(&[&*graph]).unwrap());
    (Network::new(graph, &layout).unwrap(), Weights::init(layout, Key::new(1)))
}

fn inputs(x: &[usize], z: &[usize]) -> Inputs {
    Inputs::from([("x".to_owned(), Array::zeros(x)), ("z".to_owned(), Array::zeros(z))])
}

#[test]
fn a_layout_of_other_graphs() {
    let layout = Layout::of(&[&graph(4)]).unwrap();
    let error = Network::new(Arc::new(graph(3)), &layout).unwrap_err();
    let (needs, given) = (vec![2, 3], vec![2, 4]);
    assert_eq!(error, BindError::ParameterShape { name: "y.weight".to_owned(), needs, given });
    let error = Network::new(Arc::new(graph(3)), &Layout::default()).unwrap_err();
    assert_eq!(error, BindError::MissingParameter { name: "y.weight".to_owned() });
}

#[test]
fn values_of_no_axis() {
    let mut b = Builder::new();
    b.input("x", [3, 0]);
    let error = Network::new(Arc::new(b.finish()), &Layout::default()).unwrap_err();
    assert_eq!(error, BindError::Empty { node: "x".to_owned(), shape: vec![3, 0] });
}

#[test]
fn inputs_that_do_not_fit() {
    let (network, weights) = bound();
    let error = |inputs: &Inputs| {
        let of_infer = network.infer(&weights, inputs).unwrap_err();
        assert_eq!(network.trace(&weights, inputs, Key::new(0)).err().unwrap(), of_infer);
        of_infer
    };
    let mut without = inputs(&[2, 3], &[2, 2]);
    without.remove("z");
    assert_eq!(error(&without).to_string(), "input \"z\" is missing; the inputs are x");
    let message = error(&inputs(&[2, 4], &[2, 2])).to_string();
    assert_eq!(message, "input \"x\" must have the shape [batch] + [3], but it is [2, 4]");
    assert!(matches!(error(&inputs(&[3], &[2, 2])), RunError::InputShape { .. }));
    assert!(matches!(error(&inputs(&[], &[2, 2])), RunError::InputShape { .. }));
    assert_eq!(error(&inputs(&[2, 3], &[4, 2])).to_string(), "input \"z\" has 4 rows where \"x\" has 2");
}

#[test]
fn no_rows_infer_to_no_rows_and_cannot_be_traced() {
    let (network, weights) = bound();
    let none = inputs(&[0, 3], &[0, 2]);
    assert_eq!(network.infer(&weights, &none).unwrap(), [Array::zeros([0, 2])]);
    assert_eq!(network.trace(&weights, &none, Key::new(0)).err(), Some(RunError::NoRows));
}

#[test]
fn weights_of_another_layout() {
    let (network, _) = bound();
    let other = Weights::init(Arc::new(Layout::of(&[&graph(4)]).unwrap()), Key::new(1));
    let error = network.infer(&other, &inputs(&[2, 3], &[2, 2])).unwrap_err();
    assert_eq!(error, RunError::WrongWeights { needs: 8, given: 10 });
}

#[test]
fn cotangents_that_do_not_fit() {
    let (network, weights) = bound();
    let mut gradients = Gradients::zeros(weights.layout());
    let trace = || network.trace(&weights, &inputs(&[2, 3], &[2, 2]), Key::new(0)).unwrap();
    let error = trace().backward(&[], &mut gradients).unwrap_err();
    assert_eq!(error, RunError::Cotangents { needs: 1, given: 0 });
    let error = trace().backward(&[Some(Array::zeros([2, 3]))], &mut gradients).unwrap_err();
    assert_eq!(error.to_string(), "the cotangent of output \"sum\" must have its shape [2, 2], but it is [2, 3]");
    trace().backward(&[None], &mut gradients).unwrap();
    assert_eq!(gradients, Gradients::zeros(weights.layout()));
}

#[test]
fn indices_that_are_none() {
    let mut b = Builder::new();
    let x = b.input("x", [2]);
    let y = b.push("words", op::Embedding { vocabulary: 3, width: 4 }, &[x]).unwrap();
    b.output("y", y);
    let graph = Arc::new(b.finish());
    let layout = Arc::new(Layout::of(&[&*graph]).unwrap());
    let (network, weights) = (Network::new(graph, &layout).unwrap(), Weights::init(layout, Key::new(1)));
    for bad in [3.0, -1.0, 0.5, f32::NAN, f32::INFINITY] {
        let inputs = Inputs::from([("x".to_owned(), Array::new([1, 2], vec![0.0, bad]))]);
        let error = network.infer(&weights, &inputs).unwrap_err();
        assert!(matches!(error, RunError::IndexOutOfRange { vocabulary: 3, .. }), "{bad}: {error}");
    }
}

#[test]
fn a_graph_without_parameters_has_nothing_to_learn() {
    let mut b = Builder::new();
    let x = b.input("x", [2]);
    let y = b.push("softmax", op::Softmax, &[x]).unwrap();
    b.output("y", y);
    b.output("x", x);
    let network = Network::new(Arc::new(b.finish()), &Layout::default()).unwrap();
    let weights = Weights::init(Arc::new(Layout::default()), Key::new(1));
    let inputs = Inputs::from([("x".to_owned(), Array::zeros([1, 2]))]);
    let trace = network.trace(&weights, &inputs, Key::new(0)).unwrap();
    assert_eq!(trace.outputs()[0].data(), [0.5, 0.5]);
    let mut gradients = Gradients::default();
    let ones = Some(Array::new([1, 2], vec![1.0, 1.0]));
    trace.backward(&[ones.clone(), ones], &mut gradients).unwrap();
    assert_eq!(gradients, Gradients::default());
}
