//! Manifests: a table with one sample in each row, as CSV or as one JSON object on each line, plain or gzipped.

mod cell;
mod delimited;
mod jsonl;

use std::path::{Path, PathBuf};

use consil_diagnostic::nearest;

use crate::error::{BadRow, DataError, Fault};
use crate::file::{self, Encoding};

pub(crate) use cell::Cell;

/// A manifest as read, before its cells are given a meaning.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    pub path: PathBuf,
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
    /// Whether each row names its own cells, as JSON objects do: a key that is in none of them is absent from all.
    pub has_keys: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The line in the file, from 1.
    pub line: usize,
    /// One cell for each column.
    pub cells: Vec<Cell>,
}

/// How a manifest is written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Format<'a> {
    /// Cells that mean "absent".
    pub absent: &'a [String],
    pub encoding: Encoding,
    /// What stands between cells; recognised when absent.
    pub separator: Option<char>,
}

impl Manifest {
    /// Reads a manifest by its extension. Rows that cannot be read are left out and reported in `bad`.
    pub fn read(path: &Path, format: Format<'_>, bad: &mut Vec<BadRow>) -> Result<Self, DataError> {
        let text =
            file::text(path, format.encoding).map_err(|fault| DataError::File { path: path.to_owned(), fault })?;
        let manifest = if is_json(path) {
            jsonl::read(path, &text, format.absent, bad)
        } else {
            let separator = format.separator.and_then(|s| u8::try_from(s).ok());
            let separator = separator.unwrap_or_else(|| delimited::separator(&text));
            delimited::read(path, &text, separator, format.absent, bad)
        };
        manifest.refuse_repeated_columns()?;
        Ok(manifest)
    }

    fn refuse_repeated_columns(&self) -> Result<(), DataError> {
        let mut seen = std::collections::HashSet::new();
        match self.columns.iter().find(|column| !seen.insert(column.as_str())) {
            // Names that are empty are those of no column, such as the index that pandas writes.
            Some(column) if !column.is_empty() => {
                Err(DataError::RepeatedColumn { file: self.path.clone(), column: column.clone() })
            }
            _ => Ok(()),
        }
    }

    /// The position of a column.
    pub fn column(&self, name: &str, purpose: impl Into<String>) -> Result<usize, DataError> {
        self.columns.iter().position(|column| column == name).ok_or_else(|| DataError::UnknownColumn {
            file: self.path.clone(),
            column: name.to_owned(),
            purpose: purpose.into(),
            found: self.columns.clone(),
            nearest: nearest(name, self.columns.iter().map(String::as_str)).map(str::to_owned),
        })
    }

    /// The position of a column of inputs; none for a key that no object has, whose values are absent.
    pub fn input(&self, name: &str, purpose: impl Into<String>) -> Result<Option<usize>, DataError> {
        match self.column(name, purpose) {
            Ok(at) => Ok(Some(at)),
            // A slip of the pen is no absence.
            Err(DataError::UnknownColumn { nearest: None, .. }) if self.has_keys => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The column's cells as text; numbers as they were written.
    pub fn texts(&self, column: usize) -> Vec<Option<String>> {
        self.rows.iter().map(|row| row.cells[column].text()).collect()
    }

    /// A row that cannot be used.
    pub fn bad_row(&self, line: usize, column: usize, fault: Fault) -> BadRow {
        BadRow { file: self.path.clone(), row: Some(line), column: Some(self.columns[column].clone()), fault }
    }
}

/// Whether a file's name says that it holds JSON objects, gzipped or not.
fn is_json(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    [".jsonl", ".ndjson", ".json"].iter().any(|extension| name.ends_with(extension))
}

#[cfg(test)]
mod tests;
