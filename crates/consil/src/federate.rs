//! Federation, simulated: many sites learn one model in one process, each from its own rows.

use std::sync::Arc;

use consil_diagnostic::{file, limit};
use consil_fed::{CheckedConfig, Federation, Metrics, RoundReport, Simulation, SiteModel, Sites};
use consil_graph::Weights;
use consil_nn::{Checkpoint, Task};
use consil_random::Key;

pub use crate::federate_error::FederateError;
pub use crate::federation_check::check;
pub use crate::spec::FederateConfig;

use crate::context::{RunContext, Workers};
use crate::federation_check::{check_parts, keeps_parts, schedule};
use crate::outcome::Outcome;
use crate::progress::{Progress, Unit};
use crate::project::Project;
use crate::run::{Record, Run, RunError, SiteRecord};
use crate::site_statistics::CurrentPool;
use crate::train::{Ended, TrainError, ended, finish, metadata, refuse_changed_spec};

mod evaluation;
mod names;
mod site;
mod stopping;
#[cfg(test)]
mod tests;

use site::{Scratch, SimulatedSite};
use stopping::BestRound;

/// The file of a federation's state between rounds.
const STATE: &str = "federation.state";

/// Simulates the federation of a project's spec, recording into `run`; goes on where an earlier, interrupted simulation of this run
/// stopped. `None` once the context is interrupted: the state is saved.
///
/// # Errors
/// [`TrainError`].
pub fn simulate(project: &Project, run: &Run, context: &mut RunContext<'_>) -> Result<Option<Outcome>, TrainError> {
    let now = context.seconds();
    let _lock = run.lock("consil federate")?;
    let spec = project.spec();
    let config = check(spec)?;
    refuse_changed_spec(project, run)?;
    if let Some(outcome) = ended(run)? {
        return Ok(Some(outcome));
    }
    let learner = project.train_learner();
    let (mut weights, _) = project.initial_weights()?;
    let (federation, parts) = begin_federation(project, &config, &weights)?;
    let model = SiteModel::new(
        Arc::clone(federation.selection()),
        Arc::clone(federation.entries()),
        Arc::new(weights.values().to_vec()),
    );
    let sites = parts.into_iter().map(|rows| SimulatedSite::new(project, &learner, &model, rows));
    let clients = sites.collect::<Result<Vec<_>, _>>()?;
    let scratch = (0..context.workers().count().get()).map(|_| Scratch::new(&weights)).collect();
    let mut simulation = Simulation::new(federation, clients, scratch)?;

    let state = run.path(STATE);
    if state.exists() {
        run.check_resumable()?;
        let bytes = file::read(&state, limit::DEFAULT).map_err(RunError::from)?;
        simulation.restore(&bytes)?;
    }
    let done = simulation.federation().round();
    let begin = now - run.forget_after(done)?;
    let watched = spec.train.early_stopping.as_ref().filter(|_| !keeps_parts(spec));
    let mut best = watched.map(|stopping| BestRound::new(stopping, run)).transpose()?;
    context.tell(Progress::Started { unit: Unit::Rounds, total: config.rounds, done });
    if context.is_interrupted() {
        return Ok(None);
    }

    let valid = project.valid_learner().filter(|_| !keeps_parts(spec));
    while !simulation.is_finished() {
        let report = simulation.round(context.workers(), &mut |_| ())?;
        let round = report.round + 1;
        simulation.federation().model_into(weights.values_mut());
        let look = round.is_multiple_of(spec.train.validate_every as u64) || round == config.rounds;
        let metrics = match &valid {
            Some(valid) if look => context.workers().run(|| valid.evaluate(&weights, None))?,
            _ => consil_nn::Metrics::default(),
        };
        if let Some(best) = &mut best
            && look
            && best.watch(round, &metrics, &weights, || metadata(project.model()))?
        {
            simulation.stop();
        }
        // In this order: what is recorded beyond the state is recorded again.
        run.append(&[record(&report, &metrics, context.seconds() - begin)])?;
        run.write(STATE, &simulation.save()?)?;
        context.tell(Progress::Round { round, loss: report.loss().unwrap_or(f64::NAN), metrics });
        if context.is_interrupted() && !simulation.is_finished() {
            return Ok(None);
        }
    }
    simulation.federation().model_into(weights.values_mut());
    let rounds = simulation.federation().round();
    if let Some((round, best)) = best.map(BestRound::into_weights).transpose()?.flatten() {
        if rounds < config.rounds {
            context.tell(Progress::StoppedEarly { best_epoch: round });
        }
        weights = best;
    }
    let seconds = context.seconds() - begin;
    let key = Key::new(spec.seed).child("federation");
    let at_sites = Some(evaluation::at_sites(&mut simulation, &weights, context.workers(), key)?);
    let checkpoint = Checkpoint::of_weights(weights, metadata(project.model()));
    let training = Ended { steps: rounds, seconds, logic: None, size: None, at_sites };
    finish(project, run, &checkpoint, training, context).map(Some)
}

/// The server side at its beginning, and the rows of each site.
fn begin_federation(
    project: &Project,
    config: &CheckedConfig,
    weights: &Weights,
) -> Result<(Federation, Vec<Vec<usize>>), FederateError> {
    let spec = project.spec();
    let key = Key::new(spec.seed);
    let train = &project.data().train;
    let partition = &spec.federate.as_ref().ok_or(FederateError::NoTable)?.partition;
    let parts = partition.apply(train, config.sites as usize, key)?;
    let sites = match names::site_names(partition, train, &parts) {
        Some(names) => Sites::named(names)?,
        None => Sites::numbered(config.sites),
    };
    let (_, schedule) = schedule(spec);
    let schedule = schedule.clone();
    let rate = move |round: u64, rounds: u64| schedule.factor(round, rounds);
    let layout = project.model().layout();
    let federation = Federation::new(config, layout, weights.values(), key.child("federation"))?;
    Ok((federation.with_sites(sites)?.with_rate(Box::new(rate)), parts))
}

/// Whether a project can be federated, before there is a run.
///
/// # Errors
/// As [`check`]; and when the model cannot be federated, or the training rows cannot be divided among the sites.
pub fn check_project(project: &Project) -> Result<(), FederateError> {
    check_parts(project.spec(), project.model().layout(), &project.data().train)
}

impl consil_fed::Workers for Workers {
    fn n_workers(&self) -> std::num::NonZeroUsize {
        self.count()
    }

    fn run(&self, job: &(dyn Fn(usize) + Sync)) {
        Workers::run(self, || consil_fed::Workers::run(&CurrentPool, job));
    }
}

fn record(report: &RoundReport, metrics: &consil_nn::Metrics, seconds: f64) -> Record {
    let sites = report.clients.iter().map(|client| SiteRecord {
        site: u64::from(client.client.0),
        name: Some(client.site.as_str().to_owned()),
        n_samples: client.n_samples,
        loss: client.metrics.get(Metrics::LOSS).unwrap_or(f64::NAN),
    });
    let partly_covered = report.partly_covered.iter().map(|entry| (entry.parameter.clone(), entry.n_clients as u64));
    Record::Round {
        round: report.round + 1,
        loss: report.loss().unwrap_or(f64::NAN),
        update_norm: report.update_norm,
        client_drift: report.drift.unwrap_or(0.0),
        sites: sites.collect(),
        partly_covered: partly_covered.collect(),
        metrics: metrics.iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        seconds,
    }
}
