//! The server's state machine.
//!
//! ```text
//!                    ┌────────────── Commit(report) ◄──────────────┐
//!                    ▼                                             │ no one is waited for
//!  arrive(site) ─► poll ─► Send(task) … ─► Wait ◄─► receive(reply) ┤ any order, each client once
//!                    │                        ◄─► abandon(client)  ┘ deadline, lost connection
//!                    └──► Finished
//! ```
//!
//! [`Federation::poll`] says what to do next; what happens is told by [`receive`](Federation::receive), [`abandon`](Federation::abandon),
//! [`arrive`](Federation::arrive) and [`depart`](Federation::depart). No IO, no clock, no thread. What is refused changes nothing: each error
//! leaves the federation as it was, apart from [`PollError::Quorum`] and [`PollError::Overflow`], which drop the round and keep the model.
//!
//! All state changes at once, with the round that counts: the model, what the server remembers, what it knows of each client, the number of
//! the round. [`Federation::save`] gives the state of the last such moment, also while a round is open; a server that stores it after each
//! [`Action::Commit`] can crash between any two messages, and asks the same of the same clients again.

use std::collections::BTreeSet;
use std::sync::Arc;

use consil_layout::{Buffers, Layout, Role, Selection};
use consil_random::Key;

use crate::action::{Action, Waiting};
use crate::config::CheckedConfig;
use crate::contribution::{Contribution, Effort, Reply, Vector};
use crate::cover::SentEntries;
use crate::keys;
use crate::metrics::sum_of_squares;
use crate::report::RoundReport;
use crate::sites::{ClientId, Sites};
use crate::state::{ClientStates, MemoryStates, StateError};
use crate::strategy::{ServerStep, Strategy};
use crate::work::{Task, Train, Work};

mod error;
mod round;
pub(crate) mod saved;
#[cfg(test)]
mod tests;

pub use error::{ModelError, PollError, ReceiveError, RestoreError, UnknownSite};
use round::{Accepted, Closed, Round};

/// The factor of the sites' learning rates in a round, given the round and the number of rounds.
pub type RateSchedule = Box<dyn Fn(u64, u64) -> f64 + Send + Sync>;

/// The server side of a federation.
pub struct Federation {
    config: CheckedConfig,
    layout: Layout,
    entries: Arc<SentEntries>,
    selection: Arc<Selection>,
    sites: Sites,
    rate: RateSchedule,
    key: Key,
    present: BTreeSet<ClientId>,
    open: Option<Round>,
    states: Box<dyn ClientStates>,
    committed: Committed,
}

/// What changes with each round that counts.
#[derive(Clone, Debug, PartialEq)]
struct Committed {
    /// The number of the next round, or of the open one.
    next: u64,
    /// No further round begins.
    stopped: bool,
    /// The global model in sent order.
    global: Arc<Vec<f32>>,
    /// What the strategy remembers `[n_trained]`.
    memory: Vec<f64>,
}

/// What became of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reception {
    /// The contribution counts.
    Accepted,
    /// The client declined; the round goes on without it.
    Declined {
        /// Why.
        reason: String,
    },
}

/// A client's state before a contribution, and after it.
type BeforeAfter = (Vec<f32>, Vec<f32>);

impl Federation {
    /// A federation that begins at the model `initial`, a flat vector `[n_values]`; clients are chosen and given keys under `key`.
    ///
    /// A key made from entropy, which no site knows, keeps each site's draws from the others; one made from a seed that the sites share
    /// does not.
    ///
    /// # Errors
    /// [`ModelError`] if the weights are of another layout, or nothing is shared.
    pub fn new(config: &CheckedConfig, layout: &Layout, initial: &[f32], key: Key) -> Result<Self, ModelError> {
        if initial.len() != layout.n_values() {
            return Err(ModelError::Weights { expected: layout.n_values(), found: initial.len() });
        }
        let has_buffers = layout.entries().iter().any(|entry| entry.role == Role::Buffer);
        if config.buffers != Buffers::default() && !has_buffers {
            return Err(ModelError::NoBuffers);
        }
        let (selection, entries) = (layout.select(config.buffers), SentEntries::new(layout, config.buffers));
        if entries.n_trained() == 0 {
            return Err(ModelError::NothingShared);
        }
        let global = Arc::new(selection.gather(initial));
        Ok(Self {
            config: config.clone(),
            layout: layout.clone(),
            sites: Sites::numbered(config.sites),
            rate: Box::new(|_, _| 1.0),
            key,
            present: BTreeSet::new(),
            open: None,
            states: Box::new(MemoryStates::default()),
            committed: Committed { next: 0, stopped: false, global, memory: vec![0.0; entries.n_trained()] },
            selection: Arc::new(selection),
            entries: Arc::new(entries),
        })
    }

