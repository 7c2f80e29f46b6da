//! What there is to see of a value.

use consil_data::{Image, Preparation, Value};

use super::{Picture, View};

/// What there is to see of a value, as its modality shows it.
pub(super) fn view(value: &Value, preparation: &Preparation) -> View {
    match preparation.view(value) {
        consil_data::View::Image(image) => View::Image(picture(&image)),
        consil_data::View::Video { frames, n_frames } => {
            View::Video { frames: frames.iter().take(View::MOST_FRAMES).map(picture).collect(), n_frames }
        }
        consil_data::View::Series { channels, steps, values } => View::Series { channels, steps, values },
        consil_data::View::Spectrogram { frames, bands, values } => View::Spectrogram { frames, bands, values },
        consil_data::View::Text(text) => View::Text { text },
        consil_data::View::Row(cells) => View::Row { cells },
        _ => View::Absent,
    }
}

fn picture(image: &Image) -> Picture {
    let Image { height, width, channels, pixels } = image;
    Picture { width: *width, height: *height, channels: *channels, pixels: pixels.clone() }
}
