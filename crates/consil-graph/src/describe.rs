//! What a system of graphs is made of and what it costs, as a table.

mod diagram;
mod numbers;
mod svg;

use std::fmt;

use serde::Serialize;

use crate::graph::Cost;
use crate::graph::Graph;
use numbers::{bytes, count, grouped};

pub use diagram::{Arrow, Block, BlockId, BlockKind, Diagram};

/// A description of a system of graphs. `Display` writes a table; serde gives the same data to programs.
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
/// let table = describe(&[("digit", &b.finish())]).to_string();
/// assert!(table.contains("linear 100 → 64"));
/// assert!(table.contains("6,464"));
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
    let total = components.iter().map(|c| c.total).fold(Cost::default(), |a, b| Cost {
        parameters: a.parameters + b.parameters,
        trainable: a.trainable + b.trainable,
        flops: a.flops + b.flops,
        activation_bytes: a.activation_bytes + b.activation_bytes,
        // Networks run one after the other.
        peak_activation_bytes: a.peak_activation_bytes.max(b.peak_activation_bytes),
        weight_bytes: a.weight_bytes + b.weight_bytes,
    });
    Description { components, total }
}

const HEADINGS: [&str; 6] = ["component", "op", "output", "parameters", "FLOPs", "memory"];

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<Option<[String; 6]>> = vec![Some(HEADINGS.map(str::to_owned)), None];
        for component in &self.components {
            for (i, row) in component.rows.iter().enumerate() {
                let name = if i == 0 { component.name.clone() } else { String::new() };
                let (parameters, flops) = (grouped(row.parameters as u64), grouped(row.flops));
                lines.push(Some([
                    name,
                    row.op.clone(),
                    shape(&row.shape),
                    parameters,
                    flops,
                    bytes(row.activation_bytes),
                ]));
            }
            if self.components.len() > 1 {
                lines.push(Some(totals("", &component.total)));
            }
            lines.push(None);
        }
        lines.push(Some(totals("total", &self.total)));
        write_table(f, &lines)?;
        let Cost { parameters, trainable, flops, activation_bytes, peak_activation_bytes, weight_bytes } = self.total;
        let (share, weights) = (grouped(trainable as u64), bytes(weight_bytes));
        writeln!(f, "\n{} parameters ({share} trainable), {weights} of weights as f32", grouped(parameters as u64))?;
        let (kept, peak) = (bytes(activation_bytes), bytes(peak_activation_bytes));
        writeln!(
            f,
            "one sample: {} forward, {kept} of activations kept in training, {peak} at once in inference",
            count(flops, "FLOP")
        )
    }
}

fn totals(name: &str, cost: &Cost) -> [String; 6] {
    let (parameters, flops) = (grouped(cost.parameters as u64), grouped(cost.flops));
    [name.to_owned(), "sum".to_owned(), String::new(), parameters, flops, bytes(cost.activation_bytes)]
}

fn shape(shape: &[usize]) -> String {
    let lengths: Vec<String> = shape.iter().map(usize::to_string).collect();
    if lengths.is_empty() { "scalar".to_owned() } else { lengths.join("×") }
}

/// Columns as wide as their longest cell, the last three to the right; `None` is a rule.
fn write_table(f: &mut fmt::Formatter<'_>, lines: &[Option<[String; 6]>]) -> fmt::Result {
    let mut widths = [0; 6];
    for line in lines.iter().flatten() {
        widths.iter_mut().zip(line).for_each(|(width, cell)| *width = (*width).max(cell.chars().count()));
    }
    for line in lines {
        let Some(cells) = line else {
            writeln!(f, "{}", "─".repeat(widths.iter().sum::<usize>() + 2 * (widths.len() - 1)))?;
            continue;
        };
        let padded: Vec<String> = (cells.iter().zip(widths).enumerate())
            .map(|(i, (cell, width))| if i < 3 { format!("{cell:<width$}") } else { format!("{cell:>width$}") })
            .collect();
        writeln!(f, "{}", padded.join("  ").trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
