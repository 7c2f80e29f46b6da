//! Joins the vectors of those modalities that are present.

use consil_graph::{Builder, ShapeError, ValueId, op};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the vectors of several modalities become one. What an absent modality holds never changes the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fusion {
    /// One after the other, zeros for an absent modality, and the presences themselves: k × `[D] → [k·D + k]`.
    #[default]
    Concat,
    /// The mean over present modalities: k × `[D] → [D]`.
    Mean,
    /// Present modalities attend to each other (the result added to their own vectors, and normalised), then the mean over them: k ×
    /// `[D] → [D]`.
    Attention,
}

impl Fusion {
    /// The heads of attention; one divides every width.
    const HEADS: usize = 1;

    /// Appends the fusion of `vectors`, each `[D]`, under `presences`, each `[]`, below `scope`. Where no modality is present the result
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
        let mut modalities = builder.push(&format!("{scope}.modalities"), op::Stack, vectors)?;
        if self == Self::Attention {
            let attention = op::Attention::new(Self::HEADS, false, true);
            let seen = builder.push(&format!("{scope}.attention"), attention, &[modalities, presence])?;
            modalities = builder.push(&format!("{scope}.residual"), op::Add, &[modalities, seen])?;
            modalities = builder.push(&format!("{scope}.norm"), op::LayerNorm { epsilon: 1e-5 }, &[modalities])?;
        }
        builder.push(&format!("{scope}.mean"), op::MeanTokens, &[modalities, presence])
    }
}
