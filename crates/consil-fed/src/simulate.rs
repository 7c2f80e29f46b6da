//! A federation and all its sites in one process.
//!
//! Clients of a round are trained by a number of workers, each update goes to the [`Federation`] as it arrives, and events are given out in
//! ascending order of client. So the models, the reports and the events are the same for every number of workers.

use std::collections::BTreeMap;
use std::error::Error;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use serde::Serialize;
use thiserror::Error;

use crate::client::{Client, ClientError};
use crate::codec::{CodecError, Reader, Wire, Writer};
use crate::federation::{Federation, FinishError, Reception, RestoreError, SaveError, StartError};
use crate::metrics::Metrics;
use crate::report::RoundReport;
use crate::task::{ClientId, ClientTask, Update};

/// A federation with its clients, advanced round by round.
pub struct Simulation<C> {
    federation: Federation,
    clients: Vec<C>,
    n_workers: NonZeroUsize,
}

/// What happens in a simulation. Serialised, an event is one line of a run's record.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// A round begins.
    RoundStarted {
        /// Its number, from 0.
        round: u64,
        /// The clients chosen, ascending.
        clients: Vec<ClientId>,
    },
    /// A client's update counts.
    ClientFinished {
        /// The round.
        round: u64,
        /// Who.
        client: ClientId,
        /// On how many samples it trained.
        n_samples: u64,
        /// What it measured.
        metrics: Metrics,
    },
    /// The round goes on without a client.
    ClientFailed {
        /// The round.
        round: u64,
        /// Who.
        client: ClientId,
        /// Why, with the causes behind it.
        reason: String,
    },
    /// The round has moved the model.
    RoundFinished(RoundReport),
}

impl<C: Client> Simulation<C> {
    /// A simulation of client `i` of the federation by `clients[i]`, on so many workers.
    ///
    /// # Errors
    /// [`SimulateError`] if the number of clients is not the number of sites, or the strategy needs corrections and a
    /// client does not follow them.
    pub fn new(federation: Federation, clients: Vec<C>, n_workers: NonZeroUsize) -> Result<Self, SimulateError> {
        let sites = federation.config().sites as usize;
        if clients.len() != sites {
            return Err(SimulateError::Clients { sites, found: clients.len() });
        }
        let needs_correction = federation.config().strategy.needs_correction();
        if let Some((client, _)) = ids(&clients).find(|(_, client)| needs_correction && !client.follows_corrections()) {
            return Err(SimulateError::Corrections { client });
        }
        Ok(Self { federation, clients, n_workers })
    }

    /// Runs one round and tells what happens while it happens.
    ///
    /// # Errors
    /// [`SimulateError`] if the round cannot begin or does not count.
    ///
    /// # Panics
    /// If a client panics.
    pub fn round(&mut self, on_event: &mut dyn FnMut(Event)) -> Result<RoundReport, SimulateError> {
        let present: Vec<ClientId> = ids(&self.clients).map(|(id, _)| id).collect();
        let tasks = self.federation.start_round(&present)?;
        let chosen: Vec<ClientId> = tasks.iter().map(|task| task.client).collect();
        let round = self.federation.round();
        on_event(Event::RoundStarted { round, clients: chosen.clone() });

        let mut failures = Vec::new();
        let mut early = BTreeMap::new();
        let mut turn = chosen.into_iter().peekable();
        let federation = &mut self.federation;
        fit_all(&mut self.clients, tasks, self.n_workers, |client, answer| {
            early.insert(client, take(federation, round, client, answer));
            while let Some(event) = turn.peek().and_then(|client| early.remove(client)) {
                if let Event::ClientFailed { client, reason, .. } = &event {
                    failures.push(ClientFailure { client: *client, reason: reason.clone() });
                }
                on_event(event);
                turn.next();
            }
        });

        let report = self.federation.finish_round().map_err(|source| SimulateError::Round { failures, source })?;
        on_event(Event::RoundFinished(report.clone()));
        Ok(report)
    }

    /// Whether all rounds are over.
    pub fn is_finished(&self) -> bool {
        self.federation.is_finished()
    }

    /// The server side.
    pub fn federation(&self) -> &Federation {
        &self.federation
    }

    /// The sites.
    pub fn clients(&self) -> &[C] {
        &self.clients
    }

    /// The simulation between rounds as bytes: the federation, and what each client keeps.
    ///
    /// # Errors
    /// [`SaveError`] from the federation.
    pub fn save(&self) -> Result<Vec<u8>, SaveError> {
        let kept = self.clients.iter().map(Client::save).collect();
        Ok(SavedSimulation { federation: self.federation.save()?, kept }.to_bytes())
    }

