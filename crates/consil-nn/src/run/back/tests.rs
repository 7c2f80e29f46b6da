use std::sync::Arc;

use consil_graph::{Activation, Array, Builder, Graph, Layout, Role, Weights, op};
use consil_random::Key;

use crate::gradients::Gradients;
use crate::network::{Inputs, Network};

/// `[4] → linear 6 → ReLU → linear 5 → ReLU → linear 3`.
fn graph() -> Graph {
    let mut b = Builder::new();
    let mut x = b.input("x", [4]);
    for (i, out) in [6, 5, 3].into_iter().enumerate() {
        if i > 0 {
            x = b.push(&format!("n.{i}.relu"), Activation::Relu, &[x]).unwrap();
        }
        x = b.push(&format!("n.{i}.linear"), op::Linear { out, bias: true }, &[x]).unwrap();
    }
    b.output("y", x);
    b.finish()
}

/// How many steps run back, how many gradients they compute, and the gradients.
fn cost(graph: Graph, left_out: &[&str]) -> (usize, usize, Gradients) {
    let layout = Arc::new(Layout::of(&[&graph]).unwrap());
    let weights = Weights::init(layout.clone(), Key::new(5));
    let network = Network::new(Arc::new(graph), &layout).unwrap();
    let x = Array::new([8, 4], (0..32).map(|i| (i as f32).sin()).collect());
    let mut gradients = Gradients::zeros(&layout);
    let names: Vec<_> = layout.entries().iter().map(|entry| (entry.range(), entry.name.clone())).collect();
    gradients.leave_out(|place| {
        let name = &names.iter().find(|(range, _)| range == place).unwrap().1;
        left_out.iter().any(|prefix| name.starts_with(prefix))
    });
    let mut trace = network.trace(&weights, &Inputs::from([("x".to_owned(), x)]), Key::new(1)).unwrap();
    let cotangent = Array::new([8, 3], (0..24).map(|i| (i as f32).cos()).collect());
    let back = trace.go_back(&[Some(cotangent)], &mut gradients).unwrap();
    let n_gradients = back.steps.iter().flatten().flatten().flatten().count();
    (back.steps.iter().flatten().count(), n_gradients, gradients)
}

/// Three layers and two activations run back, but only through those that lead to something that is trained.
#[test]
fn what_is_left_out_costs_no_work() {
    let (steps, n_gradients, all) = cost(graph(), &[]);
    // Of each layer weight and bias, and its input but for the first's, which is the batch's; of each activation its input.
    assert_eq!((steps, n_gradients), (5, 3 * 2 + 2 + 2));
    let cases: [(&[&str], (usize, usize)); 4] =
        [(&["n.0"], (3, 2 * 2 + 1 + 1)), (&["n.0", "n.1"], (1, 2)), (&["n.2"], (5, 2 * 2 + 2 + 2)), (&["n"], (0, 0))];
    for (left_out, expected) in cases {
        let (steps, n_gradients, some) = cost(graph(), left_out);
        assert_eq!((steps, n_gradients), expected, "{left_out:?}");
        let layout = Layout::of(&[&graph()]).unwrap();
        for entry in layout.entries() {
            let expected = match left_out.iter().any(|prefix| entry.name.starts_with(prefix)) {
                true => vec![0.0; entry.n_values()],
                false => all.values()[entry.range()].to_vec(),
            };
            assert_eq!(some.values()[entry.range()], expected, "{left_out:?}: {}", entry.name);
        }
        // A role costs as little.
        let mut frozen = graph();
        left_out.iter().for_each(|prefix| assert!(frozen.set_role(prefix, Role::Frozen) > 0));
        let (steps, n_gradients, _) = cost(frozen, &[]);
        assert_eq!((steps, n_gradients), expected, "frozen {left_out:?}");
    }
}
