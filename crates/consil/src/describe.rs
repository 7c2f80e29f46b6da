//! What a model is made of and what it costs: a table, a drawing, and the same as data.

mod drawing;
mod table;

use serde::Serialize;

use crate::model::Model;

/// A model, described. Serde gives the components with their shapes, parameters, FLOPs and memory.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Description {
    /// The layers of each network as a table.
    #[serde(skip)]
    pub text: String,
    /// Modalities, networks, rules and answer as a drawing.
    #[serde(skip)]
    pub svg: String,
    /// The same as data.
    #[serde(flatten)]
    pub system: consil_graph::Description,
}

/// Describes a model.
pub fn describe(model: &Model) -> Description {
    let graphs = model.networks().iter().map(|(name, network)| (name.as_str(), network.graph()));
    let system = consil_graph::describe(&graphs.collect::<Vec<_>>());
    Description { text: table::table(&system), svg: drawing::drawing(model).svg(), system }
}
