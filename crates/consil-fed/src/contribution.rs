//! What a site answers.

use std::collections::BTreeMap;

use crate::cover::Cover;
use crate::metrics::Metrics;
use crate::sites::ClientId;
use crate::work::Task;

/// A site's answer to a task.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// The work is done.
    Contribution(Contribution),
    /// The site will not do it; the server goes on without it.
    Decline {
        /// The round it answers.
        round: u64,
        /// Who answers.
        client: ClientId,
        /// Why, for the server's log.
        reason: String,
    },
}

/// Work that is done.
#[derive(Clone, Debug, PartialEq)]
pub struct Contribution {
    /// The round it answers.
    pub round: u64,
    /// Who answers.
    pub client: ClientId,
    /// What was computed, by name; which names there are depends on the kind of work.
    pub vectors: BTreeMap<String, Vector>,
    /// Which parameters the vectors cover.
    pub cover: Cover,
    /// How much work it was.
    pub effort: Effort,
    /// What was measured, such as `loss`: the mean over the samples.
    pub metrics: Metrics,
}

/// Values under a name.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Vector {
    /// Tag 0 on the wire.
    F32(Vec<f32>),
    /// Tag 1 on the wire: what another layer wrote.
    Bytes(Vec<u8>),
}

/// How much work a contribution was.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Effort {
    /// The samples behind it.
    pub n_samples: u64,
    /// The optimiser's steps.
    pub steps: u64,
    /// How much weight the gradients of those steps have together in the change of the model: `A = Σ aₖ` where the site's change is
    /// `Δ = −Σ aₖ gₖ`. For K steps of plain gradient descent at the rate η it is `K η`; see [`gradient_weight`]. 0 where it has no meaning
    /// (Adam), or nothing was trained.
    pub gradient_weight: f64,
}

impl Contribution {
    /// The name of a change of the model: the covered values in sent order.
    pub const DELTA: &'static str = "delta";
    /// The name of counts for a preparation.
    pub const STATISTICS: &'static str = "statistics";
    /// The name of what an evaluation counted.
    pub const EVALUATION: &'static str = "evaluation";

    /// The answer to a training: the trained model less the global one, the covered values in sent order.
    pub fn trained(task: &Task, cover: Cover, delta: Vec<f32>, effort: Effort, metrics: Metrics) -> Self {
        let vectors = BTreeMap::from([(Self::DELTA.to_owned(), Vector::F32(delta))]);
        Self { round: task.round, client: task.client, vectors, cover, effort, metrics }
    }

    /// The answer to an evaluation over so many samples: what was counted, as the task's layer writes it, so that the server can add up sites
    /// (a balanced accuracy, an F1 or an R² of all rows is no mean of the sites' own); and the site's own metrics.
    pub fn evaluated(task: &Task, n_samples: u64, counts: Vec<u8>, metrics: Metrics) -> Self {
        Self { metrics, ..Self::of_bytes(task, n_samples, Self::EVALUATION, counts) }
    }

    /// The answer to a question for statistics: counts over so many samples, as the data layer writes them.
    pub fn counted(task: &Task, n_samples: u64, statistics: Vec<u8>) -> Self {
        Self::of_bytes(task, n_samples, Self::STATISTICS, statistics)
    }

    fn of_bytes(task: &Task, n_samples: u64, name: &str, bytes: Vec<u8>) -> Self {
        let vectors = BTreeMap::from([(name.to_owned(), Vector::Bytes(bytes))]);
        let effort = Effort { n_samples, ..Effort::default() };
        let metrics = Metrics::default();
        Self { round: task.round, client: task.client, vectors, cover: Cover::All, effort, metrics }
    }

    /// The counts of [`Contribution::counted`].
    pub fn statistics(&self) -> Option<&[u8]> {
        self.bytes(Self::STATISTICS)
    }

    /// The counts of [`Contribution::evaluated`].
    pub fn evaluation(&self) -> Option<&[u8]> {
        self.bytes(Self::EVALUATION)
    }

    fn bytes(&self, name: &str) -> Option<&[u8]> {
        match self.vectors.get(name) {
            Some(Vector::Bytes(bytes)) => Some(bytes),
            _ => None,
        }
    }
}

impl Reply {
    /// The round it answers.
    pub fn round(&self) -> u64 {
        match self {
            Self::Contribution(contribution) => contribution.round,
            Self::Decline { round, .. } => *round,
        }
    }

    /// Who answers.
    pub fn client(&self) -> ClientId {
        match self {
            Self::Contribution(contribution) => contribution.client,
            Self::Decline { client, .. } => *client,
        }
    }
}

/// The weight of the gradients in a change made by `steps` steps of gradient descent with momentum ρ at the rate η:
/// `A = η ‖a‖₁`, `‖a‖₁ = (τ − ρ (1 − ρ^τ) / (1 − ρ)) / (1 − ρ)` for τ steps (Wang et al., 2020, "Tackling the objective inconsistency problem in
/// heterogeneous federated optimization", section 4). Without momentum it is `η τ`. `momentum` is in `[0, 1)`.
///
/// It holds for momentum as PyTorch has it, `v ← ρ v + g; w ← w − η v`, beginning at `v = 0`. With Nesterov's, `w ← w − η (g + ρ v)`, each
/// gradient has one more factor of the geometric series: pass `nesterov`.
pub fn gradient_weight(steps: u64, rate: f64, momentum: f64, nesterov: bool) -> f64 {
    let (tau, rho) = (steps as f64, momentum);
    // The gradient that n steps follow has moved the weights by 1 + ρ + … + ρⁿ (one term more with Nesterov's look ahead), n = 0 … τ − 1.
    let first = if nesterov { rho * rho } else { rho };
    let tail = first * (1.0 - rho.powf(tau)) / (1.0 - rho);
    rate * (tau - tail) / (1.0 - rho)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The change that gradients of 1 make, step by step.
    fn walked(steps: u64, rate: f64, momentum: f64, nesterov: bool) -> f64 {
        let (mut w, mut v) = (0.0, 0.0);
        for _ in 0..steps {
            v = momentum * v + 1.0;
            w -= rate * if nesterov { 1.0 + momentum * v } else { v };
        }
        -w
    }

    #[test]
    fn the_weight_of_gradients_is_the_way_that_unit_gradients_go() {
        for steps in [0, 1, 4, 16] {
            for momentum in [0.0, 0.5, 0.9] {
                for nesterov in [false, true] {
                    let expected = walked(steps, 0.1, momentum, nesterov);
                    let found = gradient_weight(steps, 0.1, momentum, nesterov);
                    assert!((found - expected).abs() < 1e-12, "{steps} {momentum} {nesterov}: {found} {expected}");
                }
            }
        }
    }
}
