//! Images.

use image::imageops::{FilterType, resize};
use image::{GrayImage, RgbImage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::moments::Moments;
use super::{PrepareError, Values};
use crate::error::DataError;
use crate::{Image, ModalityConfig, ModalityKind, Value};

/// Images become `[C, H, W]`: resized (triangle filter), made grey (0.299 R + 0.587 G + 0.114 B) or repeated into
/// colour, then `(pixel / 255 − mean) / sd` for each channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ImagePreparation {
    channels: usize,
    height: usize,
    width: usize,
    mean: Vec<f32>,
    sd: Vec<f32>,
}

impl ImagePreparation {
    pub(super) fn fit(config: &ModalityConfig, values: &Values<'_>) -> Result<Self, DataError> {
        let first = match values.first()? {
            Value::Image(image) => image,
            Value::Video(frames) => frames.into_iter().next().ok_or_else(|| values.all_absent())?,
            _ => return Err(values.all_absent()),
        };
        let [height, width] = config.size.unwrap_or([first.height, first.width]);
        let channels = config.channels.unwrap_or(first.channels);
        let mut preparation = Self { channels, height, width, mean: vec![0.0; channels], sd: vec![1.0; channels] };
        if config.normalize {
            let mut moments = Moments::new(channels);
            let mut add = |image: &Image| {
                if let Ok(pixels) = preparation.pixels(image) {
                    moments.add(pixels.iter().map(|p| f32::from(*p) / 255.0));
                }
            };
            values.visit(false, |value| match value {
                Value::Image(image) => add(&image),
                Value::Video(frames) => frames.iter().for_each(&mut add),
                _ => {}
            })?;
            (preparation.mean, preparation.sd) = moments.finish();
        }
        Ok(preparation)
    }

    /// `[C, H, W]`.
    pub fn shape(&self) -> [usize; 3] {
        [self.channels, self.height, self.width]
    }

    /// What a black pixel of each channel becomes.
    pub fn black(&self) -> Vec<f32> {
        self.mean.iter().zip(&self.sd).map(|(mean, sd)| -mean / sd).collect()
    }

    pub(super) fn apply(&self, image: &Image) -> Result<Vec<f32>, PrepareError> {
        let mut values = vec![0.0; self.channels * self.height * self.width];
        self.write(image, &mut values)?;
        Ok(values)
    }

    /// Prepares an image into `[C, H, W]`.
    pub(super) fn write(&self, image: &Image, out: &mut [f32]) -> Result<(), PrepareError> {
        let pixels = self.pixels(image)?;
        for (channel, plane) in out.chunks_exact_mut(self.height * self.width).enumerate() {
            // One multiplication and one addition for each pixel: x / 255 / sd − mean / sd.
            let (scale, offset) = (1.0 / (255.0 * self.sd[channel]), -self.mean[channel] / self.sd[channel]);
            for (out, pixel) in plane.iter_mut().zip(pixels[channel..].iter().step_by(self.channels)) {
                *out = f32::from(*pixel) * scale + offset;
            }
        }
        Ok(())
    }

    /// The image in the prepared size and number of channels, `[H, W, C]`.
    fn pixels<'a>(&self, image: &'a Image) -> Result<std::borrow::Cow<'a, [u8]>, PrepareError> {
        if image.pixels.is_empty() || image.pixels.len() != image.height * image.width * image.channels {
            return Err(PrepareError::Empty { kind: ModalityKind::Vision });
        }
        let converted = match (image.channels, self.channels) {
            (from, to) if from == to => None,
            (3, 1) => Some(image.pixels.as_chunks::<3>().0.iter().map(luma).collect::<Vec<u8>>()),
            (1, 3) => Some(image.pixels.iter().flat_map(|p| [*p; 3]).collect()),
            (found, expected) => return Err(PrepareError::Channels { expected, found }),
        };
        if (image.height, image.width) == (self.height, self.width) {
            return Ok(converted.map_or((&image.pixels[..]).into(), Into::into));
        }
        let pixels = converted.unwrap_or_else(|| image.pixels.clone());
        let (from, to) = ((image.width as u32, image.height as u32), (self.width as u32, self.height as u32));
        let resized = if self.channels == 1 {
            GrayImage::from_raw(from.0, from.1, pixels).map(|i| resize(&i, to.0, to.1, FilterType::Triangle).into_raw())
        } else {
            RgbImage::from_raw(from.0, from.1, pixels).map(|i| resize(&i, to.0, to.1, FilterType::Triangle).into_raw())
        };
        resized.map(Into::into).ok_or(PrepareError::Empty { kind: ModalityKind::Vision })
    }
}

/// The luma of ITU-R BT.601.
fn luma(&[r, g, b]: &[u8; 3]) -> u8 {
    ((299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b) + 500) / 1000) as u8
}
