//! What travels between a site and the server, apart from a task's own fields.

use std::fmt;

/// The content of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// A change of the model in sent order, `[n_sent]`: what horizontal federation averages.
    Delta(Vec<f32>),
    /// Class scores on rows that both sides know: what federated distillation exchanges.
    Logits {
        /// The row of each line of `values`.
        rows: Vec<u64>,
        /// The number of classes.
        n_classes: u32,
        /// Row-major `[rows, n_classes]`.
        values: Vec<f32>,
    },
    /// A layer's output, or the gradient at it: what vertical federation exchanges.
    Activations {
        /// The length of each axis, the batch first.
        shape: Vec<u32>,
        /// Row-major.
        values: Vec<f32>,
    },
    /// A word about the round instead of numbers.
    Control(Control),
}

/// A word about the round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// From a client: it will not answer this round. The server goes on without it.
    Decline {
        /// Why, for the server's log.
        reason: String,
    },
    /// From the server: the client's answer is no longer wanted.
    Cancel,
    /// From the server: the federation has ended.
    Finished,
}

/// The kinds of payload, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadKind {
    /// [`Payload::Delta`].
    Delta,
    /// [`Payload::Logits`].
    Logits,
    /// [`Payload::Activations`].
    Activations,
    /// [`Payload::Control`].
    Control,
}

impl Payload {
    /// Which kind it is.
    pub fn kind(&self) -> PayloadKind {
        match self {
            Self::Delta(_) => PayloadKind::Delta,
            Self::Logits { .. } => PayloadKind::Logits,
            Self::Activations { .. } => PayloadKind::Activations,
            Self::Control(_) => PayloadKind::Control,
        }
    }
}

impl fmt::Display for PayloadKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Delta => "delta",
            Self::Logits => "logits",
            Self::Activations => "activations",
            Self::Control => "control",
        })
    }
}
