//! The four networks of a neurosymbolic system, ready to be chained: perception, feature extraction, embedding, prediction.
//!
//! ```
//! use consil_multimodal::networks::{EmbeddingNetworkConfig, FeatureExtractorConfig, PerceptionConfig, PredictionNetworkConfig};
//!
//! let system = PerceptionConfig::default()
//!     .build("perception")?
//!     .then(&FeatureExtractorConfig::default().build("features")?)?
//!     .then(&EmbeddingNetworkConfig::default().build("embedding")?)?
//!     .then(&PredictionNetworkConfig::default().build("prediction")?)?;
//! assert_eq!(system.inputs()[0].shape, [100]);
//! assert_eq!(system.shape_of(system.find_output("log-probabilities").unwrap()), [10]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use consil_graph::{Activation, Builder, Graph, ShapeError, op};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::layer::{Layer, Layers};

/// Perception: from what was measured to what was perceived; linear layers with ReLU and dropout between.
///
/// By default 100 → 64 → 64 → 32. Input `input`, output `perception`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct PerceptionConfig {
    /// The length of the input.
    pub input: usize,
    /// The lengths of the hidden layers.
    pub hidden: Vec<usize>,
    /// The length of the output.
    pub output: usize,
    /// The dropout after each hidden layer.
    pub dropout: f32,
}

impl Default for PerceptionConfig {
    fn default() -> Self {
        Self { input: 100, hidden: vec![64, 64], output: 32, dropout: 0.2 }
    }
}

impl PerceptionConfig {
    /// The network's graph, its nodes named below `name`.
    ///
    /// # Errors
    /// If a length is zero or the dropout is outside of `[0, 1)`.
    pub fn build(&self, name: &str) -> Result<Graph, ShapeError> {
        let mut layers = hidden(&self.hidden, self.dropout);
        layers.push(linear(self.output));
        assemble(name, ("input", self.input), layers, "perception")
    }
}

/// Feature extraction: a wider hidden layer and a normalisation, so that features of all modalities have one scale.
///
/// By default 32 → 64 → 32. Input `perception`, output `features`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct FeatureExtractorConfig {
    /// The length of the input.
    pub input: usize,
    /// The lengths of the hidden layers.
    pub hidden: Vec<usize>,
    /// The length of the output.
    pub output: usize,
    /// The dropout after each hidden layer.
    pub dropout: f32,
    /// Whether the features are normalised over the layer (Ba et al., 2016).
    pub normalize: bool,
}

impl Default for FeatureExtractorConfig {
    fn default() -> Self {
        Self { input: 32, hidden: vec![64], output: 32, dropout: 0.0, normalize: true }
    }
}

impl FeatureExtractorConfig {
    /// The network's graph, its nodes named below `name`.
    ///
    /// # Errors
    /// If a length is zero or the dropout is outside of `[0, 1)`.
    pub fn build(&self, name: &str) -> Result<Graph, ShapeError> {
        let mut layers = hidden(&self.hidden, self.dropout);
        layers.push(linear(self.output));
        layers.extend(self.normalize.then(|| Layer::op(op::LayerNorm { epsilon: 1e-5 })));
        layers.push(Layer::Activation(Activation::Relu));
        assemble(name, ("perception", self.input), layers, "features")
    }
}

/// Embedding: a linear map onto a sphere, where the inner product of two embeddings is their similarity.
///
/// By default 32 → 16. Input `features`, output `embedding`; before training, root-mean-square normalisation gives every embedding the
/// norm `√output`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct EmbeddingNetworkConfig {
    /// The length of the input.
    pub input: usize,
    /// The length of an embedding.
    pub output: usize,
    /// Whether embeddings are scaled onto the sphere.
    pub normalize: bool,
}

impl Default for EmbeddingNetworkConfig {
    fn default() -> Self {
        Self { input: 32, output: 16, normalize: true }
    }
}

impl EmbeddingNetworkConfig {
    /// The network's graph, its nodes named below `name`.
    ///
    /// # Errors
    /// If a length is zero.
    pub fn build(&self, name: &str) -> Result<Graph, ShapeError> {
        let mut layers = vec![linear(self.output)];
        layers.extend(self.normalize.then(|| Layer::op(op::RmsNorm { epsilon: 1e-6 })));
        assemble(name, ("features", self.input), layers, "embedding")
    }
}

