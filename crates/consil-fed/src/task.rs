//! What the server asks of a client, and what the client answers.

use std::fmt;
use std::sync::Arc;

use consil_random::Key;
use serde::Serialize;

use crate::metrics::Metrics;
use crate::payload::Payload;

/// The number of a site, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ClientId(pub u32);

impl ClientId {
    /// The key under which this client draws, below `key`.
    pub fn key(self, key: Key) -> Key {
        key.child("site").at(u64::from(self.0))
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "site {}", self.0)
    }
}

/// One client's work in one round: begin at `global`, train for `epochs`, send back the difference.
///
/// The local objective is the client's own loss plus what the strategy adds,
/// `F(w) + proximal/2 · ‖w − global‖² + ⟨correction, w⟩`, whose gradient is `∇F(w) + proximal · (w − global) + correction`.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientTask {
    /// The round, from 0.
    pub round: u64,
    /// Who is asked.
    pub client: ClientId,
    /// The global model in sent order, `[n_sent]` (see [`Selection`](crate::Selection)).
    pub global: Arc<Vec<f32>>,
    /// Passes over the client's data.
    pub epochs: u32,
    /// The weight of the proximal term: FedProx's µ, FedDyn's α, 0 for FedAvg. Averaged buffers are not trained and feel none.
    pub proximal: f32,
    /// A vector `[n_sent]` added to each local gradient (zero on buffers), or none.
    pub correction: Option<Arc<Vec<f32>>>,
    /// Under which the client draws, unique to the client and the round.
    pub key: Key,
}

/// What a client sends back.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// The round it answers.
    pub round: u64,
    /// Who answers.
    pub client: ClientId,
    /// What was computed.
    pub payload: Payload,
    /// On how many samples: the weight of the update in an average.
    pub n_samples: u64,
    /// What was measured, such as `loss`: the mean over those samples.
    pub metrics: Metrics,
}

impl Update {
    /// The answer to a task: the trained model less the global one, in sent order `[n_sent]`.
    pub fn delta(task: &ClientTask, delta: Vec<f32>, n_samples: u64, metrics: Metrics) -> Self {
        Self { round: task.round, client: task.client, payload: Payload::Delta(delta), n_samples, metrics }
    }
}
