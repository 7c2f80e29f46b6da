//! The bytes of a checkpoint.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use consil_graph::{Layout, Param, Weights};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::{Checkpoint, CheckpointError, Training};
use crate::optim::OptimizerState;

/// The names of what is beside the weights; no parameter's name begins with `~`.
const MOMENT: &str = "~optimizer.moment.";
const BEST: &str = "~best";

/// Entries of the metadata that are this file's own.
const LAYOUT: &str = "consil.layout";
const PROGRESS: &str = "consil.progress";
const STEPS: &str = "consil.optimizer.step";
const CHECKSUM: &str = "consil.checksum";
const OWN: [&str; 4] = [LAYOUT, PROGRESS, STEPS, CHECKSUM];

/// Writes a checkpoint as safetensors.
pub(super) fn write(checkpoint: &Checkpoint) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let layout = checkpoint.weights.layout();
    let mut tensors: BTreeMap<String, (Vec<usize>, Vec<u8>)> = BTreeMap::new();
    for entry in layout.entries() {
        let values = &checkpoint.weights.values()[entry.range()];
        tensors.insert(entry.name.clone(), (entry.shape.clone(), to_bytes(values)));
    }
    let mut metadata: HashMap<String, String> = checkpoint.metadata.clone().into_iter().collect();
    metadata.insert(LAYOUT.to_owned(), serde_json::to_string(&layout.params().collect::<Vec<_>>())?);
    if let Some(Training { optimizer, progress, best_weights }) = &checkpoint.training {
        for (i, moment) in optimizer.moments.iter().enumerate() {
            tensors.insert(format!("{MOMENT}{i}"), (vec![moment.len()], to_bytes(moment)));
        }
        if let Some(best) = best_weights {
            tensors.insert(BEST.to_owned(), (vec![best.len()], to_bytes(best)));
        }
        metadata.insert(STEPS.to_owned(), optimizer.step.to_string());
        metadata.insert(PROGRESS.to_owned(), serde_json::to_string(progress)?);
    }
    metadata
        .insert(CHECKSUM.to_owned(), checksum(tensors.iter().map(|(name, (_, bytes))| (name.as_str(), &bytes[..]))));
    let views = (tensors.iter())
        .map(|(name, (shape, bytes))| Ok((name, TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
        .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()?;
    Ok(safetensors::serialize(views, Some(metadata))?)
}

/// Reads what [`write`] wrote; `path` is for the errors.
pub(super) fn read(bytes: &[u8], path: &Path) -> Result<Checkpoint, CheckpointError> {
    let damaged = |source| CheckpointError::Damaged { path: path.to_owned(), source };
    let not_one = |reason: String| CheckpointError::NotACheckpoint { path: path.to_owned(), reason };
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
    let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
    let mut metadata: BTreeMap<String, String> =
        header.metadata().iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect();

    let mut named: Vec<(String, TensorView)> = file.tensors();
    named.sort_by(|a, b| a.0.cmp(&b.0));
    let missing = |entry: &str| not_one(format!("it lacks the entry {entry:?}"));
    let expected = metadata.get(CHECKSUM).ok_or_else(|| missing(CHECKSUM))?;
    let found = checksum(named.iter().map(|(name, view)| (name.as_str(), view.data())));
    if found != *expected {
        return Err(CheckpointError::Checksum { path: path.to_owned(), found, expected: expected.clone() });
    }

    let tensor = |name: &str, len: usize| -> Result<Vec<f32>, CheckpointError> {
        let view = file.tensor(name).map_err(|_| not_one(format!("it lacks the tensor {name:?}")))?;
        let values = from_bytes(&view).ok_or_else(|| not_one(format!("tensor {name:?} is not of f32")))?;
        if values.len() == len {
            Ok(values)
        } else {
            Err(not_one(format!("tensor {name:?} has {} values where {len} are needed", values.len())))
        }
    };
    let layout = layout(metadata.get(LAYOUT).ok_or_else(|| missing(LAYOUT))?).map_err(&not_one)?;
    let mut values = Vec::with_capacity(layout.n_values());
    for entry in layout.entries() {
        values.extend(tensor(&entry.name, entry.n_values())?);
    }
    let training = match metadata.get(PROGRESS) {
        None => None,
        Some(text) => {
            let progress = serde_json::from_str(text).map_err(|error| not_one(format!("{PROGRESS}: {error}")))?;
            let step = metadata.get(STEPS).and_then(|text| text.parse().ok()).ok_or_else(|| missing(STEPS))?;
            let n_moments = named.iter().filter(|(name, _)| name.starts_with(MOMENT)).count();
            let moments = (0..n_moments).map(|i| tensor(&format!("{MOMENT}{i}"), layout.n_values()));
            let moments = moments.collect::<Result<Vec<_>, _>>()?;
            let has_best = named.iter().any(|(name, _)| name == BEST);
            let best_weights = has_best.then(|| tensor(BEST, layout.n_values())).transpose()?;
            Some(Training { optimizer: OptimizerState { step, moments }, progress, best_weights })
        }
    };
    metadata.retain(|name, _| !OWN.contains(&name.as_str()));
    let weights = Weights::from_values(Arc::new(layout), values).map_err(|error| not_one(error.to_string()))?;
    Ok(Checkpoint { weights, training, metadata })
}

/// The layout that was written as the list of its parameters.
fn layout(params: &str) -> Result<Layout, String> {
    let params: Vec<Param> = serde_json::from_str(params).map_err(|error| format!("{LAYOUT}: {error}"))?;
    Layout::of_params(params).map_err(|error| format!("{LAYOUT}: {error}"))
}

/// FNV-1a over names and bytes, as 16 hex digits: against damage, not against malice.
fn checksum<'a>(tensors: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut take = |word: u64| hash = (hash ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
    for (name, bytes) in tensors {
        name.bytes().for_each(|byte| take(u64::from(byte)));
        // Whole words: eight times faster than by bytes, and every bit still counts.
        let mut words = bytes.chunks_exact(8);
        words.by_ref().for_each(|word| take(u64::from_le_bytes(word.try_into().expect("chunks of eight bytes"))));
        words.remainder().iter().for_each(|byte| take(u64::from(*byte)));
    }
    format!("{hash:016x}")
}

fn to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn from_bytes(view: &TensorView) -> Option<Vec<f32>> {
    let value = |bytes: &[u8]| f32::from_le_bytes(bytes.try_into().expect("chunks of four bytes"));
    (view.dtype() == Dtype::F32).then(|| view.data().chunks_exact(4).map(value).collect())
}
