use std::fs;
use std::sync::Arc;

use consil_graph::{Init, Layout, Param, Role};
use consil_random::Key;
use proptest::prelude::*;

use super::*;
use crate::progress::Best;

fn weights() -> Weights {
    let param = |name: &str, shape: &[usize], role| Param {
        name: name.to_owned(),
        shape: shape.to_vec(),
        role,
        init: Init::Uniform { bound: 0.123_456_79 },
    };
    let params = [
        param("digit.1.conv.weight", &[4, 1, 3, 3], Role::Shared),
        param("digit.1.conv.bias", &[4], Role::Local),
        param("digit.2.norm.running_mean", &[4], Role::Buffer),
    ];
    Weights::init(Arc::new(Layout::of_params(params).unwrap()), Key::new(7))
}

fn of_training() -> Checkpoint {
    let weights = weights();
    let moments =
        vec![weights.values().iter().map(|w| w * 0.1).collect(), weights.values().iter().map(|w| w * w).collect()];
    let progress = Progress {
        epoch: 3,
        batch: 5,
        step: 77,
        loss_sum: 0.1 + 0.2,
        loss_rows: 320,
        best: Some(Best { value: 1.0 / 3.0, epoch: 2 }),
        n_rows: 1000,
        batch_size: 64,
        ..Progress::default()
    };
    let best = Some(weights.values().iter().map(|w| -w).collect());
    let metadata = BTreeMap::from([("fingerprint".to_owned(), "äöü {\"a\":1}".to_owned())]);
    Checkpoint::of_training(weights, OptimizerState { step: 77, moments }, progress, best, metadata)
}

#[test]
fn what_is_saved_is_loaded_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    for checkpoint in [of_training(), Checkpoint::of_weights(weights(), BTreeMap::new())] {
        checkpoint.save(&path).unwrap();
        assert_eq!(Checkpoint::load(&path).unwrap(), checkpoint);
    }
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["checkpoint.safetensors"], "no temporary file stays");
}

#[test]
fn the_file_is_a_file_of_weights_to_other_tools() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    of_training().save(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let tensor = file.tensor("digit.1.conv.weight").unwrap();
    assert_eq!(tensor.shape(), [4, 1, 3, 3]);
    let first = f32::from_le_bytes(tensor.data()[..4].try_into().unwrap());
    assert_eq!(first, weights().values()[0]);
}

#[test]
fn a_file_cut_short_anywhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    of_training().save(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    for length in 0..bytes.len() {
        let error = format::read(&bytes[..length], &path).unwrap_err();
        assert!(matches!(error, CheckpointError::Damaged { .. }), "{length} bytes: {error}");
    }
    assert_eq!(format::read(&bytes, &path).unwrap(), of_training());
}

proptest! {
    #[test]
    fn a_changed_tensor_is_noticed(at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let mut bytes = format::write(&of_training()).unwrap();
        let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let at = header + at.index(bytes.len() - header);
        bytes[at] ^= 1 << bit;
        let error = format::read(&bytes, Path::new("it")).unwrap_err();
        let is_noticed = matches!(error, CheckpointError::Checksum { .. });
        prop_assert!(is_noticed, "{}", error);
    }

    #[test]
    fn any_changed_byte_is_noticed(at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let mut bytes = format::write(&of_training()).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(format::read(&bytes, Path::new("it")).is_err(), "byte {}, bit {}", at, bit);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(format::read(&bytes, Path::new("it")).is_err());
    }
}

#[test]
fn any_other_digit_is_refused() {
    let bytes = format::write(&of_training()).unwrap();
    for at in (0..bytes.len()).filter(|at| bytes[*at].is_ascii_digit()) {
        let mut changed = bytes.clone();
        changed[at] = if changed[at] == b'9' { b'0' } else { changed[at] + 1 };
        assert!(format::read(&changed, Path::new("it")).is_err(), "byte {at}");
    }
}

#[test]
fn equal_checkpoints_are_equal_bytes() {
    let mut checkpoint = of_training();
    for i in 0..20 {
        checkpoint.metadata.insert(format!("entry {i}"), "value".to_owned());
    }
    let bytes = format::write(&checkpoint).unwrap();
    assert_eq!(bytes, format::write(&format::read(&bytes, Path::new("it")).unwrap()).unwrap());
    assert_eq!(bytes, format::write(&checkpoint.clone()).unwrap());
}

/// Version 0.1 wrote through the safetensors crate, without a version and a checksum of the file.
#[test]
fn a_file_of_version_0_1_is_read() {
    let bytes = include_bytes!("../../tests/compat/checkpoint-0.1.safetensors");
    let checkpoint = format::read(bytes, Path::new("it")).unwrap();
    // These numbers were read from the file by the safetensors package of Python.
    assert_eq!(checkpoint.weights().get("digit.1.conv.weight").unwrap()[..2], [0.328_985_07, 0.296_108_93]);
    assert_eq!(checkpoint.weights().get("spoken.1.batch-norm.running_var").unwrap(), [0.630_650_4]);
    let progress = checkpoint.progress().unwrap();
    assert_eq!((progress.epoch, progress.batch, progress.step, progress.n_rows), (10, 2, 62, 192));
    assert_eq!(checkpoint.metadata()["fingerprint"], "7b2bcf1703e602de");
    let optimizer = checkpoint.into_training().unwrap().optimizer;
    assert_eq!((optimizer.step, optimizer.moments.len()), (62, 2));
    assert_eq!(optimizer.moments[0][..2], [0.001_271_257_9, -0.002_697_209]);
}

#[test]
fn errors_name_the_file_and_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none");
    let error = Checkpoint::load(&missing).unwrap_err().to_string();
    assert!(error.contains("none") && error.contains("cannot be read"), "{error}");
    let foreign = folder.path().join("weights.safetensors");
    fs::write(&foreign, weights().to_safetensors(&BTreeMap::new())).unwrap();
    let error = Checkpoint::load(&foreign).unwrap_err().to_string();
    assert!(error.contains("weights.safetensors is no checkpoint: it lacks the entry"), "{error}");
    let nowhere = folder.path().join("no/such/folder/x");
    assert!(matches!(of_training().save(&nowhere).unwrap_err(), CheckpointError::File(_)));
}

#[test]
fn a_failed_save_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    of_training().save(&path).unwrap();
    // A folder that is not there any more cannot be written into.
    let gone = folder.path().join("gone/checkpoint.safetensors");
    assert!(of_training().save(&gone).is_err());
    // What is not a regular file is not replaced.
    assert!(of_training().save(folder.path()).is_err());
    assert_eq!(Checkpoint::load(&path).unwrap(), of_training());
}
