//! Normalised averaging.

use super::{ServerStep, Strategy, fed_avgm};
use crate::contribution::Effort;

/// FedNova (Wang, Liu, Liang, Joshi and Poor, 2020, "Tackling the objective inconsistency problem in heterogeneous federated optimization",
/// section 5): each client's change is divided by the weight Aᵢ of its gradients, and the mean of these directions is taken as
/// far as the mean of the weights, `w ← w + (Σ pᵢ Aᵢ) · Σ pᵢ Δᵢ/Aᵢ` with `pᵢ = nᵢ / Σ nᵢ`. So a client's part in the direction does not
/// depend on how many local steps it takes, at which momentum or rate. The `server` table's rate and momentum follow, as for FedAvg.
///
/// Where all Aᵢ are equal it is [`FedAvg`](super::FedAvg).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FedNova;

impl Strategy for FedNova {
    fn factor(&self, effort: &Effort) -> f64 {
        1.0 / effort.gradient_weight
    }

    fn needs_gradient_weight(&self) -> bool {
        true
    }

    fn server_step(&self, entry: ServerStep<'_>) {
        entry.step.iter_mut().for_each(|direction| *direction *= entry.gradient_weight);
        fed_avgm::momentum_step(entry);
    }
}
