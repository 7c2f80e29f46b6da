//! Statistics of the training rows, taken before anything is trained, fitted as a federation fits it: each site counts on its own rows, and
//! the server merges the counts.
//!
//! Vocabularies, scalings, sizes, classes and open facts are learned in two passes of messages ([`Work::Statistics`]): a survey of what the
//! values are like, then sums over the values as the merged survey decides to prepare them. No row leaves its site. The statistics are
//! exact, so that what is fitted does not depend on how the rows are divided. Where there is no federation, all rows are one site's.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use consil_data::{DataError, Split};
use consil_diagnostic::Hint;
use consil_fed::simulate::SimulateError;
use consil_fed::{Client, ClientError, Contribution, Sites, Task, Work, Workers, simulate};
use consil_logic::{Term, parse_term};
use consil_random::Key;

use crate::learner::open_facts;
use crate::model::{Fitted, FittedTarget};
use crate::spec::Spec;

mod messages;
#[cfg(test)]
mod tests;

use messages::{Asked, Counted, Sums, Surveys};

/// A site that counts on its own rows.
struct CountingSite<'a> {
    split: &'a Split,
    rows: &'a [usize],
    /// Why sites could not count, by their numbers: a message carries no more than the text.
    faults: &'a Mutex<BTreeMap<u32, DataError>>,
}

impl CountingSite<'_> {
    fn count(&self, asked: &Asked) -> Result<Counted, DataError> {
        let (split, rows) = (self.split, self.rows);
        Ok(match asked {
            Asked::Survey { modalities, open_facts: column } => Counted::Survey(Surveys {
                modalities: consil_data::survey(modalities, split, rows)?,
                targets: (split.targets())
                    .map(|(name, column)| (name.to_owned(), consil_data::TargetSurvey::of(column, rows)))
                    .collect(),
                open_facts: match column {
                    Some(column) => open_facts(split, rows, column)?.iter().map(Term::to_string).collect(),
                    None => BTreeSet::new(),
                },
            }),
            Asked::Sums { modalities, targets } => {
                let measured = modalities.iter().map(|(name, survey)| Ok((name.clone(), survey.measure(split, rows)?)));
                let spreads = split.targets().filter_map(|(name, column)| {
                    let survey = targets.get(name)?;
                    Some((name.to_owned(), survey.measure(column, rows)))
                });
                Counted::Sums(Sums {
                    modalities: measured.collect::<Result<_, DataError>>()?,
                    targets: spreads.collect(),
                })
            }
        })
    }
}

impl Client for CountingSite<'_> {
    type Scratch = ();

    fn work(&self, task: &Task, _kept: &mut Vec<f32>, (): &mut ()) -> Result<Contribution, ClientError> {
        let Work::Statistics { of } = &task.work else { return Err(ClientError::Work { work: task.work.kind() }) };
        let asked = serde_json::from_slice(of).map_err(|error| ClientError::Statistics(error.into()))?;
        let counted = self.count(&asked).map_err(|error| {
            let text = error.to_string();
            self.faults.lock().unwrap_or_else(PoisonError::into_inner).insert(task.client.0, error);
            ClientError::Statistics(text.into())
        })?;
        let bytes = serde_json::to_vec(&counted).map_err(|error| ClientError::Statistics(error.into()))?;
        Ok(Contribution::counted(task, self.rows.len() as u64, bytes))
    }
}

/// Fits to the training rows: the preparation of each modality, what each target can be, and the open facts that there are; and what was decided
/// where the rows left a choice, as sentences. The sites are those of the spec's federation.
///
/// # Errors
/// [`StatisticsError`] if the rows cannot be divided, or a site cannot count.
pub(crate) fn fit(spec: &Spec, train: &Split) -> Result<(Fitted, Vec<String>), StatisticsError> {
    let key = Key::new(spec.seed);
    let parts = match &spec.federate {
        Some(federate) => federate.partition.apply(train, federate.sites as usize, key)?,
        None => vec![(0..train.len()).collect()],
    };
    fit_by_sites(spec, train, &parts, key.child("statistics"), &CurrentPool)
}

