//! Networks whose weights are shared, tied or adapted, from TOML: they train, and only what a spec says is trained moves.

use std::collections::BTreeMap;
use std::sync::Arc;

use consil_graph::{Array, Graph, Layout, Weights};
use consil_multimodal::{InputShape, NetworkConfig};
use consil_nn::{Event, Examples, Inputs, Loss, Network, Supervised, Targets, TaskError, TrainConfig, Trainer};
use consil_random::Key;

const ROWS: usize = 240;

/// The inputs of a row and its class.
type DrawRow = fn(usize) -> (Vec<(&'static str, Vec<f32>)>, usize);

/// Rows whose inputs and class a function gives.
struct Drawn {
    of: DrawRow,
}

impl Examples for Drawn {
    fn n_rows(&self) -> usize {
        ROWS
    }

    fn inputs(&self, rows: &[usize], _: Option<Key>) -> Result<Inputs, TaskError> {
        let mut inputs: BTreeMap<String, (usize, Vec<f32>)> = BTreeMap::new();
        for (name, values) in rows.iter().flat_map(|row| (self.of)(*row).0) {
            let input = inputs.entry(name.to_owned()).or_insert((values.len(), Vec::new()));
            input.1.extend(values);
        }
        Ok(inputs.into_iter().map(|(name, (width, x))| (name, Array::new([rows.len(), width], x))).collect())
    }

    fn targets(&self, rows: &[usize]) -> Result<Targets, TaskError> {
        Ok(Targets::Classes(rows.iter().map(|row| (self.of)(*row).1).collect()))
    }
}

/// Which of two vectors is longer: one encoder sees both.
fn longer(row: usize) -> (Vec<(&'static str, Vec<f32>)>, usize) {
    let mut stream = Key::new(1).nth_stream(row as u64);
    let [a, b] = [0, 1].map(|_| -> Vec<f32> { (0..3).map(|_| stream.normal() as f32).collect() });
    let length = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>();
    let class = usize::from(length(&b) > length(&a));
    (vec![("input.0", a), ("input.1", b)], class)
}

/// Whether a text of six words has more even words than odd ones.
fn even(row: usize) -> (Vec<(&'static str, Vec<f32>)>, usize) {
    let mut stream = Key::new(2).nth_stream(row as u64);
    let words: Vec<f32> = (0..6).map(|_| (10.0 * stream.uniform()).floor() as f32).collect();
    let n_even = words.iter().filter(|word| **word % 2.0 == 0.0).count();
    (vec![("input", words), ("input.mask", vec![1.0; 6])], usize::from(n_even > 3))
}

/// Trains a graph and gives the weights before and after, with the share of the rows it then knows.
fn train(graph: Graph, of: DrawRow) -> (Weights, Weights, f64) {
    let layout = Arc::new(Layout::of(&[&graph]).unwrap());
    let network = Network::new(Arc::new(graph), &layout).unwrap();
    let before = Weights::init(layout, Key::new(3));
    let examples = Drawn { of };
    let task = Supervised::new(&network, Loss::Nll, &examples);
    let config: TrainConfig =
        toml::from_str("epochs = 40\nbatch-size = 24\noptimizer = { adam = { lr = 0.02 } }").unwrap();
    let config = config.check().unwrap();
    let rows = (0..ROWS).collect();
    let mut trainer = Trainer::new(&config, &task, before.clone(), Key::new(7), rows).validate_on(&task);
    let mut accuracy = 0.0;
    for event in trainer.by_ref() {
        if let Event::Epoch { metrics, .. } = event.unwrap() {
            accuracy = metrics.get("accuracy").unwrap();
        }
    }
    (before, trainer.into_weights(), accuracy)
}

fn build(config: &str, inputs: &[InputShape]) -> Graph {
    toml::from_str::<NetworkConfig>(config).unwrap().build("n", inputs, 2).unwrap()
}

fn vector(length: usize) -> InputShape {
    InputShape { shape: vec![length], ..InputShape::default() }
}

fn text() -> InputShape {
    InputShape { shape: vec![6], time: Some(6), vocabulary: Some(10), ..InputShape::default() }
}

#[test]
fn a_siamese_network_learns_through_one_encoder() {
    let graph = build(
        "input = ['a', 'b']\nsiamese = true\nencoder = [{ linear = 24 }, 'relu', { linear = 4 }]",
        &[vector(3), vector(3)],
    );
    assert_eq!(graph.cost().parameters, (3 + 1) * 24 + (24 + 1) * 4 + (8 + 1) * 2);
    let (.., accuracy) = train(graph, longer);
    assert!(accuracy > 0.9, "{accuracy}");
}

#[test]
fn an_embedding_tied_to_the_output_learns() {
    let encoder = "[{ embedding = { vocabulary = 10, width = 8 } }, 'mean-tokens', { tied = 1 }, 'tanh']";
    let graph = build(&format!("input = 'words'\nencoder = {encoder}"), &[text()]);
    assert_eq!(graph.cost().parameters, 10 * 8 + (10 + 1) * 2);
    let (.., accuracy) = train(graph, even);
    assert!(accuracy > 0.9, "{accuracy}");
}

#[test]
fn an_adapter_moves_alone() {
    let encoder = "[{ linear = 24 }, 'relu', { linear = 8 }, 'relu']";
    let towers = format!("input = ['a', 'b']\nsiamese = true\nencoder = {encoder}\nlora = 3");
    let (before, after, accuracy) = train(build(&towers, &[vector(3), vector(3)]), longer);
    for entry in before.layout().entries() {
        let moved = before.get(&entry.name) != after.get(&entry.name);
        assert_eq!(moved, entry.name.contains(".lora_"), "{}", entry.name);
    }
    // What is frozen was drawn at random: adapters of rank 3 must make a classifier of it.
    assert!(accuracy > 0.8, "{accuracy}");
}
