//! The four named networks of consil-multimodal: each learns alone, and all four learn as one chain.

use std::sync::Arc;

use consil_graph::{Array, Graph, Layout, Weights};
use consil_multimodal::networks::{
    EmbeddingNetworkConfig, FeatureExtractorConfig, PerceptionConfig, PredictionNetworkConfig,
};
use consil_nn::{Event, Examples, Inputs, Loss, Network, Supervised, Targets, TaskError, TrainConfig, Trainer};
use consil_random::Key;

/// Rows of standard normal inputs and what a hidden linear map makes of them: its values, or its largest as a class.
struct Hidden {
    input: (String, usize),
    outputs: usize,
    classify: bool,
    seed: u64,
    map: Vec<f32>,
}

impl Hidden {
    fn new(input: (String, usize), outputs: usize, classify: bool, seed: u64) -> Self {
        let mut stream = Key::new(99).stream();
        let scale = 1.0 / (input.1 as f64).sqrt();
        let map = (0..outputs * input.1).map(|_| (scale * stream.normal()) as f32).collect();
        Self { input, outputs, classify, seed, map }
    }

    fn row(&self, row: usize) -> Vec<f32> {
        let mut stream = Key::new(self.seed).nth_stream(row as u64);
        (0..self.input.1).map(|_| stream.normal() as f32).collect()
    }

    fn answer(&self, row: usize) -> Vec<f32> {
        let x = self.row(row);
        self.map.chunks(x.len()).map(|map| map.iter().zip(&x).map(|(a, b)| a * b).sum()).collect()
    }
}

impl Examples for Hidden {
    fn n_rows(&self) -> usize {
        512
    }

    fn inputs(&self, rows: &[usize], _: Option<Key>) -> Result<Inputs, TaskError> {
        let x = rows.iter().flat_map(|row| self.row(*row)).collect();
        Ok(Inputs::from([(self.input.0.clone(), Array::new([rows.len(), self.input.1], x))]))
    }

    fn targets(&self, rows: &[usize]) -> Result<Targets, TaskError> {
        if !self.classify {
            let y = rows.iter().flat_map(|row| self.answer(*row)).collect();
            return Ok(Targets::Values(Array::new([rows.len(), self.outputs], y)));
        }
        let class = |row: &usize| {
            let y = self.answer(*row);
            (0..y.len()).max_by(|a, b| y[*a].total_cmp(&y[*b])).unwrap()
        };
        Ok(Targets::Classes(rows.iter().map(class).collect()))
    }
}

/// Trains a graph on hidden maps; gives the loss of the first and the last epoch and the validation accuracy.
fn learn(graph: Graph, classify: bool, epochs: usize) -> (f64, f64, Option<f64>) {
    let input = (graph.inputs()[0].name.clone(), graph.inputs()[0].shape[0]);
    let outputs = graph.shape_of(graph.outputs()[0].value)[0];
    let examples = |seed| Hidden::new(input.clone(), outputs, classify, seed);
    let (train, valid) = (examples(1), examples(2));
    let graph = Arc::new(graph);
    let layout = Arc::new(Layout::of(&[&*graph]).unwrap());
    let network = Network::new(graph, &layout).unwrap();
    let loss = if classify { Loss::Nll } else { Loss::Mse };
    let (train, valid) = (Supervised::new(&network, loss, &train), Supervised::new(&network, loss, &valid));
    let config: TrainConfig =
        toml::from_str(&format!("epochs = {epochs}\noptimizer = {{ adam = {{ lr = 0.003 }} }}")).unwrap();
    let weights = Weights::init(layout, Key::new(7));
    let trainer =
        Trainer::new(&config.check().unwrap(), &train, weights, Key::new(7), (0..512).collect()).validate_on(&valid);
    let epochs: Vec<(f64, Option<f64>)> = trainer
        .filter_map(|event| match event.unwrap() {
            Event::Epoch { loss, metrics, .. } => Some((loss, metrics.get("accuracy"))),
            _ => None,
        })
        .collect();
    let last = epochs[epochs.len() - 1];
    (epochs[0].0, last.0, last.1)
}

#[test]
fn perception_learns_alone() {
    let (first, last, _) =
        learn(PerceptionConfig { dropout: 0.0, ..Default::default() }.build("perception").unwrap(), false, 30);
    assert!(last < 0.5 * first, "{first} → {last}");
}

#[test]
fn the_feature_extractor_learns_alone() {
    // It ends in a ReLU, so of targets with mean zero it can fit the positive half.
    let (first, last, _) = learn(FeatureExtractorConfig::default().build("features").unwrap(), false, 30);
    assert!(last < 0.6 * first, "{first} → {last}");
}

#[test]
fn the_embedding_learns_alone() {
    let (first, last, _) = learn(EmbeddingNetworkConfig::default().build("embedding").unwrap(), false, 30);
    assert!(last < 0.25 * first, "{first} → {last}");
}

#[test]
fn prediction_learns_alone() {
    let (first, last, accuracy) = learn(PredictionNetworkConfig::default().build("prediction").unwrap(), true, 30);
    assert!(last < 0.5 * first, "{first} → {last}");
    // Ten classes; chance is a tenth.
    assert!(accuracy > Some(0.6), "{accuracy:?}");
}

#[test]
fn the_chain_of_four_learns_as_one() {
    let perception = PerceptionConfig::default().build("perception").unwrap();
    let chain = perception
        .then(&FeatureExtractorConfig::default().build("features").unwrap())
        .and_then(|chain| chain.then(&EmbeddingNetworkConfig::default().build("embedding").unwrap()))
        .and_then(|chain| {
            chain.then(&PredictionNetworkConfig { classes: 3, ..Default::default() }.build("prediction").unwrap())
        })
        .unwrap();
    assert_eq!(chain.outputs().last().unwrap().name, "log-probabilities");
    let (first, last, accuracy) = learn(chain, true, 40);
    assert!(last < 0.5 * first, "{first} → {last}");
    // Three classes of inputs in a hundred dimensions, from 512 rows; chance is a third.
    assert!(accuracy > Some(0.6), "{accuracy:?}");
}
