//! Still images: PNG and JPEG files, and slices of idx arrays.
//!
//! An image is turned as its file says (the Exif orientation), and read as 8-bit grey if it has no colour and as RGB
//! otherwise; transparency is dropped. Whether the network sees grey or colour, and at which size, is decided by all
//! training images together.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::io::{self, Cursor};
use std::path::Path;

use image::imageops::{FilterType, resize};
use image::{DynamicImage, ExtendedColorType, GrayImage, ImageDecoder, ImageError, ImageFormat, ImageReader, RgbImage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Content, Encoded, Mergeable, Modality, Place, Prepare, PrepareError, Prepared, View, path_only};
use crate::error::{DataError, Fault};
use crate::idx::IdxArray;
use crate::limits::{self, MAX_PIXELS};
use crate::manifest::Cell;
use crate::moments::{Counts, add_counts, normalisation, quantile};
use crate::{Image, ModalityConfig, ModalityKind, Value};

/// The modality of still images.
pub(crate) struct Vision;

impl Modality for Vision {
    type Survey = ImageSurvey;
    type Moments = ImageMoments;
    type Preparation = ImagePreparation;

    type Content = Image;

    const EXTENSIONS: &'static [&'static str] = &["png", "jpg", "jpeg"];
    const OPTIONS: &'static [&'static str] =
        &["size", "channels", "normalize", "augment.shift", "augment.jitter", "augment.scale"];

    fn decode(path: &Path) -> Result<Value, Fault> {
        read(path, ModalityKind::Vision).map(Value::Image)
    }

    /// Grey images `[H, W]`, or coloured ones `[H, W, C]`.
    fn slice(array: &IdxArray, i: usize) -> Option<Image> {
        let (height, width, channels) = match array.shape[1..] {
            [height, width] => (height, width, 1),
            [height, width, channels @ (1 | 3)] => (height, width, channels),
            _ => return None,
        };
        Some(Image { height, width, channels, pixels: array.bytes(i) })
    }

    fn encode(image: &Image) -> io::Result<Encoded> {
        Ok(Encoded::File("png", png(image)?))
    }

    fn place(cell: &Cell) -> Result<Place, Fault> {
        path_only(cell)
    }

    fn see(survey: &mut ImageSurvey, value: &Value, times: u32) -> Result<(), Fault> {
        if let Value::Image(image) = value {
            survey.add(image, times);
        }
        Ok(())
    }

    fn begin(modality: &str, config: &ModalityConfig, survey: &ImageSurvey) -> Result<ImageMoments, DataError> {
        ImageMoments::new(modality, config, survey)
    }

    fn measure(moments: &mut ImageMoments, value: &Value, times: u32) {
        if let Value::Image(image) = value {
            moments.add(image, times);
        }
    }

    fn finish(config: &ModalityConfig, _: &ImageSurvey, moments: &ImageMoments) -> ImagePreparation {
        moments.finish(config)
    }

    fn notes(config: &ModalityConfig, survey: &ImageSurvey, _: &ImageMoments) -> Vec<String> {
        survey.notes(config, "training images")
    }
}

impl Content for Image {
    fn hash_into(&self, hasher: &mut impl Hasher) {
        self.hash(hasher);
    }

    fn bytes(&self) -> usize {
        self.pixels.len()
    }
}

/// An image as a PNG file.
pub(super) fn png(image: &Image) -> io::Result<Vec<u8>> {
    let colour = if image.channels == 1 { ExtendedColorType::L8 } else { ExtendedColorType::Rgb8 };
    let (width, height) = (image.width as u32, image.height as u32);
    let mut bytes = Cursor::new(Vec::new());
    image::write_buffer_with_format(&mut bytes, &image.pixels, width, height, colour, ImageFormat::Png)
        .map_err(io::Error::other)?;
    Ok(bytes.into_inner())
}

/// Reads an image file of a modality.
pub(super) fn read(path: &Path, kind: ModalityKind) -> Result<Image, Fault> {
    let bytes = crate::file::stored(path).map_err(|fault| Fault::of_file(path, fault))?;
    let corrupt = |error: ImageError| Fault::Corrupt {
        path: path.to_owned(),
        kind,
        message: match error {
            ImageError::Unsupported(_) => "it is neither PNG nor JPEG".to_owned(),
            other => other.to_string(),
        },
    };
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|e| corrupt(e.into()))?;
    let mut decoder = reader.into_decoder().map_err(corrupt)?;
    let (width, height) = decoder.dimensions();
    // What a header promises is made before its pixels are read: it is believed up to a limit.
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        let message = format!("its header promises {width} × {height} pixels, and at most {MAX_PIXELS} are read");
        return Err(Fault::Corrupt { path: path.to_owned(), kind, message });
    }
    let orientation = decoder.orientation().map_err(corrupt)?;
    let mut decoded = DynamicImage::from_decoder(decoder).map_err(corrupt)?;
    decoded.apply_orientation(orientation);
    Ok(from_dynamic(&decoded))
}

fn from_dynamic(decoded: &DynamicImage) -> Image {
    let (width, height) = (decoded.width() as usize, decoded.height() as usize);
    if decoded.color().has_color() {
        Image { height, width, channels: 3, pixels: decoded.to_rgb8().into_raw() }
    } else {
        Image { height, width, channels: 1, pixels: decoded.to_luma8().into_raw() }
    }
}

/// What the training images are like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ImageSurvey {
    grey: u64,
    colour: u64,
    heights: Counts<usize>,
    widths: Counts<usize>,
}

