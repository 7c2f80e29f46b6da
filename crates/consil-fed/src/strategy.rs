//! What the server adds to averaging: terms in the clients' objective, and a step of its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How clients are kept together: `"fed-avg"`, `{ fed-prox = { mu = 0.1 } }` or `{ fed-dyn = { alpha = 0.1 } }`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Strategy {
    /// Each client minimises its own loss (McMahan et al., 2017).
    #[default]
    FedAvg,
    /// Each client adds `µ/2 ‖w − w_global‖²` (Li et al., 2020, equation 2): less drift, slower progress.
    FedProx {
        /// The weight µ of the proximal term, at least 0; 0 is FedAvg.
        mu: f32,
    },
    /// Dynamic regularisation (Acar et al., 2021, algorithm 1): a proximal term α and a linear term for each client, learned
    /// from its own updates, such that the fixed point is the optimum of the global objective, however much the clients differ. It
    /// supposes that local training comes near a minimum: with few local steps or clipped gradients it is an approximation.
    FedDyn {
        /// The weight α, above 0.
        alpha: f32,
    },
}

impl Strategy {
    /// The weight of the proximal term in a client's objective.
    pub fn proximal(self) -> f32 {
        match self {
            Self::FedAvg => 0.0,
            Self::FedProx { mu } => mu,
            Self::FedDyn { alpha } => alpha,
        }
    }

    /// Whether tasks carry a correction that the client must add to its gradients.
    pub fn needs_correction(self) -> bool {
        matches!(self, Self::FedDyn { .. })
    }

    /// The weight of an update over `n_samples` in the aggregate: the samples, or 1 for FedDyn, whose objective is the
    /// plain mean over clients.
    pub fn weight(self, n_samples: u64) -> f64 {
        match self {
            Self::FedAvg | Self::FedProx { .. } => n_samples as f64,
            Self::FedDyn { .. } => 1.0,
        }
    }
}

/// The server's step along the aggregate, FedAvgM (Hsu, Qi and Brown, 2019): `v ← β v + Δ`, `w ← w + η v`. The defaults are
/// FedAvg's: `w ← w + Δ`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ServerConfig {
    /// The rate η, above 0.
    pub learning_rate: f64,
    /// The momentum β, in `[0, 1)`.
    pub momentum: f64,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self { learning_rate: 1.0, momentum: 0.0 }
    }
}

/// The server's step and what it remembers: the velocity v of FedAvgM, or FedDyn's `s = −h/α`, `[n_trained]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ServerStep {
    pub(crate) strategy: Strategy,
    pub(crate) config: ServerConfig,
    pub(crate) memory: Vec<f64>,
}

impl ServerStep {
    pub(crate) fn new(strategy: Strategy, config: ServerConfig, n_trained: usize) -> Self {
        Self { strategy, config, memory: vec![0.0; n_trained] }
    }

    /// What to add to the global model `[n_sent]` for an aggregate `[n_sent]` of the share `participation` of all clients.
    ///
    /// Only trained values take the server's own step. An averaged buffer takes the aggregate as it is: momentum
    /// could make a running variance negative.
    pub(crate) fn apply(&mut self, mut aggregate: Vec<f64>, participation: f64) -> Vec<f64> {
        let trained = aggregate.iter_mut().zip(&mut self.memory);
        match self.strategy {
            Strategy::FedAvg | Strategy::FedProx { .. } => trained.for_each(|(step, velocity)| {
                *velocity = self.config.momentum * *velocity + *step;
                *step = self.config.learning_rate * *velocity;
            }),
            // h ← h − α · participation · Δ and w ← w + Δ − h/α, divided through by α.
            Strategy::FedDyn { .. } => trained.for_each(|(step, sum)| {
                *sum += participation * *step;
                *step += *sum;
            }),
        }
        aggregate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn momentum_follows_fed_avg_m_and_leaves_buffers_alone() {
        let config = ServerConfig { learning_rate: 0.5, momentum: 0.9 };
        let mut step = ServerStep::new(Strategy::FedAvg, config, 1);
        // By hand: v = 1 then 0.9 + 2 = 2.9; steps 0.5 v. The second value is a buffer.
        assert_eq!(step.apply(vec![1.0, 1.0], 1.0), [0.5, 1.0]);
        assert_eq!(step.apply(vec![2.0, -1.0], 1.0), [1.45, -1.0]);
    }

    #[test]
    fn the_default_step_is_the_aggregate() {
        let mut step = ServerStep::new(Strategy::FedProx { mu: 1.0 }, ServerConfig::default(), 2);
        for aggregate in [[1.0, -2.0], [0.25, 3.0]] {
            assert_eq!(step.apply(aggregate.to_vec(), 0.1), aggregate);
        }
    }

    #[test]
    fn fed_dyn_follows_its_algorithm_under_partial_participation() {
        // Acar et al., algorithm 1, by hand with α = 0.5 and half of the clients: h ← h − 0.5 · 0.5 · Δ, w ← w + Δ − h/0.5.
        // Δ = 1: h = −0.25, step 1.5. Δ = 2: h = −0.75, step 3.5. The second value is a buffer.
        let mut step = ServerStep::new(Strategy::FedDyn { alpha: 0.5 }, ServerConfig::default(), 1);
        assert_eq!(step.apply(vec![1.0, 1.0], 0.5), [1.5, 1.0]);
        assert_eq!(step.apply(vec![2.0, -1.0], 0.5), [3.5, -1.0]);
    }
}
