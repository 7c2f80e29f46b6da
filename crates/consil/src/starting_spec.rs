//! A spec to start from, for a table that somebody has.
//!
//! What the columns hold is [inferred](consil_data::infer) once, and written into the spec with its reasons. From then on the spec says it, and nothing is guessed when
//! it is trained: a table that gets another column tomorrow means today's spec all the same.

use std::path::{Path, PathBuf};

use consil_data::{DataConfig, DataError, Inferred, ModalityConfig, SplitConfig, infer};
use consil_multimodal::HeadConfig;
use consil_nn::TrainConfig;
use toml::{Table, Value};

use crate::spec::{Spec, SpecError};

/// What of the rows is held out to watch training by, and to test on.
const HELD_OUT: SplitConfig = SplitConfig { valid: 0.1, test: 0.2 };

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
        let inferred = infer(path)?;
        let Some((target, _)) = &inferred.target else {
            return Err(StartingSpecError::NoTarget { path: path.to_owned() });
        };
        if inferred.modalities.is_empty() {
            return Err(StartingSpecError::NoInput { path: path.to_owned(), target: target.clone() });
        }
        let train = Some(from_folder(path, folder));
        let spec = Spec {
            name: name.to_owned(),
            seed: 0,
            data: DataConfig { train, split: HELD_OUT, ..inferred.data.clone() },
            modality: inferred.modalities.clone(),
            network: Default::default(),
            head: Some(HeadConfig::default()),
            logic: None,
            fine_tune: None,
            train: TrainConfig::default(),
            federate: None,
        };
        let text = format!("{}\n{}", heading(path, &inferred), written(&spec)?);
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

/// What was found in each column, as comments.
fn heading(path: &Path, inferred: &Inferred) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut text = format!(
        "# Made for {name} ({} rows). What each column seems to hold, and why; change what is wrong:\n",
        inferred.n_rows
    );
    for column in &inferred.columns {
        let used = column.used_as.as_deref().unwrap_or("not used");
        let line = format!("#   {:<16} {:<10} {used}: {}", column.name, column.kind.to_string(), column.reason);
        // A line break in a column's name must not end the comment.
        text.push_str(&line.replace(['\n', '\r'], " "));
        text.push('\n');
    }
    text
}

/// The spec without what is at its default: what is left is what somebody may want to change.
fn written(spec: &Spec) -> Result<String, SpecError> {
    let table = |value: &dyn Fn() -> Result<Table, toml::ser::Error>| {
        value().map_err(|source| SpecError::Unwritable { source })
    };
    let mut whole = table(&|| Table::try_from(spec))?;
    whole.remove("train");
    let data = table(&|| Table::try_from(DataConfig::default()))?;
    if let Some(Value::Table(own)) = whole.get_mut("data") {
        leave_defaults(own, &data);
    }
    for (name, modality) in &spec.modality {
        let default = table(&|| Table::try_from(ModalityConfig::new(modality.kind)))?;
        if let Some(Value::Table(own)) = whole.get_mut("modality").and_then(|all| all.get_mut(name)) {
            leave_defaults(own, &default);
            own.insert("kind".to_owned(), Value::String(modality.kind.to_string()));
        }
    }
    let head = table(&|| Table::try_from(HeadConfig::default()))?;
    if let Some(Value::Table(own)) = whole.get_mut("head") {
        leave_defaults(own, &head);
    }
    toml::to_string(&whole).map_err(|source| SpecError::Unwritable { source })
}

fn leave_defaults(own: &mut Table, default: &Table) {
    own.retain(|key, value| default.get(key) != Some(value));
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
