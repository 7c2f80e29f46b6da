//! Reading regular files within a limit, writing them whole or not at all, and one error for both.

mod read;
mod write;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::hint::Hint;
use crate::limit::Size;

pub use read::{open, read, read_text};
pub use write::{append, create_folder, write, write_with};

/// The most that is read of a text somebody writes by hand: a spec, rules, a table of settings.
pub const TEXT_LIMIT: Size = Size::gibibytes(1);

/// What was to be done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Read it.
    Read,
    /// Write it.
    Write,
    /// Make it, or a folder.
    Create,
}

/// A file that could not be read, written or made, and why.
#[derive(Debug, Error)]
#[error("{} cannot be {}: {cause}", path.display(), match action { Action::Read => "read", Action::Write => "written", Action::Create => "made" })]
pub struct FileError {
    /// What was to be done.
    pub action: Action,
    /// The file or folder.
    pub path: PathBuf,
    /// Why it could not be done.
    #[source]
    pub cause: FileCause,
}

/// Why a file could not be read, written or made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileCause {
    /// The operating system says so.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is a device, a pipe, a socket or a folder.
    #[error("it is {kind}, not a regular file")]
    Irregular {
        /// What it is.
        kind: &'static str,
    },
    /// It is larger than a file of its kind may be.
    #[error("it is larger than {limit}")]
    TooLarge {
        /// The limit.
        limit: Size,
    },
    /// It is to be text, and is not.
    #[error("it is not UTF-8 text: byte {at} is wrong")]
    NotText {
        /// The first byte that is wrong, from 0.
        at: usize,
    },
}

impl FileError {
    /// The error of an action on a file.
    pub fn new(action: Action, path: &Path, cause: impl Into<FileCause>) -> Self {
        Self { action, path: path.to_owned(), cause: cause.into() }
    }

    /// Whether there is nothing at the path.
    pub fn is_not_found(&self) -> bool {
        matches!(&self.cause, FileCause::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }

    /// Whether the machine is at fault rather than what was asked of it: a full or failing disk, a limit of the system. A file that is missing, or that may
    /// not be touched, is the asker's.
    pub fn is_environment(&self) -> bool {
        matches!(&self.cause, FileCause::Io(error) if is_environment(error))
    }
}

/// Whether an error of the operating system is the machine's (a full or failing disk, no memory, a connection) rather than of what was asked.
pub fn is_environment(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    // Failing devices, too many open files in the process or the system: they have no kind of their own.
    const EIO: i32 = 5;
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    let by_number = cfg!(unix) && error.raw_os_error().is_some_and(|number| [EIO, ENFILE, EMFILE].contains(&number));
    let by_kind = matches!(
        error.kind(),
        Kind::StorageFull
            | Kind::QuotaExceeded
            | Kind::FileTooLarge
            | Kind::ReadOnlyFilesystem
            | Kind::OutOfMemory
            | Kind::WriteZero
            | Kind::TimedOut
            | Kind::ResourceBusy
            | Kind::StaleNetworkFileHandle
            | Kind::ConnectionRefused
            | Kind::ConnectionReset
            | Kind::ConnectionAborted
            | Kind::NetworkDown
            | Kind::NetworkUnreachable
            | Kind::HostUnreachable
    );
    by_kind || by_number
}

impl Hint for FileError {
    fn help(&self) -> Option<String> {
        use io::ErrorKind as Kind;
        let help = match (&self.cause, self.action) {
            (FileCause::Irregular { .. }, Action::Read) => {
                "give a file; what comes from a pipe is to be saved to one first"
            }
            (FileCause::Irregular { .. }, _) => {
                "give the path of a file, new or regular: nothing else is ever replaced"
            }
            (FileCause::TooLarge { .. }, _) => "divide it, or give the file that is meant",
            (FileCause::NotText { .. }, _) => "save it as UTF-8",
            (FileCause::Io(error), action) => match (error.kind(), action) {
                (Kind::NotFound, Action::Read) => return None,
                (Kind::NotFound, _) => "make the folder first",
                (Kind::StorageFull | Kind::QuotaExceeded, _) => "free some space, or give another folder",
                (Kind::PermissionDenied, Action::Read) => "make it readable for you",
                (Kind::PermissionDenied, _) => "give another place, or make this one writable",
                _ => return None,
            },
        };
        Some(help.to_owned())
    }
}

/// Refuses what is there and is not a regular file.
pub(crate) fn refuse_irregular(action: Action, path: &Path) -> Result<(), FileError> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => {
            Err(FileError::new(action, path, FileCause::Irregular { kind: kind_of(found.file_type()) }))
        }
        _ => Ok(()),
    }
}

/// What a file is, in words.
fn kind_of(file_type: fs::FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if file_type.is_fifo() {
            return "a pipe";
        }
        if file_type.is_char_device() || file_type.is_block_device() {
            return "a device";
        }
        if file_type.is_socket() {
            return "a socket";
        }
    }
    if file_type.is_dir() { "a folder" } else { "something else" }
}

#[cfg(test)]
mod tests;
