//! What can be wrong with data, said so that it can be mended.

use std::fmt;
use std::path::PathBuf;

use consil_signal::SignalError;

use crate::ModalityKind;

/// Data that cannot be opened or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A file or folder cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Rows that cannot be used; every one of them.
    #[error("{}", list(.0))]
    Rows(Vec<BadRow>),
    /// A column that the spec names is not in the manifest.
    #[error(
        "{} has no column {column:?} ({purpose}){}; it has: {}",
        file.display(), nearest.as_ref().map(|n| format!("; did you mean {n:?}?")).unwrap_or_default(), found.join(", ")
    )]
    UnknownColumn {
        /// The manifest.
        file: PathBuf,
        /// The column that is missing.
        column: String,
        /// What the spec wants it for.
        purpose: String,
        /// The columns that exist.
        found: Vec<String>,
        /// The existing column with the most similar name.
        nearest: Option<String>,
    },
    /// A pool that a modality names does not exist.
    #[error(
        "modality {modality:?} draws from pool {pool:?}, which does not exist{}; pools: {}",
        nearest.as_ref().map(|n| format!("; did you mean {n:?}?")).unwrap_or_default(), found.join(", ")
    )]
    UnknownPool {
        /// The modality.
        modality: String,
        /// The pool it names.
        pool: String,
        /// The pools that exist.
        found: Vec<String>,
        /// The existing pool with the most similar name.
        nearest: Option<String>,
    },
    /// A pool with a configuration that names no data.
    #[error("data.pool.{pool}: {reason}")]
    Pool {
        /// The pool.
        pool: String,
        /// What is wrong and how to mend it.
        reason: PoolFault,
    },
    /// A path begins with an environment variable that is not set.
    #[error(
        "the path {path:?} needs the environment variable {variable}, which is not set; set it to the folder that holds the data{}",
        if variable == "CONSIL_DATA" { ", or fetch them with `consil data fetch`, which needs no variable" } else { "" }
    )]
    Variable {
        /// The variable.
        variable: String,
        /// The path as configured.
        path: String,
    },
    /// The spec says no more than that there is data.
    #[error(
        "[data] names no samples; set `train = \"train.csv\"`, or pools and [data.compose], or `source = \"demo\"`"
    )]
    NoData,
    /// A composed modality has no pool.
    #[error("modality {modality:?} needs `pool = \"…\"`, because samples are composed from pools")]
    NoPool {
        /// The modality.
        modality: String,
    },
    /// Several modalities with class folders, which hold one file for each sample.
    #[error("{} is a folder of classes, which holds one modality, but the spec has {found}; list the samples in a CSV manifest instead", path.display())]
    FolderModalities {
        /// The folder.
        path: PathBuf,
        /// The number of modalities.
        found: usize,
    },
    /// A split without rows.
    #[error("the {split} split has no rows{}", if *groups { "; there are too few groups to hold one out" } else { "" })]
    Empty {
        /// `train`, `valid` or `test`.
        split: &'static str,
        /// Whether groups were to be held out whole.
        groups: bool,
    },
    /// No training row has a value of a modality, so that nothing can be fitted to it.
    #[error("modality {modality:?} is absent from every training row")]
    AllAbsent {
        /// The modality.
        modality: String,
    },
    /// A modality's features cannot be computed as configured.
    #[error("modality {modality:?}: {source}")]
    Signal {
        /// The modality.
        modality: String,
        /// Why.
        source: SignalError,
    },
    /// A row or an item that the split does not have.
    #[error("the {split} split has no item {item}; items: {}", found.join(", "))]
    UnknownItem {
        /// The split's name.
        split: String,
        /// The item asked for.
        item: String,
        /// The items that exist.
        found: Vec<String>,
    },
}

