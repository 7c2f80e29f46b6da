//! An open round: who is asked and waited for, and what has been folded so far.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::ReceiveError;
use crate::aggregate::{Aggregate, Aggregator};
use crate::config::CheckedConfig;
use crate::contribution::Effort;
use crate::cover::SentEntries;
use crate::exact::{ExactSum, ExactSums};
use crate::metrics::{Metrics, WeightedMetrics, sum_of_squares};
use crate::report::{ClientReport, EntryCoverage, RoundReport};
use crate::sites::{ClientId, SiteName, Sites};
use crate::state::StatesByClient;

/// Contributions are folded as they come: every sum is exact, so that their order does not matter and none is kept.
pub(super) struct Round {
    pub(super) number: u64,
    sites: Sites,
    entries: Arc<SentEntries>,
    unasked: BTreeSet<ClientId>,
    waiting: BTreeSet<ClientId>,
    abandoned: BTreeSet<ClientId>,
    clients: BTreeMap<ClientId, ClientReport>,
    aggregator: Box<dyn Aggregator>,
    tallies: Vec<Tally>,
    /// The clients' states after the round, and the exact sum of how they changed.
    states: StatesByClient,
    state_changes: Option<ExactSums>,
    metrics: WeightedMetrics,
    bytes_down: u64,
    bytes_up: u64,
}

/// What is known of one parameter.
#[derive(Clone, Debug, Default)]
struct Tally {
    n_clients: usize,
    weight: ExactSum,
    gradient_weight: ExactSum,
}

/// A contribution that has passed every check.
pub(super) struct Accepted<'a> {
    pub(super) client: ClientId,
    /// The covered entries with their changes.
    pub(super) parts: Vec<(usize, &'a [f32])>,
    pub(super) factor: f64,
    pub(super) weight: f64,
    pub(super) effort: Effort,
    pub(super) metrics: Metrics,
    /// The client's state before and after, `[n_trained]` each.
    pub(super) states: Option<(Vec<f32>, Vec<f32>)>,
}

/// A round that is over.
pub(super) struct Closed {
    /// The aggregate `[n_sent]`.
    pub(super) update: Vec<f64>,
    /// The mean change of the clients' states `[n_trained]`, or nothing.
    pub(super) state_change: Vec<f64>,
    /// For each entry.
    pub(super) coverage: Vec<Coverage>,
    pub(super) states: StatesByClient,
    /// But for the norm of the server's step.
    pub(super) report: RoundReport,
}

/// How many clients covered a parameter, and the weighted mean of their gradients' weights.
pub(super) struct Coverage {
    pub(super) n_clients: usize,
    pub(super) gradient_weight: f64,
}

impl Round {
    pub(super) fn new(
        number: u64,
        chosen: BTreeSet<ClientId>,
        config: &CheckedConfig,
        entries: &Arc<SentEntries>,
        sites: &Sites,
    ) -> Self {
        let correction = config.strategy.strategy().drift_correction();
        let averages_states = correction.is_some_and(|correction| correction.averages_states());
        Self {
            number,
            sites: sites.clone(),
            entries: Arc::clone(entries),
            unasked: chosen,
            waiting: BTreeSet::new(),
            abandoned: BTreeSet::new(),
            clients: BTreeMap::new(),
            aggregator: config.aggregate.build(entries),
            tallies: vec![Tally::default(); entries.entries().len()],
            states: BTreeMap::new(),
            state_changes: averages_states.then(|| ExactSums::zeros(entries.n_trained())),
            metrics: WeightedMetrics::default(),
            bytes_down: 0,
            bytes_up: 0,
        }
    }

    /// Whom to ask next.
    pub(super) fn next(&self) -> Option<ClientId> {
        self.unasked.first().copied()
    }

    pub(super) fn asked(&mut self, client: ClientId, n_bytes: u64) {
        self.unasked.remove(&client);
        self.waiting.insert(client);
        self.bytes_down += n_bytes;
    }

