//! Why the server refuses.

use thiserror::Error;

use crate::codec::CodecError;
use crate::payload::PayloadKind;
use crate::state::StateError;
use crate::task::ClientId;

/// Why a round cannot begin.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The round before is not finished.
    #[error("round {round} is still open")]
    RoundOpen {
        /// Its number.
        round: u64,
    },
    /// All rounds are over.
    #[error("all {rounds} rounds are over")]
    Finished {
        /// The number of rounds.
        rounds: u64,
    },
    /// A client's number is not below the number of sites.
    #[error("{client} is unknown: the federation has {sites} sites, numbered from 0")]
    UnknownClient {
        /// The client.
        client: ClientId,
        /// The number of sites.
        sites: u32,
    },
    /// Too few clients are present.
    #[error("{present} sites are present and min-clients asks for {needed}; wait for more, or lower min-clients")]
    TooFew {
        /// How many are present.
        present: usize,
        /// How many are needed.
        needed: usize,
    },
    /// The store of client states failed.
    #[error(transparent)]
    State(#[from] StateError),
}

/// Why a message is refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// No round is open.
    #[error("{client}: no round is open")]
    NoRound {
        /// Who sent it.
        client: ClientId,
    },
    /// It answers another round.
    #[error("{client} answers round {found}, and round {open} is open")]
    OtherRound {
        /// Who sent it.
        client: ClientId,
        /// The round it answers.
        found: u64,
        /// The open round.
        open: u64,
    },
    /// The client was not chosen, or was abandoned.
    #[error("{client} is not part of round {round}: it was not chosen, or it was given up")]
    NotChosen {
        /// Who sent it.
        client: ClientId,
        /// The open round.
        round: u64,
    },
    /// The client has answered.
    #[error("{client} has already answered round {round}")]
    Duplicate {
        /// Who sent it.
        client: ClientId,
        /// The open round.
        round: u64,
    },
    /// The payload is not what this federation averages.
    #[error("{client} sent {kind} where a delta is averaged")]
    WrongPayload {
        /// Who sent it.
        client: ClientId,
        /// What came.
        kind: PayloadKind,
    },
    /// The update is of another layout.
    #[error("{client} sent {found} values, and the layout sends {expected}; the two sides run different specs")]
    WrongLength {
        /// Who sent it.
        client: ClientId,
        /// The layout's length.
        expected: usize,
        /// The update's length.
        found: usize,
    },
    /// The update holds a NaN or an infinity.
    #[error("{client} sent {value} in {parameter}: its training diverged; lower the learning rate or clip gradients")]
    NotFinite {
        /// Who sent it.
        client: ClientId,
        /// The parameter that holds the first such value.
        parameter: String,
        /// The value.
        value: f32,
    },
    /// A measurement is NaN or an infinity.
    #[error("{client} measured {name} = {value}: its training diverged; lower the learning rate or clip gradients")]
    MetricNotFinite {
        /// Who sent it.
        client: ClientId,
        /// The metric.
        name: String,
        /// The value.
        value: f64,
    },
    /// The update is over no samples and has no weight.
    #[error("{client} trained on no samples; leave it out, or give it data")]
    NoSamples {
        /// Who sent it.
        client: ClientId,
    },
    /// The store of client states failed.
    #[error(transparent)]
    State(#[from] StateError),
}

/// Why a round does not count.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FinishError {
    /// No round is open.
    #[error("no round is open")]
    NoRound,
    /// Clients are still waited for.
    #[error("round {round} waits for {n_clients} clients; abandon them to finish without them")]
    Waiting {
        /// The round.
        round: u64,
        /// How many.
        n_clients: usize,
    },
    /// Too few clients answered.
    #[error("round {round} does not count: {received} clients answered and min-clients asks for {needed}")]
    Quorum {
        /// The round.
        round: u64,
        /// How many answered.
        received: usize,
        /// How many are needed.
        needed: usize,
    },
    /// The new model would not be finite.
    #[error("round {round} does not count: {parameter} would overflow; lower the learning rates of clients or server")]
    Overflow {
        /// The round.
        round: u64,
        /// The first parameter that would.
        parameter: String,
    },
}

/// Why a federation cannot be stored.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SaveError {
    /// A round is open; what it has is not stored.
    #[error("round {round} is open; a federation is stored between rounds")]
    RoundOpen {
        /// The round.
        round: u64,
    },
    /// The store of client states failed.
    #[error(transparent)]
    State(#[from] StateError),
}

/// Why stored bytes do not fit a federation.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The bytes are no stored federation.
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
    /// A client cannot take its state back.
    #[error("{client} cannot take its stored state back")]
    Client {
        /// The client.
        client: ClientId,
        /// Why.
        source: crate::client::ClientError,
    },
}
