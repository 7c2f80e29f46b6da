//! A federation and all its sites in one process.
//!
//! The tasks of a round are done by workers, each in its own scratch; a site has no more than its data and the little that it keeps between
//! rounds. So memory grows with the workers and not with the sites. Contributions go to the [`Federation`] as they come, and events are given
//! out in ascending order of client: models, reports and events are the same for every number of workers.

use std::collections::{BTreeMap, VecDeque};
use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::action::{Action, Waiting};
use crate::client::{Client, ClientError};
use crate::contribution::{Contribution, Reply};
use crate::federation::{Federation, PollError, Reception};
use crate::report::RoundReport;
use crate::sites::ClientId;
use crate::state::{ClientStates, MemoryStates, StateError, StatesByClient};
use crate::survey::{Survey, SurveyError};
use crate::work::Task;
use crate::workers::Workers;

mod error;
mod event;
mod saved;

pub use error::{ClientFailure, ResumeError, SimulateError};
pub use event::Event;

/// A federation with its clients, advanced round by round.
pub struct Simulation<C: Client> {
    federation: Federation,
    clients: Vec<C>,
    /// One for each worker.
    scratch: Vec<Mutex<C::Scratch>>,
    /// What the sites keep.
    kept: Box<dyn ClientStates>,
}

impl<C: Client> Simulation<C> {
    /// A simulation of client `i` of the federation by `clients[i]`, with scratch for as many workers as shall work at once.
    ///
    /// # Errors
    /// [`SimulateError`] if the number of clients is not the number of sites, there is no scratch, or the strategy needs corrections and a
    /// client does not follow them.
    pub fn new(mut federation: Federation, clients: Vec<C>, scratch: Vec<C::Scratch>) -> Result<Self, SimulateError> {
        let sites = federation.sites().n_sites() as usize;
        if clients.len() != sites {
            return Err(SimulateError::Clients { sites, found: clients.len() });
        }
        if scratch.is_empty() {
            return Err(SimulateError::NoScratch);
        }
        let needs_correction = federation.config().strategy.strategy().drift_correction().is_some();
        for (client, site) in federation.sites().ids().zip(&clients) {
            if needs_correction && !site.follows_corrections() {
                return Err(SimulateError::Corrections { site: federation.sites().name(client) });
            }
            federation.arrive(client)?;
        }
        let scratch = scratch.into_iter().map(Mutex::new).collect();
        Ok(Self { federation, clients, scratch, kept: Box::new(MemoryStates::default()) })
    }

    /// The same simulation with what the sites keep stored elsewhere than in memory.
    pub fn with_kept(self, kept: Box<dyn ClientStates>) -> Self {
        Self { kept, ..self }
    }

    /// Runs one round and tells what happens while it happens.
    ///
    /// # Errors
    /// [`SimulateError`] if the round cannot begin or does not count.
    ///
    /// # Panics
    /// If a client panics.
    pub fn round(
        &mut self,
        workers: &dyn Workers,
        on_event: &mut (dyn FnMut(Event) + Send),
    ) -> Result<RoundReport, SimulateError> {
        let first = match self.federation.poll()? {
            Action::Send(task) => task,
            Action::Wait(Waiting::Sites { present, needed }) => {
                return Err(SimulateError::TooFew { present, needed });
            }
            _ => return Err(SimulateError::Finished { rounds: self.federation.round() }),
        };
        let (round, chosen) = (self.federation.round(), self.federation.waiting());
        let names = chosen.iter().map(|client| self.federation.sites().name(*client)).collect();
        on_event(Event::RoundStarted { round, clients: names });
        let desk = Mutex::new(Desk {
            federation: &mut self.federation,
            store: self.kept.as_mut(),
            first: Some(first),
            outcome: None,
            kept: BTreeMap::new(),
            failures: Vec::new(),
            early: BTreeMap::new(),
            turn: chosen.into(),
            on_event,
        });
        let (clients, scratch) = (&self.clients, &self.scratch);
        let job = |worker: usize| {
            let Some(scratch) = scratch.get(worker) else { return };
            let mut scratch = lock(scratch);
            loop {
                let Some((task, kept)) = lock(&desk).next() else { return };
                let (answer, kept) = do_task(&clients[task.client.index()], &task, kept, &mut scratch);
                lock(&desk).take(round, &task, answer, kept);
            }
        };
        workers.run(&job);
        // Whatever the workers left is done here, so that a round always ends.
        job(0);
        let Desk { outcome, kept, failures, .. } = desk.into_inner().unwrap_or_else(PoisonError::into_inner);
        let report = match outcome {
            Some(Ok(report)) => report,
            Some(Err(source)) => return Err(SimulateError::Round { failures, source }),
            None => return Err(SimulateError::Finished { rounds: self.federation.round() }),
        };
        self.kept.commit(round, kept).map_err(PollError::State)?;
        on_event(Event::RoundFinished(report.clone()));
        Ok(report)
    }

