//! Whether a federation can begin: its table, what of `[train]` it goes by, the model and the rows.

use consil_data::{PartitionConfig, Split};
use consil_fed::{Buffers, CheckedConfig, Federation};
use consil_graph::Layout;
use consil_nn::{EarlyStopping, OptimizerConfig, ScheduleConfig, TrainConfig};
use consil_random::Key;

use crate::federate_error::FederateError;
use crate::settings::{partition_fault, schedule_fault, too_rare};
use crate::spec::Spec;
use crate::spec_fault::SpecFault;

/// Whether a spec whose model has this layout can be federated over these training rows.
///
/// # Errors
/// As [`check`]; and when the model cannot be federated, or the rows cannot be divided among the sites.
pub(crate) fn check_parts(spec: &Spec, layout: &std::sync::Arc<Layout>, train: &Split) -> Result<(), FederateError> {
    let checked = check(spec)?;
    Federation::new(&checked, layout, &vec![0.0; layout.n_values()], Key::new(spec.seed))?;
    let Some(config) = &spec.federate else { return Err(FederateError::NoTable) };
    if matches!(config.partition, PartitionConfig::Dirichlet(_))
        && (0..train.len()).all(|row| train.target(row).is_none())
    {
        let reason = "it divides the rows of each class in shares of their own, and the target has no classes";
        let help = "choose \"iid\", \"groups\" or { column = \"…\" }";
        return Err(SpecFault::without_effect("federate.partition", reason, help).into());
    }
    Ok(partition_fault(config, spec.seed, train).map_or(Ok(()), Err)?)
}

/// Checks all settings of a federation: its table, and what of `[train]` it goes by.
///
/// # Errors
/// The first setting that is refused, or that would have no effect.
pub fn check(spec: &Spec) -> Result<CheckedConfig, FederateError> {
    let config = spec.federate.as_ref().ok_or(FederateError::NoTable)?.check()?;
    let train = &spec.train;
    let rounds = config.rounds;
    let no_effect = |key: &str, reason: &str, help: &str| Err(SpecFault::without_effect(key, reason, help).into());
    if train.checkpoint_every.is_some() {
        return no_effect(
            "train.checkpoint-every",
            "the state of a federation is saved after every round",
            "remove it",
        );
    }
    for (key, is_set) in [("train.groups", !train.groups.is_empty()), ("train.stages", !train.stages.is_empty())] {
        if is_set {
            let help = "remove it; what is to stay as it is, network.NAME.frozen and head.frozen say";
            return no_effect(key, "the sites of a federation train all of the model at one rate in every round", help);
        }
    }
    let (key, schedule) = schedule(spec);
    if let Some(fault) = schedule_fault(key, schedule, rounds, "rounds in a federation") {
        return Err(fault.into());
    }
    if train.validate_every as u64 > rounds {
        return Err(
            too_rare("train.validate-every", train.validate_every as u64, rounds, "rounds in a federation").into()
        );
    }
    if config.fraction < 1.0 && config.n_chosen(config.sites as usize) == config.sites as usize {
        let reason = format!(
            "a round asks all {} sites, since so many are asked at least or the share is rounded up",
            config.sites
        );
        return no_effect("federate.fraction", &reason, "set a lower fraction or min-clients, or remove it");
    }
    let strategy = config.strategy;
    if strategy.strategy().needs_gradient_weight() && !matches!(train.optimizer, OptimizerConfig::Sgd(_)) {
        return Err(FederateError::Optimizer { strategy: strategy.name() });
    }
    if strategy.strategy().needs_gradient_weight() && train.clip_norm.is_some() {
        return Err(FederateError::Clipping { strategy: strategy.name() });
    }
    Ok(config)
}

/// Whether parts of the model never leave the sites: what the server has of them are the values that they began with, and no answer.
pub(crate) fn keeps_parts(spec: &Spec) -> bool {
    let Some(config) = &spec.federate else { return false };
    let keeps_layers = spec.network.values().any(|network| !network.local.is_empty())
        || spec.head.as_ref().is_some_and(|head| !head.local.is_empty());
    keeps_layers || config.buffers == Buffers::Local
}

/// Why early stopping that a spec asks for cannot watch its federation.
pub(crate) fn unwatched(spec: &Spec) -> Option<SpecFault> {
    (spec.train.early_stopping.is_some() && keeps_parts(spec)).then(|| {
        let reason =
            "layers or buffers stay at the sites, so that the server has no model that validation rows could judge";
        SpecFault::without_effect("train.early-stopping", reason, "remove it; each site judges the model that it has")
    })
}

/// How the sites' learning rate moves from round to round, and the key that says so.
pub(crate) fn schedule(spec: &Spec) -> (&'static str, &ScheduleConfig) {
    match spec.federate.as_ref().and_then(|federate| federate.schedule.as_ref()) {
        Some(schedule) => ("federate.schedule", schedule),
        None => ("train.schedule", &spec.train.schedule),
    }
}

/// When a federation of so many rounds with validation rows ends early: as the spec says; and otherwise, where no number of epochs is given, once the loss
/// has not fallen for a tenth of the looks, and at least five. The model of the best round is then what it ends with.
pub(crate) fn stopping(train: &TrainConfig, rounds: u64) -> Option<EarlyStopping> {
    let by_default = train.epochs.is_none() && train.stages.is_empty();
    let looks = usize::try_from(rounds).unwrap_or(usize::MAX) / train.validate_every.max(1);
    let default = || EarlyStopping { patience: (looks / 10).max(5), ..EarlyStopping::default() };
    train.early_stopping.clone().or_else(|| by_default.then(default))
}
