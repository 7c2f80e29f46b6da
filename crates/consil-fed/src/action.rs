//! What a server's state machine wants done next.

use crate::contribution::Contribution;
use crate::report::RoundReport;
use crate::work::Task;

/// The next thing to do, as `poll` answers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Send this task to its client, then poll again.
    Send(Task),
    /// Nothing, until something happens.
    Wait(Waiting),
    /// Take this contribution: a survey gives them in the order of sites. Then poll again.
    Take(Contribution),
    /// The round counts and has moved the model: store the state, then poll again.
    Commit(RoundReport),
    /// Nothing more: all is done.
    Finished,
}

/// What has to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Waiting {
    /// Replies of so many clients, or that they are given up.
    Replies {
        /// How many.
        n_clients: usize,
    },
    /// More sites.
    Sites {
        /// How many are present.
        present: usize,
        /// How many are needed.
        needed: usize,
    },
}
