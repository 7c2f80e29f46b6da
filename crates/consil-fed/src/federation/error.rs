//! Why the server refuses.

use thiserror::Error;

use crate::codec::CodecError;
use crate::sites::{ClientId, SiteName};
use crate::state::StateError;

/// Why a model cannot be federated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The initial weights are of another layout.
    #[error("the layout holds {expected} values and the initial weights {found}")]
    Weights {
        /// The layout's length.
        expected: usize,
        /// The weights' length.
        found: usize,
    },
    /// Nothing would travel.
    #[error(
        "no parameter of the model is shared or an adapter: a federation would learn nothing; give one the role shared"
    )]
    NothingShared,
    /// What becomes of buffers was chosen, and there are none.
    #[error("[federate] buffers has no effect, as the model has no buffers (such as batch normalisation's); remove it")]
    NoBuffers,
    /// Names for another number of sites.
    #[error("the federation has {expected} sites, and names of {found} were given")]
    Sites {
        /// The number of sites.
        expected: u32,
        /// The number of names.
        found: u32,
    },
}

/// A number that is not a site's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("site {} is unknown: the federation has {n_sites} sites, numbered from 0", client.0)]
pub struct UnknownSite {
    /// The number.
    pub client: ClientId,
    /// The number of sites.
    pub n_sites: u32,
}

/// Why a round does not count.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PollError {
    /// Too few clients answered. The round is dropped, and the model stays.
    #[error("round {round} does not count: {received} clients answered and min-clients asks for {needed}")]
    Quorum {
        /// The round.
        round: u64,
        /// How many answered.
        received: usize,
        /// How many are needed.
        needed: usize,
    },
    /// The new model would not be finite. The round is dropped, and the model stays.
    #[error("round {round} does not count: {parameter} would overflow; lower the learning rates of clients or server")]
    Overflow {
        /// The round.
        round: u64,
        /// The first parameter that would.
        parameter: String,
    },
    /// The store of client states failed. Before a task is sent nothing changes; when a round ends, it is dropped.
    #[error(transparent)]
    State(#[from] StateError),
}

/// Why a message is refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// No round is open.
    #[error("{site}: no round is open")]
    NoRound {
        /// Who sent it.
        site: SiteName,
    },
    /// It answers another round.
    #[error("{site} answers round {found}, and round {open} is open")]
    OtherRound {
        /// Who sent it.
        site: SiteName,
        /// The round it answers.
        found: u64,
        /// The open round.
        open: u64,
    },
    /// The client was not chosen, or was abandoned.
    #[error("{site} is not part of round {round}: it was not chosen, or it was given up")]
    NotChosen {
        /// Who sent it.
        site: SiteName,
        /// The open round.
        round: u64,
    },
    /// The client has answered.
    #[error("{site} has already answered round {round}")]
    Duplicate {
        /// Who sent it.
        site: SiteName,
        /// The open round.
        round: u64,
    },
    /// The vectors are not those of the work that was asked.
    #[error("{site} sent {} where {expected} is averaged", if found.is_empty() { "nothing".to_owned() } else { found.join(", ") })]
    WrongVectors {
        /// Who sent it.
        site: SiteName,
        /// What was asked.
        expected: &'static str,
        /// What came.
        found: Vec<String>,
    },
    /// The cover is none, or names parameters that do not travel.
    #[error("{site} covers no parameter, or one that does not exist; the two sides run different specs")]
    WrongCover {
        /// Who sent it.
        site: SiteName,
    },
    /// The update is of another layout.
    #[error("{site} sent {found} values where {expected} are covered; the two sides run different specs")]
    WrongLength {
        /// Who sent it.
        site: SiteName,
        /// The layout's length.
        expected: usize,
        /// The update's length.
        found: usize,
    },
    /// The update holds a NaN or an infinity.
    #[error("{site} sent {value} in {parameter}: its training diverged; lower the learning rate or clip gradients")]
    NotFinite {
        /// Who sent it.
        site: SiteName,
        /// The parameter that holds the first such value.
        parameter: String,
        /// The value.
        value: f32,
    },
    /// A measurement is NaN or an infinity.
    #[error("{site} measured {name} = {value}: its training diverged; lower the learning rate or clip gradients")]
    MetricNotFinite {
        /// Who sent it.
        site: SiteName,
        /// The metric.
        name: String,
        /// The value.
        value: f64,
    },
    /// The update is over no samples and has no weight.
    #[error("{site} trained on no samples; leave it out, or give it data")]
    NoSamples {
        /// Who sent it.
        site: SiteName,
    },
    /// The steps behind the update are not told, and the strategy needs them.
    #[error(
        "{site} says {steps} steps whose gradients weigh {gradient_weight}, and the strategy needs both above 0; use sgd at the sites, or fed-avg"
    )]
    Effort {
        /// Who sent it.
        site: SiteName,
        /// The steps.
        steps: u64,
        /// The weight of their gradients.
        gradient_weight: f64,
    },
    /// The store of client states failed.
    #[error(transparent)]
    State(#[from] StateError),
}

/// Why stored bytes do not fit a federation.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The bytes are not a stored federation.
    #[error("the stored federation cannot be read")]
    Codec(#[from] CodecError),
    /// It was stored by another model, seed or kind of strategy.
    #[error("the stored federation has another {what}; a run resumes only under the spec it began with")]
    Differs {
        /// What differs.
        what: &'static str,
    },
    /// The store of client states failed.
    #[error(transparent)]
    State(#[from] StateError),
}