fn fit_by_sites(
    spec: &Spec,
    split: &Split,
    parts: &[Vec<usize>],
    key: Key,
    workers: &dyn Workers,
) -> Result<(Fitted, Vec<String>), StatisticsError> {
    let faults = Mutex::default();
    let clients: Vec<CountingSite<'_>> =
        parts.iter().map(|rows| CountingSite { split, rows, faults: &faults }).collect();
    let ask = |asked: &Asked, on_counted: &mut (dyn FnMut(Counted) -> Result<(), StatisticsError> + Send)| {
        let work = Work::Statistics { of: Arc::new(serde_json::to_vec(asked)?) };
        let survey = consil_fed::Survey::new(&Sites::numbered(parts.len() as u32), work, clients.len(), key);
        let mut outcome = Ok(());
        let mut take = |contribution: Contribution| {
            if outcome.is_ok() {
                let counted = serde_json::from_slice(contribution.statistics().unwrap_or_default());
                outcome = counted.map_err(StatisticsError::from).and_then(&mut *on_counted);
            }
        };
        let asked = simulate::survey(survey, &clients, vec![(); workers.n_workers().get()], workers, &mut take);
        // The rows themselves say more than that a site has failed.
        let faults = std::mem::take(&mut *faults.lock().unwrap_or_else(PoisonError::into_inner));
        match DataError::together(faults.into_values()) {
            Some(error) => Err(error.into()),
            None => asked.map_err(StatisticsError::from).and(outcome),
        }
    };

    let open_facts = spec.logic.as_ref().and_then(|logic| logic.open.clone());
    let mut surveys = Surveys::default();
    ask(&Asked::Survey { modalities: spec.modality.clone(), open_facts }, &mut |counted| match counted {
        Counted::Survey(theirs) => Ok(surveys.merge(theirs)?),
        Counted::Sums(_) => Err(StatisticsError::OtherAnswer),
    })?;
    let (modalities, targets) = (surveys.modalities.clone(), surveys.targets.clone());
    let mut sums = Sums::default();
    ask(&Asked::Sums { modalities, targets }, &mut |counted| match counted {
        Counted::Sums(theirs) => Ok(sums.merge(theirs)?),
        Counted::Survey(_) => Err(StatisticsError::OtherAnswer),
    })?;
    fitted(split, surveys, &sums)
}

/// What the merged statistics give. Of the targets in `split` only the spec's own words (kind and weight) are looked at.
fn fitted(split: &Split, surveys: Surveys, sums: &Sums) -> Result<(Fitted, Vec<String>), StatisticsError> {
    let (mut fitted, mut notes) = (Fitted::default(), Vec::new());
    for (name, survey) in &surveys.modalities {
        let moments = sums.modalities.get(name).ok_or(StatisticsError::OtherAnswer)?;
        let (preparation, said) = moments.finish(survey)?;
        notes.extend(said.into_iter().map(|note| format!("modality {name}: {note}")));
        fitted.preparations.insert(name.clone(), preparation);
    }
    for (name, column) in split.targets() {
        let (Some(survey), Some(spread)) = (surveys.targets.get(name), sums.targets.get(name)) else {
            return Err(StatisticsError::OtherAnswer);
        };
        let target = FittedTarget::fit(name, column.kind(), survey, spread);
        fitted.targets.push(FittedTarget { weight: column.weight(), ..target });
    }
    // Sorted as terms are, not as texts.
    let facts = surveys.open_facts.iter().map(|fact| parse_term(fact));
    let facts = facts.collect::<Result<BTreeSet<Term>, _>>().map_err(|_| StatisticsError::OtherAnswer)?;
    fitted.open_facts = facts.iter().map(Term::to_string).collect();
    Ok((fitted, notes))
}

/// Why sites cannot fit what is learned before training.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StatisticsError {
    /// The rows cannot be divided among the sites.
    #[error(transparent)]
    Partition(#[from] consil_data::PartitionError),
    /// A site did not answer.
    #[error(transparent)]
    Survey(#[from] SimulateError),
    /// Rows that cannot be used, or statistics that do not go together.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Statistics that cannot be written or read.
    #[error("the statistics of a site cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// A site answered another question.
    #[error("a site answered another question than it was asked")]
    OtherAnswer,
}

impl Hint for StatisticsError {
    fn help(&self) -> Option<String> {
        matches!(self, Self::OtherAnswer).then(|| "let all sites run one version of the program".to_owned())
    }
}

/// The threads that the caller works on.
pub(crate) struct CurrentPool;

impl Workers for CurrentPool {
    fn n_workers(&self) -> NonZeroUsize {
        NonZeroUsize::new(rayon::current_num_threads()).unwrap_or(NonZeroUsize::MIN)
    }

    fn run(&self, job: &(dyn Fn(usize) + Sync)) {
        rayon::scope(|scope| (0..self.n_workers().get()).for_each(|worker| scope.spawn(move |_| job(worker))));
    }
}
