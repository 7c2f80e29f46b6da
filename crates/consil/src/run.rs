//! A run folder: everything needed to resume a training, to repeat it, and to learn from it later.
//!
//! ```text
//! runs/demo-001/
//!   spec.toml                the resolved spec, overrides applied
//!   program.pl               the rules as they were
//!   graph.json               the graph of each network
//!   run.json                 kind, seed, versions, fingerprint, where relative data paths begin
//!   metrics.jsonl            one record a line: steps, epochs, rounds
//!   checkpoint.safetensors   the latest state: weights, optimiser, progress
//!   model.safetensors        the weights that training ended with
//!   result.json              what the test set says of them
//!   report.html              the same, for the eye
//! ```

mod files;
mod graphs;
mod metrics;

use std::path::{Path, PathBuf};

use consil_diagnostic::lock::{Lock, LockError};
use consil_diagnostic::{FileError, Hint, file};
use serde::{Deserialize, Serialize};

use crate::spec::{Spec, SpecError};

pub(crate) use graphs::{GRAPHS, GRAPHS_ENTRY, KeptGraphs};
pub use metrics::{Record, SiteRecord};

/// The latest state of a training.
pub(crate) const CHECKPOINT: &str = "checkpoint.safetensors";
/// The weights that training ended with.
pub(crate) const MODEL: &str = "model.safetensors";
/// What the test rows say of them.
pub(crate) const RESULT: &str = "result.json";

/// A folder that holds one run.
#[derive(Clone, Debug)]
pub struct Run {
    folder: PathBuf,
    about: About,
    /// Boxed: most of what is done with a run does not ask for it.
    begun_with: Option<Box<Spec>>,
}

/// All of `run.json`.
#[derive(Serialize, Deserialize)]
struct RunFile {
    #[serde(flatten)]
    about: About,
    /// The resolved spec, which `spec.toml` is compared with before training goes on; absent in runs of version 0.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spec: Option<serde_json::Value>,
}

/// What `run.json` says of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct About {
    /// What was run.
    pub kind: RunKind,
    /// The spec's name.
    pub name: String,
    /// The seed.
    pub seed: u64,
    /// The version of the program that made the run.
    pub version: String,
    /// A hash of all that the weights depend on: see [`Model::fingerprint`](crate::Model::fingerprint).
    pub fingerprint: String,
    /// The folder that relative paths of the spec begin at.
    pub base: PathBuf,
    /// The version of the derivation of random numbers that the run began with: [`consil_random::VERSION`] at that time.
    #[serde(default = "first_version")]
    pub randomness: u32,
}

/// The derivation under which runs began that do not name one.
fn first_version() -> u32 {
    1
}

/// What a run trains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunKind {
    /// One learner sees all data.
    Central,
    /// Many sites learn, and their data stays where it is.
    Federated,
}

