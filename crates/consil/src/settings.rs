//! The settings of a spec that need no data to be judged: each on its own, and whether they belong together.

mod learned;
mod steps;
mod unused;
mod words;

use std::num::NonZeroU32;
use std::path::Path;

use consil_data::{Data, DataError, PartitionError, Split, UnusedSetting};
use consil_fed::ConfigError;
use consil_fed::range::OutOfRange;
use consil_nn::{CheckedTrainConfig, Metrics, SettingErrors, TrainConfig};
use consil_random::Key;

use crate::model::Model;
use crate::run::RunKind;
use crate::spec::{FederateConfig, Spec};
use crate::spec_fault::SpecFault;

pub(crate) use steps::{schedule_fault, too_rare};
pub(crate) use unused::{AdaptedLayer, full_rank};

/// Everything that is wrong with the settings of a spec.
pub(crate) fn faults(spec: &Spec) -> Vec<SpecFault> {
    let mut faults = Vec::new();
    training(spec, &mut faults);
    federation(spec, &mut faults);
    held_out(spec, &mut faults);
    words::as_quantities(spec, &mut faults);
    faults
}

fn training(spec: &Spec, faults: &mut Vec<SpecFault>) {
    if let Err(errors) = spec.train.clone().check() {
        faults.extend(refused(errors.below("train")));
    }
    let holds_out = spec.data.valid.is_some()
        || spec.data.split.valid > 0.0
        || spec.data.compose.as_ref().is_some_and(|compose| compose.valid > 0);
    if spec.train.early_stopping.is_some() && !holds_out {
        faults.push(SpecFault::new(
            "train.early-stopping",
            "it has no effect: there are no validation rows to watch",
            "name them with data.valid, or hold some out with data.split.valid or data.compose.valid",
        ));
    }
}

/// Settings of training that are out of their range, by their keys in the spec.
fn refused(errors: SettingErrors) -> impl Iterator<Item = SpecFault> {
    errors.0.into_iter().map(|error| {
        let help = format!("set {} to {}", error.setting, error.needs);
        SpecFault::new(&error.setting, format!("{} is not {}", error.value, error.needs), help)
    })
}

fn federation(spec: &Spec, faults: &mut Vec<SpecFault>) {
    let Some(config) = &spec.federate else { return };
    if let Some(schedule) = config.schedule.clone()
        && let Err(errors) = (TrainConfig { schedule, ..TrainConfig::default() }).check()
    {
        faults.extend(refused(errors.below("federate")));
    }
    faults.extend(config.errors().into_iter().map(|error| {
        let key = format!("federate.{}", error.key());
        let (problem, help) = match &error {
            ConfigError::Range(OutOfRange { value, allowed, .. }) => {
                (format!("{value} is not {allowed}"), format!("set {key} to {allowed}"))
            }
            other => (other.to_string(), String::new()),
        };
        SpecFault::new(key, problem, help)
    }));
}

/// Whether the rows can be divided among the sites as the spec says.
pub(crate) fn partition_fault(config: &FederateConfig, seed: u64, train: &Split) -> Option<SpecFault> {
    // That there are no sites is said of the settings alone.
    let sites = NonZeroU32::new(config.sites)?;
    let error = config.partition.apply(train, sites.get() as usize, Key::new(seed)).err()?;
    let key = if matches!(error, PartitionError::Sites { .. }) { "federate.sites" } else { "federate.partition" };
    Some(SpecFault::new(key, error.to_string(), ""))
}

/// Settings that leave nothing to learn or change nothing, now that the data and the model are known.
pub(crate) fn faults_of_model(
    model: &Model,
    train: &CheckedTrainConfig,
    n_rows: usize,
    kind: RunKind,
) -> Vec<SpecFault> {
    let mut faults = unused::faults(model, kind);
    faults.extend(learned::faults(model.spec(), model.layout()));
    faults.extend(words::faults(model));
    if kind == RunKind::Central {
        faults.extend(steps::faults(train, n_rows));
    }
    faults
}

/// Settings of data, rules and looks at validation rows that change nothing, now that the rows are known.
pub(crate) fn faults_of_data(spec: &Spec, base: &Path, data: &Data) -> Vec<SpecFault> {
    let unused = consil_data::unused_settings(&spec.data, &spec.modality, base);
    let mut faults: Vec<SpecFault> = unused
        .into_iter()
        .map(|UnusedSetting { key, reason, help }| SpecFault::without_effect(key, &reason, &help))
        .collect();
    if spec.logic.as_ref().is_some_and(|logic| logic.truth.is_some()) && data.train.has_targets() {
        let reason = "it is for rows without a target, and these have one";
        faults.push(SpecFault::without_effect("logic.truth", reason, "remove it, or data.target"));
    }
    let Spec { logic, head, .. } = spec;
    if logic.as_ref().is_some_and(|logic| logic.integration.is_some()) && head.is_none() {
        let reason = "there is no head whose answer could join the rules'";
        faults.push(SpecFault::without_effect("logic.integration", reason, "remove it, or add [head]"));
    }
    if spec.train.validate_every != 1 && data.valid.is_none() {
        let help = "remove it, or name validation rows with data.valid, data.split.valid or data.compose.valid";
        faults.push(SpecFault::without_effect("train.validate-every", "there are no validation rows", help));
    }
    faults
}

/// Whether the dotted `name` is `prefix` or lies below it.
fn is_below(name: &str, prefix: &str) -> bool {
    prefix.is_empty() || name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A metric to stop by that the validation rows do not give.
pub(crate) fn unknown_metric(metric: &str, given: &Metrics) -> Option<SpecFault> {
    let known: Vec<&str> = given.iter().map(|(name, _)| name).collect();
    (!known.contains(&metric)).then(|| {
        let problem = format!("there is no metric `{metric}`");
        SpecFault::new("train.early-stopping.metric", problem, format!("the metrics are {}", known.join(", ")))
    })
}

/// What the data say of the spec itself, as a fault of its key.
pub(crate) fn as_fault(error: &DataError) -> Option<SpecFault> {
    let key = match error {
        DataError::TargetIsInput { modality, .. } => format!("modality.{modality}"),
        DataError::SameFile { right, .. } => format!("data.{right}"),
        DataError::Separator { .. } => "data.separator".to_owned(),
        DataError::Setting { key, .. } | DataError::NoEffect { key, .. } => key.clone(),
        DataError::UnusedPool { modality } => format!("modality.{modality}.pool"),
        _ => return None,
    };
    Some(SpecFault::new(key, error.to_string(), ""))
}

/// The shares of rows that are held out, together: each on its own is for the data to judge.
fn held_out(spec: &Spec, faults: &mut Vec<SpecFault>) {
    let split = spec.data.split;
    if split.valid < 1.0 && split.test < 1.0 && split.valid + split.test >= 1.0 {
        let problem = format!("{} and data.split.test = {} leave no row to train on", split.valid, split.test);
        faults.push(SpecFault::new("data.split.valid", problem, "let both together be less than 1"));
    }
}
