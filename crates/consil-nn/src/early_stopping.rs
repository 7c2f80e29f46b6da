//! When a training ends before its last epoch.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Stop once a metric of the validation rows no longer improves; the weights of its best epoch are the result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct EarlyStopping {
    /// Which metric.
    pub metric: String,
    /// Which way is better.
    pub goal: Goal,
    /// How many looks without an improvement are borne.
    pub patience: usize,
    /// By how much it must change to count.
    pub min_delta: f64,
}

impl Default for EarlyStopping {
    fn default() -> Self {
        Self { metric: "loss".to_owned(), goal: Goal::Lowest, patience: 5, min_delta: 0.0 }
    }
}

/// Which way a metric is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Goal {
    /// A loss.
    Lowest,
    /// An accuracy.
    Highest,
}
