//! A training that leaves nothing behind but its result: what searches and ablations compare.

use std::collections::BTreeMap;
use std::time::Instant;

use consil_nn::{Event, Trainer};
use consil_random::Key;
use serde::Serialize;

use crate::outcome::Score;
use crate::project::Project;
use crate::size::Size;
use crate::train::TrainError;

/// What a training came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trial {
    /// The score of each split that was asked for.
    pub scores: BTreeMap<&'static str, Score>,
    /// How large the training was.
    pub size: Size,
    /// Bytes that inference holds at once for one sample: all weights, and the largest network's inputs and results alive together.
    pub memory_bytes: u64,
    /// Seconds of training.
    pub seconds: f64,
}

impl Trial {
    /// Trains a project's model from the start and scores it on the named splits (`valid`, `test`); those that the data lacks have no score. `None` when
    /// `stops` became true.
    ///
    /// # Errors
    /// [`TrainError`].
    pub fn run(project: &Project, on: &[&str], stops: &dyn Fn() -> bool) -> Result<Option<Self>, TrainError> {
        let begin = Instant::now();
        let spec = project.spec();
        let learner = project.train_learner();
        let n_rows = project.data().train.len();
        let (weights, _) = project.initial_weights()?;
        // The key of a training in a run folder, so that both come to the same weights.
        let key = Key::new(spec.seed).child("train");
        let mut trainer = Trainer::new(&spec.train, &learner, weights, key, (0..n_rows).collect());
        let valid = project.valid_learner();
        if let Some(valid) = &valid
            && spec.train.early_stopping.is_some()
        {
            trainer = trainer.validate_on(valid);
        }
        let mut epochs = 0;
        for event in trainer.by_ref() {
            if let Event::Epoch { .. } = event? {
                epochs += 1;
            }
            if stops() {
                return Ok(None);
            }
        }
        let weights = trainer.into_weights();
        let seconds = begin.elapsed().as_secs_f64();
        let mut scores = BTreeMap::new();
        for (name, split) in project.splits().filter(|(name, _)| on.contains(name)) {
            let rows: Vec<usize> = (0..split.len()).collect();
            let evaluation = crate::Learner::new(project.model(), split).evaluation(&weights, &rows)?;
            scores.insert(name, Score::from(&evaluation));
        }
        Ok(Some(Self {
            scores,
            size: Size::of(project.model(), n_rows, epochs * n_rows as u64),
            memory_bytes: memory(project),
            seconds,
        }))
    }
}

fn memory(project: &Project) -> u64 {
    let costs = || project.model().networks().values().map(|network| network.graph().cost());
    let weights: u64 = costs().map(|cost| cost.weight_bytes).sum();
    weights + costs().map(|cost| cost.peak_activation_bytes).max().unwrap_or(0)
}
