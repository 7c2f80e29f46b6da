//! Reading regular files, up to a limit.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use super::{Action, FileCause, FileError, kind_of};
use crate::limit::Size;

/// Opens a regular file. A device would never end and a pipe may never begin, so both are refused before they are opened.
///
/// # Errors
/// [`FileError`].
pub fn open(path: &Path) -> Result<File, FileError> {
    let failed = |cause: FileCause| FileError::new(Action::Read, path, cause);
    let regular = |found: fs::Metadata| match found.is_file() {
        true => Ok(()),
        false => Err(failed(FileCause::Irregular { kind: kind_of(found.file_type()) })),
    };
    regular(fs::metadata(path).map_err(|error| failed(error.into()))?)?;
    let file = File::open(path).map_err(|error| failed(error.into()))?;
    // Once more, of what was opened: the path may have got another meaning in between.
    regular(file.metadata().map_err(|error| failed(error.into()))?)?;
    Ok(file)
}

/// All bytes of a regular file that holds no more than `limit`.
///
/// # Errors
/// [`FileError`].
pub fn read(path: &Path, limit: Size) -> Result<Vec<u8>, FileError> {
    let file = open(path)?;
    let failed = |cause: FileCause| FileError::new(Action::Read, path, cause);
    let claimed = file.metadata().map_err(|error| failed(error.into()))?.len();
    if claimed > limit.get() {
        return Err(failed(FileCause::TooLarge { limit }));
    }
    let mut bytes = Vec::with_capacity(claimed as usize);
    // What is read is bounded too: a file may grow while it is read, and those of /proc say that they are empty.
    file.take(limit.get().saturating_add(1)).read_to_end(&mut bytes).map_err(|error| failed(error.into()))?;
    if bytes.len() as u64 > limit.get() {
        return Err(failed(FileCause::TooLarge { limit }));
    }
    Ok(bytes)
}

/// The text of a regular file that holds no more than `limit`.
///
/// # Errors
/// [`FileError`], also when it is not UTF-8.
pub fn read_text(path: &Path, limit: Size) -> Result<String, FileError> {
    String::from_utf8(read(path, limit)?).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        FileError::new(Action::Read, path, FileCause::NotText { at })
    })
}
