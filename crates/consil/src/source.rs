//! Where a spec file lies, and where the paths in it begin.
//!
//! The paths of a spec begin at its own folder. A spec that a run keeps is another case: it was written elsewhere, and the run says where; the rules
//! lie beside it. So a run can be checked and repeated from anywhere, by naming its spec.

use std::path::{Path, PathBuf};

use crate::run::{Run, RunError};
use crate::spec::{Override, Spec, SpecError};

/// A spec file and where its paths begin.
#[derive(Clone, Debug)]
pub struct SpecSource {
    path: PathBuf,
    base: PathBuf,
    rules: PathBuf,
    run: Option<PathBuf>,
}

impl SpecSource {
    /// The spec file at `path`. Relative data paths begin at `base` where it is given: for a project that has moved since it was trained.
    ///
    /// # Errors
    /// When the file lies in a run folder that cannot be read.
    pub fn new(path: &Path, base: Option<&Path>) -> Result<Self, RunError> {
        let folder = folder_of(path);
        let is_kept = path.file_name().is_some_and(|name| name == "spec.toml") && folder.join("run.json").exists();
        Ok(if is_kept { Self::of_run(&Run::open(folder)?, base) } else { Self::of_file(path, base) })
    }

    fn of_file(path: &Path, base: Option<&Path>) -> Self {
        let folder = folder_of(path).to_owned();
        let base = base.map_or_else(|| folder.clone(), Path::to_owned);
        Self { path: path.to_owned(), base, rules: folder, run: None }
    }

    /// The spec that a run keeps.
    pub fn of_run(run: &Run, base: Option<&Path>) -> Self {
        let (path, folder) = (run.path("spec.toml"), run.folder().to_owned());
        Self { path, base: base.unwrap_or(&run.about().base).to_owned(), rules: folder.clone(), run: Some(folder) }
    }

    /// Reads the spec, with `overrides` applied; and its text as it stands in the file.
    ///
    /// # Errors
    /// As [`Spec::load`].
    pub fn read(&self, overrides: &[Override]) -> Result<(Spec, String), SpecError> {
        let text = consil_diagnostic::file::read_text(&self.path, consil_diagnostic::file::TEXT_LIMIT)?;
        let spec = Spec::parse(&self.path.display().to_string(), &text, overrides)?;
        Ok((spec, text))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where relative data paths begin.
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// Where the path of the rule file begins.
    pub fn rules(&self) -> &Path {
        &self.rules
    }

    /// The run folder that keeps the spec, where one does.
    pub fn run(&self) -> Option<&Path> {
        self.run.as_deref()
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
