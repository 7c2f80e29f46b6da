//! When a training ends before its last epoch.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Stop once a metric of the validation rows no longer improves; the weights of its best epoch are the result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct EarlyStopping {
    /// Which metric.
    pub metric: String,
    /// Which way is better. Where it is not given, the metric's own: losses and errors (`loss`, `mae`, `rmse`, `perplexity`) lowest, all else highest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal: Option<Goal>,
    /// How many looks without an improvement are borne.
    pub patience: usize,
    /// By how much it must change to count.
    pub min_delta: f64,
}

impl Default for EarlyStopping {
    fn default() -> Self {
        Self { metric: "loss".to_owned(), goal: None, patience: 5, min_delta: 0.0 }
    }
}

impl EarlyStopping {
    /// Which way the metric is better: as given, or its own way. A metric of a target is called `TARGET.METRIC`.
    pub fn goal(&self) -> Goal {
        let name = self.metric.rsplit('.').next().unwrap_or_default();
        let own = if ["loss", "mae", "rmse", "perplexity"].contains(&name) { Goal::Lowest } else { Goal::Highest };
        self.goal.unwrap_or(own)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_has_its_own_way() {
        let watching = |metric: &str| EarlyStopping { metric: metric.to_owned(), ..EarlyStopping::default() };
        for metric in ["accuracy", "concept.image", "state.accuracy", "r2", "days.r2", "f1"] {
            assert_eq!(watching(metric).goal(), Goal::Highest, "{metric}");
        }
        for metric in ["loss", "mae", "days.rmse"] {
            assert_eq!(watching(metric).goal(), Goal::Lowest, "{metric}");
        }
        assert_eq!(EarlyStopping { goal: Some(Goal::Lowest), ..watching("accuracy") }.goal(), Goal::Lowest);
    }
}
