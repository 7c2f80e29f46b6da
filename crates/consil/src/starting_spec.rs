//! A spec to start from, for a table that somebody has.
//!
//! What the columns hold is [inferred](consil_data::infer) once, and written into the spec with its reasons. From then on the spec says it, and nothing is guessed when
//! it is trained: a table that gets another column tomorrow means today's spec all the same.

use std::path::{Path, PathBuf};

use consil_data::{DataError, Inferred, infer};

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
    #[error("no column of {} can be learned: each has one value, names rows, or holds files\n  help: call the column that is to be predicted `target`", path.display())]
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
    /// What was inferred makes no spec.
    #[error(transparent)]
    Spec(#[from] SpecError),
}

impl StartingSpec {
    /// For the table at `path`, as a spec of this name in `folder`.
    ///
    /// # Errors
    /// When the table cannot be read, or has nothing to learn or to learn from.
    pub fn new(name: &str, path: &Path, folder: &Path) -> Result<Self, StartingSpecError> {
        let mut inferred = infer(path)?;
        let Some((target, _)) = &inferred.target else {
            return Err(StartingSpecError::NoTarget { path: path.to_owned() });
        };
        if inferred.modalities.is_empty() {
            return Err(StartingSpecError::NoInput { path: path.to_owned(), target: target.clone() });
        }
        inferred.data.train = Some(from_folder(path, folder));
        let text = format!("{}\n{HELD_OUT}", inferred.spec(name));
        // What is written must read back.
        Spec::parse(name, &text, &[])?;
        Ok(Self { text, inferred })
    }
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
mod tests {
    use super::*;

    #[test]
    fn a_spec_for_a_table_says_what_it_found_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let line = |i: usize| format!("r{i},{}.5,{},{}\n", i % 9, ["red", "green"][i % 2], ["x", "y"][i % 2]);
        let path = folder.path().join("rows.csv");
        std::fs::write(&path, "id,size,colour,label\n".to_owned() + &(0..30).map(line).collect::<String>()).unwrap();
        let made = StartingSpec::new("mine", &path, &folder.path().join("mine")).unwrap();
        let spec = Spec::parse("mine", &made.text, &[]).unwrap();
        assert_eq!(spec.data.train.as_deref(), Some(Path::new("../rows.csv")), "{}", made.text);
        assert_eq!(spec.data.id.as_deref(), Some("id"), "{}", made.text);
        assert_eq!(made.inferred.target.as_ref().map(|(name, _)| name.as_str()), Some("label"));
        assert!(!made.text.contains("[train]") && !made.text.contains("cache-mb"), "{}", made.text);
        assert!(
            made.text.lines().any(|line| line.starts_with("#   colour") && line.contains("category")),
            "{}",
            made.text
        );
    }
}
