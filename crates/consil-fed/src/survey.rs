//! One piece of work for every site, outside the rounds: what must be known of all sites before a model is, or of a model when it is there.
//!
//! A preparation (a vocabulary, a scaling, the classes) is fitted as a federation can fit it: each site counts on its own rows
//! ([`Work::Statistics`]), and the server merges the counts. The model at the end is measured the same way ([`Work::Evaluate`]).

use std::collections::{BTreeMap, BTreeSet};

use consil_random::Key;
use thiserror::Error;

use crate::action::{Action, Waiting};
use crate::contribution::{Contribution, Reply};
use crate::federation::{ReceiveError, Reception};
use crate::keys;
use crate::sites::{ClientId, Sites};
use crate::work::{Task, Work};

/// The state machine of a survey.
///
/// [`poll`](Self::poll) gives [`Action::Take`] for each contribution, in ascending order of clients whatever the order of arrival: what is
/// merged does not depend on it, even where merging rounds. A contribution that comes before its turn is held.
pub struct Survey {
    sites: Sites,
    work: Work,
    key: Key,
    unasked: BTreeSet<ClientId>,
    waiting: BTreeSet<ClientId>,
    held: BTreeMap<ClientId, Contribution>,
    n_taken: usize,
    n_needed: usize,
}

impl Survey {
    /// Asks every site for this work; at least `n_needed` must do it.
    pub fn new(sites: &Sites, work: Work, n_needed: usize, key: Key) -> Self {
        let unasked = sites.ids().collect();
        let (waiting, held) = (BTreeSet::new(), BTreeMap::new());
        Self { sites: sites.clone(), work, key, unasked, waiting, held, n_taken: 0, n_needed }
    }

    /// What to do next.
    ///
    /// # Errors
    /// [`SurveyError`] at the end, if too few sites answered.
    pub fn poll(&mut self) -> Result<Action, SurveyError> {
        if let Some(client) = self.unasked.pop_first() {
            self.waiting.insert(client);
            let (site, key) = (self.sites.name(client), keys::survey(self.key, client));
            return Ok(Action::Send(Task { round: 0, client, site, work: self.work.clone(), key }));
        }
        let is_its_turn = |client: &ClientId| self.waiting.first().is_none_or(|waited| client < waited);
        if self.held.keys().next().is_some_and(is_its_turn)
            && let Some((_, contribution)) = self.held.pop_first()
        {
            self.n_taken += 1;
            return Ok(Action::Take(contribution));
        }
        match self.waiting.len() {
            0 if self.n_taken < self.n_needed => {
                Err(SurveyError { work: self.work.kind().to_string(), received: self.n_taken, needed: self.n_needed })
            }
            0 => Ok(Action::Finished),
            n_clients => Ok(Action::Wait(Waiting::Replies { n_clients })),
        }
    }

    /// Takes a client's reply.
    ///
    /// # Errors
    /// [`ReceiveError`] if the client is not waited for, answers a round, or measured what is not finite.
    pub fn receive(&mut self, reply: Reply) -> Result<Reception, ReceiveError> {
        let client = reply.client();
        let site = || self.sites.name(client);
        if reply.round() != 0 {
            return Err(ReceiveError::OtherRound { site: site(), found: reply.round(), open: 0 });
        }
        if !self.waiting.contains(&client) {
            return Err(ReceiveError::NotChosen { site: site(), round: 0 });
        }
        let contribution = match reply {
            Reply::Contribution(contribution) => contribution,
            Reply::Decline { reason, .. } => {
                self.waiting.remove(&client);
                return Ok(Reception::Declined { reason });
            }
        };
        let (expected, bytes) = match self.work {
            Work::Statistics { .. } => (Contribution::STATISTICS, contribution.statistics()),
            Work::Evaluate { .. } => (Contribution::EVALUATION, contribution.evaluation()),
            Work::Train(_) => (Contribution::DELTA, None),
        };
        if bytes.is_none() || contribution.vectors.len() != 1 {
            let found = contribution.vectors.keys().cloned().collect();
            return Err(ReceiveError::WrongVectors { site: site(), expected, found });
        }
        if let Some((name, value)) = contribution.metrics.iter().find(|(_, value)| !value.is_finite()) {
            return Err(ReceiveError::MetricNotFinite { site: site(), name: name.to_owned(), value });
        }
        self.waiting.remove(&client);
        self.held.insert(client, contribution);
        Ok(Reception::Accepted)
    }