/// What is wrong with a pool's configuration.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PoolFault {
    /// Neither embedded, nor idx files, nor a file pattern.
    #[error("set `embedded = \"digits\"`, or `train` and `test` with `images` and `labels`, or `files` and `pattern`")]
    NoSource,
    /// The embedded data has another kind than the modality.
    #[error("it holds {found} items, but modality {modality:?} is of kind {expected}")]
    Kind {
        /// The modality.
        modality: String,
        /// The modality's kind.
        expected: ModalityKind,
        /// What the pool holds.
        found: ModalityKind,
    },
    /// A split of the pool has no items.
    #[error("no item belongs to its {split} part; {mend}")]
    EmptyPart {
        /// The part.
        split: &'static str,
        /// How to mend it.
        mend: &'static str,
    },
    /// The pool does not hold as many items as samples need without reuse.
    #[error(
        "{wanted} items are needed for the {split} samples without reuse, but it holds {available}; ask for fewer samples or set `reuse = true`"
    )]
    TooSmall {
        /// The split.
        split: &'static str,
        /// Items needed.
        wanted: usize,
        /// Items there are.
        available: usize,
    },
    /// A sample with one label for all items cannot be drawn, since a pool lacks the label.
    #[error("no item of its {split} part has the label {label:?}, which `pairing = \"same-label\"` needs")]
    NoSuchLabel {
        /// The split.
        split: &'static str,
        /// The label.
        label: String,
    },
    /// Images and labels do not match in number.
    #[error("{images} items but {labels} labels")]
    Uneven {
        /// Items.
        images: usize,
        /// Labels.
        labels: usize,
    },
    /// A pattern that cannot be matched.
    #[error(
        "the pattern {pattern:?} must name {{label}} and separate its fields, as in \"{{label}}_{{speaker}}_{{index}}.wav\""
    )]
    Pattern {
        /// The pattern.
        pattern: String,
    },
    /// No file matches.
    #[error("no file matches {files:?}")]
    NoFiles {
        /// The wildcard.
        files: String,
    },
    /// An attribute that the pattern does not name.
    #[error("its items have no attribute {attribute:?}; they have: {}", found.join(", "))]
    UnknownAttribute {
        /// The attribute.
        attribute: String,
        /// Those that exist.
        found: Vec<String>,
    },
    /// An idx file that cannot be read.
    #[error("{}: {fault}", path.display())]
    Array {
        /// The file.
        path: PathBuf,
        /// Why.
        fault: Fault,
    },
}

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
        write!(f, ": {}; {}", self.fault, self.fault.mend())
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
    /// How to mend it, as an instruction.
    pub fn mend(&self) -> &'static str {
        match self {
            Self::MissingFile { .. } => {
                "put the file there (paths are relative to the manifest), or leave the cell empty if the value is absent"
            }
            Self::Corrupt { .. } | Self::NoContent { .. } | Self::Empty { .. } => {
                "export the file again, or leave the cell empty if the value is absent"
            }
            Self::Idx { .. } => "download the file again; it must be the original idx or idx.gz",
            Self::NotANumber { .. } => "write a number with a decimal point, or leave the cell empty if it is absent",
            Self::JsonType { .. } => "write the value as the column's other rows do, or null if it is absent",
            Self::Json { .. } => "write one JSON object on each line",
            Self::Cells { .. } | Self::Csv { .. } => {
                "quote cells that hold commas, and give each row one cell for each column"
            }
            Self::Channels { .. } => "give each series the same columns in the same order",
            Self::NoTarget => "label the row or remove it",
            Self::UnknownClass { .. } => "correct the label or add it to data.classes",
            Self::NameMismatch { .. } => "rename the file, or narrow `files` so that it is left out",
            Self::Kind { .. } => "correct the modality's kind or its column",
        }
    }
}

/// Something about the data that does not stop training and makes its results doubtful.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// Groups with rows on both sides of a split.
    #[error(
        "{} of group column {column:?} occur in both {left} and {right} ({}): the {right} result will look better than it is; hold out whole groups",
        count(groups.len(), "value", "values"), abbreviate(groups)
    )]
    GroupLeak {
        /// The group column.
        column: String,
        /// One split.
        left: &'static str,
        /// The other.
        right: &'static str,
        /// The groups, sorted.
        groups: Vec<String>,
    },
    /// Files that occur on both sides of a split.
    #[error(
        "{} of modality {modality:?} occur in both {left} and {right} ({}): remove them from one",
        count(files.len(), "file", "files"), abbreviate(files)
    )]
    FileLeak {
        /// The modality.
        modality: String,
        /// One split.
        left: &'static str,
        /// The other.
        right: &'static str,
        /// The files, sorted.
        files: Vec<String>,
    },
    /// All training rows have one label.
    #[error(
        "all {n_rows} training rows have the label {label:?}: a model can only learn to say it; add rows of other labels, or look at the target column"
    )]
    OneLabel {
        /// The label.
        label: String,
        /// How many rows.
        n_rows: usize,
    },
    /// Labels that the training rows never show.
    #[error("{} of the {split} split never occur in train ({})", count(labels.len(), "label", "labels"), abbreviate(labels))]
    UnseenLabels {
        /// The split.
        split: &'static str,
        /// The labels, sorted.
        labels: Vec<String>,
    },
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn abbreviate(names: &[String]) -> String {
    let shown = names.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > 5 { format!("{shown}, …") } else { shown }
}

fn list(rows: &[BadRow]) -> String {
    let mut text = count(rows.len(), "row cannot be used:", "rows cannot be used:");
    for row in rows {
        text.push_str("\n  ");
        text.push_str(&row.to_string());
    }
    text
}

/// The name most similar to `wanted`, if any is similar enough to be a slip: by the number of changed, lost, added or swapped
/// characters, at most a third of them.
pub(crate) fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let wanted = wanted.to_lowercase();
    let allowed = (wanted.chars().count() / 3).max(1);
    names
        .into_iter()
        .map(|name| (strsim::osa_distance(&wanted, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name.to_owned())
}
