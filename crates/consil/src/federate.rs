//! Federation, simulated: many sites learn one model in one process, each from its own rows.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use consil_data::PartitionConfig;
use consil_fed::{Client, ClientError, ClientTask, Event, Federation, Metrics, RoundReport, Simulation, Site, Update};
use consil_graph::Weights;
use consil_nn::{Checkpoint, LocalConfig, local};
use consil_random::Key;

use crate::learner::Learner;
use crate::outcome::Outcome;
use crate::progress::{Observer, Progress, Unit};
use crate::project::Project;
use crate::run::{Record, Run, SiteRecord};
use crate::train::{Spending, TrainError, finish, metadata};

/// The spec's `[federate]` table: a federation whose rows are divided as `partition` says.
pub type FederateConfig = consil_fed::FederateConfig<PartitionConfig>;

/// The file of a federation's state between rounds.
const STATE: &str = "federation.state";

/// Simulates the federation of a project's spec, recording into `run`; goes on where an earlier, interrupted simulation of this run
/// stopped. `None` when the observer broke it off: the state is saved.
///
/// # Errors
/// [`TrainError`].
pub fn simulate(
    project: &Project,
    run: &Run,
    n_workers: NonZeroUsize,
    observer: &mut Observer<'_>,
) -> Result<Option<Outcome>, TrainError> {
    let begin = Instant::now();
    let spec = project.spec();
    let config = spec.federate.clone().unwrap_or_default();
    config.check()?;
    let key = Key::new(spec.seed);
    let model = project.model();
    let learner = project.train_learner();

    let (initial, _) = project.initial_weights()?;
    let layout = model.layout();
    let selection = Arc::new(layout.select(config.buffers));
    let flat = Arc::new(initial.values().to_vec());
    let parts = config.partition.apply(&project.data().train, config.sites as usize, key)?;
    let clients = parts
        .into_iter()
        .map(|rows| SimulatedSite {
            site: Site::new(Arc::clone(&selection), Arc::clone(&flat)),
            learner: &learner,
            rows,
            weights: initial.clone(),
            project,
        })
        .collect();
    let federation = Federation::new(&config.without_partition(), layout, initial.values(), key.child("federation"))?;
    let mut simulation = Simulation::new(federation, clients, n_workers)?;

    let state = run.path(STATE);
    if state.exists() {
        run.check_resumable()?;
        let bytes = std::fs::read(&state).map_err(|source| TrainError::State { path: state.clone(), source })?;
        simulation.restore(&bytes)?;
    }
    let done = simulation.federation().round();
    run.forget_after(done)?;
    if observer(Progress::Started { unit: Unit::Rounds, total: config.rounds, done }).is_break() {
        return Ok(None);
    }

    let valid = project.valid_learner();
    let mut weights = initial;
    while !simulation.is_finished() {
        let report = simulation.round(&mut |_: Event| {})?;
        let round = report.round + 1;
        simulation.federation().model_into(weights.values_mut());
        let metrics = match &valid {
            Some(valid) => consil_nn::Task::evaluate(valid, &weights, None)?,
            None => consil_nn::Metrics::default(),
        };
        run.append(&[record(&report, &metrics, begin.elapsed().as_secs_f64())])?;
        run.write(STATE, &simulation.save()?)?;
        let loss = report.loss().unwrap_or(f64::NAN);
        if let ControlFlow::Break(()) = observer(Progress::Round { round, loss, metrics })
            && !simulation.is_finished()
        {
            return Ok(None);
        }
    }
    simulation.federation().model_into(weights.values_mut());
    let checkpoint = Checkpoint::of_weights(weights, metadata(project)?);
    let rounds = simulation.federation().round();
    let spent = Spending { steps: rounds, seconds: begin.elapsed().as_secs_f64(), logic: None };
    finish(project, run, &checkpoint, spent, None, observer).map(Some)
}

/// A site that trains on its own rows of the shared training split.
struct SimulatedSite<'a> {
    site: Site,
    learner: &'a Learner<'a>,
    rows: Vec<usize>,
    weights: Weights,
    project: &'a Project,
}

impl Client for SimulatedSite<'_> {
    fn fit(&mut self, task: &ClientTask) -> Result<Update, ClientError> {
        let model = self.site.model(&task.global)?;
        self.weights.values_mut().copy_from_slice(&model);
        let train = &self.project.spec().train;
        let config = LocalConfig {
            epochs: task.epochs as usize,
            batch_size: train.batch_size,
            optimizer: train.optimizer.clone(),
            clip_norm: train.clip_norm,
            proximal: task.proximal,
            correction: self.site.correction(task)?.map(Arc::new),
        };
        let report = local(self.learner, &self.rows, &mut self.weights, &config, task.key)
            .map_err(|error| ClientError::Training(error.into()))?;
        let metrics = Metrics::loss(report.loss);
        Ok(self.site.update(task, self.weights.values(), self.rows.len() as u64, metrics))
    }

    fn follows_corrections(&self) -> bool {
        true
    }

    fn save(&self) -> Vec<f32> {
        self.site.kept().to_vec()
    }

    fn restore(&mut self, kept: &[f32]) -> Result<(), ClientError> {
        self.site.restore(kept)
    }
}

fn record(report: &RoundReport, metrics: &consil_nn::Metrics, seconds: f64) -> Record {
    let sites = report.clients.iter().map(|client| SiteRecord {
        site: u64::from(client.client.0),
        n_samples: client.n_samples,
        loss: client.metrics.get(Metrics::LOSS).unwrap_or(f64::NAN),
    });
    Record::Round {
        round: report.round + 1,
        loss: report.loss().unwrap_or(f64::NAN),
        update_norm: report.update_norm,
        client_drift: report.drift.unwrap_or(0.0),
        sites: sites.collect(),
        metrics: metrics.iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        seconds,
    }
}
