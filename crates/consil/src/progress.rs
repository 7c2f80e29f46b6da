//! What a long run tells its caller while it goes on.

use consil_nn::Metrics;

/// Something that happened in a run; the caller prints it, or not.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Progress {
    /// Training begins, or goes on after `done` units.
    Started {
        /// What is counted.
        unit: Unit,
        /// How many there will be at most.
        total: u64,
        /// How many were done before, where the run is resumed.
        done: u64,
    },
    /// An optimiser step is done.
    Step {
        /// The step, from 1.
        step: u64,
        /// The epoch it belongs to, from 1.
        epoch: usize,
        /// The batch's mean loss, in nats.
        loss: f64,
    },
    /// An epoch is done.
    Epoch {
        /// The epoch, from 1.
        epoch: usize,
        /// The mean loss over its batches, in nats.
        loss: f64,
        /// Metrics on the validation rows, where they were computed.
        metrics: Metrics,
    },
    /// A federated round is done.
    Round {
        /// The round, from 1.
        round: u64,
        /// The sample-weighted mean of the sites' losses, in nats.
        loss: f64,
        /// Metrics of the global weights on the validation rows, where they were computed.
        metrics: Metrics,
    },
    /// The validation rows no longer gain: training ends before its last epoch, with the weights of the best.
    StoppedEarly {
        /// The best epoch, or round of a federation, from 1.
        best_epoch: usize,
    },
    /// Training is over, and the test rows are predicted.
    Testing {
        /// How many.
        n_samples: usize,
    },
}

/// What a run counts its progress in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Optimiser steps.
    Steps,
    /// Federated rounds.
    Rounds,
}
