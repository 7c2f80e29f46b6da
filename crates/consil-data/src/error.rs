//! What can be wrong with data, said so that it can be fixed.

mod fault;
mod pool;
mod warning;

use std::path::PathBuf;

use consil_diagnostic::FileError;
use consil_signal::SignalError;

pub(crate) use fault::is_absent_spelling;
pub use fault::{BadRow, Fault};
pub use pool::PoolFault;
pub use warning::Warning;

use crate::file::FileFault;

/// Data that cannot be opened or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A folder cannot be read.
    #[error("{0}")]
    Read(#[from] FileError),
    /// A file that is not read.
    #[error("{}: {fault}; {}", path.display(), fault.fix())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        fault: FileFault,
    },
    /// A manifest with two columns of one name.
    #[error("{} has two columns {column:?}; rename one, or leave it out", file.display())]
    RepeatedColumn {
        /// The manifest.
        file: PathBuf,
        /// The column.
        column: String,
    },
    /// What is to be learned stands among the inputs.
    #[error(
        "the column {column:?} is the target {target:?} and an input of modality {modality:?}; leave it out of one of them"
    )]
    TargetIsInput {
        /// The column.
        column: String,
        /// The target.
        target: String,
        /// The modality.
        modality: String,
    },
    /// A separator that no reader takes.
    #[error("data.separator = {separator:?} separates no cells; use \",\", \";\", \"\\t\" or another ASCII character")]
    Separator {
        /// The separator.
        separator: char,
    },
    /// A setting that fits no data.
    #[error("{key} = {value} is outside what it may be: {allowed}")]
    Setting {
        /// The key in the spec.
        key: String,
        /// Its value.
        value: String,
        /// What it may be.
        allowed: String,
    },
    /// An option that changes nothing.
    #[error("{key} has no effect on {kind}: {reason}; leave it out")]
    NoEffect {
        /// The key in the spec.
        key: String,
        /// The modality's kind.
        kind: crate::ModalityKind,
        /// Why.
        reason: String,
    },
    /// A pool where no samples are composed.
    #[error(
        "modality.{modality}.pool has no effect: the samples are the rows of data.train; leave it out, or compose samples with [data.compose]"
    )]
    UnusedPool {
        /// The modality.
        modality: String,
    },
    /// A file without rows.
    #[error("{} has no rows: {}", path.display(), if *has_header { "below its line of column names there is nothing; add one line for each sample" } else { "it is empty; write a line of column names, and below it one line for each sample" })]
    NoRows {
        /// The file.
        path: PathBuf,
        /// Whether it names columns.
        has_header: bool,
    },
    /// A file of which no row is left.
    #[error("no row of {} can be used: {n_rows} were left out", path.display())]
    NoneLeft {
        /// The file.
        path: PathBuf,
        /// Rows left out.
        n_rows: usize,
    },
    /// A cell that is a class where it stands among the targets, and nothing where it stands among numbers.
    #[error(
        "{spelling:?} is a class of {target:?} in {n_rows} rows, and stands for an absent value in {column:?}; write one of them differently, since data.absent is of all columns"
    )]
    AbsentClass {
        /// The spelling.
        spelling: String,
        /// The target.
        target: String,
        /// Rows of that class.
        n_rows: usize,
        /// The other column.
        column: String,
    },
    /// Prepared values that would not fit, or hold nothing.
    #[error(
        "modality {modality:?} would be prepared to the shape {shape:?}: it must hold at least one number and at most {limit}; lower its size, length or bands"
    )]
    Shape {
        /// The modality.
        modality: String,
        /// The shape.
        shape: Vec<usize>,
        /// The most numbers.
        limit: u64,
    },
    /// Statistics of sites that do not go together.
    #[error("modality {modality:?}: the sites' statistics do not go together: {fault}; {}", fault.fix())]
    Merge {
        /// The modality.
        modality: String,
        /// Why.
        fault: Box<Fault>,
    },
    /// One file for two splits.
    #[error("data.{left} and data.{right} are one file, {}; name different files, or leave out data.{right} to hold out a part of the rows", path.display())]
    SameFile {
        /// One split.
        left: &'static str,
        /// The other.
        right: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// Rows that cannot be used; every one of them.
    #[error("{}", list(.0))]
    Rows(Vec<BadRow>),
    /// A column that the spec names is not in the manifest.
    #[error(
        "{} has no column {column:?} ({purpose}){}; it has: {}{}",
        file.display(), nearest.as_ref().map(|n| format!("; did you mean {n:?}?")).unwrap_or_default(), found.join(", "),
        if purpose.starts_with("modality ") { "; where no row has a value, add the column with empty cells" } else { "" }
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
    /// A column is read as an input, and its text, which is asked for, is not kept.
    #[error("the text of column {column:?}, an input, is not kept ({purpose}); name it when the data is opened")]
    InputColumn {
        /// The column.
        column: String,
        /// What its text is wanted for.
        purpose: String,
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

impl DataError {
    /// One error for those of several sites: all of their rows that cannot be used, each once in the order of their files and lines, or else the
    /// first error. None of none.
    pub fn together(errors: impl IntoIterator<Item = Self>) -> Option<Self> {
        let (mut bad, mut first) = (Vec::new(), None);
        for error in errors {
            match error {
                Self::Rows(rows) => bad.extend(rows),
                other => first = first.or(Some(other)),
            }
        }
        if bad.is_empty() {
            return first;
        }
        in_order(&mut bad);
        Some(Self::Rows(bad))
    }
}

/// Puts bad rows in the order of their files, lines and columns, each once.
pub(crate) fn in_order(bad: &mut Vec<BadRow>) {
    bad.sort_by(|a, b| (&a.file, a.row, &a.column).cmp(&(&b.file, b.row, &b.column)));
    bad.dedup();
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// So many bad cells are written out in an error; the others are counted.
const LISTED: usize = 20;

fn list(rows: &[BadRow]) -> String {
    // A row with two bad cells is one row.
    let n_rows = rows.iter().map(|bad| (&bad.file, bad.row)).collect::<std::collections::BTreeSet<_>>().len();
    let mut text = count(n_rows, "row cannot be used:", "rows cannot be used:");
    for row in rows.iter().take(LISTED) {
        text.push_str("\n  ");
        text.push_str(&row.to_string());
    }
    if let Some(more) = rows.len().checked_sub(LISTED).filter(|more| *more > 0) {
        text.push_str(&format!("\n  … and {more} more"));
    }
    text
}
