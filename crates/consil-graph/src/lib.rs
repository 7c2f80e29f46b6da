//! The model as data: typed ops, shape inference, named parameters with roles, weights.

mod array;
mod builder;
mod compose;
mod cost;
mod error;
mod graph;
mod half;
mod infer;
mod layer;
mod name_map;
mod op;
mod parameters;
pub mod reference;
mod safetensors;
mod validate;
mod weights;

pub use array::Array;
pub use builder::Builder;
pub use compose::ComposeError;
pub use cost::{Cost, NodeCost};
pub use error::{Place, ShapeError};
pub use graph::{Graph, Init, Input, Node, Output, Param, Role, ValueId};
pub use infer::Misfit;
pub use layer::{Applied, Extent, Layer, LayerError, Layers, Padding, Window};
pub use name_map::NameMap;
pub use op::{Activation, Conv, Op, Pool, PoolKind};
pub use parameters::ParamSpec;
pub use safetensors::{LoadError, LoadReport, ShapeMismatch};
pub use validate::GraphError;
pub use weights::{Entry, Layout, LayoutError, Weights};
