//! What a site does: the work of a task, keeping to itself what the layout says is its own.

use std::error::Error;
use std::sync::Arc;

use consil_layout::Selection;
use thiserror::Error;

use crate::contribution::{Contribution, Effort};
use crate::cover::{Cover, SentEntries};
use crate::metrics::Metrics;
use crate::work::{Task, Train};

/// A site of a federation.
///
/// A site owns its data and nothing that grows with the model: what it works in is the worker's [`Scratch`](Self::Scratch), which the next
/// site uses after it, and what it keeps between rounds is handed to it.
pub trait Client: Sync {
    /// What a worker works in: weights, moments, buffers. The answer does not depend on what is in it.
    type Scratch: Send;

    /// Does a task. The answer is a function of the task and of what the site kept, never of time or of other clients.
    ///
    /// `kept` is what the site keeps between rounds, empty at first. What is left in it is kept if the round counts.
    ///
    /// # Errors
    /// [`ClientError`]: the server then goes on without this client in this round.
    fn work(&self, task: &Task, kept: &mut Vec<f32>, scratch: &mut Self::Scratch) -> Result<Contribution, ClientError>;

    /// Whether the client adds a task's correction to its gradients. One that does not is refused by strategies that need it.
    fn follows_corrections(&self) -> bool {
        false
    }
}

/// The site's side of a layout: it lays the global model over what the site kept, and after training parts the two again.
///
/// One value serves all sites of a simulation: frozen values and the places of values are the same for all.
#[derive(Clone, Debug)]
pub struct SiteModel {
    selection: Arc<Selection>,
    entries: Arc<SentEntries>,
    initial: Arc<Vec<f32>>,
}

impl SiteModel {
    /// Sites that begin at the initial model, a flat vector `[n_values]`.
    ///
    /// # Panics
    /// If `initial` is of another layout than the selection.
    pub fn new(selection: Arc<Selection>, entries: Arc<SentEntries>, initial: Arc<Vec<f32>>) -> Self {
        assert_eq!(selection.n_values(), initial.len(), "the initial model is of another layout");
        Self { selection, entries, initial }
    }

    /// The parameters that travel.
    pub fn entries(&self) -> &SentEntries {
        &self.entries
    }

    /// Writes the model of a site into `flat` `[n_values]`: the global values `[n_sent]` over the site's own.
    ///
    /// # Errors
    /// [`ClientError`] if the global values or the kept ones are of another layout.
    ///
    /// # Panics
    /// If `flat` is.
    pub fn lay(&self, model: &[f32], kept: &[f32], flat: &mut [f32]) -> Result<(), ClientError> {
        let (expected, n_kept) = (self.selection.n_sent(), self.selection.n_kept());
        if model.len() != expected {
            return Err(ClientError::TaskLength { expected, found: model.len() });
        }
        flat.copy_from_slice(&self.initial);
        self.selection.scatter(model, flat);
        match kept.len() {
            0 => {}
            found if found == n_kept => self.selection.scatter_kept(kept, flat),
            found => return Err(ClientError::Kept { expected: n_kept, found }),
        }
        Ok(())
    }

    /// A correction in the flat order, `[n_values]`, zero where nothing is corrected.
    ///
    /// # Errors
    /// [`ClientError::TaskLength`] if it is of another layout.
    pub fn correction(&self, train: &Train) -> Result<Option<Vec<f32>>, ClientError> {
        let Some(correction) = &train.correction else { return Ok(None) };
        let (expected, found) = (self.entries.n_trained(), correction.len());
        if expected != found {
            return Err(ClientError::TaskLength { expected, found });
        }
        let mut sent = correction.to_vec();
        sent.resize(self.selection.n_sent(), 0.0);
        let mut flat = vec![0.0; self.selection.n_values()];
        self.selection.scatter(&sent, &mut flat);
        Ok(Some(flat))
    }

    /// Parts the trained model `[n_values]`: what is the site's own goes to `kept`, and the change of what travels and is covered is the
    /// answer.
    ///
    /// # Errors
    /// [`ClientError::Cover`] if the cover names parameters that do not travel.
    ///
    /// # Panics
    /// If `trained` or the task's model is of another layout; [`SiteModel::lay`] has refused such a task.
    pub fn part(
        &self,
        (task, train): (&Task, &Train),
        trained: &[f32],
        kept: &mut Vec<f32>,
        cover: Cover,
        (effort, metrics): (Effort, Metrics),
    ) -> Result<Contribution, ClientError> {
        let covered = self.entries.covered(&cover).ok_or(ClientError::Cover)?;
        *kept = self.selection.gather_kept(trained);
        let mut delta = self.selection.gather(trained);
        assert_eq!(delta.len(), train.model.len(), "the task is of another layout");
        delta.iter_mut().zip(train.model.iter()).for_each(|(new, old)| *new -= old);
        if cover != Cover::All {
            delta = self.entries.gather(&covered, &delta);
        }
        Ok(Contribution::trained(task, cover, delta, effort, metrics))
    }
}

