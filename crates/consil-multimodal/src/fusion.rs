//! Joins the vectors of those senses that are present.

use consil_graph::{Builder, ShapeError, ValueId, op};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the vectors of several senses become one. What an absent sense holds never changes the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fusion {
    /// One after the other, zeros for an absent sense, and the presences themselves: k × `[D] → [k·D + k]`.
    #[default]
    Concat,
    /// The mean over present senses: k × `[D] → [D]`.
    Mean,
    /// Present senses attend to each other (the result added to their own vectors, and normalised), then the mean over them: k ×
    /// `[D] → [D]`.
    Attention,
}

impl Fusion {
    /// The heads of attention; one divides every width.
    const HEADS: usize = 1;

    /// Appends the fusion of `vectors`, each `[D]`, under `presences`, each `[]`, below `scope`. Where no sense is present the result
    /// is that of zeros.
    pub(crate) fn apply(
        self,
        builder: &mut Builder,
        scope: &str,
        vectors: &[ValueId],
        presences: &[ValueId],
    ) -> Result<ValueId, ShapeError> {
        let presence = builder.push(&format!("{scope}.presence"), op::Stack, presences)?;
        if self == Self::Concat {
            let mut parts = Vec::new();
            for (i, (vector, present)) in vectors.iter().zip(presences).enumerate() {
                parts.push(builder.push(&format!("{scope}.gate-{i}"), op::Mul, &[*vector, *present])?);
            }
            parts.push(presence);
            return builder.push(&format!("{scope}.concat"), op::Concat { axis: 0 }, &parts);
        }
        let mut senses = builder.push(&format!("{scope}.senses"), op::Stack, vectors)?;
        if self == Self::Attention {
            let attention = op::Attention::new(Self::HEADS, false, true);
            let seen = builder.push(&format!("{scope}.attention"), attention, &[senses, presence])?;
            senses = builder.push(&format!("{scope}.residual"), op::Add, &[senses, seen])?;
            senses = builder.push(&format!("{scope}.norm"), op::LayerNorm { epsilon: 1e-5 }, &[senses])?;
        }
        builder.push(&format!("{scope}.mean"), op::MeanTokens, &[senses, presence])
    }
}
