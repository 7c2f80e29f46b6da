//! The model as data: typed ops, shape inference, named parameters with roles, weights, costs and pictures. No tensor library.
//!
//! - A [`Graph`] holds inputs, named parameters and nodes of typed [`Op`]s, each value with its per-sample shape. A [`Builder`] makes it,
//!   inferring every shape; [`Graph::bind`] infers them again for the lengths of a batch; a [`Rewrite`] changes it.
//! - An [operation](op) is one file: shape rule, weights, cost, reference arithmetic, spelling.
//! - A [`Layout`] places the parameters of a whole system in one flat vector, and [`Weights`] fill it: for optimisers, federation and files.
//! - [`describe()`] says what a system is made of and what it costs. [`reference`](mod@reference) defines what every
//!   op computes.
//!
//! ```
//! use std::sync::Arc;
//!
//! use consil_graph::{Activation, Builder, Layout, Weights, op};
//! use consil_random::Key;
//!
//! let mut builder = Builder::new();
//! let image = builder.input("image", [1, 8, 8]);
//! let flat = builder.push("flat", op::Flatten, &[image])?;
//! let hidden = builder.push("hidden", op::Linear { out: 32, bias: true }, &[flat])?;
//! let hidden = builder.push("relu", Activation::Relu, &[hidden])?;
//! let scores = builder.push("classify", op::Linear { out: 10, bias: true }, &[hidden])?;
//! let log_p = builder.push("log-softmax", op::LogSoftmax, &[scores])?;
//! builder.output("log-probabilities", log_p);
//! let graph = builder.finish();
//!
//! assert_eq!(graph.cost().parameters, (64 + 1) * 32 + (32 + 1) * 10);
//! let weights = Weights::init(Arc::new(Layout::of(&[&graph])?), Key::new(7).child("init"));
//! assert_eq!(weights.get("hidden.bias").map(<[f32]>::len), Some(32));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod array;
mod builder;
mod compose;
mod describe;
mod error;
mod graph;
mod half;
mod name_map;
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
pub use graph::limits::{MOST_PARAMETERS, MOST_VALUES, check_value};
pub use graph::op::{self, Activation, Conv, Op, Operation, ParamSpec, Pool, PoolKind, ShapeMismatch};
pub use graph::{
    BoundShapes, Cost, Graph, Init, Input, LengthError, Node, NodeCost, Output, Param, Role, Source, TimeAxis, ValueId,
};
pub use name_map::NameMap;
pub use safetensors::{LoadError, LoadReport, TensorMismatch};
pub use validate::GraphError;
pub use weights::{Layout, Weights};
