//! A diagram of labelled boxes and arrows, such as that of a whole system: senses, networks, symbols, rules, answer.

use super::numbers::{count, grouped};
use crate::graph::Graph;
use crate::graph::op::Op;

/// Boxes and the arrows between them. [`Diagram::svg`] draws it from left to right, each box as far right as its longest chain of
/// arrows is long.
///
/// ```
/// use consil_graph::{BlockKind, Builder, Diagram, op};
///
/// let mut b = Builder::new();
/// let x = b.input("image", [64]);
/// let y = b.push("classify", op::Linear { out: 10, bias: true }, &[x])?;
/// b.output("scores", y);
///
/// let mut diagram = Diagram::new("a system");
/// let image = diagram.block(BlockKind::Data, "image", ["vision, 8×8"]);
/// let digit = diagram.network("digit", &b.finish());
/// let rules = diagram.block(BlockKind::Rules, "sum.pl", ["sum(S) :- seen(A), heard(B), S is A + B."]);
/// diagram.arrow(image, digit, "");
/// diagram.arrow(digit, rules, "seen(D)");
/// assert!(diagram.svg().starts_with("<svg"));
/// # Ok::<(), consil_graph::ShapeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagram {
    /// The heading.
    pub title: String,
    pub(super) blocks: Vec<Block>,
    pub(super) arrows: Vec<Arrow>,
}

/// A labelled box.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// What it stands for, which gives its colour.
    pub kind: BlockKind,
    /// Its heading.
    pub title: String,
    /// What stands below the heading.
    pub lines: Vec<String>,
}

/// What a box stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BlockKind {
    /// What a sample holds.
    Data,
    /// A neural network.
    Network,
    /// Symbols with probabilities, or fused vectors.
    Symbols,
    /// Rules.
    Rules,
    /// The answer.
    Answer,
}

/// An arrow from one box to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrow {
    /// Where it begins.
    pub from: BlockId,
    /// Where it ends.
    pub to: BlockId,
    /// What it carries; may be empty.
    pub label: String,
}

/// The number of a box in its diagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockId(pub(super) usize);

impl Diagram {
    /// A diagram without boxes.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Adds a box.
    pub fn block<S: Into<String>>(
        &mut self,
        kind: BlockKind,
        title: impl Into<String>,
        lines: impl IntoIterator<Item = S>,
    ) -> BlockId {
        let lines = lines.into_iter().map(Into::into).collect();
        self.blocks.push(Block { kind, title: title.into(), lines });
        BlockId(self.blocks.len() - 1)
    }

    /// Adds a box with a network's layers and cost.
    pub fn network(&mut self, title: impl Into<String>, graph: &Graph) -> BlockId {
        let cost = graph.cost();
        let mut lines = layers(graph);
        lines.push(format!("{} parameters · {}", grouped(cost.parameters as u64), count(cost.flops, "FLOP")));
        self.block(BlockKind::Network, title, lines)
    }

    /// Adds an arrow; an empty label draws none.
    ///
    /// # Panics
    /// If a box is not of this diagram.
    pub fn arrow(&mut self, from: BlockId, to: BlockId, label: impl Into<String>) {
        assert!(from.0.max(to.0) < self.blocks.len(), "an arrow joins two boxes of its own diagram");
        self.arrows.push(Arrow { from, to, label: label.into() });
    }

    /// The boxes, in the order they were added.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The arrows.
    pub fn arrows(&self) -> &[Arrow] {
        &self.arrows
    }
}

/// The ops that do work, one line each; activations and dropout follow what they act on.
fn layers(graph: &Graph) -> Vec<String> {
    const SHOWN: usize = 14;
    let mut lines: Vec<String> = Vec::new();
    for node in graph.nodes() {
        let summary = graph.op_summary(node);
        match &node.op {
            Op::Reshape(_) | Op::Transpose(_) | Op::Flatten(_) | Op::Mul(_) => {}
            // The thinning out of a mask is no layer.
            Op::Pool1d(_) if node.name.ends_with(".mask-pool") => {}
            Op::Activation(_) | Op::Dropout(_) if !lines.is_empty() => {
                let last = lines.len() - 1;
                lines[last] = format!("{}, {summary}", lines[last]);
            }
            _ => lines.push(summary),
        }
    }
    if lines.len() > SHOWN {
        let left_out = lines.len() - (SHOWN - 1);
        lines.splice(SHOWN / 2..SHOWN / 2 + left_out, [format!("… {left_out} more …")]);
    }
    lines
}
