use std::io::Write;

use image::ImageEncoder;

use super::*;

fn read_image(path: &Path) -> Result<Image, Fault> {
    read(path, ModalityKind::Vision)
}

#[test]
fn grey_stays_one_channel_and_colour_three() {
    let folder = tempfile::tempdir().unwrap();
    let grey = folder.path().join("grey.png");
    GrayImage::from_raw(3, 2, vec![0, 50, 100, 150, 200, 250]).unwrap().save(&grey).unwrap();
    let read_grey = read_image(&grey).unwrap();
    assert_eq!((read_grey.height, read_grey.width, read_grey.channels), (2, 3, 1));
    assert_eq!(read_grey.pixels, [0, 50, 100, 150, 200, 250]);

    let colour = folder.path().join("colour.jpg");
    RgbImage::from_pixel(16, 8, image::Rgb([200, 30, 60])).save(&colour).unwrap();
    let read_colour = read_image(&colour).unwrap();
    assert_eq!((read_colour.height, read_colour.width, read_colour.channels), (8, 16, 3));
    // JPEG keeps a flat colour to within a few levels.
    assert!(read_colour.pixels.chunks(3).all(|p| p[0].abs_diff(200) < 6 && p[1].abs_diff(30) < 6));
}

/// An Exif block (TIFF, little-endian) of one entry: tag 0x0112, orientation.
fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    block.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    block
}

/// A JPEG 16 wide and 8 high, white in its left half, with an orientation.
fn jpeg(orientation: u8) -> Vec<u8> {
    let pixels: Vec<u8> = (0..128).map(|i| if i % 16 < 8 { 255 } else { 0 }).collect();
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 100);
    encoder.set_exif_metadata(exif(orientation)).unwrap();
    encoder.write_image(&pixels, 16, 8, image::ExtendedColorType::L8).unwrap();
    bytes
}

/// Where an image is white: top, bottom, left or right.
fn white_side(image: &Image) -> &'static str {
    let at = |y: usize, x: usize| image.pixels[(y * image.width + x) * image.channels] > 128;
    let (bottom, right) = (image.height - 1, image.width - 1);
    match (at(0, 0), at(0, right), at(bottom, 0), at(bottom, right)) {
        (true, true, false, false) => "top",
        (false, false, true, true) => "bottom",
        (true, false, true, false) => "left",
        (false, true, false, true) => "right",
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_image_is_turned_as_its_file_says() {
    let folder = tempfile::tempdir().unwrap();
    // The eight orientations of Exif 2.3: where the first row and the first column of the stored pixels belong.
    let expected = [
        (1, "left", (8, 16)),
        (2, "right", (8, 16)),
        (3, "right", (8, 16)),
        (4, "left", (8, 16)),
        (5, "top", (16, 8)),
        (6, "top", (16, 8)),
        (7, "bottom", (16, 8)),
        (8, "bottom", (16, 8)),
    ];
    for (orientation, side, size) in expected {
        let path = folder.path().join(format!("{orientation}.jpg"));
        std::fs::write(&path, jpeg(orientation)).unwrap();
        let image = read_image(&path).unwrap();
        assert_eq!(((image.height, image.width), white_side(&image)), (size, side), "orientation {orientation}");
    }
    // PNG has the same block, in a chunk eXIf.
    let mut png = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut png);
    encoder.set_exif_metadata(exif(6)).unwrap();
    let pixels: Vec<u8> = (0..128).map(|i| if i % 16 < 8 { 255 } else { 0 }).collect();
    encoder.write_image(&pixels, 16, 8, image::ExtendedColorType::L8).unwrap();
    let path = folder.path().join("turned.png");
    std::fs::write(&path, png).unwrap();
    assert_eq!(white_side(&read_image(&path).unwrap()), "top");
}

#[test]
fn a_damaged_image_names_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.png");
    GrayImage::new(64, 64).save(&path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let fault = read_image(&path).unwrap_err();
    assert!(matches!(&fault, Fault::Corrupt { kind: ModalityKind::Vision, .. }), "{fault}");
    assert!(fault.to_string().contains("cut.png"));
    std::fs::write(&path, b"GIF89a").unwrap();
    assert!(read_image(&path).is_err());
    assert!(matches!(read_image(Path::new("/dev/zero")), Err(Fault::File { .. })));
}

#[test]
fn a_header_that_promises_too_much_is_refused_before_its_pixels_are_made() {
    // A PNG header of 100,000 × 100,000 grey pixels, 10 GB, and nothing after it.
    let header = [b"IHDR".as_slice(), &100_000u32.to_be_bytes(), &100_000u32.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    let mut crc = flate2::Crc::new();
    crc.update(&header);
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    png.extend(&header);
    png.extend(crc.sum().to_be_bytes());
    let mut data = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    data.write_all(&[0; 1000]).unwrap();
    let chunk = [b"IDAT".as_slice(), &data.finish().unwrap()].concat();
    let mut crc = flate2::Crc::new();
    crc.update(&chunk);
    png.extend((chunk.len() as u32 - 4).to_be_bytes());
    png.extend(&chunk);
    png.extend(crc.sum().to_be_bytes());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.png");
    std::fs::write(&path, png).unwrap();
    let fault = read_image(&path).unwrap_err().to_string();
    assert!(fault.contains("100000 × 100000 pixels") || fault.to_lowercase().contains("limit"), "{fault}");
}
