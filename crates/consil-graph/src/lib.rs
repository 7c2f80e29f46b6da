//! The model as data: typed ops, shape inference, named parameters with roles, weights, costs and pictures. No tensor library.
//!
//! - A [`Graph`] holds nodes of typed [`Op`]s, each with its per-sample shape, and named parameters. A [`Builder`] makes it, inferring
//!   every shape; [`Layers`] are what a user writes in TOML.
//! - A [`Layout`] places the parameters of a whole system in one flat vector, and [`Weights`] fill it: for optimisers, federation and files.
//! - [`describe()`] says what a system is made of and what it costs. [`reference`](mod@reference) defines what every
//!   op computes.
//!
//! ```
//! use std::sync::Arc;
//!
//! use consil_graph::{Builder, Layers, Layout, Weights};
//! use consil_random::Key;
//!
//! let layers: Layers = r#"[{ conv = 6, kernel = 5 }, "relu", { max-pool = 2 }, "flatten", { linear = 10 }, "log-softmax"]"#.parse()?;
//! let mut builder = Builder::new();
//! let image = builder.input("image", [1, 28, 28]);
//! let log_p = layers.apply(&mut builder, "digit", image)?;
//! builder.output("log-probabilities", log_p);
//! let graph = builder.finish();
//!
//! assert_eq!(graph.cost().parameters, (25 + 1) * 6 + (6 * 12 * 12 + 1) * 10);
//! let weights = Weights::init(Arc::new(Layout::of(&[&graph])?), Key::new(7).child("init"));
//! assert_eq!(weights.get("digit.1.conv.bias").map(<[f32]>::len), Some(6));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod array;
mod builder;
mod compose;
mod describe;
mod error;
mod graph;
mod half;
mod layer;
mod name_map;
pub mod networks;
pub mod reference;
mod safetensors;
mod validate;
mod weights;

pub use consil_layout::{Entry, LayoutError};

pub use array::Array;
pub use builder::{Builder, Lora, Rewrite};
pub use compose::ComposeError;
pub use describe::{Component, Description, Row, describe};
pub use error::{Place, ShapeError};
pub use graph::limits::{MOST_PARAMETERS, MOST_VALUES};
pub use graph::op::{self, Activation, Conv, Op, Operation, ParamSpec, Pool, PoolKind, ShapeMismatch};
pub use graph::{
    BoundShapes, Cost, Graph, Init, Input, LengthError, Node, NodeCost, Output, Param, Role, Source, TimeAxis, ValueId,
};
pub use layer::{Applied, Extent, Layer, LayerError, Layers, Padding, Window};
pub use name_map::NameMap;
pub use safetensors::{LoadError, LoadReport, TensorMismatch};
pub use validate::GraphError;
pub use weights::{Layout, Weights};
