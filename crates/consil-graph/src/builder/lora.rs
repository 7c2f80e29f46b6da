//! Low-rank adapters (LoRA; Hu et al., 2022): a frozen weight W is read as `W + α/r · B A`.

use super::Builder;
use crate::error::ShapeError;
use crate::graph::op::{self, Op, uniform};
use crate::graph::{Graph, Init, Node, Role, Source, ValueId};

/// A low-rank adapter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lora {
    /// The rank r.
    pub rank: usize,
    /// The strength α: the adapter's product is scaled by α / r.
    pub alpha: f32,
}

impl Lora {
    /// An adapter of rank r with α = r, so that its product counts as it is.
    pub fn new(rank: usize) -> Self {
        Self { rank, alpha: rank as f32 }
    }
}

impl Builder {
    /// A matrix `weight [O, I]` plus an adapter: the parameters `{name}.lora_a [r, I]`, which begins as the weight of a linear layer, and
    /// `{name}.lora_b [O, r]`, which begins at zero, so that at first nothing changes. Nodes are named below `{name}.lora`.
    ///
    /// # Errors
    /// If the weight is not a matrix, the rank is zero, or a name is taken.
    pub fn adapt(&mut self, name: &str, weight: ValueId, lora: Lora) -> Result<ValueId, ShapeError> {
        let shape = self.shape(weight).to_vec();
        let below = |part: &str| format!("{name}.lora.{part}");
        let [out, width] = shape[..] else {
            let needs = "a matrix [O, I] to be adapted";
            let fix = "adapt the weight of a linear layer";
            let mismatch = op::ShapeMismatch::Rank { needs, given: shape, fix };
            return Err(ShapeError::new(crate::error::Place::Node(name.to_owned()), mismatch));
        };
        if lora.rank == 0 {
            let mismatch = op::ShapeMismatch::Attribute { needs: "an adapter of rank at least 1" };
            return Err(ShapeError::new(crate::error::Place::Node(name.to_owned()), mismatch));
        }
        let a = self.param(format!("{name}.lora_a"), [lora.rank, width], Role::Adapter, uniform(width))?;
        let b = self.param(format!("{name}.lora_b"), [out, lora.rank], Role::Adapter, Init::Zeros)?;
        let mut product = self.apply(&below("product"), op::MatMul::default(), &[b, a])?;
        let factor = lora.alpha / lora.rank as f32;
        if factor != 1.0 {
            product = self.apply(&below("scaled"), op::Scale { factor }, &[product])?;
        }
        self.apply(&below("adapted"), op::Add, &[weight, product])
    }
}

impl Graph {
    /// The graph with an adapter at each linear layer that `adapts` chooses, and every other parameter that was trained frozen: the adapters train
    /// alone. Parameters keep their names, so that the graph's weights fill those of the result.
    ///
    /// # Errors
    /// If an adapter's name is taken, or its rank is zero.
    pub fn with_lora(&self, lora: Lora, adapts: impl Fn(&Node) -> bool) -> Result<Graph, ShapeError> {
        let mut rewrite = self.rewrite();
        for (i, param) in self.params().iter().enumerate() {
            if param.role.is_trained() {
                rewrite.set_param(self.value_of_param(i), |param| param.role = Role::Frozen);
            }
        }
        for node in self.nodes().iter().filter(|node| matches!(node.op, Op::Linear(_)) && adapts(node)) {
            let weight = node.inputs[1];
            // A weight that two layers share is adapted once, for both.
            let is_adapted = rewrite.builder().find_param(&format!("{}.lora_a", self.stem(node, weight))).is_some();
            if !is_adapted {
                let adapted = rewrite.builder().adapt(&self.stem(node, weight), weight, lora)?;
                rewrite.replace(weight, adapted);
            }
        }
        rewrite.finish()
    }

    /// The name below which an adapter of a layer's weight stands: that of the layer that owns the weight.
    fn stem(&self, node: &Node, weight: ValueId) -> String {
        match self.source(weight) {
            Source::Param(i) => {
                let name = &self.params()[i].name;
                name.strip_suffix(".weight").unwrap_or(name).to_owned()
            }
            Source::Input(_) | Source::Node(_) => node.name.clone(),
        }
    }
}
