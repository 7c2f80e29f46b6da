//! Sequences of images: folders of frames, and slices of idx arrays.

use std::hash::{Hash, Hasher};
use std::io;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::vision::{self, ImageMoments, ImagePreparation, ImageSurvey};
use super::{Content, Encoded, Mergeable, Modality, Place, Prepare, PrepareError, Prepared, View, path_only};
use crate::error::{DataError, Fault};
use crate::idx::IdxArray;
use crate::limits;
use crate::manifest::Cell;
use crate::natural::files_in;
use crate::{Image, ModalityConfig, ModalityKind, Value};

/// The default number of frames.
const FRAMES: usize = 8;
/// The most frames that a view shows.
const MOST_SHOWN: usize = 8;

/// The modality of sequences of images.
pub(crate) struct Video;

impl Modality for Video {
    type Survey = VideoSurvey;
    type Moments = VideoMoments;
    type Preparation = VideoPreparation;
    type Content = Vec<Image>;

    const EXTENSIONS: &'static [&'static str] = <vision::Vision as Modality>::EXTENSIONS;
    const OPTIONS: &'static [&'static str] =
        &["size", "channels", "length", "normalize", "augment.shift", "augment.jitter", "augment.scale"];
    const IS_FOLDER: bool = true;

    /// Reads a folder of frames in the natural order of their names: `frame2` before `frame10`.
    fn decode(folder: &Path) -> Result<Value, Fault> {
        let files = files_in(folder, Self::EXTENSIONS).map_err(|error| Fault::of_file(folder, error.into()))?;
        if files.is_empty() {
            return Err(Fault::NoContent { path: folder.to_owned(), what: "PNG or JPEG frames" });
        }
        files.iter().map(|file| vision::read(file, ModalityKind::Video)).collect::<Result<_, _>>().map(Value::Video)
    }

    /// Grey frames `[T, H, W]`.
    fn slice(array: &IdxArray, i: usize) -> Option<Vec<Image>> {
        let [_, height, width] = array.shape[1..] else { return None };
        let frame = |pixels: &[u8]| Image { height, width, channels: 1, pixels: pixels.to_vec() };
        (height * width > 0).then(|| array.bytes(i).chunks_exact(height * width).map(frame).collect())
    }

    fn encode(frames: &Vec<Image>) -> io::Result<Encoded> {
        let file = |(t, frame)| Ok((format!("{t:04}.png"), vision::png(frame)?));
        frames.iter().enumerate().map(file).collect::<io::Result<_>>().map(Encoded::Folder)
    }

    fn place(cell: &Cell) -> Result<Place, Fault> {
        path_only(cell)
    }

    fn see(survey: &mut VideoSurvey, value: &Value, times: u32) -> Result<(), Fault> {
        if let Value::Video(frames) = value {
            frames.iter().for_each(|frame| survey.0.add(frame, times));
        }
        Ok(())
    }

    fn begin(modality: &str, config: &ModalityConfig, survey: &VideoSurvey) -> Result<VideoMoments, DataError> {
        if survey.0.is_empty() {
            return Err(DataError::AllAbsent { modality: modality.to_owned() });
        }
        let images = ImageMoments::new(modality, config, &survey.0)?;
        let shape = images.finish(config).shape();
        limits::numbers(modality, &[&[config.length.unwrap_or(FRAMES)], shape.as_slice()].concat())?;
        Ok(VideoMoments(images))
    }

    fn measure(moments: &mut VideoMoments, value: &Value, times: u32) {
        if let Value::Video(frames) = value {
            frames.iter().for_each(|frame| moments.0.add(frame, times));
        }
    }

    fn finish(config: &ModalityConfig, _: &VideoSurvey, moments: &VideoMoments) -> VideoPreparation {
        VideoPreparation { frames: config.length.unwrap_or(FRAMES), image: moments.0.finish(config) }
    }

    fn notes(config: &ModalityConfig, survey: &VideoSurvey, _: &VideoMoments) -> Vec<String> {
        survey.0.notes(config, "frames")
    }
}