    /// Has every site do the work of a survey, and hands over the contributions in ascending order of site; gives the sites that did not answer.
    ///
    /// # Errors
    /// [`SimulateError`] if too few sites answer; what failed at the sites stands in it.
    ///
    /// # Panics
    /// If a client panics.
    pub fn survey(
        &mut self,
        survey: Survey,
        workers: &dyn Workers,
        on_contribution: &mut (dyn FnMut(Contribution) + Send),
    ) -> Result<Vec<ClientFailure>, SimulateError> {
        let table = SurveyTable::new(survey, self.kept.as_mut(), on_contribution);
        table.run(&self.clients, &self.scratch, workers)
    }

    /// Whether all rounds are over.
    pub fn is_finished(&self) -> bool {
        self.federation.is_finished()
    }

    /// No round begins after this one.
    pub fn stop(&mut self) {
        self.federation.stop();
    }

    /// The server side.
    pub fn federation(&self) -> &Federation {
        &self.federation
    }

    /// The sites.
    pub fn clients(&self) -> &[C] {
        &self.clients
    }
}

/// Has every site do the work of a survey before there is a federation, and hands over the contributions in ascending order of site; gives the
/// sites that did not answer.
///
/// # Errors
/// [`SimulateError`] if too few sites answer; what failed at the sites stands in it.
///
/// # Panics
/// If a client panics.
pub fn survey<C: Client>(
    survey: Survey,
    clients: &[C],
    scratch: Vec<C::Scratch>,
    workers: &dyn Workers,
    on_contribution: &mut (dyn FnMut(Contribution) + Send),
) -> Result<Vec<ClientFailure>, SimulateError> {
    let scratch: Vec<Mutex<C::Scratch>> = scratch.into_iter().map(Mutex::new).collect();
    SurveyTable::new(survey, &mut MemoryStates::default(), on_contribution).run(clients, &scratch, workers)
}

/// What a site keeps of its own, if anything.
type Kept = Result<Option<Vec<f32>>, StateError>;

/// Where workers get the tasks of a survey and leave answers.
struct SurveyTable<'a> {
    survey: Survey,
    store: &'a mut dyn ClientStates,
    on_contribution: &'a mut (dyn FnMut(Contribution) + Send),
    failures: Vec<ClientFailure>,
    end: Option<Result<(), SurveyError>>,
}

impl<'a> SurveyTable<'a> {
    fn new(
        survey: Survey,
        store: &'a mut dyn ClientStates,
        on_contribution: &'a mut (dyn FnMut(Contribution) + Send),
    ) -> Self {
        Self { survey, store, on_contribution, failures: Vec::new(), end: None }
    }

    fn run<C: Client>(
        self,
        clients: &[C],
        scratch: &[Mutex<C::Scratch>],
        workers: &dyn Workers,
    ) -> Result<Vec<ClientFailure>, SimulateError> {
        let table = Mutex::new(self);
        let job = |worker: usize| {
            let Some(scratch) = scratch.get(worker) else { return };
            let mut scratch = lock(scratch);
            loop {
                let Some((task, kept)) = lock(&table).next() else { return };
                let (answer, _) = do_task(&clients[task.client.index()], &task, kept, &mut scratch);
                lock(&table).take(task, answer);
            }
        };
        workers.run(&job);
        job(0);
        let Self { mut failures, end, .. } = table.into_inner().unwrap_or_else(PoisonError::into_inner);
        failures.sort_by(|a, b| a.site.cmp(&b.site));
        match end {
            Some(Err(source)) => Err(SimulateError::Survey { failures, source }),
            _ => Ok(failures),
        }
    }

    /// The next task with what its site keeps, or none for now or for good.
    fn next(&mut self) -> Option<(Task, Kept)> {
        while self.end.is_none() {
            match self.survey.poll() {
                Ok(Action::Send(task)) => {
                    let kept = self.store.get(task.client);
                    return Some((task, kept));
                }
                Ok(Action::Take(contribution)) => (self.on_contribution)(contribution),
                Ok(Action::Finished) => self.end = Some(Ok(())),
                Ok(_) => return None,
                Err(error) => self.end = Some(Err(error)),
            }
        }
        None
    }

