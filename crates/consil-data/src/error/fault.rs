//! What is wrong with one row or one value.

use std::fmt;
use std::path::PathBuf;

use crate::ModalityKind;
use crate::file::FileFault;

/// One row of a manifest, one file of a class folder, or one item of a pool that cannot be used.
#[derive(Clone, Debug, PartialEq)]
pub struct BadRow {
    /// The manifest, or the file itself where there is no manifest.
    pub file: PathBuf,
    /// The line in the manifest; 1 is the header of a CSV file.
    pub row: Option<usize>,
    /// The column.
    pub column: Option<String>,
    /// What is wrong.
    pub fault: Fault,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(row) = self.row {
            write!(f, ":{row}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column {column:?}")?;
        }
        write!(f, ": {}; {}", self.fault, self.fault.fix())
    }
}

/// What is wrong with one value.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The file does not exist.
    #[error("{} does not exist", path.display())]
    MissingFile {
        /// The file.
        path: PathBuf,
    },
    /// The file exists and cannot be decoded.
    #[error("{} is not a readable {kind} file: {message}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        kind: ModalityKind,
        /// What the decoder says.
        message: String,
    },
    /// The array is not what the idx format allows.
    #[error("not a readable idx array: {message}")]
    Idx {
        /// What is wrong.
        message: String,
    },
    /// The file holds no data.
    #[error("{} holds no {what}", path.display())]
    NoContent {
        /// The file or folder.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
    },
    /// A cell should be a number.
    #[error("{cell:?} is not a number")]
    NotANumber {
        /// The cell.
        cell: String,
    },
    /// A JSON value of a type that the column cannot hold.
    #[error("{found} is not {expected}")]
    JsonType {
        /// What the column holds.
        expected: &'static str,
        /// The value.
        found: String,
    },
    /// A line that is not JSON.
    #[error("not a JSON object: {message}")]
    Json {
        /// What the parser says.
        message: String,
    },
    /// A line that is JSON and no object.
    #[error("{found}, and no JSON object")]
    NotAnObject {
        /// What it is.
        found: &'static str,
    },
    /// An object with two values of one key.
    #[error("the key {key:?} occurs twice")]
    RepeatedKey {
        /// The key.
        key: String,
    },
    /// A row without any value to answer from.
    #[error("all of its inputs are absent, and there is nothing to answer from")]
    NoInput,
    /// A row with values, of which no network has all that it is shown at once.
    #[error(
        "no network sees anything of it: each is shown an input that is absent, and there is nothing to answer from"
    )]
    Unseen,
    /// A cell of a column of truth values.
    #[error("{cell:?} is not a truth value")]
    NotABoolean {
        /// The cell.
        cell: String,
    },
    /// A cell of a column of dates.
    #[error("{cell:?} is not a date")]
    NotADate {
        /// The cell.
        cell: String,
    },
    /// A series with other columns than those before it, or than the training data's.
    #[error("the columns {} where {} are expected", found.join(", "), expected.join(", "))]
    Header {
        /// The columns expected.
        expected: Vec<String>,
        /// The columns found.
        found: Vec<String>,
    },
    /// A clip that would be too long at the network's rate.
    #[error(
        "at {to} instead of {from} samples per second it would have {samples} samples, and at most {limit} are made"
    )]
    Resampled {
        /// The clip's rate.
        from: u32,
        /// The network's rate.
        to: u32,
        /// The samples it would have.
        samples: u64,
        /// The limit.
        limit: u64,
    },
    /// Statistics that were not made for one another.
    #[error("the statistics were made from different surveys")]
    OtherSurvey,
    /// A CSV record with another number of cells than the header.
    #[error("{found} cells where the header has {expected}")]
    Cells {
        /// The header's number.
        expected: usize,
        /// The record's number.
        found: usize,
    },
    /// A CSV record that cannot be read.
    #[error("not a CSV record: {message}")]
    Csv {
        /// What the parser says.
        message: String,
    },
    /// A series whose rows differ in length, or whose number of channels differs from the training data's.
    #[error("{found} channels where {expected} are expected{}", line.map(|l| format!(" (line {l} of the file)")).unwrap_or_default())]
    Channels {
        /// The number expected.
        expected: usize,
        /// The number found.
        found: usize,
        /// The line within the series file.
        line: Option<usize>,
    },
    /// A number that is infinite, undefined, or too large for 32 bits.
    #[error("{cell} is not a finite number of 32 bits")]
    NotFinite {
        /// The number as written.
        cell: String,
    },
    /// A cell of several members with another number of them than the rows before.
    #[error("{found} numbers where the rows before have {expected}")]
    Members {
        /// The number expected.
        expected: usize,
        /// The number found.
        found: usize,
    },
    /// JSON objects with more different keys than a table has columns.
    #[error("the key {key:?} would be one more than {limit} different keys")]
    TooManyKeys {
        /// The most keys.
        limit: usize,
        /// The key beyond them.
        key: String,
    },
    /// A file that is not read.
    #[error("{}: {fault}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        fault: FileFault,
    },
    /// A cell that a reader of the crate's data cannot use, in its words.
    #[error("{reason}")]
    Refused {
        /// What is wrong.
        reason: String,
        /// How to fix it, as an instruction.
        fix: String,
    },
    /// The row has no label.
    #[error("the target is empty")]
    NoTarget,
    /// The label is not among the classes.
    #[error("the label {label:?} is not among the classes{}", nearest.as_ref().map(|n| format!(" (did you mean {n:?}?)")).unwrap_or_default())]
    UnknownClass {
        /// The label.
        label: String,
        /// The class with the most similar name.
        nearest: Option<String>,
    },
    /// A file whose name the pool's pattern does not match.
    #[error("the name does not match the pattern {pattern:?}")]
    NameMismatch {
        /// The pattern.
        pattern: String,
    },
    /// A value that decodes to nothing.
    #[error("an empty {kind} value")]
    Empty {
        /// The kind.
        kind: ModalityKind,
    },
    /// A value of another kind than the modality's.
    #[error("a {found} value where {expected} is expected")]
    Kind {
        /// The modality's kind.
        expected: ModalityKind,
        /// The value's kind.
        found: ModalityKind,
    },
}

