//! What happens in a simulation.

use serde::Serialize;

use crate::metrics::Metrics;
use crate::report::RoundReport;
use crate::sites::SiteName;

/// What happens in a simulation. Serialised, an event is one line of a run's record.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// A round begins.
    RoundStarted {
        /// Its number, from 0.
        round: u64,
        /// The clients chosen, ascending by number.
        clients: Vec<SiteName>,
    },
    /// A client's contribution counts.
    ClientFinished {
        /// The round.
        round: u64,
        /// Who.
        client: SiteName,
        /// On how many samples it trained.
        n_samples: u64,
        /// What it measured.
        metrics: Metrics,
    },
    /// The round goes on without a client.
    ClientFailed {
        /// The round.
        round: u64,
        /// Who.
        client: SiteName,
        /// Why, with the causes behind it.
        reason: String,
    },
    /// The round has moved the model.
    RoundFinished(RoundReport),
}
