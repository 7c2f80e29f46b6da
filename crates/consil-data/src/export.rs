//! Writing samples as files and a manifest.

use std::io::{self, Cursor};
use std::path::Path;

use consil_diagnostic::FileError;
use consil_diagnostic::file::{self, Action};
use hound::{SampleFormat, WavSpec, WavWriter};
use image::{ExtendedColorType, ImageFormat};

use crate::error::DataError;
use crate::{Image, Item, Split, Value};

/// Samples that cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A value that cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A file that cannot be written.
    #[error("{0}")]
    File(#[from] FileError),
}

/// Writes rows of a split as `manifest` (a CSV file) and, in a folder beside it with the name of the split, one file
/// for each value: PNG, 16-bit WAV or CSV. The manifest has a column for each item (`NAME` or `NAME.0`, …), one
/// (`NAME-label`) for each concept that is known, and `target` where rows have one. Absent values are empty cells.
///
/// # Errors
/// A value that cannot be decoded, or a file that cannot be written.
pub fn export(split: &Split, rows: &[usize], manifest: &Path) -> Result<(), ExportError> {
    let base = manifest.parent().unwrap_or(Path::new(""));
    let items: Vec<Item> = split.items().cloned().collect();
    let concepts: Vec<&Item> =
        items.iter().filter(|item| rows.iter().any(|r| split.concept(*r, item).is_some())).collect();
    let has_target = rows.iter().any(|row| split.target(*row).is_some());

    let mut header: Vec<String> = items.iter().map(|item| item.column(&item.modality)).collect();
    header.extend(concepts.iter().map(|item| item.column(&format!("{}-label", item.modality))));
    header.extend(has_target.then(|| "target".to_owned()));
    let mut table = vec![header];
    for &row in rows {
        let mut cells = Vec::with_capacity(table[0].len());
        for item in &items {
            let stem = format!("{}/{}-{row:05}", split.name(), item.column(&item.modality));
            cells.push(match split.value(row, item)? {
                None => String::new(),
                Some(value) => write_value(base, &stem, &value)?,
            });
        }
        cells.extend(concepts.iter().map(|item| split.concept(row, item).unwrap_or_default().to_owned()));
        cells.extend(has_target.then(|| split.target(row).unwrap_or_default().to_owned()));
        table.push(cells);
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let text = table
        .iter()
        .try_for_each(|cells| writer.write_record(cells))
        .map_err(io::Error::other)
        .and_then(|()| writer.into_inner().map_err(|error| error.into_error()));
    write(manifest, text)
}

/// Writes a value and returns the cell that stands for it.
fn write_value(base: &Path, stem: &str, value: &Value) -> Result<String, ExportError> {
    let file = |extension: &str| format!("{stem}.{extension}");
    let cell = match value {
        Value::Text(text) => return Ok(text.clone()),
        Value::Row(cells) => {
            let name = file("csv");
            let line = cells.iter().map(ToString::to_string).collect::<Vec<_>>().join(",") + "\n";
            write(&base.join(&name), Ok(line.into_bytes()))?;
            name
        }
        Value::Image(image) => {
            let name = file("png");
            write(&base.join(&name), png(image))?;
            name
        }
        Value::Audio { rate, samples } => {
            let name = file("wav");
            write(&base.join(&name), wav(*rate, samples))?;
            name
        }
        Value::Series { channels, names, values } => {
            let name = file("csv");
            let header = names.as_ref().map(|names| names.join(",") + "\n").unwrap_or_default();
            write(&base.join(&name), Ok((header + &csv_lines(values, *channels)).into_bytes()))?;
            name
        }
        Value::Video(frames) => {
            for (t, frame) in frames.iter().enumerate() {
                write(&base.join(format!("{stem}/{t:04}.png")), png(frame))?;
            }
            stem.to_owned()
        }
    };
    Ok(cell)
}

/// Writes a file whole or not at all, making its folder.
fn write(path: &Path, content: io::Result<Vec<u8>>) -> Result<(), ExportError> {
    let content = content.map_err(|source| FileError::new(Action::Write, path, source))?;
    if let Some(folder) = path.parent() {
        file::create_folder(folder)?;
    }
    Ok(file::write(path, &content)?)
}

fn png(image: &Image) -> io::Result<Vec<u8>> {
    let colour = if image.channels == 1 { ExtendedColorType::L8 } else { ExtendedColorType::Rgb8 };
    let (width, height) = (image.width as u32, image.height as u32);
    let mut bytes = Cursor::new(Vec::new());
    image::write_buffer_with_format(&mut bytes, &image.pixels, width, height, colour, ImageFormat::Png)
        .map_err(io::Error::other)?;
    Ok(bytes.into_inner())
}

/// 16-bit mono; samples beyond ±1 are clipped.
fn wav(rate: u32, samples: &[f32]) -> io::Result<Vec<u8>> {
    let spec = WavSpec { channels: 1, sample_rate: rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut bytes, spec).map_err(io::Error::other)?;
    for sample in samples {
        let level = (sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16;
        writer.write_sample(level).map_err(io::Error::other)?;
    }
    writer.finalize().map_err(io::Error::other)?;
    Ok(bytes.into_inner())
}

fn csv_lines(values: &[f64], channels: usize) -> String {
    let cell = |x: &f64| if x.is_nan() { String::new() } else { x.to_string() };
    values
        .chunks_exact(channels.max(1))
        .map(|step| step.iter().map(cell).collect::<Vec<_>>().join(",") + "\n")
        .collect()
}
