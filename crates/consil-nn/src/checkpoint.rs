//! Checkpoints: one safetensors file with weights, the optimiser's state, the progress, and what the caller adds.
//!
//! Weights stand under their own names, so that the file is a file of weights to any other tool; what training needs besides is under
//! names that begin with `~`, and the layout and the progress are JSON in the metadata. The metadata also holds a checksum of all tensors,
//! so that a damaged file is refused rather than trained on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use consil_diagnostic::FileError;
use consil_diagnostic::file::{self, Action};
use consil_diagnostic::limit::Size;
use consil_graph::Weights;

use crate::optim::OptimizerState;
use crate::progress::Progress;

mod format;

/// The largest file that is read.
const LARGEST: Size = Size::gibibytes(256);

/// The state of a training, or the weights it ended with.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    weights: Weights,
    training: Option<Training>,
    metadata: BTreeMap<String, String>,
}

/// What a training needs besides the weights.
#[derive(Clone, Debug, PartialEq)]
struct Training {
    optimizer: OptimizerState,
    progress: Progress,
    best_weights: Option<Vec<f32>>,
}

/// All that a training goes on from.
pub(crate) struct TrainingParts {
    pub weights: Weights,
    pub optimizer: OptimizerState,
    pub progress: Progress,
    pub best_weights: Option<Vec<f32>>,
}

/// Why a checkpoint cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The file cannot be read, or not written; what was there before is untouched.
    #[error("{0}")]
    File(#[from] FileError),
    /// The file is no safetensors file, or ends too early.
    #[error("{} is damaged or no safetensors file: {source}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        source: safetensors::SafeTensorError,
    },
    /// The tensors are not those that were written.
    #[error("{} is damaged: its checksum is {found}, and {expected} was written", path.display())]
    Checksum {
        /// The file.
        path: PathBuf,
        /// The checksum of what the file holds.
        found: String,
        /// The checksum that was written with it.
        expected: String,
    },
    /// The file is whole, but no checkpoint of this version.
    #[error("{} is no checkpoint: {reason}", path.display())]
    NotACheckpoint {
        /// The file.
        path: PathBuf,
        /// What is missing or wrong.
        reason: String,
    },
}

impl Checkpoint {
    /// Weights alone: what a training ended with.
    pub fn of_weights(weights: Weights, metadata: BTreeMap<String, String>) -> Self {
        Self { weights, training: None, metadata }
    }

    pub(crate) fn of_training(
        weights: Weights,
        optimizer: OptimizerState,
        progress: Progress,
        best_weights: Option<Vec<f32>>,
        metadata: BTreeMap<String, String>,
    ) -> Self {
        Self { weights, training: Some(Training { optimizer, progress, best_weights }), metadata }
    }

    /// The weights.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The weights, without the rest.
    pub fn into_weights(self) -> Weights {
        self.weights
    }

    /// How far the training had come; `None` for weights alone.
    pub fn progress(&self) -> Option<&Progress> {
        self.training.as_ref().map(|training| &training.progress)
    }

    /// What the caller added: a fingerprint, how inputs are prepared, the graphs.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    pub(crate) fn into_training(self) -> Option<TrainingParts> {
        let Training { optimizer, progress, best_weights } = self.training?;
        Some(TrainingParts { weights: self.weights, optimizer, progress, best_weights })
    }

    /// Writes the file whole or not at all. The same checkpoint gives the same bytes.
    ///
    /// # Errors
    /// [`CheckpointError::File`].
    pub fn save(&self, path: &Path) -> Result<(), CheckpointError> {
        let bytes =
            format::write(self).map_err(|error| FileError::new(Action::Write, path, std::io::Error::other(error)))?;
        Ok(file::write(path, &bytes)?)
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// [`CheckpointError`] where the file is missing, cut short, damaged or something else.
    pub fn load(path: &Path) -> Result<Self, CheckpointError> {
        let bytes = file::read(path, LARGEST)?;
        format::read(&bytes, path)
    }
}

#[cfg(test)]
#[path = "checkpoint/tests.rs"]
mod tests;
