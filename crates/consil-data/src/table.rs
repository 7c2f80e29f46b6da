//! Tables in Parquet, as rows of text with a type for each column.

use std::path::{Path, PathBuf};

/// A table of a file: what rules load as a relation.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its columns, from the left.
    pub columns: Vec<TableColumn>,
    /// Its rows from the top, each with one cell for a column. Numbers are written so that they read back to themselves.
    pub rows: Vec<Vec<String>>,
}

/// A column of a [`Table`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableColumn {
    /// Its name.
    pub name: String,
    /// What its cells are.
    pub kind: CellKind,
}

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// Whole numbers that fit into 64 bits with a sign.
    Integer,
    /// Finite floating-point numbers.
    Float,
    /// Texts, truth values, dates and times.
    Text,
}

/// Why a file gives no table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// This build cannot read the format.
    #[error(
        "{} is a table in Parquet, which this build does not read: build with `--features parquet`, or write it as CSV",
        path.display()
    )]
    NotBuilt {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not Parquet, or damaged.
    #[error("{} is no Parquet that can be read: {message}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What its reader says.
        message: String,
    },
    /// A column holds what is neither a number nor a text.
    #[error("{}: the column `{column}` holds {found}, and a cell is a number or a text: leave the column out, or flatten it", path.display())]
    Nested {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// What it holds.
        found: &'static str,
    },
    /// A cell has no value, or none that can be kept.
    #[error("{}: row {row}, column `{column}`: {problem}", path.display())]
    Cell {
        /// The file.
        path: PathBuf,
        /// The row, from 1.
        row: usize,
        /// The column.
        column: String,
        /// What is wrong, and how to mend it.
        problem: String,
    },
}

impl Table {
    /// Whether a file's name says that it is Parquet.
    pub fn is_parquet(path: &Path) -> bool {
        path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet"))
    }

    /// The table as comma-separated values with a line of column names.
    pub fn to_csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        // Writing into memory does not fail, and each row has as many cells as there are columns.
        let _ = writer.write_record(self.columns.iter().map(|column| &column.name));
        for row in &self.rows {
            let _ = writer.write_record(row);
        }
        writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// Reads a Parquet file: whole numbers, floating-point numbers, texts, truth values, dates and times, plain or compressed.
    ///
    /// # Errors
    /// [`TableError`]: always, where the feature `parquet` is not built in.
    pub fn read(path: &Path) -> Result<Self, TableError> {
        #[cfg(feature = "parquet")]
        return rows::read(path);
        #[cfg(not(feature = "parquet"))]
        return Err(TableError::NotBuilt { path: path.to_owned() });
    }
}

#[cfg(feature = "parquet")]
mod rows;