impl ImageSurvey {
    pub(super) fn add(&mut self, image: &Image, times: u32) {
        let times = u64::from(times);
        *(if image.channels == 1 { &mut self.grey } else { &mut self.colour }) += times;
        *self.heights.entry(image.height).or_default() += times;
        *self.widths.entry(image.width).or_default() += times;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.grey + self.colour == 0
    }

    fn channels(&self, config: &ModalityConfig) -> usize {
        config.channels.unwrap_or(if self.colour > 0 { 3 } else { 1 })
    }

    fn size(&self, config: &ModalityConfig) -> [usize; 2] {
        let median = |counts| quantile(counts, 0.5).unwrap_or(1);
        config.size.unwrap_or_else(|| [median(&self.heights), median(&self.widths)])
    }

    /// What was decided where images differ.
    pub(super) fn notes(&self, config: &ModalityConfig, what: &str) -> Vec<String> {
        let mut notes = Vec::new();
        if self.grey > 0 && self.colour > 0 && config.channels.is_none() {
            notes.push(format!(
                "{} of {} {what} have colour and {} are grey: all are read as colour; channels decides otherwise",
                self.colour,
                self.colour + self.grey,
                self.grey
            ));
        }
        if config.size.is_none() && (self.heights.len() > 1 || self.widths.len() > 1) {
            let [height, width] = self.size(config);
            notes.push(format!(
                "{what} differ in size: all are brought to the median, {height} × {width} pixels; size decides otherwise"
            ));
        }
        notes
    }
}

impl Mergeable for ImageSurvey {
    fn merge(&mut self, other: &Self) -> Result<(), Fault> {
        self.grey += other.grey;
        self.colour += other.colour;
        add_counts(&mut self.heights, &other.heights);
        add_counts(&mut self.widths, &other.widths);
        Ok(())
    }
}

/// The pixels of the training images, brought to the network's size and colour: how many have each level, by channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ImageMoments {
    draft: ImagePreparation,
    levels: Vec<Vec<u64>>,
}

impl ImageMoments {
    pub(super) fn new(modality: &str, config: &ModalityConfig, survey: &ImageSurvey) -> Result<Self, DataError> {
        let (channels, [height, width]) = (survey.channels(config), survey.size(config));
        limits::numbers(modality, &[channels, height, width])?;
        let draft = ImagePreparation { channels, height, width, mean: vec![0.0; channels], sd: vec![1.0; channels] };
        Ok(Self { draft, levels: vec![vec![0; 256]; channels] })
    }

    pub(super) fn add(&mut self, image: &Image, times: u32) {
        if let Ok(pixels) = self.draft.pixels(image) {
            for pixel in pixels.chunks_exact(self.levels.len()) {
                for (levels, level) in self.levels.iter_mut().zip(pixel) {
                    levels[usize::from(*level)] += u64::from(times);
                }
            }
        }
    }

    pub(super) fn finish(&self, config: &ModalityConfig) -> ImagePreparation {
        let mut preparation = self.draft.clone();
        if config.normalize {
            (preparation.mean, preparation.sd) = self.levels.iter().map(|levels| statistics(levels)).unzip();
        }
        preparation
    }
}

/// The mean and the deviation of levels between 0 and 1. Whole numbers add up exactly in any order.
fn statistics(levels: &[u64]) -> (f32, f32) {
    let weigh =
        |power: u32| -> u128 { levels.iter().zip(0u128..).map(|(n, level)| u128::from(*n) * level.pow(power)).sum() };
    let (n, sum, square) = (weigh(0).max(1), weigh(1), weigh(2));
    let mean = sum as f64 / n as f64;
    let variance = (n * square - sum * sum) as f64 / (n as f64 * n as f64);
    normalisation(mean / 255.0, variance / (255.0 * 255.0))
}

impl Mergeable for ImageMoments {
    fn merge(&mut self, other: &Self) -> Result<(), Fault> {
        if self.draft != other.draft {
            return Err(Fault::OtherSurvey);
        }
        for (mine, theirs) in self.levels.iter_mut().zip(&other.levels) {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        }
        Ok(())
    }
}

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

impl Prepare for ImagePreparation {
    fn shape(&self) -> Vec<usize> {
        vec![self.channels, self.height, self.width]
    }

    fn apply(&self, value: &Value) -> Result<Prepared, PrepareError> {
        let Value::Image(image) = value else { return Err(PrepareError::kind(ModalityKind::Vision, value)) };
        let mut values = vec![0.0; self.channels * self.height * self.width];
        self.write(image, &mut values)?;
        Ok(Prepared::new(values))
    }

    fn view(&self, value: &Value) -> View {
        match value {
            Value::Image(image) => View::Image(image.clone()),
            _ => View::Absent,
        }
    }

    fn resolve(&self, config: &mut ModalityConfig) {
        config.size.get_or_insert([self.height, self.width]);
        config.channels.get_or_insert(self.channels);
    }

    fn black(&self) -> Vec<f32> {
        self.mean.iter().zip(&self.sd).map(|(mean, sd)| -mean / sd).collect()
    }
}

impl ImagePreparation {
    /// What a black pixel of each channel becomes.
    pub fn black(&self) -> Vec<f32> {
        Prepare::black(self)
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
    fn pixels<'a>(&self, image: &'a Image) -> Result<Cow<'a, [u8]>, PrepareError> {
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

#[cfg(test)]
mod tests;
