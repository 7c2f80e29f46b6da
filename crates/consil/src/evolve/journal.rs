//! What was evaluated, a line each, so that a search that was ended goes on where it was.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use consil_diagnostic::file::{self, Action};
use consil_diagnostic::{FileError, Hint};
use serde::{Deserialize, Serialize};

use super::Objectives;

/// An evaluated design.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// A hash of all that the result depends on.
    pub key: String,
    /// The genes in words.
    pub design: String,
    /// Why there are no objectives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// What the search makes small.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objectives: Option<Objectives>,
    /// The share of validation rows that came out right, in 0–1.
    pub accuracy: f64,
    /// Operations of the training.
    pub training_flops: u64,
    /// Its seconds.
    pub seconds: f64,
}

/// Why a journal cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The file cannot be opened, read or written.
    #[error("{0}")]
    File(#[from] FileError),
    /// A line other than the last is no entry.
    #[error("{}:{line}: {source}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Why.
        source: serde_json::Error,
    },
}

impl Hint for JournalError {
    fn help(&self) -> Option<String> {
        let help = match self {
            Self::File(_) => "give another file with --journal",
            Self::Damaged { .. } => "it is to be a file that an earlier search wrote; give another with --journal",
        };
        Some(help.to_owned())
    }
}

/// The designs evaluated so far, in a file or in memory alone.
pub struct Journal {
    file: Option<(PathBuf, File)>,
    entries: BTreeMap<String, Entry>,
}

impl Journal {
    /// One that no file keeps.
    pub fn in_memory() -> Self {
        Self { file: None, entries: BTreeMap::new() }
    }

    /// Opens a file, which is made where there is none. A last line without its end, of a process that was killed while writing, is dropped.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let failed = |source: std::io::Error| FileError::new(Action::Write, path, source);
        let text = match file::read_text(path, file::TEXT_LIMIT) {
            Ok(text) => text,
            Err(error) if error.is_not_found() => String::new(),
            Err(error) => return Err(error.into()),
        };
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let mut entries = BTreeMap::new();
        for (i, line) in text[..whole].lines().enumerate() {
            let entry: Entry = serde_json::from_str(line).map_err(|source| JournalError::Damaged {
                path: path.to_owned(),
                line: i + 1,
                source,
            })?;
            entries.insert(entry.key.clone(), entry);
        }
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(failed)?;
        file.set_len(whole as u64).map_err(failed)?;
        Ok(Self { file: Some((path.to_owned(), file)), entries })
    }

    /// How many designs there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entry of a key.
    pub fn find(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// Adds an entry, and writes it.
    pub(super) fn append(&mut self, entry: Entry) -> Result<(), JournalError> {
        if let Some((path, file)) = &mut self.file {
            let failed = |source: std::io::Error| FileError::new(Action::Write, path, source);
            let mut line = serde_json::to_string(&entry).map_err(|error| failed(error.into()))?;
            line.push('\n');
            file.write_all(line.as_bytes()).map_err(failed)?;
        }
        self.entries.insert(entry.key.clone(), entry);
        Ok(())
    }
}
