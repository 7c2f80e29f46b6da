//! Dynamic regularisation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DriftCorrection, OWN_STEP, OutOfRange, ServerConfig, ServerStep, Strategy, require};
use crate::contribution::Effort;

/// FedDyn (Acar et al., 2021, "Federated learning based on dynamic regularization", algorithm 1): a proximal term α and a linear term for
/// each client, learned from its own changes, such that the fixed point is the optimum of the global objective, however much the clients
/// differ. It supposes that local training comes near a minimum: with few local steps or clipped gradients it is an approximation.
///
/// The objective is the plain mean over clients, so contributions weigh equally. A client's state is `−∇Fᵢ` at its own last model; the server
/// remembers `s = −h/α`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FedDyn {
    /// The weight α, above 0.
    pub alpha: f32,
}

impl Strategy for FedDyn {
    fn check(&self) -> Result<(), OutOfRange> {
        let within = self.alpha > 0.0 && self.alpha.is_finite();
        require(within, "strategy.fed-dyn.alpha", f64::from(self.alpha), "above 0")
    }

    fn server(&self, table: ServerConfig) -> Result<ServerConfig, &'static str> {
        if table == ServerConfig::default() { Ok(table) } else { Err(OWN_STEP) }
    }

    fn proximal(&self) -> f32 {
        self.alpha
    }

    fn weight(&self, _effort: &Effort) -> f64 {
        1.0
    }

    fn drift_correction(&self) -> Option<&dyn DriftCorrection> {
        Some(self)
    }

    /// `h ← h − α · participation · Δ` and `w ← w + Δ − h/α`, divided through by α.
    fn server_step(&self, entry: ServerStep<'_>) {
        for (step, sum) in entry.step.iter_mut().zip(entry.memory) {
            *sum += entry.participation * *step;
            *step += *sum;
        }
    }
}

impl DriftCorrection for FedDyn {
    fn correction(&self, _memory: &[f64], state: &[f32], correction: &mut [f32]) {
        correction.copy_from_slice(state);
    }

    /// `−∇Fᵢ(wᵢ) ← −∇Fᵢ(wᵢ) + α Δᵢ`.
    fn learn(&self, _memory: &[f64], state: &mut [f32], change: &[f32], _effort: &Effort) {
        state.iter_mut().zip(change).for_each(|(state, change)| *state += self.alpha * change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_follows_the_algorithm_under_partial_participation() {
        // By hand with α = 0.5 and half of the clients: h ← h − 0.5 · 0.5 · Δ, w ← w + Δ − h/0.5.
        // Δ = 1: h = −0.25, step 1.5. Δ = 2: h = −0.75, step 3.5.
        let (strategy, mut memory) = (FedDyn { alpha: 0.5 }, [0.0]);
        for (mean, expected) in [(1.0, 1.5), (2.0, 3.5)] {
            let mut mean = [mean];
            strategy.server_step(ServerStep {
                step: &mut mean,
                memory: &mut memory,
                state_change: &[],
                participation: 0.5,
                gradient_weight: 0.0,
                server: ServerConfig::default(),
            });
            assert_eq!(mean, [expected]);
        }
    }
}
