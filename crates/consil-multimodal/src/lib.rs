//! From a spec of encoders, fusion and heads to model graphs.
//!
//! An [`Encoder`] turns one modality into a vector: a [`Preset`] that adapts to the input's shape, or a list of layers. A
//! [`NetworkConfig`] puts a classifier behind it, for rules to reason about. A [`HeadConfig`] encodes several modalities, fuses those that are
//! present and classifies the result.
//!
//! ```
//! use consil_multimodal::NetworkConfig;
//!
//! let config: NetworkConfig = toml::from_str("input = 'speech'\nencoder = 'audio-cnn'")?;
//! // A log-mel spectrogram of one channel, 16 bands and 40 frames, padded along time.
//! let graph = config.build("spoken", &[(vec![1, 16, 40], Some(40))], 10)?;
//! let names: Vec<&str> = graph.inputs().iter().map(|input| input.name.as_str()).collect();
//! assert_eq!(names, ["input", "input.mask"]);
//! assert_eq!(graph.shape_of(graph.find_output("log-probabilities").unwrap()), [10]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod encode;
mod encoder;
mod error;
mod fusion;
mod head;
mod input;
mod layer;
mod network;
pub mod networks;
mod positions;
mod preset;
mod roles;

pub use encoder::Encoder;
pub use error::NetworkError;
pub use fusion::Fusion;
pub use head::{GATE, HeadConfig, HeadTarget, HeadTargetKind};
pub use input::{InputShape, Names};
pub use layer::{Applied, Extent, Layer, LayerError, Layers, Padding, Window};
pub use network::NetworkConfig;
pub use preset::{Preset, PresetError, PresetOptions};

/// The name of the output that holds the logarithms of the classes' probabilities.
pub const LOG_PROBABILITIES: &str = "log-probabilities";

/// The name of the output that holds an input's pooled vector.
pub const EMBEDDING: &str = "embedding";
