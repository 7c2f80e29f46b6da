//! Files become values: images, waveforms, series, sentences and folders of frames.

mod audio;
mod image;
mod series;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::Fault;
use crate::{ModalityKind, Value};

pub(crate) use series::parse_number;

/// Decodes a file as a value of a kind.
///
/// # Errors
/// A file that does not exist, cannot be decoded, or is empty.
pub fn decode(path: &Path, kind: ModalityKind) -> Result<Value, Fault> {
    match kind {
        ModalityKind::Vision => image::read(path).map(Value::Image),
        ModalityKind::Audio => audio::read(path),
        ModalityKind::Text => text(path).map(Value::Text),
        ModalityKind::Video => image::read_frames(path).map(Value::Video),
        ModalityKind::Sensor => series::parse(path, &text(path)?),
        ModalityKind::Table => series::parse_row(path, &text(path)?),
    }
}

/// The extensions, lower-case, of the files that hold a kind; none where a folder does.
pub(crate) fn extensions(kind: ModalityKind) -> &'static [&'static str] {
    match kind {
        ModalityKind::Vision | ModalityKind::Video => &["png", "jpg", "jpeg"],
        ModalityKind::Audio => &["wav"],
        ModalityKind::Text => &["txt"],
        ModalityKind::Sensor | ModalityKind::Table => &["csv", "tsv", "txt"],
    }
}

/// The files directly in a folder with one of the extensions, in order of their names.
pub(crate) fn files_in(folder: &Path, extensions: &[&str]) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        if extension.is_some_and(|e| extensions.contains(&e.as_str())) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn bytes(path: &Path, kind: ModalityKind) -> Result<Vec<u8>, Fault> {
    std::fs::read(path).map_err(|error| unreadable(path, kind, &error))
}

fn unreadable(path: &Path, kind: ModalityKind, error: &std::io::Error) -> Fault {
    match error.kind() {
        ErrorKind::NotFound => Fault::MissingFile { path: path.to_owned() },
        _ => Fault::Corrupt { path: path.to_owned(), kind, message: error.to_string() },
    }
}

fn text(path: &Path) -> Result<String, Fault> {
    String::from_utf8(bytes(path, ModalityKind::Text)?).map_err(|error| Fault::Corrupt {
        path: path.to_owned(),
        kind: ModalityKind::Text,
        message: format!("it is not UTF-8 ({})", error.utf8_error()),
    })
}
