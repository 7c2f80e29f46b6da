//! What a round tells.

use serde::Serialize;

use crate::metrics::Metrics;
use crate::task::ClientId;

/// The outcome of one round. Serialised, it is one line of a run's record.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RoundReport {
    /// The round, from 0.
    pub round: u64,
    /// The clients whose updates were folded in, by number.
    pub clients: Vec<ClientReport>,
    /// The chosen clients that did not answer, by number.
    pub abandoned: Vec<ClientId>,
    /// The samples behind the round.
    pub n_samples: u64,
    /// Averages of the clients' metrics, weighted by samples; `loss` is among them if the clients measured it.
    pub metrics: Metrics,
    /// `‖w′ − w‖₂` of the global model over the trained values: how far the round moved it.
    pub update_norm: f64,
    /// How much the clients disagree: `√(Σ pᵢ ‖Δᵢ − Δ‖²) / ‖Δ‖`, with Δᵢ a client's update, Δ the aggregate, pᵢ the
    /// client's share of the weight, over the trained values. 0 when all agree. For a mean it is `√(B² − 1)` of the
    /// B-local dissimilarity of Li et al. (2020, "Federated optimization in heterogeneous networks", definition 3), taken
    /// at updates in place of gradients. None when the aggregate is zero.
    pub drift: Option<f64>,
    /// Bytes of model values sent to the clients (the global model and corrections; headers not counted).
    pub bytes_down: u64,
    /// Bytes of model values received from them.
    pub bytes_up: u64,
}

impl RoundReport {
    /// The training loss, averaged over samples.
    pub fn loss(&self) -> Option<f64> {
        self.metrics.get(Metrics::LOSS)
    }
}

/// One client's part in a round.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ClientReport {
    /// Who.
    pub client: ClientId,
    /// On how many samples it trained.
    pub n_samples: u64,
    /// What it measured.
    pub metrics: Metrics,
    /// `‖Δᵢ‖₂` over the trained values.
    pub update_norm: f64,
}
