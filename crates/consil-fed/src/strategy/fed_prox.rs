//! Federated averaging with a proximal term.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{OutOfRange, Strategy, require};

/// Each client adds `µ/2 ‖w − w_global‖²` to its loss (Li et al., 2020, "Federated optimization in heterogeneous networks", equation 2): less
/// drift, slower progress. The server averages as [`FedAvg`](super::FedAvg) does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FedProx {
    /// The weight µ of the proximal term, at least 0; 0 is FedAvg.
    pub mu: f32,
}

impl Strategy for FedProx {
    fn check(&self) -> Result<(), OutOfRange> {
        let within = self.mu >= 0.0 && self.mu.is_finite();
        require(within, "strategy.fed-prox.mu", f64::from(self.mu), "at least 0")
    }

    fn proximal(&self) -> f32 {
        self.mu
    }
}
