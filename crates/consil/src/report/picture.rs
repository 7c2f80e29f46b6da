//! Pixels as PNG inside the page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use consil_report::colour::magma;
use image::{DynamicImage, GrayImage, ImageFormat, RgbImage};

use crate::explain::Image;

/// A picture as the `src` of an image; none where its pixels do not fill it.
pub(crate) fn data_uri(picture: &Image) -> Option<String> {
    let (width, height) = (u32::try_from(picture.width).ok()?, u32::try_from(picture.height).ok()?);
    let pixels = picture.pixels.clone();
    let image = match picture.channels {
        1 => DynamicImage::from(GrayImage::from_raw(width, height, pixels)?),
        3 => DynamicImage::from(RgbImage::from_raw(width, height, pixels)?),
        _ => return None,
    };
    let mut png = std::io::Cursor::new(Vec::new());
    image.write_to(&mut png, ImageFormat::Png).ok()?;
    Some(format!("data:image/png;base64,{}", STANDARD.encode(png.into_inner())))
}

/// Values `[rows, columns]` as a picture with the first row at the bottom, from dark (least) to bright (greatest). A value that is not
/// finite is grey.
pub(crate) fn heat_map(values: &[f32], rows: usize, columns: usize) -> Option<Image> {
    if rows == 0 || columns == 0 || values.len() != rows * columns {
        return None;
    }
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let (least, most) = finite().fold((f32::INFINITY, f32::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    let span = if most > least { most - least } else { 1.0 };
    let colour = |value: f32| if value.is_finite() { magma((value - least) / span) } else { [128; 3] };
    let pixels = values.chunks(columns).rev().flatten().flat_map(|value| colour(*value)).collect();
    Some(Image { width: columns, height: rows, channels: 3, pixels })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_come_back_from_the_png() {
        let picture = Image { width: 2, height: 1, channels: 3, pixels: vec![1, 2, 3, 250, 251, 252] };
        let uri = data_uri(&picture).unwrap();
        let png = STANDARD.decode(uri.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
        assert_eq!(image::load_from_memory(&png).unwrap().into_rgb8().into_raw(), picture.pixels);
    }

    #[test]
    fn pixels_that_do_not_fill_the_picture_are_refused() {
        assert_eq!(data_uri(&Image { width: 4, height: 4, channels: 1, pixels: vec![0; 3] }), None);
        assert_eq!(data_uri(&Image { width: 1, height: 1, channels: 2, pixels: vec![0; 2] }), None);
        assert_eq!(heat_map(&[1.0], 1, 2), None);
    }

    #[test]
    fn the_lowest_band_lies_at_the_bottom() {
        let picture = heat_map(&[0.0, 0.0, 1.0, f32::NAN], 2, 2).unwrap();
        assert_eq!(picture.pixels[0..3], magma(1.0));
        assert_eq!(picture.pixels[3..6], [128; 3]);
        assert_eq!(picture.pixels[6..9], magma(0.0));
    }
}
