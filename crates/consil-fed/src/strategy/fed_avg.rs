//! Federated averaging.

use super::Strategy;

/// Each client minimises its own loss; the model moves by the mean of the changes, weighted by samples:
/// `w ← w + Σ nᵢ Δᵢ / Σ nᵢ` (McMahan et al., 2017, algorithm 1).
///
/// Where clients take different numbers of local steps, its fixed point is not the optimum but the one of an objective that weighs each client
/// by its steps (Wang et al., 2020, theorem 1); [`FedNova`](super::FedNova) corrects that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FedAvg;

impl Strategy for FedAvg {}