    /// Whether the client is waited for in this round.
    pub(super) fn expect(&self, client: ClientId, round: u64) -> Result<(), ReceiveError> {
        let (open, site) = (self.number, || self.sites.name(client));
        if round != open {
            return Err(ReceiveError::OtherRound { site: site(), found: round, open });
        }
        if self.clients.contains_key(&client) {
            return Err(ReceiveError::Duplicate { site: site(), round });
        }
        if !self.waiting.contains(&client) {
            return Err(ReceiveError::NotChosen { site: site(), round });
        }
        Ok(())
    }

    pub(super) fn accept(&mut self, contribution: Accepted<'_>) {
        let Accepted { client, parts, factor, weight, effort, metrics, states } = contribution;
        self.waiting.remove(&client);
        self.aggregator.add(&parts, factor, weight);
        self.metrics.add(&metrics, effort.n_samples);
        if let Some((before, after)) = states {
            if let Some(changes) = &mut self.state_changes {
                changes.add(0, &after, 1.0);
                changes.add(0, &before, -1.0);
            }
            self.states.insert(client, after);
        }
        let mut squares = 0.0;
        for (i, values) in &parts {
            self.bytes_up += size_of_val(*values) as u64;
            let tally = &mut self.tallies[*i];
            tally.n_clients += 1;
            tally.weight.add(weight);
            tally.gradient_weight.add(weight * effort.gradient_weight);
            if self.entries.entries()[*i].is_trained {
                squares += sum_of_squares(values.iter().map(|x| f64::from(*x)));
            }
        }
        let Effort { n_samples, steps, .. } = effort;
        let (site, update_norm) = (self.sites.name(client), squares.sqrt());
        self.clients.insert(client, ClientReport { client, site, n_samples, steps, metrics, update_norm });
    }

    /// Goes on without a client, whether it has been asked or not; says whether it was part of the round and had not answered.
    pub(super) fn abandon(&mut self, client: ClientId) -> bool {
        let was_awaited = self.waiting.remove(&client) | self.unasked.remove(&client);
        if was_awaited {
            self.abandoned.insert(client);
        }
        was_awaited
    }

    /// The clients that have not answered, asked or not, ascending.
    pub(super) fn awaited(&self) -> Vec<ClientId> {
        self.waiting.union(&self.unasked).copied().collect()
    }

    pub(super) fn n_waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn n_accepted(&self) -> usize {
        self.clients.len()
    }

    pub(super) fn close(self) -> Closed {
        let n_accepted = self.clients.len();
        let Aggregate { update, dispersion } = self.aggregator.finish();
        let aggregate_norm = sum_of_squares(update[..self.entries.n_trained()].iter().copied()).sqrt();
        let named = self.entries.entries().iter().zip(&self.tallies);
        let partly_covered = named.clone().filter(|(_, tally)| tally.n_clients < n_accepted);
        let report = RoundReport {
            round: self.number,
            abandoned: self.abandoned.iter().map(|client| self.sites.name(*client)).collect::<Vec<SiteName>>(),
            n_samples: self.clients.values().fold(0, |sum, client| sum.saturating_add(client.n_samples)),
            metrics: self.metrics.finish(),
            clients: self.clients.into_values().collect(),
            update_norm: 0.0,
            drift: (aggregate_norm > 0.0).then(|| dispersion.sqrt() / aggregate_norm),
            partly_covered: partly_covered
                .map(|(entry, tally)| EntryCoverage { parameter: entry.name.clone(), n_clients: tally.n_clients })
                .collect(),
            bytes_down: self.bytes_down,
            bytes_up: self.bytes_up,
        };
        let mut state_change = self.state_changes.map(|sums| sums.values()).unwrap_or_default();
        let mut coverage = Vec::with_capacity(self.tallies.len());
        for (entry, tally) in named {
            let n_clients = tally.n_clients.max(1) as f64;
            if let Some(changes) = state_change.get_mut(entry.range.clone()) {
                changes.iter_mut().for_each(|change| *change /= n_clients);
            }
            let gradient_weight = tally.gradient_weight.value() / tally.weight.value();
            coverage.push(Coverage { n_clients: tally.n_clients, gradient_weight });
        }
        Closed { update, state_change, coverage, states: self.states, report }
    }
}
