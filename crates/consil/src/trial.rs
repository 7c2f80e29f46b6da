//! A training that leaves nothing behind but its result: what searches and ablations compare.

use std::collections::BTreeMap;

use consil_graph::Cost;
use consil_nn::Task;
use consil_random::Key;
use serde::Serialize;

use crate::context::RunContext;
use crate::driver::{Drive, Start, drive};
use crate::outcome::Score;
use crate::project::Project;
use crate::train::TrainError;
use crate::training_size::TrainingSize;

/// What a training came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trial {
    /// The score of each split that was asked for.
    pub scores: BTreeMap<&'static str, Score>,
    /// How large the training was.
    pub size: TrainingSize,
    /// Bytes that inference holds at once for one sample: all weights, and the largest network's inputs and results alive together.
    pub memory_bytes: u64,
    /// Seconds of training.
    pub seconds: f64,
}

impl Trial {
    /// Trains a project's model from the start and scores it on the named splits (`valid`, `test`); those that the data lacks have no score. `None` once the
    /// context is interrupted.
    ///
    /// # Errors
    /// [`TrainError`].
    pub fn run(project: &Project, on: &[&str], context: &RunContext<'_>) -> Result<Option<Self>, TrainError> {
        let learner = project.train_learner();
        let n_rows = project.data().train.len();
        let (weights, _) = project.initial_weights()?;
        let valid = project.valid_learner().filter(|_| project.train_config().early_stopping.is_some());
        let training = Drive {
            config: project.train_config(),
            task: &learner,
            validation: valid.as_ref().map(|valid| valid as &dyn Task),
            rows: (0..n_rows).collect(),
            // The key of a training in a run folder, so that both come to the same weights.
            key: Key::new(project.spec().seed).child("train"),
            start: Start::Weights(Box::new(weights)),
            keeps: None,
        };
        let Some(driven) = drive(training, &mut context.unobserved())? else { return Ok(None) };
        let mut scores = BTreeMap::new();
        for (name, split) in project.splits().filter(|(name, _)| on.contains(name)) {
            let rows: Vec<usize> = (0..split.len()).collect();
            let learner = crate::Learner::new(project.model(), split);
            let evaluation = context.workers().run(|| learner.evaluation(&driven.weights, &rows))?;
            scores.insert(name, Score::from(&evaluation));
        }
        Ok(Some(Self {
            scores,
            size: TrainingSize::of(project.model(), n_rows, driven.samples),
            memory_bytes: memory(project),
            seconds: driven.seconds,
        }))
    }
}

fn memory(project: &Project) -> u64 {
    let cost = Cost::of_model(project.model().networks().values().map(|network| network.graph()));
    cost.weight_bytes + cost.peak_activation_bytes
}