    /// The same federation with client states kept elsewhere than in memory.
    pub fn with_states(self, states: Box<dyn ClientStates>) -> Self {
        Self { states, ..self }
    }

    /// The same federation with names for its sites.
    ///
    /// # Errors
    /// [`ModelError::Sites`] if there are more or fewer names than sites.
    pub fn with_sites(self, sites: Sites) -> Result<Self, ModelError> {
        let (expected, found) = (self.config.sites, sites.n_sites());
        if expected == found { Ok(Self { sites, ..self }) } else { Err(ModelError::Sites { expected, found }) }
    }

    /// The same federation with a schedule for the sites' learning rates.
    pub fn with_rate(self, rate: RateSchedule) -> Self {
        Self { rate, ..self }
    }

    /// A site is there and can be asked, from the next round on.
    ///
    /// # Errors
    /// [`UnknownSite`] if its number is not below the number of sites.
    pub fn arrive(&mut self, client: ClientId) -> Result<(), UnknownSite> {
        if !self.sites.contains(client) {
            return Err(UnknownSite { client, n_sites: self.sites.n_sites() });
        }
        self.present.insert(client);
        Ok(())
    }

    /// A site is gone: the open round goes on without it, and later ones do not ask it.
    pub fn depart(&mut self, client: ClientId) {
        self.present.remove(&client);
        if let Some(round) = &mut self.open {
            round.abandon(client);
        }
    }

    /// What to do next. With the same state and the same events it is always the same.
    ///
    /// # Errors
    /// [`PollError`]: the round does not count; poll again for the next one.
    pub fn poll(&mut self) -> Result<Action, PollError> {
        if self.open.is_none() {
            if self.is_finished() {
                return Ok(Action::Finished);
            }
            let (present, needed) = (self.present.len(), self.config.min_clients as usize);
            if present < needed {
                return Ok(Action::Wait(Waiting::Sites { present, needed }));
            }
            self.open = Some(Round::new(self.round(), self.choose(), &self.config, &self.entries, &self.sites));
        }
        let Some(round) = &self.open else { return Ok(Action::Finished) };
        if let Some(client) = round.next() {
            let task = self.task(client)?;
            if let Some(round) = &mut self.open {
                round.asked(client, task.work.n_bytes());
            }
            return Ok(Action::Send(task));
        }
        match round.n_waiting() {
            0 => self.commit().map(Action::Commit),
            n_clients => Ok(Action::Wait(Waiting::Replies { n_clients })),
        }
    }

    /// Takes a client's reply.
    ///
    /// # Errors
    /// [`ReceiveError`] if the reply is late, unasked, a second one, of another kind or length, over no samples, or not
    /// finite. The client is then still waited for: it may send a better one, or be abandoned.
    pub fn receive(&mut self, reply: Reply) -> Result<Reception, ReceiveError> {
        let client = reply.client();
        let round = self.open.as_mut().ok_or_else(|| ReceiveError::NoRound { site: self.sites.name(client) })?;
        round.expect(client, reply.round())?;
        match reply {
            Reply::Decline { reason, .. } => {
                round.abandon(client);
                Ok(Reception::Declined { reason })
            }
            Reply::Contribution(contribution) => {
                self.accept(&contribution)?;
                Ok(Reception::Accepted)
            }
        }
    }

    /// Goes on without a client in this round: its deadline passed or its connection is gone.
    ///
    /// # Errors
    /// [`ReceiveError`] if no round is open or the client is not waited for.
    pub fn abandon(&mut self, client: ClientId) -> Result<(), ReceiveError> {
        let number = self.round();
        let site = self.sites.name(client);
        let Some(round) = &mut self.open else { return Err(ReceiveError::NoRound { site }) };
        match round.abandon(client) {
            true => Ok(()),
            false => round.expect(client, number),
        }
    }

    /// No round begins after this one: what a metric of validation rows may ask for.
    pub fn stop(&mut self) {
        self.committed.stopped = true;
    }

