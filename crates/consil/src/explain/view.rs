//! Values for the eye.

use consil_data::{Image, Preparation, Value};

use super::{Picture, View};

/// What there is to see of a value. A waveform is shown as the features that its network is given; all else as it came.
pub(super) fn view(value: &Value, preparation: &Preparation) -> View {
    match value {
        Value::Image(image) => View::Image(picture(image)),
        Value::Video(frames) => {
            View::Video { frames: frames.iter().take(View::MOST_FRAMES).map(picture).collect(), n_frames: frames.len() }
        }
        Value::Series { channels, values } => {
            View::Series { channels: *channels, steps: values.len() / (*channels).max(1), values: values.clone() }
        }
        Value::Text(text) => View::Text { text: text.clone() },
        Value::Row(values) => View::Row { values: values.clone() },
        Value::Audio { .. } => spectrogram(value, preparation),
    }
}

fn picture(image: &Image) -> Picture {
    let Image { height, width, channels, pixels } = image;
    Picture { width: *width, height: *height, channels: *channels, pixels: pixels.clone() }
}

/// The prepared features without their padding.
fn spectrogram(value: &Value, preparation: &Preparation) -> View {
    let (Ok(prepared), &[_, bands, length]) = (preparation.apply(value), preparation.shape().as_slice()) else {
        return View::Absent;
    };
    let there = |mask: &Vec<f32>| mask.iter().filter(|m| **m > 0.0).count();
    let frames = prepared.mask.as_ref().map_or(length, there);
    let values = prepared.values.chunks(length.max(1)).flat_map(|band| &band[..frames]).copied().collect();
    View::Spectrogram { frames, bands, values }
}
