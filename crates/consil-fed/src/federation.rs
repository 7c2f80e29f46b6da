//! The server's state machine.
//!
//! ```text
//!            start_round(present)                     receive(update)   any order, each client once
//!  between ───────────────────────► open: waiting for ───────────────┐
//!  rounds                           some clients      abandon(client)│  deadline, lost connection
//!     ▲                                  │  ▲                        │
//!     └──────── finish_round() ──────────┘  └────────────────────────┘
//! ```
//!
//! No IO, no clock, no thread. What is refused changes nothing: each error leaves the federation as it was, apart from
//! [`FinishError::Quorum`] and [`FinishError::Overflow`], which drop the round and keep the model.

use std::collections::BTreeSet;
use std::sync::Arc;

use consil_random::Key;

use crate::config::{ConfigError, FederateConfig};
use crate::layout::{Layout, Selection};
use crate::payload::{Control, Payload};
use crate::report::RoundReport;
use crate::state::{ClientStates, MemoryStates, StateError};
use crate::strategy::ServerStep;
use crate::task::{ClientId, ClientTask, Update};

mod error;
mod round;
mod saved;
#[cfg(test)]
mod tests;

pub use error::{FinishError, ReceiveError, RestoreError, SaveError, StartError};
use round::Round;

/// The server side of a federation.
pub struct Federation {
    config: FederateConfig<()>,
    layout: Layout,
    selection: Arc<Selection>,
    /// The global model in sent order.
    global: Arc<Vec<f32>>,
    server: ServerStep,
    states: Box<dyn ClientStates>,
    key: Key,
    /// The number of the next round, or of the open one.
    next: u64,
    open: Option<Round>,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reception {
    /// The update counts.
    Accepted,
    /// The client declined; the round goes on without it.
    Declined {
        /// Why.
        reason: String,
    },
}

impl Federation {
    /// A federation that begins at the model `initial`, a flat vector `[n_values]`; clients are chosen under `key`.
    ///
    /// # Errors
    /// [`ConfigError`] if the configuration is out of range, the weights are of another layout, or nothing is shared.
    pub fn new<P>(config: &FederateConfig<P>, layout: &Layout, initial: &[f32], key: Key) -> Result<Self, ConfigError> {
        config.check()?;
        if initial.len() != layout.n_values() {
            return Err(ConfigError::Weights { expected: layout.n_values(), found: initial.len() });
        }
        let selection = layout.select(config.buffers);
        if selection.n_trained() == 0 {
            return Err(ConfigError::NothingShared);
        }
        Ok(Self {
            config: config.without_partition(),
            layout: layout.clone(),
            global: Arc::new(selection.gather(initial)),
            server: ServerStep::new(config.strategy, config.server, selection.n_trained()),
            states: Box::new(MemoryStates::default()),
            selection: Arc::new(selection),
            key: key.child("federation"),
            next: 0,
            open: None,
        })
    }

    /// The same federation with client states kept elsewhere than in memory.
    pub fn with_states(self, states: Box<dyn ClientStates>) -> Self {
        Self { states, ..self }
    }

    /// Opens a round: chooses clients among those present, by key, and gives each its task, ascending by client.
    ///
    /// # Errors
    /// [`StartError`] if a round is open, all rounds are done, a client is unknown, or fewer are present than
    /// `min-clients`.
    pub fn start_round(&mut self, present: &[ClientId]) -> Result<Vec<ClientTask>, StartError> {
        if self.open.is_some() {
            return Err(StartError::RoundOpen { round: self.next });
        }
        if self.is_finished() {
            return Err(StartError::Finished { rounds: self.config.rounds });
        }
        if let Some(client) = present.iter().find(|client| client.0 >= self.config.sites) {
            return Err(StartError::UnknownClient { client: *client, sites: self.config.sites });
        }
        let chosen = self.choose(present)?;
        let tasks = chosen.iter().map(|client| self.task(*client)).collect::<Result<Vec<_>, _>>()?;
        let bytes_down = tasks.iter().map(value_bytes).sum();
        self.open = Some(Round::new(self.next, chosen, bytes_down, &self.config, &self.selection));
        Ok(tasks)
    }

    /// Takes a client's message; once it is the turn of an update, it is folded in.
    ///
    /// # Errors
    /// [`ReceiveError`] if the update is late, unasked, a second one, of the wrong kind or length, over no samples, or not
    /// finite. The client is then still waited for: it may send a better one, or be abandoned.
    pub fn receive(&mut self, update: Update) -> Result<Reception, ReceiveError> {
        let round = self.open.as_mut().ok_or(ReceiveError::NoRound { client: update.client })?;
        round.expect(update.client, update.round)?;
        let (client, n_samples, metrics) = (update.client, update.n_samples, update.metrics);
        let delta = match update.payload {
            Payload::Delta(delta) => delta,
            Payload::Control(Control::Decline { reason }) => {
                round.abandon(client);
                return Ok(Reception::Declined { reason });
            }
            other => return Err(ReceiveError::WrongPayload { client, kind: other.kind() }),
        };
        check_delta(client, &delta, &self.layout, &self.selection)?;
        if n_samples == 0 {
            return Err(ReceiveError::NoSamples { client });
        }
        if let Some((name, value)) = metrics.iter().find(|(_, value)| !value.is_finite()) {
            return Err(ReceiveError::MetricNotFinite { client, name: name.to_owned(), value });
        }
        if self.config.strategy.needs_correction() {
            let alpha = self.config.strategy.proximal();
            learn_correction(self.states.as_mut(), client, alpha, &delta, self.selection.n_trained())?;
        }
        round.accept(client, delta, n_samples, metrics);
        Ok(Reception::Accepted)
    }