    /// The clients of the open round that have not answered, ascending.
    pub fn waiting(&self) -> Vec<ClientId> {
        self.open.as_ref().map(Round::awaited).unwrap_or_default()
    }

    /// The global model in sent order, `[n_sent]`.
    pub fn global(&self) -> &[f32] {
        &self.committed.global
    }

    /// Writes the global model into its places of a flat vector `[n_values]`; what does not travel stays as it is there.
    ///
    /// # Panics
    /// If `flat` is of another layout.
    pub fn model_into(&self, flat: &mut [f32]) {
        self.selection.scatter(self.global(), flat);
    }

    /// Which values travel.
    pub fn selection(&self) -> &Arc<Selection> {
        &self.selection
    }

    /// The parameters that travel.
    pub fn entries(&self) -> &Arc<SentEntries> {
        &self.entries
    }

    /// The sites.
    pub fn sites(&self) -> &Sites {
        &self.sites
    }

    /// The configuration.
    pub fn config(&self) -> &CheckedConfig {
        &self.config
    }

    /// How many rounds are over: the number of the open or next round.
    pub fn round(&self) -> u64 {
        self.committed.next
    }

    /// Whether all rounds are over.
    pub fn is_finished(&self) -> bool {
        self.open.is_none() && (self.committed.stopped || self.round() >= self.config.rounds)
    }

    fn strategy(&self) -> &dyn Strategy {
        self.config.strategy.strategy()
    }

    fn choose(&self) -> BTreeSet<ClientId> {
        let present: Vec<ClientId> = self.present.iter().copied().collect();
        let order = keys::choice(self.key, self.round()).stream().permutation(present.len());
        order[..self.config.n_chosen(present.len())].iter().map(|i| present[*i]).collect()
    }

    fn task(&self, client: ClientId) -> Result<Task, StateError> {
        let correction = match self.strategy().drift_correction() {
            Some(strategy) => {
                let state = self.client_state(client)?;
                let mut correction = vec![0.0; state.len()];
                strategy.correction(&self.committed.memory, &state, &mut correction);
                Some(Arc::new(correction))
            }
            None => None,
        };
        let train = Train {
            model: Arc::clone(&self.committed.global),
            epochs: self.config.local_epochs,
            rate: (self.rate)(self.round(), self.config.rounds),
            proximal: self.strategy().proximal(),
            correction,
        };
        let key = keys::task(self.key, client, self.round());
        Ok(Task { round: self.round(), client, site: self.sites.name(client), work: Work::Train(train), key })
    }

    /// What is known of a client `[n_trained]`.
    fn client_state(&self, client: ClientId) -> Result<Vec<f32>, StateError> {
        Ok(self.states.get(client)?.unwrap_or_else(|| vec![0.0; self.entries.n_trained()]))
    }

    /// Checks a contribution and folds it in.
    fn accept(&mut self, contribution: &Contribution) -> Result<(), ReceiveError> {
        let Contribution { client, effort, .. } = *contribution;
        let site = || self.sites.name(client);
        let delta = match (contribution.vectors.get(Contribution::DELTA), contribution.vectors.len()) {
            (Some(Vector::F32(delta)), 1) => delta,
            _ => {
                let found = contribution.vectors.keys().cloned().collect();
                return Err(ReceiveError::WrongVectors { site: site(), expected: Contribution::DELTA, found });
            }
        };
        let covered = self.entries.covered(&contribution.cover).filter(|covered| !covered.is_empty());
        let covered = covered.ok_or_else(|| ReceiveError::WrongCover { site: site() })?;
        let expected = self.entries.n_values(&covered);
        if delta.len() != expected {
            return Err(ReceiveError::WrongLength { site: site(), expected, found: delta.len() });
        }
        let parts: Vec<(usize, &[f32])> = self.entries.parts(&covered, delta).collect();
        self.check_finite(client, &parts)?;
        self.check_effort(client, &effort)?;
        // A mean of metrics is weighted by samples, and the product must be a number too.
        let measured = contribution.metrics.iter().find(|(_, value)| !(value * effort.n_samples as f64).is_finite());
        if let Some((name, value)) = measured {
            return Err(ReceiveError::MetricNotFinite { site: site(), name: name.to_owned(), value });
        }
        let states = self.learned_state(client, &parts, &effort)?;
        let (factor, weight) = (self.strategy().factor(&effort), self.strategy().weight(&effort));
        let metrics = contribution.metrics.clone();
        if let Some(round) = &mut self.open {
            round.accept(Accepted { client, parts, factor, weight, effort, metrics, states });
        }
        Ok(())
    }