/// Prediction: from an embedding to the logarithms of the classes' probabilities.
///
/// By default 16 → 32 → 10 classes. Input `embedding`, output `log-probabilities`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct PredictionNetworkConfig {
    /// The length of the input.
    pub input: usize,
    /// The lengths of the hidden layers.
    pub hidden: Vec<usize>,
    /// The number of classes.
    pub classes: usize,
    /// The dropout after each hidden layer.
    pub dropout: f32,
}

impl Default for PredictionNetworkConfig {
    fn default() -> Self {
        Self { input: 16, hidden: vec![32], classes: 10, dropout: 0.0 }
    }
}

impl PredictionNetworkConfig {
    /// The network's graph, its nodes named below `name`.
    ///
    /// # Errors
    /// If a length is zero or the dropout is outside of `[0, 1)`.
    pub fn build(&self, name: &str) -> Result<Graph, ShapeError> {
        let mut layers = hidden(&self.hidden, self.dropout);
        layers.extend([linear(self.classes), Layer::op(op::LogSoftmax)]);
        assemble(name, ("embedding", self.input), layers, "log-probabilities")
    }
}

fn hidden(widths: &[usize], dropout: f32) -> Vec<Layer> {
    let block = |width: &usize| {
        let drop = (dropout != 0.0).then(|| Layer::op(op::Dropout { rate: dropout }));
        [Some(linear(*width)), Some(Layer::Activation(Activation::Relu)), drop].into_iter().flatten()
    };
    widths.iter().flat_map(block).collect()
}

fn linear(out: usize) -> Layer {
    Layer::Linear { out, bias: true, lora: None }
}

fn assemble(name: &str, input: (&str, usize), layers: Vec<Layer>, output: &str) -> Result<Graph, ShapeError> {
    let mut builder = Builder::new();
    let x = builder.input(input.0, [input.1]);
    let y = Layers(layers).apply(&mut builder, name, x)?;
    builder.output(output, y);
    Ok(builder.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_network_has_the_parameters_of_its_matrices() {
        // Σ (in + 1) · out, plus 2 · 32 of the layer norm and 16 of the root-mean-square norm.
        let cases = [
            (PerceptionConfig::default().build("n").unwrap(), 101 * 64 + 65 * 64 + 65 * 32),
            (FeatureExtractorConfig::default().build("n").unwrap(), 33 * 64 + 65 * 32 + 64),
            (EmbeddingNetworkConfig::default().build("n").unwrap(), 33 * 16 + 16),
            (PredictionNetworkConfig::default().build("n").unwrap(), 17 * 32 + 33 * 10),
        ];
        for (graph, n_parameters) in cases {
            assert_eq!(graph.cost().parameters, n_parameters);
        }
    }

    #[test]
    fn perception_drops_a_fifth_of_each_hidden_layer() {
        let graph = PerceptionConfig::default().build("perception").unwrap();
        let names: Vec<&str> = graph.nodes().iter().map(|n| n.name.trim_start_matches("perception.")).collect();
        assert_eq!(names, ["1.linear", "2.relu", "3.dropout", "4.linear", "5.relu", "6.dropout", "7.linear"]);
        assert_eq!(graph.nodes()[2].op, op::Dropout { rate: 0.2 }.into());
        let error = PerceptionConfig { dropout: 1.0, ..Default::default() }.build("perception").unwrap_err();
        let message = "layer 3 (dropout = 1.0) of network \"perception\" needs a rate of at least 0 and below 1";
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn toml_overrides_defaults_and_refuses_unknown_keys() {
        let config: PerceptionConfig = toml::from_str("hidden = [8]\ndropout = 0.5").unwrap();
        assert_eq!(config, PerceptionConfig { hidden: vec![8], dropout: 0.5, ..Default::default() });
        assert!(toml::from_str::<PerceptionConfig>("hiden = [8]").unwrap_err().message().contains("hiden"));
    }
}
