//! Writing files whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Action, FileError, refuse_irregular};

/// Writes a file whole or not at all: whoever reads it, or finds it after a crash, sees the old content or the new one.
///
/// The bytes go to a new file beside `path`, under a name that no other writer has, which is synced and renamed over `path`; then the folder is
/// synced. Only a regular file is ever replaced; of a link, the file that it leads to. A replaced file keeps its permissions.
///
/// # Errors
/// [`FileError`]: `path` then is as it was, and nothing is left beside it.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    write_with(path, |out| out.write_all(bytes))
}

/// As [`write`](fn@write), with the content written piece by piece.
///
/// # Errors
/// [`FileError`], also of what `content` says.
pub fn write_with(path: &Path, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), FileError> {
    let failed = |source: io::Error| FileError::new(Action::Write, path, source);
    refuse_irregular(Action::Write, path)?;
    let target = target_of(path).map_err(failed)?;
    let (file, temporary) = create_beside(&target).map_err(failed)?;
    let written = fill(file, &target, content).and_then(|()| fs::rename(&temporary, &target));
    if let Err(source) = written {
        let _ = fs::remove_file(&temporary);
        return Err(failed(source));
    }
    sync_folder(&target).map_err(failed)
}

/// Adds bytes to the end of a regular file, which is made where it is missing, in one write.
///
/// # Errors
/// [`FileError`].
pub fn append(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    refuse_irregular(Action::Write, path)?;
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(bytes)).map_err(|source| FileError::new(Action::Write, path, source))
}

/// Makes a folder, and those above it, unless it is there.
///
/// # Errors
/// [`FileError`].
pub fn create_folder(path: &Path) -> Result<(), FileError> {
    fs::create_dir_all(path).map_err(|source| FileError::new(Action::Create, path, source))
}

/// The file that is replaced: of a link, what it leads to.
fn target_of(path: &Path) -> io::Result<PathBuf> {
    match fs::symlink_metadata(path) {
        // A link that leads nowhere is an error here, rather than a file made wherever somebody made it point.
        Ok(found) if found.is_symlink() => fs::canonicalize(path),
        _ => Ok(path.to_owned()),
    }
}

/// A new file beside `target` that nothing had the name of: neither a file nor a link is opened.
fn create_beside(target: &Path) -> io::Result<(File, PathBuf)> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let Some(name) = target.file_name() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path does not end in a file's name"));
    };
    loop {
        let mut unique = std::ffi::OsString::from(".");
        unique.push(name);
        unique.push(format!(".{}-{}.partial", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
        let temporary = target.with_file_name(unique);
        match OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Ok(file) => return Ok((file, temporary)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

fn fill(file: File, target: &Path, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    content(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    if let Ok(replaced) = fs::metadata(target) {
        file.set_permissions(replaced.permissions())?;
    }
    file.sync_all()
}

/// Makes the renaming itself last. Only Unix lets a folder be opened for this.
fn sync_folder(target: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