    /// Takes up where [`Simulation::save`] left off, in a simulation made from the same spec: what follows is bit for bit
    /// what would have followed.
    ///
    /// # Errors
    /// [`RestoreError`] if the bytes are damaged or of another spec.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), RestoreError> {
        let saved = SavedSimulation::from_bytes(bytes)?;
        if saved.kept.len() != self.clients.len() {
            return Err(RestoreError::Differs { what: "number of sites" });
        }
        self.federation.restore(&saved.federation)?;
        for (i, (client, kept)) in self.clients.iter_mut().zip(&saved.kept).enumerate() {
            client.restore(kept).map_err(|source| RestoreError::Client { client: ClientId(i as u32), source })?;
        }
        Ok(())
    }
}

fn ids<C>(clients: &[C]) -> impl Iterator<Item = (ClientId, &C)> {
    clients.iter().enumerate().map(|(i, client)| (ClientId(i as u32), client))
}

/// Has each task done by its client, on so many threads, and hands over the answers as they come.
fn fit_all<C: Client>(
    clients: &mut [C],
    tasks: Vec<ClientTask>,
    n_workers: NonZeroUsize,
    mut on_answer: impl FnMut(ClientId, Result<Update, ClientError>),
) {
    let n_workers = n_workers.get().min(tasks.len());
    let mut by_client: BTreeMap<ClientId, ClientTask> = tasks.into_iter().map(|task| (task.client, task)).collect();
    let jobs =
        clients.iter_mut().enumerate().filter_map(|(i, client)| Some((client, by_client.remove(&ClientId(i as u32))?)));
    let jobs = Mutex::new(jobs);
    let (sender, answers) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..n_workers {
            let (sender, jobs) = (sender.clone(), &jobs);
            scope.spawn(move || {
                loop {
                    // A poisoned lock only says that another client panicked; the scope will pass that panic on.
                    let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((client, task)) = job else { return };
                    let answer = client.fit(&task);
                    if sender.send((task.client, answer)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        answers.into_iter().for_each(|(client, answer)| on_answer(client, answer));
    });
}

/// Gives a client's answer to the federation; without a usable one the client is abandoned.
fn take(federation: &mut Federation, round: u64, client: ClientId, answer: Result<Update, ClientError>) -> Event {
    let reason = match answer {
        Err(error) => chain(&error),
        Ok(update) if update.client != client => format!("it answered as {}", update.client),
        Ok(update) => {
            let (n_samples, metrics) = (update.n_samples, update.metrics.clone());
            match federation.receive(update) {
                Ok(Reception::Accepted) => return Event::ClientFinished { round, client, n_samples, metrics },
                Ok(Reception::Declined { reason }) => return Event::ClientFailed { round, client, reason },
                Err(error) => chain(&error),
            }
        }
    };
    federation.abandon(client).expect("a chosen client that has not answered is waited for");
    Event::ClientFailed { round, client, reason }
}

/// An error and its causes on one line.
fn chain(error: &dyn Error) -> String {
    std::iter::successors(Some(error), |error| (*error).source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

#[derive(Clone, Debug, PartialEq)]
struct SavedSimulation {
    federation: Vec<u8>,
    kept: Vec<Vec<f32>>,
}

impl Wire for SavedSimulation {
    const KIND: u8 = 5;

    fn write(&self, out: &mut Writer) {
        out.bytes(&self.federation);
        out.list(self.kept.iter(), |out, kept| out.f32s(kept));
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self { federation: from.bytes()?.to_vec(), kept: from.list(Reader::f32s)? })
    }
}

/// A client that gave no usable update in a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientFailure {
    /// Who.
    pub client: ClientId,
    /// Why.
    pub reason: String,
}

/// Why a simulation stops.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SimulateError {
    /// The number of clients is not the number of sites.
    #[error("the federation has {sites} sites, and {found} clients were given")]
    Clients {
        /// The number of sites.
        sites: usize,
        /// The number of clients.
        found: usize,
    },
    /// The strategy needs clients that follow corrections.
    #[error(
        "the strategy corrects each client's gradients, and {client} does not follow corrections; use fed-avg or fed-prox"
    )]
    Corrections {
        /// The first client that does not.
        client: ClientId,
    },
    /// A round cannot begin.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A round does not count.
    #[error("{source}{}", failures.first().map(|f| format!("; {} failed: {}", f.client, f.reason)).unwrap_or_default())]
    Round {
        /// The clients that gave no update, ascending.
        failures: Vec<ClientFailure>,
        /// Why the round does not count.
        source: FinishError,
    },
}
