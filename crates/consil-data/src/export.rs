//! Writing samples as files and a manifest.

use std::io;
use std::path::Path;

use consil_diagnostic::FileError;
use consil_diagnostic::file::{self, Action};

use crate::error::DataError;
use crate::modality::Encoded;
use crate::{Item, Split, Value};

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
    write(manifest, &text.map_err(|source| FileError::new(Action::Write, manifest, source))?)
}

/// Writes a value and returns the cell that stands for it.
fn write_value(base: &Path, stem: &str, value: &Value) -> Result<String, ExportError> {
    let encoded = value.encode().map_err(|source| FileError::new(Action::Write, &base.join(stem), source))?;
    match encoded {
        Encoded::Cell(cell) => Ok(cell),
        Encoded::File(extension, bytes) => {
            let name = format!("{stem}.{extension}");
            write(&base.join(&name), &bytes)?;
            Ok(name)
        }
        Encoded::Folder(files) => {
            for (name, bytes) in files {
                write(&base.join(stem).join(name), &bytes)?;
            }
            Ok(stem.to_owned())
        }
    }
}

/// Writes a file whole or not at all, making its folder.
fn write(path: &Path, content: &[u8]) -> Result<(), ExportError> {
    if let Some(folder) = path.parent() {
        file::create_folder(folder)?;
    }
    Ok(file::write(path, content)?)
}
