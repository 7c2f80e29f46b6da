//! Training that begins from weights made before, by this program or by another tool.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use consil_data::DataError;
use consil_diagnostic::limit::Size;
use consil_diagnostic::suggest::nearest_or_all;
use consil_diagnostic::{FileError, Hint, file};
use consil_graph::{Graph, Layout, LoadError, LoadReport, NameMap, Role, Weights};
use consil_random::Key;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::spec_fault::SpecFault;

/// The spec's `[fine-tune]` table.
///
/// ```toml
/// [fine-tune]
/// weights = "$PRETRAINED/lenet.safetensors"
/// names = { "digit.*" = "features.*" }      # ours = theirs
/// freeze = ["digit.1.conv"]
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FineTuneConfig {
    /// A safetensors file, relative to the spec. Parameters that it does not hold begin as they would without it.
    pub weights: PathBuf,
    /// What the file calls our parameters, where it has other names; `*` at the end stands for any rest.
    #[serde(default)]
    pub names: NameMap,
    /// Parameters that training leaves as they are: their names, or the beginnings of their names up to a dot.
    #[serde(default)]
    pub freeze: Vec<String>,
}

/// The largest file of weights that is read.
const LARGEST: Size = Size::gibibytes(256);

/// Why a training cannot begin from given weights.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FineTuneError {
    /// The path names an unknown variable.
    #[error(transparent)]
    Path(Box<DataError>),
    /// The file cannot be read.
    #[error("fine-tune.weights: {0}")]
    Unreadable(#[from] FileError),
    /// The file holds no weights.
    #[error("fine-tune.weights: {}: {source}", path.display())]
    Load {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<LoadError>,
    },
    /// None of its tensors, or one of another shape, fits the networks.
    #[error("fine-tune.weights: {} does not fit: {report}", path.display())]
    ShapeMismatch {
        /// The file.
        path: PathBuf,
        /// What was and what was not found.
        report: Box<LoadReport>,
        /// How to fix it.
        help: &'static str,
    },
    /// A name that there is none of, or that changes nothing.
    #[error(transparent)]
    Setting(#[from] SpecFault),
}

impl Hint for FineTuneError {
    fn help(&self) -> Option<String> {
        match self {
            Self::ShapeMismatch { help, .. } => Some((*help).to_owned()),
            Self::Setting(fault) => fault.help(),
            _ => None,
        }
    }
}

impl FineTuneConfig {
    /// Freezes what is to be frozen.
    pub(crate) fn freeze(&self, graphs: &mut BTreeMap<String, Graph>) -> Result<(), FineTuneError> {
        for prefix in &self.freeze {
            let n_frozen: usize = graphs.values_mut().map(|graph| graph.set_role(prefix, Role::Frozen)).sum();
            if n_frozen == 0 {
                let known = graphs.values().flat_map(|graph| graph.params().iter().map(|param| param.name.as_str()));
                let problem = format!("no parameter is called or begins with `{prefix}`");
                return Err(SpecFault::new("fine-tune.freeze", problem, nearest_or_all(prefix, known)).into());
            }
        }
        Ok(())
    }

    /// Fills weights from the file; what was found there.
    fn fill(&self, base: &Path, weights: &mut Weights) -> Result<LoadReport, FineTuneError> {
        let path =
            consil_data::resolve_path(base, &self.weights).map_err(|error| FineTuneError::Path(Box::new(error)))?;
        let bytes = file::read(&path, LARGEST)?;
        let report = match weights.load(&bytes, &self.names) {
            Ok(report) => report,
            Err(source) => return Err(FineTuneError::Load { path, source: Box::new(source) }),
        };
        self.refuse_idle_names(&report, weights.layout(), &path)?;
        let help = if !report.mismatched.is_empty() {
            "give the layers the file's sizes, or map these names to none of the file's"
        } else if report.loaded.is_empty() {
            "say with fine-tune.names what the file calls our parameters; `consil describe` lists ours"
        } else {
            return Ok(report);
        };
        Err(FineTuneError::ShapeMismatch { path, report: Box::new(report), help })
    }

    /// Refuses names that change nothing: those of no parameter of ours, and those of no tensor of the file where the parameter would be found in it neither
    /// way. (A name that the file does not have keeps a parameter from being filled by the tensor of its own name.)
    fn refuse_idle_names(&self, report: &LoadReport, layout: &Layout, path: &Path) -> Result<(), FineTuneError> {
        let ours = || layout.entries().iter().map(|entry| entry.name.as_str());
        let filled = report.loaded.iter().chain(report.mismatched.iter().map(|tensor| &tensor.name));
        let tensors: BTreeSet<String> =
            filled.map(|name| self.names.theirs(name)).chain(report.unexpected.iter().cloned()).collect();
        for (pattern, theirs) in self.names.iter() {
            let others = self.names.without(pattern);
            let changes = |name: &str| {
                let (with, without) = (self.names.theirs(name), others.theirs(name));
                with != without && (tensors.contains(&with) || tensors.contains(&without))
            };
            if ours().any(changes) {
                continue;
            }
            let (reason, help) = if pattern == theirs {
                (format!("`{pattern}` is called so without it"), "remove it".to_owned())
            } else if !ours().any(|name| fits(pattern, name)) {
                (format!("no parameter is called `{pattern}`"), nearest_or_all(pattern, ours()))
            } else {
                let known = tensors.iter().map(String::as_str);
                (format!("{} has no tensor `{theirs}`", path.display()), nearest_or_all(theirs, known))
            };
            return Err(SpecFault::without_effect("fine-tune.names", &reason, &help).into());
        }
        Ok(())
    }
}

/// The names of the parameters that a pattern stands for.
fn fits(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(name == pattern, |prefix| name.starts_with(prefix))
}

/// The weights that a training under this seed begins with, and what of them came from a file.
pub(crate) fn initial_weights(
    config: Option<&FineTuneConfig>,
    base: &Path,
    layout: &Arc<Layout>,
    seed: u64,
) -> Result<(Weights, Option<LoadReport>), FineTuneError> {
    let mut weights = Weights::init(Arc::clone(layout), Key::new(seed).child("weights"));
    let report = config.map(|config| config.fill(base, &mut weights)).transpose()?;
    Ok((weights, report))
}