/// Why a run folder cannot be made, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The folder or a file in it cannot be read, written or made.
    #[error("{0}")]
    File(#[from] FileError),
    /// The folder of a new run cannot be made.
    #[error("{0}")]
    NotMade(FileError),
    /// The folder is not one of a run.
    #[error("{source}")]
    NotARun {
        /// The folder.
        folder: PathBuf,
        /// Which file of it cannot be read, and why.
        source: FileError,
    },
    /// Another process writes into the folder.
    #[error("{0}")]
    Lock(#[from] LockError),
    /// The name cannot be that of a folder.
    #[error("`{name}` cannot be the name of a run: {reason}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A run keeps as text where its project lies, and the path is none.
    #[error("{} is not UTF-8, and a run keeps where its project lies as text", path.display())]
    PathNotText {
        /// The path.
        path: PathBuf,
    },
    /// A file of the run is not what it should be.
    #[error("{}{}: {problem}", path.display(), line.map(|n| format!(":{n}")).unwrap_or_default())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, where the file has lines.
        line: Option<usize>,
        /// What is wrong.
        problem: String,
    },
    /// The file of graphs is not what was written.
    #[error("{} {problem}", path.display())]
    DamagedGraphs {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The graphs are not those that the weights were trained with.
    #[error(
        "{} was trained with other networks: their checksum is {expected}, and that of {} is {found}", weights.display(),
        if *is_kept { path.display().to_string() } else { format!("those that {} gives", path.with_file_name("spec.toml").display()) }
    )]
    OtherGraphs {
        /// The file of graphs.
        path: PathBuf,
        /// Whether it is there.
        is_kept: bool,
        /// The file of weights.
        weights: PathBuf,
        /// The checksum of the graphs.
        found: String,
        /// The checksum that the weights name.
        expected: String,
    },
    /// The run began under another derivation of random numbers, so that it would not go on as it began.
    #[error("{} was begun by version {version}, which drew its random numbers otherwise: it would not go on as it began", path.display())]
    Randomness {
        /// The run folder.
        path: PathBuf,
        /// The version of the program that made the run.
        version: String,
    },
    /// The spec in the folder is refused.
    #[error(transparent)]
    Spec(#[from] SpecError),
}

impl Hint for RunError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NotMade(_) => "give another folder with --runs, or make this one writable".to_owned(),
            Self::NotARun { folder, .. } => format!(
                "{} is to be a run folder, made by `consil train` or `consil federate simulate`",
                folder.display()
            ),
            Self::Name { .. } => "a run is a folder of that name; give one of letters, digits and hyphens".to_owned(),
            Self::PathNotText { .. } => "rename the folder".to_owned(),
            Self::DamagedGraphs { .. } => "restore it from a copy; or remove it, and the networks are built from spec.toml again, which is refused where they would be others".to_owned(),
            Self::OtherGraphs { path, .. } => format!("restore {} as the run wrote it", path.display()),
            Self::Randomness { version, .. } => format!(
                "resume it with version {version}, or train anew from its spec.toml; `consil eval` and `consil predict` read it as it is"
            ),
            Self::Spec(error) => return error.help(),
            Self::File(_) | Self::Lock(_) | Self::Damaged { .. } => return None,
        })
    }
}