/// Why a client has no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The task's model is of another layout.
    #[error(
        "the task's model has {found} values, and this site's layout sends {expected}; the two sides run different specs"
    )]
    TaskLength {
        /// The length of this site's sent order.
        expected: usize,
        /// The length of the task's vector.
        found: usize,
    },
    /// The kept state is of another layout.
    #[error("the stored state of the client has {found} values, and {expected} are needed; it is of another model")]
    Kept {
        /// The length needed.
        expected: usize,
        /// The length found.
        found: usize,
    },
    /// The site would cover parameters that do not travel.
    #[error("the site's parameters are not those of the model that travels")]
    Cover,
    /// The site does not do this kind of work.
    #[error("the site does no {work}")]
    Work {
        /// The kind of work.
        work: crate::work::WorkKind,
    },
    /// The site's rows train nothing of the model.
    #[error("none of the site's rows has a modality that the model reads")]
    NothingCovered,
    /// Training failed.
    #[error("training at the site failed")]
    Training(#[source] Box<dyn Error + Send + Sync>),
    /// Evaluating failed.
    #[error("evaluation at the site failed")]
    Evaluation(#[source] Box<dyn Error + Send + Sync>),
    /// Counting failed.
    #[error("the site cannot count what it is asked")]
    Statistics(#[source] Box<dyn Error + Send + Sync>),
}

#[cfg(test)]
mod tests {
    use consil_layout::{Buffers, Entry, Layout, Role};
    use consil_random::Key;

    use super::*;
    use crate::contribution::Vector;
    use crate::sites::{ClientId, SiteName};
    use crate::work::Work;

    fn train(model: Vec<f32>) -> Train {
        Train { model: Arc::new(model), epochs: 1, rate: 1.0, proximal: 0.0, correction: None }
    }

    fn task(train: &Train) -> Task {
        let work = Work::Train(train.clone());
        Task { round: 0, client: ClientId(0), site: SiteName::new("a"), work, key: Key::new(0) }
    }

    fn model(entries: &[(&str, Role)], initial: &[f32]) -> SiteModel {
        let entries = entries.iter().map(|(name, role)| Entry::f32(*name, [1], *role)).collect();
        let layout = Layout::new(entries).unwrap();
        let sent = Arc::new(SentEntries::new(&layout, Buffers::Average));
        SiteModel::new(Arc::new(layout.select(Buffers::Average)), sent, Arc::new(initial.to_vec()))
    }

    fn laid(model: &SiteModel, global: &[f32], kept: &[f32]) -> Vec<f32> {
        let mut flat = vec![f32::NAN; model.initial.len()];
        model.lay(global, kept, &mut flat).unwrap();
        flat
    }

    #[test]
    fn local_values_stay_and_survive_the_next_global_model() {
        let site = model(&[("head", Role::Local), ("body", Role::Shared), ("ice", Role::Frozen)], &[1.0, 2.0, 3.0]);
        let mut kept = Vec::new();
        assert_eq!(laid(&site, &[20.0], &kept), [1.0, 20.0, 3.0]);

        let train = train(vec![20.0]);
        let done = (Effort { n_samples: 4, ..Effort::default() }, Metrics::default());
        let answer = site.part((&task(&train), &train), &[1.5, 21.0, 99.0], &mut kept, Cover::All, done).unwrap();
        assert_eq!(answer.vectors["delta"], Vector::F32(vec![1.0]));
        assert_eq!(laid(&site, &[30.0], &kept), [1.5, 30.0, 3.0], "the head is kept, the frozen value is not");
        let other = site.lay(&[30.0], &[0.0, 1.0], &mut [0.0; 3]);
        assert!(matches!(other, Err(ClientError::Kept { expected: 1, found: 2 })));
    }

    #[test]
    fn only_what_is_covered_is_sent() {
        let site = model(&[("image", Role::Shared), ("voice", Role::Shared)], &[0.0; 2]);
        let train = train(vec![1.0, 2.0]);
        let cover = site.entries().covering(|name| name == "voice");
        let done = (Effort::default(), Metrics::default());
        let answer = site.part((&task(&train), &train), &[1.5, 2.5], &mut Vec::new(), cover.clone(), done).unwrap();
        assert_eq!((answer.cover, &answer.vectors["delta"]), (cover, &Vector::F32(vec![0.5])));
    }

    #[test]
    fn a_model_of_another_length_is_refused() {
        let site = model(&[("a", Role::Shared), ("b", Role::Shared)], &[0.0; 2]);
        assert!(matches!(site.lay(&[1.0], &[], &mut [0.0; 2]), Err(ClientError::TaskLength { expected: 2, found: 1 })));
        let long = Train { correction: Some(Arc::new(vec![0.0; 3])), ..train(vec![0.0; 2]) };
        assert!(matches!(site.correction(&long), Err(ClientError::TaskLength { expected: 2, found: 3 })));
    }

    #[test]
    fn a_correction_is_laid_out_as_the_model_is() {
        let site = model(&[("mean", Role::Buffer), ("head", Role::Local), ("body", Role::Shared)], &[5.0; 3]);
        assert_eq!(site.correction(&train(vec![0.0; 2])).unwrap(), None);
        let corrected = Train { correction: Some(Arc::new(vec![0.25])), ..train(vec![0.0; 2]) };
        assert_eq!(site.correction(&corrected).unwrap(), Some(vec![0.0, 0.0, 0.25]));
    }
}
