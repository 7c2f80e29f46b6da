//! PNG and JPEG images, and folders of them.

use std::path::Path;

use image::{DynamicImage, ImageError};

use crate::error::Fault;
use crate::{Image, ModalityKind};

/// Reads an image as 8-bit grey (if it has no colour) or RGB; transparency is dropped.
pub(super) fn read(path: &Path) -> Result<Image, Fault> {
    read_as(path, ModalityKind::Vision)
}

/// Reads a folder of frames in order of their names.
pub(super) fn read_frames(folder: &Path) -> Result<Vec<Image>, Fault> {
    let kind = ModalityKind::Video;
    let files =
        super::files_in(folder, super::extensions(kind)).map_err(|error| super::unreadable(folder, kind, &error))?;
    if files.is_empty() {
        return Err(Fault::NoContent { path: folder.to_owned(), what: "PNG or JPEG frames" });
    }
    files.iter().map(|file| read_as(file, kind)).collect()
}

fn read_as(path: &Path, kind: ModalityKind) -> Result<Image, Fault> {
    let bytes = super::bytes(path, kind)?;
    let decoded = image::load_from_memory(&bytes).map_err(|error| Fault::Corrupt {
        path: path.to_owned(),
        kind,
        message: match error {
            ImageError::Unsupported(_) => "it is neither PNG nor JPEG".to_owned(),
            other => other.to_string(),
        },
    })?;
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

#[cfg(test)]
mod tests {
    use image::{GrayImage, RgbImage};

    use super::*;

    #[test]
    fn grey_stays_one_channel_and_colour_three() {
        let folder = tempfile::tempdir().unwrap();
        let grey = folder.path().join("grey.png");
        GrayImage::from_raw(3, 2, vec![0, 50, 100, 150, 200, 250]).unwrap().save(&grey).unwrap();
        let read_grey = read(&grey).unwrap();
        assert_eq!((read_grey.height, read_grey.width, read_grey.channels), (2, 3, 1));
        assert_eq!(read_grey.pixels, [0, 50, 100, 150, 200, 250]);

        let colour = folder.path().join("colour.jpg");
        RgbImage::from_pixel(16, 8, image::Rgb([200, 30, 60])).save(&colour).unwrap();
        let read_colour = read(&colour).unwrap();
        assert_eq!((read_colour.height, read_colour.width, read_colour.channels), (8, 16, 3));
        // JPEG keeps a flat colour to within a few levels.
        assert!(read_colour.pixels.chunks(3).all(|p| p[0].abs_diff(200) < 6 && p[1].abs_diff(30) < 6));
    }

    #[test]
    fn a_truncated_png_names_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.png");
        GrayImage::new(64, 64).save(&path).unwrap();
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let fault = read(&path).unwrap_err();
        assert!(matches!(&fault, Fault::Corrupt { kind: ModalityKind::Vision, .. }), "{fault}");
        assert!(fault.to_string().contains("cut.png"));
        std::fs::write(&path, b"GIF89a").unwrap();
        assert!(read(&path).is_err());
    }

    #[test]
    fn frames_come_in_order_of_their_names_and_an_empty_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for (name, level) in [("f02.png", 20u8), ("f01.png", 10), ("notes.txt", 0)] {
            let path = folder.path().join(name);
            if name.ends_with("png") {
                GrayImage::from_pixel(2, 2, image::Luma([level])).save(path).unwrap();
            } else {
                std::fs::write(path, "not a frame").unwrap();
            }
        }
        let levels: Vec<u8> = read_frames(folder.path()).unwrap().iter().map(|f| f.pixels[0]).collect();
        assert_eq!(levels, [10, 20]);
        let empty = tempfile::tempdir().unwrap();
        assert!(matches!(read_frames(empty.path()), Err(Fault::NoContent { .. })));
        assert!(matches!(read_frames(&empty.path().join("none")), Err(Fault::MissingFile { .. })));
    }
}
