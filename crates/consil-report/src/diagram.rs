//! Labelled boxes and arrows as a drawing that stands alone, such as that of a whole system: modalities, networks, rules, answer.

mod layout;
#[cfg(test)]
mod tests;

/// Boxes and the arrows between them. [`Diagram::svg`] draws it from left to right, each box as far right as its longest chain of
/// arrows is long.
///
/// ```
/// use consil_report::{BlockKind, Diagram};
///
/// let mut diagram = Diagram::new("a system");
/// let image = diagram.block(BlockKind::Data, "image", ["vision, 8×8"]);
/// let digit = diagram.block(BlockKind::Network, "digit", ["linear 64 → 10", "log-softmax"]);
/// let rules = diagram.block(BlockKind::Rules, "sum.pl", ["sum(S) :- seen(A), heard(B), S is A + B."]);
/// diagram.arrow(image, digit, "");
/// diagram.arrow(digit, rules, "seen(D)");
/// assert!(diagram.svg().starts_with("<svg"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagram {
    /// The heading.
    pub title: String,
    blocks: Vec<Block>,
    arrows: Vec<Arrow>,
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
pub struct BlockId(usize);

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

    /// A box of this diagram.
    ///
    /// # Panics
    /// If it is of another diagram.
    pub fn block_of(&self, id: BlockId) -> &Block {
        &self.blocks[id.0]
    }

    /// The arrows.
    pub fn arrows(&self) -> &[Arrow] {
        &self.arrows
    }
}
