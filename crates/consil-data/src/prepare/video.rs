//! Sequences of images.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ImagePreparation, PrepareError, Values};
use crate::error::DataError;
use crate::{Image, ModalityConfig, ModalityKind};

/// Videos become `[T·C, H, W]`: T frames evenly spaced over the video, each prepared as an image, with channel `c` of
/// frame `t` at `t·C + c`. A video with fewer frames repeats the nearest, so that no frame is padding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct VideoPreparation {
    frames: usize,
    image: ImagePreparation,
}

/// The default number of frames.
const FRAMES: usize = 8;

impl VideoPreparation {
    pub(super) fn fit(config: &ModalityConfig, values: &Values<'_>) -> Result<Self, DataError> {
        Ok(Self { frames: config.length.unwrap_or(FRAMES), image: ImagePreparation::fit(config, values)? })
    }

    /// `[T·C, H, W]`.
    pub fn shape(&self) -> [usize; 3] {
        let [channels, height, width] = self.image.shape();
        [self.frames * channels, height, width]
    }

    /// The number of frames T.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// What a black pixel of each channel becomes, `[T·C]`.
    pub fn black(&self) -> Vec<f32> {
        self.image.black().repeat(self.frames)
    }

    pub(super) fn apply(&self, frames: &[Image]) -> Result<Vec<f32>, PrepareError> {
        if frames.is_empty() {
            return Err(PrepareError::Empty { kind: ModalityKind::Video });
        }
        let mut values = vec![0.0; self.shape().iter().product()];
        let stride = values.len() / self.frames.max(1);
        for (t, out) in values.chunks_exact_mut(stride.max(1)).enumerate() {
            // The middle of the t-th of T equal stretches.
            let at = (2 * t + 1) * frames.len() / (2 * self.frames);
            self.image.write(&frames[at], out)?;
        }
        Ok(values)
    }
}
