//! An open round: who is waited for, and what has been folded so far.

use std::collections::{BTreeMap, BTreeSet};

use super::ReceiveError;
use crate::aggregate::{Aggregate, Aggregator};
use crate::config::FederateConfig;
use crate::layout::Selection;
use crate::metrics::{Metrics, WeightedMetrics, norm};
use crate::report::{ClientReport, RoundReport};
use crate::strategy::Strategy;
use crate::task::ClientId;

/// Updates are folded in ascending order of client. One that comes before its turn is held; so at most as many updates
/// are in memory as came before a slower client of a lower number.
pub(super) struct Round {
    pub(super) number: u64,
    strategy: Strategy,
    n_trained: usize,
    waiting: BTreeSet<ClientId>,
    abandoned: BTreeSet<ClientId>,
    held: BTreeMap<ClientId, Held>,
    folded: BTreeSet<ClientId>,
    aggregator: Box<dyn Aggregator>,
    metrics: WeightedMetrics,
    clients: Vec<ClientReport>,
    bytes_down: u64,
    bytes_up: u64,
}

struct Held {
    delta: Vec<f32>,
    n_samples: u64,
    metrics: Metrics,
}

impl Round {
    pub(super) fn new(
        number: u64,
        chosen: BTreeSet<ClientId>,
        bytes_down: u64,
        config: &FederateConfig<()>,
        selection: &Selection,
    ) -> Self {
        Self {
            number,
            strategy: config.strategy,
            n_trained: selection.n_trained(),
            waiting: chosen,
            abandoned: BTreeSet::new(),
            held: BTreeMap::new(),
            folded: BTreeSet::new(),
            aggregator: config.aggregate.build(selection.n_sent(), selection.n_trained()),
            metrics: WeightedMetrics::default(),
            clients: Vec::new(),
            bytes_down,
            bytes_up: 0,
        }
    }

    /// Whether the client is waited for in this round.
    pub(super) fn expect(&self, client: ClientId, round: u64) -> Result<(), ReceiveError> {
        let open = self.number;
        if round != open {
            return Err(ReceiveError::OtherRound { client, found: round, open });
        }
        if self.held.contains_key(&client) || self.folded.contains(&client) {
            return Err(ReceiveError::Duplicate { client, round });
        }
        if !self.waiting.contains(&client) {
            return Err(ReceiveError::NotChosen { client, round });
        }
        Ok(())
    }

    pub(super) fn accept(&mut self, client: ClientId, delta: Vec<f32>, n_samples: u64, metrics: Metrics) {
        self.waiting.remove(&client);
        self.bytes_up += size_of_val(delta.as_slice()) as u64;
        self.held.insert(client, Held { delta, n_samples, metrics });
        self.fold();
    }

    pub(super) fn abandon(&mut self, client: ClientId) {
        self.waiting.remove(&client);
        self.abandoned.insert(client);
        self.fold();
    }

    pub(super) fn waiting(&self) -> Vec<ClientId> {
        self.waiting.iter().copied().collect()
    }

    pub(super) fn n_accepted(&self) -> usize {
        self.clients.len()
    }

    /// Folds every held update whose turn it is.
    fn fold(&mut self) {
        while let Some(entry) = self.held.first_entry() {
            if self.waiting.first().is_some_and(|waited| waited < entry.key()) {
                return;
            }
            let (client, Held { delta, n_samples, metrics }) = entry.remove_entry();
            self.aggregator.add(&delta, self.strategy.weight(n_samples));
            self.metrics.add(&metrics, n_samples);
            let trained: Vec<f64> = delta[..self.n_trained].iter().map(|x| f64::from(*x)).collect();
            self.clients.push(ClientReport { client, n_samples, metrics, update_norm: norm(&trained) });
            self.folded.insert(client);
        }
    }

    /// The aggregate `[n_sent]`, and the report but for the norm of the server's step.
    pub(super) fn close(self) -> (Vec<f64>, RoundReport) {
        let Aggregate { update, dispersion } = self.aggregator.finish();
        let aggregate_norm = norm(&update[..self.n_trained]);
        let report = RoundReport {
            round: self.number,
            abandoned: self.abandoned.into_iter().collect(),
            n_samples: self.clients.iter().fold(0, |sum, client| sum.saturating_add(client.n_samples)),
            metrics: self.metrics.finish(),
            clients: self.clients,
            update_norm: 0.0,
            drift: (aggregate_norm > 0.0).then(|| dispersion.sqrt() / aggregate_norm),
            bytes_down: self.bytes_down,
            bytes_up: self.bytes_up,
        };
        (update, report)
    }
}
