//! The bytes of a checkpoint.

use std::collections::BTreeMap;
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
/// A checksum of the whole file, its own digits taken as [`UNSIGNED`]; and the version that says that there is one, so that
/// damage to the name of either shows. Files of version 0.1 have neither, and readers of that version leave both alone.
const WHOLE: &str = "consil.checksum-of-file";
const VERSION: &str = "consil.version";
const OWN: [&str; 6] = [LAYOUT, PROGRESS, STEPS, CHECKSUM, WHOLE, VERSION];

/// The version of what is written.
const WRITTEN: &str = "2";

/// What stands for the checksum of the file while it is computed.
const UNSIGNED: &str = "0000000000000000";

/// Writes a checkpoint as safetensors; equal checkpoints give equal bytes.
pub(super) fn write(checkpoint: &Checkpoint) -> Result<Vec<u8>, serde_json::Error> {
    let layout = checkpoint.weights.layout();
    let mut tensors: BTreeMap<String, (Vec<usize>, &[f32])> = BTreeMap::new();
    for entry in layout.entries() {
        let values = &checkpoint.weights.values()[entry.range()];
        tensors.insert(entry.name.clone(), (entry.shape.clone(), values));
    }
    let mut metadata = checkpoint.metadata.clone();
    metadata.insert(LAYOUT.to_owned(), serde_json::to_string(&layout.params().collect::<Vec<_>>())?);
    if let Some(Training { optimizer, progress, best_weights }) = &checkpoint.training {
        for (i, moment) in optimizer.moments.iter().enumerate() {
            tensors.insert(format!("{MOMENT}{i}"), (vec![moment.len()], moment));
        }
        if let Some(best) = best_weights {
            tensors.insert(BEST.to_owned(), (vec![best.len()], best));
        }
        metadata.insert(STEPS.to_owned(), optimizer.step.to_string());
        metadata.insert(PROGRESS.to_owned(), serde_json::to_string(progress)?);
    }
    let mut data = Vec::with_capacity(4 * tensors.values().map(|(_, values)| values.len()).sum::<usize>());
    let mut checksum = Checksum::default();
    let mut header = serde_json::Map::new();
    for (name, (shape, values)) in &tensors {
        let start = data.len();
        data.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        checksum.tensor(name, &data[start..]);
        let info = serde_json::json!({ "dtype": "F32", "shape": shape, "data_offsets": [start, data.len()] });
        header.insert(name.clone(), info);
    }
    metadata.insert(CHECKSUM.to_owned(), checksum.digits());
    metadata.insert(VERSION.to_owned(), WRITTEN.to_owned());
    metadata.insert(WHOLE.to_owned(), UNSIGNED.to_owned());
    // The header is written here because the safetensors crate keeps metadata in an order that differs between runs.
    header.insert("__metadata__".to_owned(), serde_json::json!(metadata));
    let mut header = serde_json::to_vec(&header)?;
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    bytes.extend(data);
    let digits = Checksum::default().bytes(&bytes).digits();
    if let Some(at) = place_of_checksum(&bytes, UNSIGNED) {
        bytes[at..at + digits.len()].copy_from_slice(digits.as_bytes());
    }
    Ok(bytes)
}

/// Where in a file its own checksum stands.
fn place_of_checksum(bytes: &[u8], digits: &str) -> Option<usize> {
    let header = 8..bytes.first_chunk().and_then(|length| 8usize.checked_add(u64::from_le_bytes(*length) as usize))?;
    let entry = format!("\"{WHOLE}\":\"{digits}\"");
    let at = bytes.get(header.clone())?.windows(entry.len()).position(|window| window == entry.as_bytes())?;
    Some(header.start + at + entry.len() - 1 - digits.len())
}

/// Checks the whole file against its checksum.
fn check_whole(bytes: &[u8], metadata: &BTreeMap<String, String>, path: &Path) -> Result<(), CheckpointError> {
    let not_one = |reason: String| CheckpointError::NotACheckpoint { path: path.to_owned(), reason };
    match (metadata.get(VERSION).map(String::as_str), metadata.get(WHOLE)) {
        // Version 0.1: the checksum of the tensors is all there is.
        (None, None) => Ok(()),
        (Some(WRITTEN), Some(expected)) => {
            let place = place_of_checksum(bytes, expected).filter(|_| expected.len() == UNSIGNED.len());
            let at = place.ok_or_else(|| not_one(format!("the entry {WHOLE:?} is not as it was written")))?;
            let rest = &bytes[at + UNSIGNED.len()..];
            let found = Checksum::default().bytes(&[&bytes[..at], UNSIGNED.as_bytes(), rest].concat()).digits();
            if found == *expected {
                return Ok(());
            }
            Err(CheckpointError::Checksum { path: path.to_owned(), found, expected: expected.clone() })
        }
        (version, _) => {
            let version = version.unwrap_or("none");
            Err(not_one(format!("its version is {version}, and {WRITTEN} or older files without one can be read")))
        }
    }
}

/// Reads what [`write`] wrote; `path` is for the errors.
pub(super) fn read(bytes: &[u8], path: &Path) -> Result<Checkpoint, CheckpointError> {
    let damaged = |source| CheckpointError::Damaged { path: path.to_owned(), source };
    let not_one = |reason: String| CheckpointError::NotACheckpoint { path: path.to_owned(), reason };
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
    let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
    let mut metadata: BTreeMap<String, String> =
        header.metadata().iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect();

    check_whole(bytes, &metadata, path)?;
    let mut named: Vec<(String, TensorView)> = file.tensors();
    named.sort_by(|a, b| a.0.cmp(&b.0));
    let missing = |entry: &str| not_one(format!("it lacks the entry {entry:?}"));
    let expected = metadata.get(CHECKSUM).ok_or_else(|| missing(CHECKSUM))?;
    let mut checksum = Checksum::default();
    named.iter().for_each(|(name, view)| checksum.tensor(name, view.data()));
    let found = checksum.digits();
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

/// FNV-1a over words, as 16 hex digits: against damage, not against malice. Each step is a bijection of the state, so that any
/// one changed word is noticed.
#[derive(Clone, Copy)]
struct Checksum(u64);

impl Default for Checksum {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Checksum {
    fn take(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
    }

    /// Whole words: eight times faster than by bytes, and every bit still counts.
    fn bytes(mut self, bytes: &[u8]) -> Self {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.take(u64::from_le_bytes(*word)));
        rest.iter().for_each(|byte| self.take(u64::from(*byte)));
        self
    }

    fn tensor(&mut self, name: &str, bytes: &[u8]) {
        name.bytes().for_each(|byte| self.take(u64::from(byte)));
        *self = self.bytes(bytes);
    }

    fn digits(self) -> String {
        format!("{:016x}", self.0)
    }
}

fn from_bytes(view: &TensorView) -> Option<Vec<f32>> {
    let value = |bytes: &[u8]| f32::from_le_bytes(bytes.try_into().expect("chunks of four bytes"));
    (view.dtype() == Dtype::F32).then(|| view.data().chunks_exact(4).map(value).collect())
}
