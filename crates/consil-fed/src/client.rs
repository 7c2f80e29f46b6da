//! What a site does: train on a task, and keep to itself what the layout says is its own.

use std::error::Error;
use std::sync::Arc;

use thiserror::Error;

use crate::layout::Selection;
use crate::metrics::Metrics;
use crate::task::{ClientTask, Update};

/// A site of a federation.
pub trait Client: Send {
    /// Trains as the task says and answers with an update. The answer is a function of the task and of what the client kept,
    /// never of time or of other clients.
    ///
    /// # Errors
    /// [`ClientError`]: the server then goes on without this client in this round.
    fn fit(&mut self, task: &ClientTask) -> Result<Update, ClientError>;

    /// Whether the client adds a task's correction to its gradients. One that does not is refused by strategies that need it.
    fn follows_corrections(&self) -> bool {
        false
    }

    /// What the client keeps between rounds, to be stored with a run.
    fn save(&self) -> Vec<f32> {
        Vec::new()
    }

    /// Takes back what [`Client::save`] gave.
    ///
    /// # Errors
    /// [`ClientError::Kept`] if it is of another length.
    fn restore(&mut self, kept: &[f32]) -> Result<(), ClientError> {
        if kept.is_empty() { Ok(()) } else { Err(ClientError::Kept { expected: 0, found: kept.len() }) }
    }
}

/// A site's side of a layout: it lays the global model over what the site kept, and after training parts the two again.
///
/// Frozen values come from the initial model and are shared between simulated sites; only local parameters, and
/// buffers that are not averaged, take memory for each site.
#[derive(Clone, Debug)]
pub struct Site {
    selection: Arc<Selection>,
    initial: Arc<Vec<f32>>,
    kept: Vec<f32>,
}

impl Site {
    /// A site that begins at the initial model, a flat vector `[n_values]`.
    ///
    /// # Panics
    /// If `initial` is of another layout than the selection.
    pub fn new(selection: Arc<Selection>, initial: Arc<Vec<f32>>) -> Self {
        let kept = selection.gather_kept(&initial);
        Self { selection, initial, kept }
    }

    /// The model at this site, `[n_values]`: the global values `[n_sent]` over the site's own.
    ///
    /// # Errors
    /// [`ClientError::TaskLength`] if `global` is of another layout.
    pub fn model(&self, global: &[f32]) -> Result<Vec<f32>, ClientError> {
        let expected = self.selection.n_sent();
        if global.len() != expected {
            return Err(ClientError::TaskLength { expected, found: global.len() });
        }
        let mut flat = self.initial.to_vec();
        self.selection.scatter(global, &mut flat);
        self.selection.scatter_kept(&self.kept, &mut flat);
        Ok(flat)
    }

    /// A task's correction in the flat order, `[n_values]`, zero where nothing is corrected.
    ///
    /// # Errors
    /// [`ClientError::TaskLength`] if it is of another layout.
    pub fn correction(&self, task: &ClientTask) -> Result<Option<Vec<f32>>, ClientError> {
        let Some(correction) = &task.correction else { return Ok(None) };
        let expected = self.selection.n_sent();
        if correction.len() != expected {
            return Err(ClientError::TaskLength { expected, found: correction.len() });
        }
        let mut flat = vec![0.0; self.selection.n_values()];
        self.selection.scatter(correction, &mut flat);
        Ok(Some(flat))
    }

    /// The answer to a task after training: keeps what is the site's own out of `trained` `[n_values]`, and gives the
    /// change of what travels.
    ///
    /// # Panics
    /// If `trained` or the task's model is of another layout; [`Site::model`] has refused such a task.
    pub fn update(&mut self, task: &ClientTask, trained: &[f32], n_samples: u64, metrics: Metrics) -> Update {
        self.kept = self.selection.gather_kept(trained);
        let mut delta = self.selection.gather(trained);
        assert_eq!(delta.len(), task.global.len(), "the task is of another layout");
        delta.iter_mut().zip(task.global.iter()).for_each(|(new, old)| *new -= old);
        Update::delta(task, delta, n_samples, metrics)
    }