impl Content for Vec<Image> {
    fn hash_into(&self, hasher: &mut impl Hasher) {
        self.hash(hasher);
    }

    fn bytes(&self) -> usize {
        self.iter().map(|frame| size_of::<Image>() + frame.pixels.len()).sum()
    }
}

/// What the frames of the training videos are like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct VideoSurvey(ImageSurvey);

impl Mergeable for VideoSurvey {
    fn merge(&mut self, other: &Self) -> Result<(), Fault> {
        self.0.merge(&other.0)
    }
}

/// The pixels of the training frames.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct VideoMoments(ImageMoments);

impl Mergeable for VideoMoments {
    fn merge(&mut self, other: &Self) -> Result<(), Fault> {
        self.0.merge(&other.0)
    }
}

/// Videos become `[T·C, H, W]`: T frames evenly spaced over the video, each prepared as an image, with channel `c` of
/// frame `t` at `t·C + c`. A video with fewer frames repeats the nearest, so that no frame is padding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct VideoPreparation {
    frames: usize,
    image: ImagePreparation,
}

impl Prepare for VideoPreparation {
    fn shape(&self) -> Vec<usize> {
        let image = self.image.shape();
        vec![self.frames * image[0], image[1], image[2]]
    }

    fn apply(&self, value: &Value) -> Result<Prepared, PrepareError> {
        let Value::Video(frames) = value else { return Err(PrepareError::kind(ModalityKind::Video, value)) };
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
        Ok(Prepared::new(values))
    }

    fn view(&self, value: &Value) -> View {
        match value {
            Value::Video(frames) => {
                View::Frames { frames: frames.iter().take(MOST_SHOWN).cloned().collect(), n_frames: frames.len() }
            }
            _ => View::Absent,
        }
    }

    fn resolve(&self, config: &mut ModalityConfig) {
        config.length.get_or_insert(self.frames);
        self.image.resolve(config);
    }

    fn black(&self) -> Vec<f32> {
        self.image.black().repeat(self.frames)
    }
}

#[cfg(test)]
mod tests {
    use image::GrayImage;

    use super::*;

    #[test]
    fn frames_come_in_natural_order_and_an_empty_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for (name, level) in [("frame10.png", 10u8), ("frame2.png", 2), ("frame1.png", 1), ("notes.txt", 0)] {
            let path = folder.path().join(name);
            if name.ends_with("png") {
                GrayImage::from_pixel(2, 2, image::Luma([level])).save(path).unwrap();
            } else {
                std::fs::write(path, "not a frame").unwrap();
            }
        }
        let Value::Video(frames) = Video::decode(folder.path()).unwrap() else { panic!("a video") };
        assert_eq!(frames.iter().map(|frame| frame.pixels[0]).collect::<Vec<_>>(), [1, 2, 10]);
        let empty = tempfile::tempdir().unwrap();
        assert!(matches!(Video::decode(empty.path()), Err(Fault::NoContent { .. })));
        assert!(matches!(Video::decode(&empty.path().join("none")), Err(Fault::MissingFile { .. })));
    }

    #[test]
    fn a_video_is_sampled_evenly_frame_after_frame() {
        let preparation: VideoPreparation = serde_json::from_value(serde_json::json!({
            "frames": 3,
            "image": { "channels": 1, "height": 2, "width": 1, "mean": [0.0], "sd": [1.0] },
        }))
        .unwrap();
        assert_eq!(preparation.shape(), [3, 2, 1]);
        let frame = |t: u8| Image { height: 2, width: 1, channels: 1, pixels: vec![51 * t; 2] };
        let levels = |n: u8| {
            let values = preparation.apply(&Value::Video((0..n).map(frame).collect())).unwrap().values;
            values.chunks(2).map(|frame| (frame[0] * 5.0).round() as u8).collect::<Vec<_>>()
        };
        assert_eq!([levels(3), levels(6), levels(1), levels(2)], [[0, 1, 2], [1, 3, 5], [0, 0, 0], [0, 1, 1]]);
        assert!(preparation.apply(&Value::Video(Vec::new())).is_err());
    }
}
