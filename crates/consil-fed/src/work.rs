//! What the server asks of a site.

use std::fmt;
use std::sync::Arc;

use consil_random::Key;

use crate::sites::{ClientId, SiteName};

/// One piece of work for one site.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// The round, from 0.
    pub round: u64,
    /// Who is asked.
    pub client: ClientId,
    /// What people call that site.
    pub site: SiteName,
    /// What is asked.
    pub work: Work,
    /// Under which the site draws: its own in each round. It is derived from the server's key by a one-way function, so a site that knows its
    /// own keys can compute neither the server's nor another site's.
    pub key: Key,
}

/// A kind of work, with what it needs.
///
/// The tag of a kind on the wire never changes and is never used again.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Work {
    /// Tag 0: train the model on the site's rows and send back by how much it changed.
    Train(Train),
    /// Tag 1: measure the model on the site's rows and send back what was counted, and metrics.
    Evaluate {
        /// The model in sent order, `[n_sent]`.
        model: Arc<Vec<f32>>,
    },
    /// Tag 2: count what a preparation (a vocabulary, a scaling, classes) needs to know of the site's rows, and send back the counts.
    Statistics {
        /// What is to be counted, as the data layer writes it.
        of: Arc<Vec<u8>>,
    },
}

/// Training at a site: begin at `model`, train for `epochs`, send back the difference.
///
/// The local objective is the site's own loss plus what the strategy adds,
/// `F(w) + proximal/2 · ‖w − model‖² + ⟨correction, w⟩`, whose gradient is `∇F(w) + proximal · (w − model) + correction`.
#[derive(Clone, Debug, PartialEq)]
pub struct Train {
    /// The global model in sent order, `[n_sent]` (see [`Selection`](consil_layout::Selection)).
    pub model: Arc<Vec<f32>>,
    /// Passes over the site's rows.
    pub epochs: u32,
    /// What the site's learning rate is multiplied by in this round: the schedule's factor.
    pub rate: f64,
    /// The weight of the proximal term: FedProx's µ, FedDyn's α, else 0. Averaged buffers are not trained and feel none.
    pub proximal: f32,
    /// A vector `[n_trained]` added to each local gradient, or none.
    pub correction: Option<Arc<Vec<f32>>>,
}

/// The kinds of work, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WorkKind {
    /// [`Work::Train`].
    Train,
    /// [`Work::Evaluate`].
    Evaluate,
    /// [`Work::Statistics`].
    Statistics,
}

impl Work {
    /// Which kind it is.
    pub fn kind(&self) -> WorkKind {
        match self {
            Self::Train(_) => WorkKind::Train,
            Self::Evaluate { .. } => WorkKind::Evaluate,
            Self::Statistics { .. } => WorkKind::Statistics,
        }
    }

    /// The bytes of its values; headers do not count.
    pub fn n_bytes(&self) -> u64 {
        let n_bytes = match self {
            Self::Train(train) => {
                size_of_val(train.model.as_slice()) + train.correction.as_ref().map_or(0, |c| size_of_val(c.as_slice()))
            }
            Self::Evaluate { model } => size_of_val(model.as_slice()),
            Self::Statistics { of } => of.len(),
        };
        n_bytes as u64
    }
}

impl fmt::Display for WorkKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Train => "training",
            Self::Evaluate => "evaluation",
            Self::Statistics => "statistics",
        })
    }
}
