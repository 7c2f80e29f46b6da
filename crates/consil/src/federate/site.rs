//! A simulated site: it owns its rows, and works in the scratch of whichever worker has it.

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;

use consil_diagnostic::hint;
use consil_fed::{Client, ClientError, Contribution, Cover, Effort, Metrics, SiteModel, Work, gradient_weight};
use consil_graph::Weights;
use consil_logic::LeafKind;
use consil_neurosym::HEAD;
use consil_nn::{LocalConfig, LocalReport, OptimizerConfig, local};

use super::FederateError;
use crate::learner::Learner;
use crate::model::item_of;
use crate::project::Project;

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
        let cover = covered(project, learner, model, &rows)?;
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

/// The parameters that the rows of a site can train: those of every network that some row shows all inputs of a question, and of a head all but
/// those that encode a modality which no row has. An encoder that networks share is trained by each of them.
fn covered(
    project: &Project,
    learner: &Learner<'_>,
    model: &SiteModel,
    rows: &[usize],
) -> Result<Cover, FederateError> {
    let train = &project.data().train;
    let networks = project.model().networks();
    let shown = shown(project, learner, rows)?;
    let mut absent: BTreeSet<&str> = project.spec().modality.keys().map(String::as_str).collect();
    for item in train.items() {
        for row in rows {
            if !absent.contains(item.modality.as_str()) {
                break;
            }
            if train.is_present(*row, item)? {
                absent.remove(item.modality.as_str());
            }
        }
    }
    // Parameters of a head are named `head.MODALITY.…` where they encode one.
    let encodes = |parameter: &str| parameter.split('.').nth(1).is_some_and(|modality| absent.contains(modality));
    let mut trained: BTreeSet<&str> = BTreeSet::new();
    for (name, network) in networks {
        let parameters = network.graph().params().iter().map(|parameter| parameter.name.as_str());
        if name == HEAD {
            trained.extend(parameters.filter(|parameter| !encodes(parameter)));
        } else if shown.contains(name) {
            trained.extend(parameters);
        }
    }
    Ok(model.entries().covering(|parameter| trained.contains(parameter)))
}

/// The networks of which some row has all inputs that the rules show at once.
fn shown(project: &Project, learner: &Learner<'_>, rows: &[usize]) -> Result<BTreeSet<String>, FederateError> {
    let train = &project.data().train;
    let n_networks = project.model().networks().keys().filter(|name| *name != HEAD).count();
    let learned = project.model().rules().and_then(|rules| rules.learned.as_ref()).map(|learned| &learned.query);
    let mut shown = BTreeSet::new();
    for row in rows {
        if shown.len() == n_networks {
            break;
        }
        for query in learner.question(*row).into_iter().chain(learned) {
            for leaf in query.plan().groups() {
                let LeafKind::Neural { network, inputs, .. } = &leaf.kind else { continue };
                if shown.contains(network) {
                    continue;
                }
                let mut all = true;
                for item in inputs.iter().filter_map(item_of) {
                    all = all && train.is_present(*row, &item)?;
                }
                if all {
                    shown.insert(network.clone());
                }
            }
        }
    }
    Ok(shown)
}

/// An error with what helps, as the text that a site sends instead of an answer.
fn told(error: impl Error + Send + Sync + 'static) -> Box<dyn Error + Send + Sync> {
    match hint::find(&error, &[consil_neurosym::HINTS]) {
        Some(help) => format!("{error}\n  help: {help}").into(),
        None => error.into(),
    }
}