impl Fault {
    /// What is wrong with a value whose file is not read.
    pub(crate) fn of_file(path: &std::path::Path, fault: FileFault) -> Self {
        match fault {
            FileFault::Missing => Self::MissingFile { path: path.to_owned() },
            fault => Self::File { path: path.to_owned(), fault },
        }
    }

    /// How to fix it, as an instruction.
    pub fn fix(&self) -> &str {
        match self {
            Self::File { fault, .. } => fault.fix(),
            Self::Refused { fix, .. } => fix,
            Self::NotFinite { .. } => "write a finite number within ±3.4e38, or leave the cell empty if it is absent",
            Self::NotABoolean { .. } => {
                "write true or false, yes or no, 1 or 0; or leave the cell empty if it is absent"
            }
            Self::NotADate { .. } => {
                "write it as YYYY-MM-DD, with or without a time (2026-12-01T09:50); or leave the cell empty if it is absent"
            }
            Self::Header { .. } => "name the same columns in each file, in any order",
            Self::Resampled { .. } => "correct the rate in the file's header",
            Self::OtherSurvey => "survey all rows first, then measure each part by that survey",
            Self::Members { .. } => "give each row the same number of numbers",
            Self::TooManyKeys { .. } => {
                "give each object the same keys; what differs from row to row belongs into values, not into keys"
            }
            Self::NotANumber { cell } if is_absent_spelling(cell) => {
                "if it means that the number is absent, add its spelling to data.absent, as in absent = [\"\", \"NA\", \"null\"]"
            }
            Self::MissingFile { .. } => {
                "put the file there (paths are relative to the manifest), or leave the cell empty if the value is absent"
            }
            Self::Corrupt { .. } | Self::NoContent { .. } | Self::Empty { .. } => {
                "export the file again, or leave the cell empty if the value is absent"
            }
            Self::Idx { .. } => "download the file again; it must be the original idx or idx.gz",
            Self::NotANumber { .. } => "write a number with a decimal point, or leave the cell empty if it is absent",
            Self::JsonType { .. } => "write the value as the column's other rows do, or null if it is absent",
            Self::Json { .. } | Self::NotAnObject { .. } => "write one JSON object on each line, as in {\"age\": 61}",
            Self::RepeatedKey { .. } => "keep one of its values, or give the other a key of its own",
            Self::NoInput => "fill one of its columns, or leave the row out",
            Self::Unseen => "fill the columns that a network sees together, or leave the row out",
            Self::Cells { .. } | Self::Csv { .. } => {
                "quote cells that hold commas, and give each row one cell for each column"
            }
            Self::Channels { .. } => "give each series the same columns",
            Self::NoTarget => "label the row or remove it",
            Self::UnknownClass { .. } => "correct the label or add it to data.classes",
            Self::NameMismatch { .. } => "rename the file, or narrow `files` so that it is left out",
            Self::Kind { .. } => "correct the modality's kind or its column",
        }
    }
}

/// Whether a cell is one of the usual spellings of an absent value.
pub(crate) fn is_absent_spelling(cell: &str) -> bool {
    const SPELLINGS: [&str; 12] =
        ["na", "n/a", "#n/a", "nan", "null", "nil", "none", "missing", "unknown", "-", "--", "?"];
    SPELLINGS.contains(&cell.trim().to_lowercase().as_str())
}