    /// Goes on without a client in this round: its deadline passed or its connection is gone.
    ///
    /// # Errors
    /// [`ReceiveError`] if no round is open or the client is not waited for.
    pub fn abandon(&mut self, client: ClientId) -> Result<(), ReceiveError> {
        let round = self.open.as_mut().ok_or(ReceiveError::NoRound { client })?;
        round.expect(client, self.next)?;
        round.abandon(client);
        Ok(())
    }

    /// The clients that the open round waits for, ascending.
    pub fn waiting(&self) -> Vec<ClientId> {
        self.open.as_ref().map(Round::waiting).unwrap_or_default()
    }

    /// Closes the round: the aggregate moves the global model.
    ///
    /// # Errors
    /// [`FinishError::NoRound`], [`FinishError::Waiting`]: nothing changes. [`FinishError::Quorum`],
    /// [`FinishError::Overflow`]: the round is dropped, the model stays, and the next round has the next number.
    pub fn finish_round(&mut self) -> Result<RoundReport, FinishError> {
        let round = self.open.as_ref().ok_or(FinishError::NoRound)?;
        match round.waiting().len() {
            0 => {}
            n_clients => return Err(FinishError::Waiting { round: self.next, n_clients }),
        }
        let round = self.open.take().ok_or(FinishError::NoRound)?;
        self.next += 1;
        let (received, needed) = (round.n_accepted(), self.config.min_clients as usize);
        if received < needed {
            return Err(FinishError::Quorum { round: round.number, received, needed });
        }
        let (aggregate, mut report) = round.close();
        let participation = received as f64 / f64::from(self.config.sites);
        let mut server = self.server.clone();
        let step = server.apply(aggregate, participation);
        let global: Vec<f32> = self.global.iter().zip(&step).map(|(w, d)| (f64::from(*w) + d) as f32).collect();
        if let Some(at) = global.iter().position(|w| !w.is_finite()) {
            let parameter = self.layout.name_of_sent(&self.selection, at).to_owned();
            return Err(FinishError::Overflow { round: report.round, parameter });
        }
        report.update_norm = crate::metrics::norm(&step[..self.selection.n_trained()]);
        self.server = server;
        self.global = Arc::new(global);
        Ok(report)
    }

    /// The global model in sent order, `[n_sent]`.
    pub fn global(&self) -> &[f32] {
        &self.global
    }

    /// Writes the global model into its places of a flat vector `[n_values]`; what does not travel stays as it is there.
    ///
    /// # Panics
    /// If `flat` is of another layout.
    pub fn model_into(&self, flat: &mut [f32]) {
        self.selection.scatter(&self.global, flat);
    }

    /// Which values travel.
    pub fn selection(&self) -> &Arc<Selection> {
        &self.selection
    }

    /// The configuration, without the partition.
    pub fn config(&self) -> &FederateConfig<()> {
        &self.config
    }

    /// How many rounds are over: the number of the open or next round.
    pub fn round(&self) -> u64 {
        self.next
    }

    /// Whether all rounds are over.
    pub fn is_finished(&self) -> bool {
        self.open.is_none() && self.next >= self.config.rounds
    }

    fn choose(&self, present: &[ClientId]) -> Result<BTreeSet<ClientId>, StartError> {
        let present: Vec<ClientId> = BTreeSet::from_iter(present).into_iter().copied().collect();
        let needed = self.config.min_clients as usize;
        if present.len() < needed {
            return Err(StartError::TooFew { present: present.len(), needed });
        }
        let order = self.key.child("choose").nth_stream(self.next).permutation(present.len());
        Ok(order[..self.config.n_chosen(present.len())].iter().map(|i| present[*i]).collect())
    }

    fn task(&self, client: ClientId) -> Result<ClientTask, StateError> {
        let correction = match self.config.strategy.needs_correction() {
            true => Some(Arc::new(self.states.get(client)?.unwrap_or_else(|| vec![0.0; self.selection.n_sent()]))),
            false => None,
        };
        Ok(ClientTask {
            round: self.next,
            client,
            global: Arc::clone(&self.global),
            epochs: self.config.local_epochs,
            proximal: self.config.strategy.proximal(),
            correction,
            key: client.key(self.key).child("round").at(self.next).child("fit"),
        })
    }
}

fn value_bytes(task: &ClientTask) -> u64 {
    let n_values = task.global.len() + task.correction.as_ref().map_or(0, |correction| correction.len());
    (n_values * size_of::<f32>()) as u64
}

fn check_delta(client: ClientId, delta: &[f32], layout: &Layout, selection: &Selection) -> Result<(), ReceiveError> {
    let expected = selection.n_sent();
    if delta.len() != expected {
        return Err(ReceiveError::WrongLength { client, expected, found: delta.len() });
    }
    match delta.iter().position(|x| !x.is_finite()) {
        None => Ok(()),
        Some(at) => {
            let parameter = layout.name_of_sent(selection, at).to_owned();
            Err(ReceiveError::NotFinite { client, parameter, value: delta[at] })
        }
    }
}

/// FedDyn: `−∇F_k(w_k) ← −∇F_k(w_k) + α Δ_k`. It holds for the client whether or not the round comes to count.
fn learn_correction(
    states: &mut dyn ClientStates,
    client: ClientId,
    alpha: f32,
    delta: &[f32],
    n_trained: usize,
) -> Result<(), StateError> {
    let mut correction = states.get(client)?.unwrap_or_else(|| vec![0.0; delta.len()]);
    correction.iter_mut().zip(delta).take(n_trained).for_each(|(c, d)| *c += alpha * d);
    states.put(client, correction)
}