impl Run {
    /// Makes the folder of a new run, `ROOT/NAME-001` or the next free number, and writes what is known before training.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn create(
        root: &Path,
        kind: RunKind,
        spec: &Spec,
        program: Option<&str>,
        about: NewRun,
    ) -> Result<Self, RunError> {
        let base = std::path::absolute(&about.base).unwrap_or(about.base);
        if base.to_str().is_none() {
            return Err(RunError::PathNotText { path: base });
        }
        let folder = files::create_numbered(root, &about.folder_name)?;
        let about = About {
            kind,
            name: spec.name.clone(),
            seed: spec.seed,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            fingerprint: about.fingerprint,
            base,
            randomness: consil_random::VERSION,
        };
        let kept = kept_spec(spec);
        let run = Self { folder, about, begun_with: Some(Box::new(kept.clone())) };
        run.write("spec.toml", kept.to_toml()?.as_bytes())?;
        if let Some(program) = program {
            run.write("program.pl", program.as_bytes())?;
        }
        let spec = serde_json::to_value(&kept).map_err(|error| run.damaged("run.json", None, error.to_string()))?;
        run.write_json("run.json", &RunFile { about: run.about.clone(), spec: Some(spec) })?;
        Ok(run)
    }

    /// Opens the folder of an earlier run.
    ///
    /// # Errors
    /// When it is no run folder.
    pub fn open(folder: &Path) -> Result<Self, RunError> {
        let path = folder.join("run.json");
        let text = file::read_text(&path, file::TEXT_LIMIT)
            .map_err(|source| RunError::NotARun { folder: folder.to_owned(), source })?;
        let file: RunFile = serde_json::from_str(&text).map_err(|error| RunError::Damaged {
            path,
            line: Some(error.line()),
            problem: error.to_string(),
        })?;
        // A spec of another version that no longer reads cannot be compared: the fingerprint of the weights must do.
        let begun_with = file.spec.and_then(|spec| serde_json::from_value(spec).ok()).map(Box::new);
        Ok(Self { folder: folder.to_owned(), about: file.about, begun_with })
    }

    /// Whether a training that stopped in the middle can go on from its saved state and end as it would have.
    ///
    /// # Errors
    /// [`RunError::Randomness`] when the run began under another derivation of random numbers.
    pub fn check_resumable(&self) -> Result<(), RunError> {
        if self.about.randomness == consil_random::VERSION {
            return Ok(());
        }
        Err(RunError::Randomness { path: self.folder.clone(), version: self.about.version.clone() })
    }

    /// The right to write into the folder, in the name of a command, until it is dropped.
    ///
    /// # Errors
    /// [`RunError::Lock`] when another process writes there.
    pub fn lock(&self, command: &str) -> Result<Lock, RunError> {
        Ok(Lock::acquire(&self.folder, command)?)
    }

    /// Every run folder below `root`, by name, and why those that are runs cannot be opened; folders without `run.json` are passed over.
    pub fn list(root: &Path) -> (Vec<Run>, Vec<RunError>) {
        let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
        let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        folders.retain(|folder| folder.join("run.json").exists());
        folders.sort();
        let (mut runs, mut unreadable) = (Vec::new(), Vec::new());
        for folder in folders {
            match Run::open(&folder) {
                Ok(run) => runs.push(run),
                Err(error) => unreadable.push(error),
            }
        }
        (runs, unreadable)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the run has ended and been tested.
    pub fn is_finished(&self) -> bool {
        self.path(RESULT).exists()
    }

    /// What the run says of itself.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// The spec that the run was begun with, whatever has become of the file since; none in runs of version 0.1.
    pub(crate) fn begun_with(&self) -> Option<&Spec> {
        self.begun_with.as_deref()
    }

    /// The resolved spec.
    ///
    /// # Errors
    /// When the file is gone or was changed into no spec.
    pub fn spec(&self) -> Result<Spec, RunError> {
        Ok(Spec::load(&self.path("spec.toml"), &[])?)
    }

    /// The path of a file of the run.
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    /// Writes a file of the run: all of it, or nothing.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        Ok(file::write(&self.path(name), bytes)?)
    }

    /// Writes a value as JSON: all of it, or nothing.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_json(&self, file: &str, value: &impl Serialize) -> Result<(), RunError> {
        let text = serde_json::to_string_pretty(value).map_err(|error| self.damaged(file, None, error.to_string()))?;
        self.write(file, text.as_bytes())
    }

    /// Reads a JSON file of the run.
    ///
    /// # Errors
    /// When it is not there, or is not what it should be.
    pub fn read_json<T: for<'de> Deserialize<'de>>(&self, name: &str) -> Result<T, RunError> {
        let path = self.path(name);
        let text = file::read_text(&path, file::TEXT_LIMIT)?;
        serde_json::from_str(&text).map_err(|error| RunError::Damaged {
            path,
            line: Some(error.line()),
            problem: error.to_string(),
        })
    }
}

impl Run {
    fn damaged(&self, file: &str, line: Option<usize>, problem: String) -> RunError {
        RunError::Damaged { path: self.path(file), line, problem }
    }
}

/// What [`Run::create`] needs beyond the spec.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// The folder's name before its number.
    pub folder_name: String,
    /// See [`About::fingerprint`].
    pub fingerprint: String,
    /// See [`About::base`].
    pub base: PathBuf,
}

/// The resolved spec as the run keeps it: its rules are the copy beside it.
fn kept_spec(spec: &Spec) -> Spec {
    let mut spec = spec.clone();
    if let Some(logic) = &mut spec.logic {
        logic.program = PathBuf::from("program.pl");
    }
    spec
}
