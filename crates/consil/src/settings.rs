//! The settings of a spec that need no data to be judged: each on its own, and whether they belong together.

use std::num::NonZeroU32;

use consil_data::{DataError, ModalityKind, PartitionError, Split};
use consil_diagnostic::suggest::nearest_or_all;
use consil_fed::ConfigError;
use consil_fed::range::OutOfRange;
use consil_graph::Layout;
use consil_multimodal::Encoder;
use consil_nn::{Metrics, SettingErrors, TrainConfig};
use consil_random::Key;

use crate::spec::{FederateConfig, Spec};
use crate::spec_fault::SpecFault;

/// Everything that is wrong with the settings of a spec.
pub(crate) fn faults(spec: &Spec) -> Vec<SpecFault> {
    let mut faults = Vec::new();
    training(spec, &mut faults);
    federation(spec, &mut faults);
    held_out(spec, &mut faults);
    words_as_quantities(spec, &mut faults);
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

/// Names in `[train]` that no parameter of the networks has: what they ask for would not happen.
pub(crate) fn unknown_parameters(spec: &Spec, layout: &Layout) -> Vec<SpecFault> {
    let names = || layout.entries().iter().map(|entry| entry.name.as_str());
    let is_below = |name: &str, prefix: &str| {
        name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let is_known = |prefix: &str| prefix.is_empty() || names().any(|name| is_below(name, prefix));
    let groups = spec.train.groups.iter().map(|group| ("train.groups", &group.params));
    let stages = spec.train.stages.iter().flat_map(|stage| stage.freeze.iter().map(|name| ("train.stages", name)));
    let unknown = groups.chain(stages).filter(|(_, prefix)| !is_known(prefix));
    let fault = |(key, prefix): (&str, &String)| {
        let problem = format!("no parameter is called or begins with `{prefix}`");
        SpecFault::new(key, problem, nearest_or_all(prefix, names()))
    };
    unknown.map(fault).collect()
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

/// The number of a word in a vocabulary says nothing of its size: networks over texts begin with an embedding.
fn words_as_quantities(spec: &Spec, faults: &mut Vec<SpecFault>) {
    let is_text = |name: &String| spec.modality.get(name).is_some_and(|modality| modality.kind == ModalityKind::Text);
    let of_networks = spec.network.iter().flat_map(|(name, network)| {
        let encoders =
            network.encoder.iter().flat_map(|encoder| network.inputs().iter().map(move |input| (input, encoder)));
        encoders.map(move |(input, encoder)| (format!("network.{name}.encoder"), input, encoder))
    });
    let of_head = spec
        .head
        .iter()
        .flat_map(|head| head.encoder.iter().map(|(input, encoder)| (format!("head.encoder.{input}"), input, encoder)));
    for (key, input, encoder) in of_networks.chain(of_head) {
        if is_text(input) && !begins_with_embedding(encoder) {
            let problem = format!("it would take the numbers of the words of `{input}` for quantities");
            let help = "use \"text-embedding\" or \"transformer\", or begin the layers with { embedding = WIDTH }";
            faults.push(SpecFault::new(key, problem, help));
        }
    }
}

/// Whether the encoder learns a vector for each word.
fn begins_with_embedding(encoder: &Encoder) -> bool {
    match serde_json::to_value(encoder) {
        Ok(serde_json::Value::String(preset)) => ["text-embedding", "transformer"].contains(&preset.as_str()),
        Ok(serde_json::Value::Array(layers)) => {
            layers.first().is_some_and(|layer| layer.to_string().contains("embedding"))
        }
        _ => true,
    }
}
