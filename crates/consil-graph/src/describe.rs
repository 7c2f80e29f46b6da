//! What a system of graphs is made of and what it costs, as data.

mod layers;

use serde::Serialize;

use crate::graph::Cost;
use crate::graph::Graph;

/// A description of a system of graphs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Description {
    /// The graphs.
    pub components: Vec<Component>,
    /// What they cost together.
    pub total: Cost,
}

/// One graph of a system.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Component {
    /// Its name.
    pub name: String,
    /// Its nodes in the order they run.
    pub rows: Vec<Row>,
    /// What it costs.
    pub total: Cost,
}

/// One node.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Row {
    /// The node's name.
    pub node: String,
    /// The op with its attributes.
    pub op: String,
    /// The per-sample shape of its result.
    pub shape: Vec<usize>,
    /// The number of its parameter values.
    pub parameters: usize,
    /// Floating-point operations for one sample.
    pub flops: u64,
    /// Bytes of its result for one sample.
    pub activation_bytes: u64,
}

/// Describes graphs under their names.
///
/// ```
/// use consil_graph::{Builder, describe, op};
///
/// let mut b = Builder::new();
/// let x = b.input("image", [100]);
/// let y = b.push("classify", op::Linear { out: 64, bias: true }, &[x])?;
/// b.output("scores", y);
/// let found = describe(&[("digit", &b.finish())]);
/// assert_eq!(found.components[0].rows[0].op, "linear 100 → 64");
/// assert_eq!(found.total.parameters, 6_464);
/// # Ok::<(), consil_graph::ShapeError>(())
/// ```
pub fn describe(graphs: &[(&str, &Graph)]) -> Description {
    let component = |(name, graph): &(&str, &Graph)| {
        let row = |(node, cost): (&crate::Node, crate::NodeCost)| Row {
            node: node.name.clone(),
            op: graph.op_summary(node),
            shape: node.shape.clone(),
            parameters: cost.parameters,
            flops: cost.flops,
            activation_bytes: cost.activation_bytes,
        };
        let rows = graph.nodes().iter().zip(graph.node_costs()).map(row).collect();
        Component { name: (*name).to_owned(), rows, total: graph.cost() }
    };
    let components: Vec<Component> = graphs.iter().map(component).collect();
    let total = Cost::of_model(graphs.iter().map(|(_, graph)| *graph));
    Description { components, total }
}
