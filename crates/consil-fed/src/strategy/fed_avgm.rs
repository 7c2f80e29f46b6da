//! Federated averaging with momentum at the server.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{OutOfRange, ServerConfig, ServerStep, Strategy};

/// `v ← β v + Δ`, `w ← w + η v` along the mean Δ of the changes (Hsu, Qi and Brown, 2019, "Measuring the effects of non-identical data
/// distribution for federated visual classification", section 4.3). The server remembers v.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct FedAvgM {
    /// The momentum β, in `[0, 1)`.
    pub momentum: f64,
    /// The rate η, above 0.
    pub learning_rate: f64,
}

impl Default for FedAvgM {
    fn default() -> Self {
        Self { momentum: 0.9, learning_rate: 1.0 }
    }
}

impl Strategy for FedAvgM {
    fn check(&self) -> Result<(), OutOfRange> {
        let key = |error: OutOfRange| {
            let own = if error.key == "server.momentum" { "momentum" } else { "learning-rate" };
            let key = if own == "momentum" { "strategy.fed-avgm.momentum" } else { "strategy.fed-avgm.learning-rate" };
            OutOfRange { key, ..error }
        };
        ServerConfig { learning_rate: self.learning_rate, momentum: self.momentum }.check().map_err(key)
    }

    fn server(&self, table: ServerConfig) -> Result<ServerConfig, &'static str> {
        if table != ServerConfig::default() {
            return Err(
                "it says the server's rate and momentum itself; remove server.learning-rate and server.momentum",
            );
        }
        Ok(ServerConfig { learning_rate: self.learning_rate, momentum: self.momentum })
    }
}

/// `v ← β v + Δ`, `Δ ← η v`.
pub(super) fn momentum_step(entry: ServerStep<'_>) {
    let ServerConfig { learning_rate, momentum } = entry.server;
    for (step, velocity) in entry.step.iter_mut().zip(entry.memory) {
        *velocity = momentum * *velocity + *step;
        *step = learning_rate * *velocity;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::FedProx;

    fn step(strategy: &dyn Strategy, server: ServerConfig, mean: &mut [f64], memory: &mut [f64]) {
        let state_change = &[];
        let entry = ServerStep { step: mean, memory, state_change, participation: 0.1, gradient_weight: 0.0, server };
        strategy.server_step(entry);
    }

    #[test]
    fn momentum_follows_its_recurrence() {
        let strategy = FedAvgM { momentum: 0.9, learning_rate: 0.5 };
        let server = strategy.server(ServerConfig::default()).unwrap();
        // By hand: v = 1 then 0.9 + 2 = 2.9; steps 0.5 v.
        let mut memory = [0.0];
        for (mean, expected) in [(1.0, 0.5), (2.0, 1.45)] {
            let mut mean = [mean];
            step(&strategy, server, &mut mean, &mut memory);
            assert_eq!(mean, [expected]);
        }
    }

    #[test]
    fn the_default_step_is_the_mean() {
        let mut memory = [0.0; 2];
        for expected in [[1.0, -2.0], [0.25, 3.0]] {
            let mut mean = expected;
            step(&FedProx { mu: 1.0 }, ServerConfig::default(), &mut mean, &mut memory);
            assert_eq!(mean, expected);
        }
    }
}
