//! What a round tells.

use serde::Serialize;

use crate::metrics::Metrics;
use crate::sites::{ClientId, SiteName};

/// The outcome of one round. Serialised, it is one line of a run's record.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RoundReport {
    /// The round, from 0.
    pub round: u64,
    /// The clients whose contributions count, by number.
    pub clients: Vec<ClientReport>,
    /// The chosen clients that did not answer, by number.
    pub abandoned: Vec<SiteName>,
    /// The samples behind the round.
    pub n_samples: u64,
    /// Averages of the clients' metrics, weighted by samples; `loss` is among them if the clients measured it.
    pub metrics: Metrics,
    /// `‖w′ − w‖₂` of the global model over the trained values: how far the round moved it.
    pub update_norm: f64,
    /// How much the clients disagree: `√(Σ pᵢ ‖Δᵢ − Δ‖²) / ‖Δ‖`, with Δᵢ what of a client is averaged, Δ the aggregate, pᵢ the
    /// client's share of the weight, over the trained values. About 10⁻⁸ or less when all agree. For a mean it is `√(B² − 1)` of the
    /// B-local dissimilarity of Li et al. (2020, "Federated optimization in heterogeneous networks", definition 3), taken
    /// at updates in place of gradients. None when the aggregate is zero.
    pub drift: Option<f64>,
    /// The parameters that some of the clients did not cover, because they lack the data for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub partly_covered: Vec<EntryCoverage>,
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
    /// What people call that site.
    pub site: SiteName,
    /// On how many samples it trained.
    pub n_samples: u64,
    /// Its optimiser's steps.
    pub steps: u64,
    /// What it measured.
    pub metrics: Metrics,
    /// `‖Δᵢ‖₂` over the trained values that it covers.
    pub update_norm: f64,
}

/// A parameter that only some of a round's clients covered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct EntryCoverage {
    /// The parameter.
    pub parameter: String,
    /// How many clients covered it; if none did, it stayed as it was.
    pub n_clients: usize,
}