    fn check_finite(&self, client: ClientId, parts: &[(usize, &[f32])]) -> Result<(), ReceiveError> {
        for (i, values) in parts {
            if let Some(value) = values.iter().find(|x| !x.is_finite()) {
                let (site, parameter) = (self.sites.name(client), self.entries.entries()[*i].name.clone());
                return Err(ReceiveError::NotFinite { site, parameter, value: *value });
            }
        }
        Ok(())
    }

    fn check_effort(&self, client: ClientId, effort: &Effort) -> Result<(), ReceiveError> {
        if effort.n_samples == 0 {
            return Err(ReceiveError::NoSamples { site: self.sites.name(client) });
        }
        let Effort { steps, gradient_weight, .. } = *effort;
        // Far beyond any learning rate, and such that no product of a weight and a change overflows.
        let plausible = (1e-30..1e30).contains(&gradient_weight);
        if self.strategy().needs_gradient_weight() && !(steps > 0 && plausible) || !gradient_weight.is_finite() {
            return Err(ReceiveError::Effort { site: self.sites.name(client), steps, gradient_weight });
        }
        Ok(())
    }

    /// The client's state before and after the contribution, if the strategy keeps one.
    fn learned_state(
        &self,
        client: ClientId,
        parts: &[(usize, &[f32])],
        effort: &Effort,
    ) -> Result<Option<BeforeAfter>, ReceiveError> {
        let Some(strategy) = self.strategy().drift_correction() else { return Ok(None) };
        let before = self.client_state(client)?;
        let mut after = before.clone();
        for (i, change) in parts {
            let entry = &self.entries.entries()[*i];
            if entry.is_trained {
                let range = entry.range.clone();
                strategy.learn(&self.committed.memory[range.clone()], &mut after[range.clone()], change, effort);
                if let Some(value) = after[range].iter().find(|x| !x.is_finite()) {
                    let (site, parameter) = (self.sites.name(client), entry.name.clone());
                    return Err(ReceiveError::NotFinite { site, parameter, value: *value });
                }
            }
        }
        Ok(Some((before, after)))
    }

    /// Closes the round: the aggregate moves the global model, and everything that the round changed counts from now on.
    fn commit(&mut self) -> Result<RoundReport, PollError> {
        let number = self.round();
        let Some(round) = self.open.take() else {
            return Err(PollError::Quorum { round: number, received: 0, needed: 1 });
        };
        // Dropped or not, the next round has the next number: its choice of clients and its keys are its own.
        self.committed.next += 1;
        let (received, needed) = (round.n_accepted(), self.config.min_clients as usize);
        if received < needed {
            return Err(PollError::Quorum { round: number, received, needed });
        }
        let mut closed = round.close();
        let mut memory = self.committed.memory.clone();
        self.server_step(&mut closed, &mut memory);
        let Closed { update: step, states, mut report, .. } = closed;
        let global: Vec<f32> = self.global().iter().zip(&step).map(|(w, d)| (f64::from(*w) + d) as f32).collect();
        if let Some(at) = global.iter().position(|w| !w.is_finite()) {
            let parameter = self.entries.at(at).map(|entry| entry.name.clone()).unwrap_or_default();
            return Err(PollError::Overflow { round: number, parameter });
        }
        report.update_norm = sum_of_squares(step[..self.entries.n_trained()].iter().copied()).sqrt();
        self.states.commit(number, states)?;
        self.committed.memory = memory;
        self.committed.global = Arc::new(global);
        Ok(report)
    }

    /// Turns the aggregate of each trained parameter that was covered into the server's step.
    fn server_step(&self, closed: &mut Closed, memory: &mut [f64]) {
        for (entry, coverage) in self.entries.entries().iter().zip(&closed.coverage) {
            if entry.is_trained && coverage.n_clients > 0 {
                self.strategy().server_step(ServerStep {
                    step: &mut closed.update[entry.range.clone()],
                    memory: &mut memory[entry.range.clone()],
                    state_change: closed.state_change.get(entry.range.clone()).unwrap_or_default(),
                    participation: coverage.n_clients as f64 / f64::from(self.config.sites),
                    gradient_weight: coverage.gradient_weight,
                    server: self.config.server_step(),
                });
            }
        }
    }
}
