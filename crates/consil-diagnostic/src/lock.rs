//! One writer for a folder.
//!
//! A [`Lock`] is the operating system's lock on a small file in the folder, so it ends with the process that holds it, however that ends: a lock
//! is never stale, and nobody deletes one by hand. The file says who holds it, for whoever comes second.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::file::{Action, FileError};
use crate::hint::Hint;

/// The file's name.
pub const FILE: &str = ".lock";

/// The right to write into a folder, until it is dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// Why a folder cannot be locked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LockError {
    /// Another process writes there.
    #[error("{} is in use by {holder}", folder.display())]
    Held {
        /// The folder.
        folder: PathBuf,
        /// Who holds it: what it does and its process id.
        holder: String,
    },
    /// The file of the lock cannot be made.
    #[error(transparent)]
    File(#[from] FileError),
}

impl Hint for LockError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Held { .. } => Some("wait until it has ended, or stop it first".to_owned()),
            Self::File(error) => error.help(),
        }
    }
}

impl Lock {
    /// Locks a folder, in the name of what is done there, such as `consil train`.
    ///
    /// # Errors
    /// [`LockError::Held`] when another process, or another lock of this one, has it.
    pub fn acquire(folder: &Path, name: &str) -> Result<Self, LockError> {
        let path = folder.join(FILE);
        let failed = |source| FileError::new(Action::Create, &path, source);
        crate::file::refuse_irregular(Action::Create, &path)?;
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let read = file.take(200).read_to_string(&mut holder);
                if read.is_err() || holder.trim().is_empty() {
                    holder = "another process".to_owned();
                }
                return Err(LockError::Held { folder: folder.to_owned(), holder: holder.trim().to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source).into()),
        }
        let holder = format!("{name} (process {})\n", std::process::id());
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(holder.as_bytes()))
            .map_err(failed)?;
        Ok(Self { file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The file stays, empty: were it removed, one who has opened it and one who makes it anew would both hold a lock.
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_is_first_and_may_follow() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::acquire(folder.path(), "consil train").unwrap();
        let error = Lock::acquire(folder.path(), "consil train").unwrap_err();
        let expected =
            format!("{} is in use by consil train (process {})", folder.path().display(), std::process::id());
        assert_eq!(error.to_string(), expected);
        drop(first);
        Lock::acquire(folder.path(), "consil train").unwrap();
    }

    #[test]
    fn what_a_process_left_that_died_is_no_lock() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "consil train (process 1)\n").unwrap();
        Lock::acquire(folder.path(), "consil federate").unwrap();
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_with_its_path() {
        let error = Lock::acquire(Path::new("/nowhere/at/all"), "x").unwrap_err().to_string();
        assert!(error.starts_with("/nowhere/at/all/.lock cannot be made: "), "{error}");
    }
}
