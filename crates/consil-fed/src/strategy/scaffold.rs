//! Control variates at server and clients.

use super::{DriftCorrection, ServerConfig, ServerStep, Strategy};
use crate::contribution::Effort;

/// SCAFFOLD (Karimireddy et al., 2020, "SCAFFOLD: stochastic controlled averaging for federated learning", algorithm 1, option II): client i
/// adds `c − cᵢ` to each gradient, its control variate becomes the mean gradient that it saw, `cᵢ ← cᵢ − c − Δᵢ/Aᵢ`, and the server's the mean
/// over all clients, `c ← c + |S|/N · mean(cᵢ change)`. The model moves by `η` (the `server` table's rate) times the plain mean of the changes. The
/// fixed point is the optimum of the plain mean of the clients' losses, for any local steps.
///
/// `Aᵢ = K η_l` for K plain steps at the rate η_l. Since `Δᵢ = −Σ aₖ (gₖ + c − cᵢ)` for local momentum too, Aᵢ is then the sum of the aₖ, and
/// cᵢ a weighted mean of the gradients. The server keeps each client's cᵢ, so that nothing but Δᵢ travels upwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaffold;

impl Strategy for Scaffold {
    fn server(&self, table: ServerConfig) -> Result<ServerConfig, &'static str> {
        if table.momentum == 0.0 { Ok(table) } else { Err("its server step has no momentum; remove server.momentum") }
    }

    fn weight(&self, _effort: &Effort) -> f64 {
        1.0
    }

    fn needs_gradient_weight(&self) -> bool {
        true
    }

    fn drift_correction(&self) -> Option<&dyn DriftCorrection> {
        Some(self)
    }

    fn server_step(&self, entry: ServerStep<'_>) {
        entry.step.iter_mut().for_each(|step| *step *= entry.server.learning_rate);
        let changes = entry.memory.iter_mut().zip(entry.state_change);
        changes.for_each(|(control, change)| *control += entry.participation * change);
    }
}

impl DriftCorrection for Scaffold {
    fn correction(&self, memory: &[f64], state: &[f32], correction: &mut [f32]) {
        let controls = memory.iter().zip(state);
        correction.iter_mut().zip(controls).for_each(|(out, (all, own))| *out = (all - f64::from(*own)) as f32);
    }

    fn learn(&self, memory: &[f64], state: &mut [f32], change: &[f32], effort: &Effort) {
        for ((own, all), change) in state.iter_mut().zip(memory).zip(change) {
            *own = (f64::from(*own) - all - f64::from(*change) / effort.gradient_weight) as f32;
        }
    }

    fn averages_states(&self) -> bool {
        true
    }
}
