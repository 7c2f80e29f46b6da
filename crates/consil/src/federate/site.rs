//! A simulated site: it owns its rows, and works in the scratch of whichever worker has it.

use std::error::Error;
use std::sync::Arc;

use consil_data::Item;
use consil_diagnostic::hint;
use consil_fed::{Client, ClientError, Contribution, Cover, Effort, Metrics, SiteModel, Work, gradient_weight};
use consil_graph::Weights;
use consil_nn::{LocalConfig, LocalReport, OptimizerConfig, local};

use super::FederateError;
use crate::learner::Learner;
use crate::project::Project;
use consil_neurosym::HEAD;

/// A site that trains on its own rows of the shared training split.
pub(super) struct SimulatedSite<'a> {
    project: &'a Project,
    learner: &'a Learner<'a>,
    model: &'a SiteModel,
    rows: Vec<usize>,
    cover: Cover,
}

/// What a worker trains in.
pub(super) struct Scratch {
    weights: Weights,
}

impl Scratch {
    pub(super) fn new(weights: &Weights) -> Self {
        Self { weights: weights.clone() }
    }
}

impl<'a> SimulatedSite<'a> {
    /// # Errors
    /// When a row cannot be looked at.
    pub(super) fn new(
        project: &'a Project,
        learner: &'a Learner<'a>,
        model: &'a SiteModel,
        rows: Vec<usize>,
    ) -> Result<Self, FederateError> {
        let cover = covered(project, model, &rows)?;
        Ok(Self { project, learner, model, rows, cover })
    }

    fn train(
        &self,
        train: &consil_fed::Train,
        key: consil_random::Key,
        weights: &mut Weights,
    ) -> Result<LocalReport, ClientError> {
        let settings = &self.project.spec().train;
        let config = LocalConfig {
            epochs: train.epochs as usize,
            batch_size: settings.batch_size,
            optimizer: settings.optimizer.clone(),
            rate: train.rate as f32,
            clip_norm: settings.clip_norm,
            proximal: train.proximal,
            correction: self.model.correction(train)?.map(Arc::new),
        };
        local(self.learner, &self.rows, weights, &config, key).map_err(|error| ClientError::Training(told(error)))
    }
}

impl SimulatedSite<'_> {
    /// Counts how the global model does on the site's own rows, with what of the model is the site's own.
    fn evaluate(
        &self,
        task: &consil_fed::Task,
        model: &[f32],
        kept: &[f32],
        scratch: &mut Scratch,
    ) -> Result<Contribution, ClientError> {
        self.model.lay(model, kept, scratch.weights.values_mut())?;
        let evaluation = (self.learner.evaluation(&scratch.weights, &self.rows))
            .map_err(|error| ClientError::Evaluation(told(error)))?;
        let metrics = evaluation.metrics().iter().filter(|(_, value)| value.is_finite()).collect();
        let counts = serde_json::to_vec(&evaluation).map_err(|error| ClientError::Evaluation(error.into()))?;
        Ok(Contribution::evaluated(task, self.rows.len() as u64, counts, metrics))
    }
}

impl Client for SimulatedSite<'_> {
    type Scratch = Scratch;

    fn work(
        &self,
        task: &consil_fed::Task,
        kept: &mut Vec<f32>,
        scratch: &mut Scratch,
    ) -> Result<Contribution, ClientError> {
        let train = match &task.work {
            Work::Train(train) => train,
            Work::Evaluate { model } => return self.evaluate(task, model, kept, scratch),
            other => return Err(ClientError::Work { work: other.kind() }),
        };
        if self.cover == Cover::Entries(Vec::new()) {
            return Err(ClientError::NothingCovered);
        }
        let weights = &mut scratch.weights;
        self.model.lay(&train.model, kept, weights.values_mut())?;
        let report = self.train(train, task.key, weights)?;
        let effort = Effort {
            n_samples: self.rows.len() as u64,
            steps: report.steps,
            gradient_weight: weight_of_gradients(&self.project.spec().train.optimizer, report.steps, train.rate),
        };
        let done = (effort, Metrics::loss(report.loss));
        self.model.part((task, train), weights.values(), kept, self.cover.clone(), done)
    }

    fn follows_corrections(&self) -> bool {
        true
    }
}

/// What the gradients of so many steps weigh in the change of the model; 0 for optimisers in which they have no weight of their own.
fn weight_of_gradients(optimizer: &OptimizerConfig, steps: u64, rate: f64) -> f64 {
    match optimizer {
        OptimizerConfig::Sgd(sgd) => {
            gradient_weight(steps, f64::from(sgd.lr) * rate, f64::from(sgd.momentum), sgd.nesterov)
        }
        _ => 0.0,
    }
}

/// The parameters that the rows of a site can train: not those of a network all of whose inputs are absent from every row, and of a head not
/// those that encode an absent modality.
fn covered(project: &Project, model: &SiteModel, rows: &[usize]) -> Result<Cover, FederateError> {
    let spec = project.spec();
    let train = &project.data().train;
    let items: Vec<&Item> = train.items().collect();
    let mut absent = Vec::new();
    for modality in spec.modality.keys() {
        let mut is_present = false;
        for item in items.iter().filter(|item| item.modality == *modality) {
            for row in rows {
                is_present = is_present || train.is_present(*row, item)?;
            }
        }
        if !is_present {
            absent.push(modality.as_str());
        }
    }
    let is_absent = |modality: &str| absent.contains(&modality);
    let lacks = |parameter: &str| {
        let mut scopes = parameter.split('.');
        let (network, within) = (scopes.next().unwrap_or_default(), scopes.next().unwrap_or_default());
        match spec.network.get(network) {
            Some(config) if network != HEAD => config.inputs().iter().all(|input| is_absent(input)),
            _ => network == HEAD && is_absent(within),
        }
    };
    Ok(model.entries().covering(|parameter| !lacks(parameter)))
}

/// An error with what helps, as the text that a site sends instead of an answer.
fn told(error: impl Error + Send + Sync + 'static) -> Box<dyn Error + Send + Sync> {
    match hint::find(&error, &[consil_neurosym::HINTS]) {
        Some(help) => format!("{error}\n  help: {help}").into(),
        None => error.into(),
    }
}