    /// Goes on without a client.
    ///
    /// # Errors
    /// [`ReceiveError`] if the client is not waited for.
    pub fn abandon(&mut self, client: ClientId) -> Result<(), ReceiveError> {
        if self.waiting.remove(&client) || self.unasked.remove(&client) {
            return Ok(());
        }
        Err(ReceiveError::NotChosen { site: self.sites.name(client), round: 0 })
    }
}

/// Too few sites answered.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{received} sites answered for {work}, and {needed} are needed")]
pub struct SurveyError {
    /// The kind of work.
    pub work: String,
    /// How many answered.
    pub received: usize,
    /// How many are needed.
    pub needed: usize,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::metrics::Metrics;

    fn survey(n_sites: u32, n_needed: usize) -> (Survey, Vec<Task>) {
        let work = Work::Statistics { of: Arc::new(b"words".to_vec()) };
        let mut survey = Survey::new(&Sites::numbered(n_sites), work, n_needed, Key::new(1));
        let tasks = (0..n_sites).map(|_| match survey.poll().unwrap() {
            Action::Send(task) => task,
            other => panic!("{other:?}"),
        });
        let tasks = tasks.collect();
        (survey, tasks)
    }

    fn answer(task: &Task) -> Reply {
        Reply::Contribution(Contribution::counted(task, 1, vec![task.client.0 as u8]))
    }

    #[test]
    fn contributions_come_in_the_order_of_sites_whatever_the_order_of_arrival() {
        let (mut survey, tasks) = survey(4, 1);
        let mut taken = Vec::new();
        for i in [2, 0, 3] {
            survey.receive(answer(&tasks[i])).unwrap();
            while let Action::Take(contribution) = survey.poll().unwrap() {
                taken.push(contribution.statistics().unwrap()[0]);
            }
        }
        assert_eq!(taken, [0], "site 1 is waited for");
        survey.abandon(ClientId(1)).unwrap();
        while let Action::Take(contribution) = survey.poll().unwrap() {
            taken.push(contribution.statistics().unwrap()[0]);
        }
        assert_eq!(taken, [0, 2, 3]);
        assert_eq!(survey.poll().unwrap(), Action::Finished);
    }

    #[test]
    fn a_survey_refuses_what_it_did_not_ask_for_and_too_few_answers() {
        let (mut survey, tasks) = survey(2, 2);
        let evaluated = Contribution::evaluated(&tasks[0], 3, vec![1], Metrics::default());
        assert!(matches!(
            survey.receive(Reply::Contribution(evaluated)),
            Err(ReceiveError::WrongVectors { expected: "statistics", .. })
        ));
        let work = Work::Evaluate { model: Arc::default() };
        let mut evaluation = Survey::new(&Sites::numbered(1), work, 1, Key::new(1));
        evaluation.poll().unwrap();
        assert!(matches!(
            evaluation.receive(answer(&tasks[0])),
            Err(ReceiveError::WrongVectors { expected: "evaluation", .. })
        ));
        survey.receive(answer(&tasks[0])).unwrap();
        assert!(matches!(survey.receive(answer(&tasks[0])), Err(ReceiveError::NotChosen { .. })));
        let declined = Reply::Decline { round: 0, client: ClientId(1), reason: "no".into() };
        assert_eq!(survey.receive(declined).unwrap(), Reception::Declined { reason: "no".into() });
        assert!(matches!(survey.poll().unwrap(), Action::Take(_)));
        let error = survey.poll().unwrap_err();
        assert_eq!(error.to_string(), "1 sites answered for statistics, and 2 are needed");
    }

    #[test]
    fn every_site_draws_under_its_own_key() {
        let (_, tasks) = survey(3, 1);
        let words: BTreeSet<u64> = tasks.iter().map(|task| task.key.stream().word()).collect();
        assert_eq!(words.len(), 3);
    }
}