    fn take(&mut self, task: Task, answer: Result<Contribution, ClientError>) {
        let received = match answer {
            Ok(contribution) => self.survey.receive(Reply::Contribution(contribution)).map_err(|error| chain(&error)),
            Err(error) => Err(chain(&error)),
        };
        if let Err(reason) = received {
            self.survey.abandon(task.client).expect("a client that has not answered is waited for");
            self.failures.push(ClientFailure { site: task.site, reason });
        }
    }
}

/// Where workers get tasks and leave answers.
struct Desk<'a> {
    federation: &'a mut Federation,
    store: &'a mut dyn ClientStates,
    /// The task that opened the round.
    first: Option<Task>,
    /// How the round ended.
    outcome: Option<Result<RoundReport, PollError>>,
    /// What the sites that count keep from now on, if the round does.
    kept: StatesByClient,
    failures: Vec<ClientFailure>,
    /// Events whose turn has not come.
    early: BTreeMap<ClientId, Event>,
    /// The clients whose events are still to come, ascending.
    turn: VecDeque<ClientId>,
    on_event: &'a mut (dyn FnMut(Event) + Send),
}

impl Desk<'_> {
    /// The next task with what its site keeps, or none for now or for good.
    fn next(&mut self) -> Option<(Task, Kept)> {
        let task = match self.first.take() {
            Some(first) => first,
            None if self.outcome.is_some() => return None,
            None => match self.federation.poll() {
                Ok(Action::Send(task)) => task,
                Ok(Action::Commit(report)) => {
                    self.outcome = Some(Ok(report));
                    return None;
                }
                Ok(_) => return None,
                Err(error) => {
                    self.outcome = Some(Err(error));
                    return None;
                }
            },
        };
        let kept = self.store.get(task.client);
        Some((task, kept))
    }

    /// Gives a client's answer to the federation; without a usable one the client is abandoned.
    fn take(&mut self, round: u64, task: &Task, answer: Result<Contribution, ClientError>, kept: Vec<f32>) {
        let (client, site) = (task.client, task.site.clone());
        let event = match self.receive(task, answer) {
            Ok(contributed) => {
                if !kept.is_empty() {
                    self.kept.insert(client, kept);
                }
                let (n_samples, metrics) = contributed;
                Event::ClientFinished { round, client: site, n_samples, metrics }
            }
            Err(reason) => {
                self.federation.abandon(client).expect("a chosen client that has not answered is waited for");
                Event::ClientFailed { round, client: site, reason }
            }
        };
        self.early.insert(client, event);
        while let Some(event) = self.turn.front().and_then(|client| self.early.remove(client)) {
            self.turn.pop_front();
            if let Event::ClientFailed { client, reason, .. } = &event {
                self.failures.push(ClientFailure { site: client.clone(), reason: reason.clone() });
            }
            (self.on_event)(event);
        }
    }

    fn receive(
        &mut self,
        task: &Task,
        answer: Result<Contribution, ClientError>,
    ) -> Result<(u64, crate::metrics::Metrics), String> {
        let contribution = answer.map_err(|error| chain(&error))?;
        if contribution.client != task.client {
            return Err(format!("it answered as {}", self.federation.sites().name(contribution.client)));
        }
        let told = (contribution.effort.n_samples, contribution.metrics.clone());
        match self.federation.receive(Reply::Contribution(contribution)) {
            Ok(Reception::Accepted) => Ok(told),
            Ok(Reception::Declined { reason }) => Err(reason),
            Err(error) => Err(chain(&error)),
        }
    }
}

/// A client's answer, and what it keeps.
fn do_task<C: Client>(
    client: &C,
    task: &Task,
    kept: Result<Option<Vec<f32>>, StateError>,
    scratch: &mut C::Scratch,
) -> (Result<Contribution, ClientError>, Vec<f32>) {
    let mut kept = match kept {
        Ok(kept) => kept.unwrap_or_default(),
        Err(error) => return (Err(ClientError::Training(error.into())), Vec::new()),
    };
    (client.work(task, &mut kept, scratch), kept)
}

/// A poisoned lock only says that another client panicked; the workers will pass that panic on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An error and its causes on one line, each said once: many an error quotes its cause.
fn chain(error: &dyn Error) -> String {
    let mut said = error.to_string();
    for cause in std::iter::successors(error.source(), |error| (*error).source()) {
        let cause = cause.to_string();
        if !said.contains(&cause) {
            said += &format!(": {cause}");
        }
    }
    said
}
