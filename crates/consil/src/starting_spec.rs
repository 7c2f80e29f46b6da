//! A spec to start from, for a table that somebody has.
//!
//! What the columns hold is [inferred](consil_data::infer) once, and written into the spec with its reasons. From then on the spec says it, and nothing is guessed when
//! it is trained: a table that gets another column tomorrow means today's spec all the same.

use std::path::{Path, PathBuf};

use consil_data::{DataError, Inferred, infer};
use consil_diagnostic::{Hint, Report};

use crate::project::{OpenError, Project};
use crate::spec::{Spec, SpecError};

/// What of the rows is held out: without rows to watch by, training could not end when they no longer gain.
const HELD_OUT: &str = "[data.split]\nvalid = 0.1\ntest = 0.2\n";

/// A spec that was made for a table.
#[derive(Clone, Debug)]
pub struct StartingSpec {
    /// The file's text: the spec, and in its head why it is as it is.
    pub text: String,
    /// What was found in the table.
    pub inferred: Inferred,
}

/// Why no spec can be made for a table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartingSpecError {
    /// The table cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// No column can be learned.
    #[error("no column of {} can be learned: each has one value, names rows, or holds files", path.display())]
    NoTarget {
        /// The table.
        path: PathBuf,
    },
    /// No column is left to learn from.
    #[error("{} has no column to predict `{target}` from", path.display())]
    NoInput {
        /// The table.
        path: PathBuf,
        /// The column to predict.
        target: String,
    },
    /// The column called `target` cannot be learned.
    #[error("the column `{column}` of {} cannot be predicted: it holds {holds} ({reason})", path.display())]
    Target {
        /// The table.
        path: PathBuf,
        /// The column.
        column: String,
        /// What it holds.
        holds: String,
        /// Why.
        reason: String,
    },
    /// The spec would be refused for what the table holds.
    #[error("no spec for {} would be accepted as the table is:\n{}", path.display(), Report::of(&**problem))]
    Refused {
        /// The table.
        path: PathBuf,
        /// What is wrong.
        problem: Box<OpenError>,
    },
    /// What was inferred makes no spec.
    #[error(transparent)]
    Spec(#[from] SpecError),
}

impl Hint for StartingSpecError {
    fn help(&self) -> Option<String> {
        let help = match self {
            Self::NoTarget { .. } => "call the column that is to be predicted `target`",
            Self::NoInput { .. } => "add one that may say something of it",
            Self::Target { .. } => {
                "predict a column of classes, labels or numbers; if another column is to be predicted, rename this one"
            }
            Self::Refused { .. } => "mend the table, or take these rows out of it",
            Self::Spec(error) => return error.help(),
            _ => return None,
        };
        Some(help.to_owned())
    }
}

impl StartingSpec {
    /// For the table at `path`, as a spec of this name in `folder`.
    ///
    /// # Errors
    /// When the table cannot be read, or has nothing to learn or to learn from.
    pub fn new(name: &str, path: &Path, folder: &Path) -> Result<Self, StartingSpecError> {
        let mut inferred = infer(path)?;
        let Some((target, _)) = &inferred.target else {
            return Err(no_target(path, &inferred));
        };
        if inferred.modalities.is_empty() {
            return Err(StartingSpecError::NoInput { path: path.to_owned(), target: target.clone() });
        }
        inferred.data.train = Some(from_folder(path, folder));
        let text = format!("{}\n{HELD_OUT}", inferred.spec(name));
        // What is written must read back, and be what a check accepts.
        let spec = Spec::parse(name, &text, &[])?;
        accepted(&spec, path).map_err(|problem| StartingSpecError::Refused { path: path.to_owned(), problem })?;
        Ok(Self { text, inferred })
    }
}

/// That no column can be learned, or that the one called `target` cannot.
fn no_target(path: &Path, inferred: &Inferred) -> StartingSpecError {
    match inferred.columns.iter().find(|column| column.name.to_lowercase() == "target") {
        Some(column) => StartingSpecError::Target {
            path: path.to_owned(),
            column: column.name.clone(),
            holds: column.kind.to_string(),
            reason: column.reason.clone(),
        },
        None => StartingSpecError::NoTarget { path: path.to_owned() },
    }
}

/// Opens the spec over the table at `path`, wherever the spec will stand, and decodes each of its values.
fn accepted(spec: &Spec, path: &Path) -> Result<(), Box<OpenError>> {
    let mut spec = spec.clone();
    spec.data.train = Some(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
    let base = Path::new("");
    let refused = |error: DataError| Box::new(OpenError::from(error));
    let found = consil_data::check(&spec.data, &spec.modality, base, spec.seed).map_err(refused)?;
    if !found.is_good() {
        return Err(refused(DataError::Rows(found.bad)));
    }
    Project::open(&spec, base, base).map(|_| ()).map_err(Box::new)
}

/// The path of a file as a spec in `folder` writes it: relative where both have one parent, so that they can be moved together.
fn from_folder(path: &Path, folder: &Path) -> PathBuf {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (path, folder) = (whole(path), whole(folder));
    match (path.parent(), path.file_name(), folder.parent()) {
        (Some(own), Some(name), _) if own == folder => PathBuf::from(name),
        (Some(own), Some(name), Some(beside)) if own == beside => Path::new("..").join(name),
        _ => path,
    }
}

#[cfg(test)]
mod tests;
