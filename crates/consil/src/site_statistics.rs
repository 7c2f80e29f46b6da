//! Preparations fitted as a federation fits them: each site counts on its own rows, and the server merges the counts.
//!
//! Vocabularies, scalings and sizes are learned in two passes of messages ([`Work::Statistics`]): a survey of what the values are like, then
//! sums over the values as the merged survey decides to prepare them. No row leaves its site. The statistics are exact, so that the
//! preparations do not depend on how the rows are divided.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::num::NonZeroUsize;
use std::sync::Arc;

use consil_data::{DataError, Fitted, ModalityConfig, Moments, Split, Survey};
use consil_fed::simulate::SimulateError;
use consil_fed::{Client, ClientError, Contribution, Sites, Task, Work, Workers, simulate};
use consil_random::Key;
use serde::{Deserialize, Serialize};

use crate::spec::Spec;

/// What the server asks.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Asked {
    /// What the values of each modality are like.
    Survey(BTreeMap<String, ModalityConfig>),
    /// Sums over the values, as these surveys decide to prepare them.
    Moments(BTreeMap<String, Survey>),
}

/// What a site answers.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Counted {
    Surveys(BTreeMap<String, Survey>),
    Moments(BTreeMap<String, Moments>),
}

/// A site that counts on its own rows.
struct CountingSite<'a> {
    split: &'a Split,
    rows: &'a [usize],
}

impl CountingSite<'_> {
    fn count(&self, asked: &Asked) -> Result<Counted, DataError> {
        Ok(match asked {
            Asked::Survey(modalities) => {
                let survey = |(name, config): (&String, &ModalityConfig)| {
                    Ok((name.clone(), Survey::of(name, config, self.split, self.rows)?))
                };
                Counted::Surveys(modalities.iter().map(survey).collect::<Result<_, _>>()?)
            }
            Asked::Moments(surveys) => {
                let measure =
                    |(name, survey): (&String, &Survey)| Ok((name.clone(), survey.measure(self.split, self.rows)?));
                Counted::Moments(surveys.iter().map(measure).collect::<Result<_, _>>()?)
            }
        })
    }
}

impl Client for CountingSite<'_> {
    type Scratch = ();

    fn work(&self, task: &Task, _kept: &mut Vec<f32>, (): &mut ()) -> Result<Contribution, ClientError> {
        let Work::Statistics { of } = &task.work else { return Err(ClientError::Work { work: task.work.kind() }) };
        let asked = serde_json::from_slice(of).map_err(|error| ClientError::Training(error.into()))?;
        let counted = self.count(&asked).map_err(|error| ClientError::Training(error.into()))?;
        let bytes = serde_json::to_vec(&counted).map_err(|error| ClientError::Training(error.into()))?;
        Ok(Contribution::counted(task, self.rows.len() as u64, bytes))
    }
}

/// Fits the preparation of each modality by the sites of the spec's federation.
///
/// # Errors
/// [`StatisticsError`] if the spec has none, its rows cannot be divided, or a site cannot count.
pub(crate) fn fit(spec: &Spec, train: &Split) -> Result<Fitted, StatisticsError> {
    let federate = spec.federate.as_ref().ok_or(StatisticsError::NoFederation)?;
    let key = Key::new(spec.seed);
    let parts = federate.partition.apply(train, federate.sites as usize, key)?;
    fit_by_sites(&spec.modality, train, &parts, key.child("statistics"), &CurrentPool)
}

