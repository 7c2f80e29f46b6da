//! What the tests share: a spec and its files in a folder of their own.

use std::num::NonZeroUsize;
use std::path::Path;

use consil::{OpenError, Outcome, Project, Run, RunContext, RunKind, Workers, train};

/// A folder with files.
pub struct Folder(tempfile::TempDir);

impl Folder {
    /// Files by name and text. Where there is no `test.csv`, it is a copy of `train.csv`.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        files.iter().for_each(|(name, text)| std::fs::write(folder.path().join(name), text).unwrap());
        let text = |wanted: &str| files.iter().find(|(name, _)| *name == wanted).map(|(_, text)| text);
        if let (Some(train), None) = (text("train.csv"), text("test.csv")) {
            std::fs::write(folder.path().join("test.csv"), train).unwrap();
        }
        folder
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Opens the spec `spec.toml`, with changes as `--set` makes them.
    pub fn try_open(&self, set: &[&str]) -> Result<Project, OpenError> {
        let set: Vec<consil::Override> = set.iter().map(|change| change.parse().unwrap()).collect();
        Project::load(&self.path().join("spec.toml"), &set)
    }

    /// Opens the spec `spec.toml`.
    pub fn open(&self, set: &[&str]) -> Project {
        self.try_open(set).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Trains a project into a run folder below this one.
    pub fn train(&self, project: &Project) -> (Run, Outcome) {
        let run = train::new_run(project, RunKind::Central, &self.path().join("runs")).unwrap();
        let workers = Workers::new(NonZeroUsize::MIN).unwrap();
        let outcome = train::train(project, &run, &mut RunContext::new(&workers)).unwrap().unwrap();
        (run, outcome)
    }
}
