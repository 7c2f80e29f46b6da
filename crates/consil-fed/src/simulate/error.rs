//! Why a simulation stops.

use thiserror::Error;

use crate::codec::CodecError;
use crate::federation::{PollError, RestoreError, UnknownSite};
use crate::sites::SiteName;
use crate::state::StateError;
use crate::survey::SurveyError;

/// A client that gave no usable answer in a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientFailure {
    /// Who.
    pub site: SiteName,
    /// Why.
    pub reason: String,
}

/// Why a simulation stops.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SimulateError {
    /// The number of clients is not the number of sites.
    #[error("the federation has {sites} sites, and {found} clients were given")]
    Clients {
        /// The number of sites.
        sites: usize,
        /// The number of clients.
        found: usize,
    },
    /// No worker could work.
    #[error("a simulation needs scratch for at least one worker")]
    NoScratch,
    /// The strategy needs clients that follow corrections.
    #[error(
        "the strategy corrects each client's gradients, and {site} does not follow corrections; use fed-avg or fed-prox"
    )]
    Corrections {
        /// The first client that does not.
        site: SiteName,
    },
    /// A client's number is not a site's.
    #[error(transparent)]
    Unknown(#[from] UnknownSite),
    /// Too few sites are present.
    #[error("{present} sites are present and min-clients asks for {needed}; lower min-clients")]
    TooFew {
        /// How many are present.
        present: usize,
        /// How many are needed.
        needed: usize,
    },
    /// All rounds are over.
    #[error("all {rounds} rounds are over")]
    Finished {
        /// How many there were.
        rounds: u64,
    },
    /// A round cannot begin.
    #[error(transparent)]
    Start(#[from] PollError),
    /// A round does not count.
    #[error("{source}{}", first(failures))]
    Round {
        /// The clients that gave no usable answer, ascending by number.
        failures: Vec<ClientFailure>,
        /// Why the round does not count.
        source: PollError,
    },
    /// Too few sites answered a survey.
    #[error("{source}{}", first(failures))]
    Survey {
        /// The clients that gave no usable answer, by name.
        failures: Vec<ClientFailure>,
        /// How many were needed.
        source: SurveyError,
    },
}

fn first(failures: &[ClientFailure]) -> String {
    failures.first().map(|failure| format!("; {} failed: {}", failure.site, failure.reason)).unwrap_or_default()
}

/// Why stored bytes do not fit a simulation.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ResumeError {
    /// The bytes are not a stored simulation.
    #[error("the stored simulation cannot be read")]
    Codec(#[from] CodecError),
    /// The federation in them does not fit.
    #[error(transparent)]
    Federation(#[from] RestoreError),
    /// The store of what sites keep failed.
    #[error(transparent)]
    State(#[from] StateError),
    /// It was stored with another number of sites.
    #[error(
        "the stored simulation has {found} sites, and this one {sites}; a run resumes only under the spec it began with"
    )]
    Sites {
        /// The number of sites.
        sites: usize,
        /// The number stored.
        found: usize,
    },
}