fn fit_by_sites(
    modalities: &BTreeMap<String, ModalityConfig>,
    split: &Split,
    parts: &[Vec<usize>],
    key: Key,
    workers: &dyn Workers,
) -> Result<Fitted, StatisticsError> {
    let clients: Vec<CountingSite<'_>> = parts.iter().map(|rows| CountingSite { split, rows }).collect();
    let sites = Sites::numbered(parts.len() as u32);
    let ask = |asked: &Asked, on_counted: &mut (dyn FnMut(Counted) -> Result<(), StatisticsError> + Send)| {
        let work = Work::Statistics { of: Arc::new(serde_json::to_vec(asked)?) };
        let survey = consil_fed::Survey::new(&sites, work, clients.len(), key);
        let mut outcome = Ok(());
        let mut take = |contribution: Contribution| {
            if outcome.is_ok() {
                let counted = serde_json::from_slice(contribution.statistics().unwrap_or_default());
                outcome = counted.map_err(StatisticsError::from).and_then(&mut *on_counted);
            }
        };
        simulate::survey(survey, &clients, vec![(); workers.n_workers().get()], workers, &mut take)?;
        outcome
    };

    let mut surveys: BTreeMap<String, Survey> = BTreeMap::new();
    ask(&Asked::Survey(modalities.clone()), &mut |counted| match counted {
        Counted::Surveys(theirs) => merge(&mut surveys, theirs, Survey::merge),
        Counted::Moments(_) => Err(StatisticsError::OtherAnswer),
    })?;
    let mut moments: BTreeMap<String, Moments> = BTreeMap::new();
    ask(&Asked::Moments(surveys.clone()), &mut |counted| match counted {
        Counted::Moments(theirs) => merge(&mut moments, theirs, Moments::merge),
        Counted::Surveys(_) => Err(StatisticsError::OtherAnswer),
    })?;
    let mut fitted = Fitted { preparations: BTreeMap::new(), notes: Vec::new() };
    for (name, moments) in moments {
        let survey = surveys.get(&name).ok_or(StatisticsError::OtherAnswer)?;
        let (preparation, notes) = moments.finish(survey)?;
        fitted.notes.extend(notes.into_iter().map(|note| (name.clone(), note)));
        fitted.preparations.insert(name, preparation);
    }
    Ok(fitted)
}

fn merge<T>(
    ours: &mut BTreeMap<String, T>,
    theirs: BTreeMap<String, T>,
    add: impl Fn(&mut T, &T) -> Result<(), DataError>,
) -> Result<(), StatisticsError> {
    for (name, theirs) in theirs {
        match ours.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(theirs);
            }
            Entry::Occupied(mut entry) => add(entry.get_mut(), &theirs)?,
        }
    }
    Ok(())
}

/// Why sites cannot fit the preparations.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StatisticsError {
    /// The spec has no federation.
    #[error("the spec has no [federate]")]
    NoFederation,
    /// The rows cannot be divided among the sites.
    #[error(transparent)]
    Partition(#[from] consil_data::PartitionError),
    /// A site cannot count.
    #[error(transparent)]
    Survey(#[from] SimulateError),
    /// The statistics do not go together.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Statistics that cannot be written or read.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// A site answered another question.
    #[error("a site answered another question than it was asked")]
    OtherAnswer,
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

#[cfg(test)]
mod tests {
    use consil_data::{DataConfig, ModalityKind, Source};
    use consil_fed::OneWorker;

    use super::*;

    #[test]
    fn sites_fit_what_all_rows_together_would() {
        let config = DataConfig { source: Some(Source::Demo), ..DataConfig::default() };
        let kinds = [("image", ModalityKind::Vision), ("gesture", ModalityKind::Sensor)];
        let modalities: BTreeMap<String, ModalityConfig> =
            kinds.map(|(name, kind)| (name.to_owned(), ModalityConfig::new(kind))).into();
        let train = consil_data::open(&config, &modalities, std::path::Path::new("."), 7).unwrap().train;
        let pooled = consil_data::fit(&modalities, &train).unwrap();
        for n_sites in [1, 7] {
            let parts = consil_data::iid(train.len(), n_sites, Key::new(3)).unwrap();
            let fitted = fit_by_sites(&modalities, &train, &parts, Key::new(1), &OneWorker).unwrap();
            let bytes = |fitted: &Fitted| serde_json::to_string(&fitted.preparations).unwrap();
            assert_eq!((bytes(&fitted), &fitted.notes), (bytes(&pooled), &pooled.notes), "{n_sites} sites");
        }
    }
}
