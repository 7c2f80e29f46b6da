//! Published limits on the size of training runs.

use serde::Serialize;

use super::Limitation;
use crate::evidence::Evidence;

/// What limits a training run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Constraint {
    /// Text and other data to train on.
    Data,
    /// Electric power.
    Energy,
    /// Chips that can be made.
    Chips,
    /// The time that one step takes, whatever the number of chips.
    Latency,
}

impl Constraint {
    /// As the subject of a sentence.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Data => "The stock of data",
            Self::Energy => "Electric power",
            Self::Chips => "The making of chips",
            Self::Latency => "Latency",
        }
    }

    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Energy => "energy",
            Self::Chips => "chips",
            Self::Latency => "latency",
        }
    }
}

/// A limit on the compute of a training run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Limit {
    /// What limits.
    pub constraint: Constraint,
    /// The lower end of the published range, in FLOP.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The year that the range is for; none where it does not change.
    pub by: Option<f64>,
    /// What it rests on.
    pub evidence: Evidence,
}

impl Limit {
    /// The published limits: Sevilla et al. (2024) for 2030, and for latency Erdil and Schneider-Joseph (2024).
    pub fn published() -> Vec<Self> {
        const EPOCH: &str = "Sevilla et al., 2024, Can AI scaling continue through 2030?, epoch.ai";
        let cited = |document: &str| Evidence::Cited { document: document.to_owned() };
        let limit = |constraint, low, high, detail: &str| Self {
            constraint,
            low,
            high,
            by: Some(2030.0),
            evidence: cited(&format!("{EPOCH}: {detail}")),
        };
        vec![
            limit(Constraint::Energy, 1e28, 3e29, "one campus of 1 to 5 GW"),
            // 5,000 to 250,000 times GPT-4's 2e25 FLOP.
            limit(Constraint::Chips, 1e29, 5e30, "20 to 400 million chips of the H100's kind in 2030"),
            limit(Constraint::Data, 6e28, 2e32, "400 trillion to 20 quadrillion tokens, all modalities counted"),
            Self {
                constraint: Constraint::Latency,
                low: 2e28,
                high: 2e31,
                by: None,
                evidence: cited(
                    "Erdil and Schneider-Joseph, 2024, arXiv:2411.01137: data movement limits from 2e28, a wall at 2e31 FLOP",
                ),
            },
        ]
    }

    /// The limit against a target, in orders of magnitude.
    pub(super) fn against(self, target: f64) -> Limitation {
        let headroom = ((self.low / target).log10(), (self.high / target).log10());
        Limitation { forbids: headroom.1 < 0.0, headroom, limit: self }
    }
}