    /// What the site keeps between rounds.
    pub fn kept(&self) -> &[f32] {
        &self.kept
    }

    /// Takes back what [`Site::kept`] gave.
    ///
    /// # Errors
    /// [`ClientError::Kept`] if it is of another length.
    pub fn restore(&mut self, kept: &[f32]) -> Result<(), ClientError> {
        if kept.len() != self.kept.len() {
            return Err(ClientError::Kept { expected: self.kept.len(), found: kept.len() });
        }
        self.kept.copy_from_slice(kept);
        Ok(())
    }
}

/// Why a client has no update.
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
    /// The stored state is of another layout.
    #[error("the stored state of the client has {found} values, and {expected} are needed; it is of another model")]
    Kept {
        /// The length needed.
        expected: usize,
        /// The length found.
        found: usize,
    },
    /// Training failed.
    #[error("training at the site failed")]
    Training(#[source] Box<dyn Error + Send + Sync>),
}

#[cfg(test)]
mod tests {
    use consil_random::Key;

    use super::*;
    use crate::layout::{Buffers, Entry, Layout, Role};
    use crate::payload::Payload;
    use crate::task::ClientId;

    fn task(global: Vec<f32>) -> ClientTask {
        let key = Key::new(0);
        let global = Arc::new(global);
        ClientTask { round: 0, client: ClientId(0), global, epochs: 1, proximal: 0.0, correction: None, key }
    }

    #[test]
    fn local_values_stay_and_survive_the_next_global_model() {
        let entry = |name: &str, role| Entry::f32(name, [1], role);
        let layout =
            Layout::new(vec![entry("head", Role::Local), entry("body", Role::Shared), entry("ice", Role::Frozen)]);
        let selection = Arc::new(layout.unwrap().select(Buffers::Average));
        let mut site = Site::new(selection, Arc::new(vec![1.0, 2.0, 3.0]));
        assert_eq!(site.model(&[20.0]).unwrap(), [1.0, 20.0, 3.0]);

        let update = site.update(&task(vec![20.0]), &[1.5, 21.0, 99.0], 4, Metrics::default());
        assert_eq!(update.payload, Payload::Delta(vec![1.0]));
        assert_eq!(site.model(&[30.0]).unwrap(), [1.5, 30.0, 3.0], "the head is kept, the frozen value is not");

        let kept = site.kept().to_vec();
        let mut other = Site::new(site.selection.clone(), site.initial.clone());
        other.restore(&kept).unwrap();
        assert_eq!(other.model(&[30.0]).unwrap(), [1.5, 30.0, 3.0]);
        assert!(matches!(other.restore(&[0.0, 1.0]), Err(ClientError::Kept { expected: 1, found: 2 })));
    }

    #[test]
    fn a_model_of_another_length_is_refused() {
        let layout = Layout::new(vec![Entry::f32("w", [2], Role::Shared)]).unwrap();
        let site = Site::new(Arc::new(layout.select(Buffers::Average)), Arc::new(vec![0.0; 2]));
        assert!(matches!(site.model(&[1.0]), Err(ClientError::TaskLength { expected: 2, found: 1 })));
        let long = ClientTask { correction: Some(Arc::new(vec![0.0; 3])), ..task(vec![0.0; 2]) };
        assert!(matches!(site.correction(&long), Err(ClientError::TaskLength { expected: 2, found: 3 })));
    }

    #[test]
    fn a_correction_is_laid_out_as_the_model_is() {
        let entry = |name: &str, role| Entry::f32(name, [1], role);
        let layout = Layout::new(vec![entry("head", Role::Local), entry("body", Role::Shared)]).unwrap();
        let site = Site::new(Arc::new(layout.select(Buffers::Average)), Arc::new(vec![5.0; 2]));
        assert_eq!(site.correction(&task(vec![0.0])).unwrap(), None);
        let corrected = ClientTask { correction: Some(Arc::new(vec![0.25])), ..task(vec![0.0]) };
        assert_eq!(site.correction(&corrected).unwrap(), Some(vec![0.0, 0.25]));
    }
}
