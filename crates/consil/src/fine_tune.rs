//! Training that begins from weights made before, by this program or by another tool.

use std::collections::BTreeMap;
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
    /// Nothing has the name that is to be frozen.
    #[error("fine-tune.freeze: no parameter is called or begins with `{prefix}`")]
    Freeze {
        /// The name.
        prefix: String,
        /// The nearest names.
        help: String,
    },
}

impl Hint for FineTuneError {
    fn help(&self) -> Option<String> {
        match self {
            Self::ShapeMismatch { help, .. } => Some((*help).to_owned()),
            Self::Freeze { help, .. } => Some(help.clone()),
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
                return Err(FineTuneError::Freeze { prefix: prefix.clone(), help: nearest_or_all(prefix, known) });
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
        let help = if !report.mismatched.is_empty() {
            "give the layers the file's sizes, or map these names to none of the file's"
        } else if report.loaded.is_empty() {
            "say with fine-tune.names what the file calls our parameters; `consil describe` lists ours"
        } else {
            return Ok(report);
        };
        Err(FineTuneError::ShapeMismatch { path, report: Box::new(report), help })
    }
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
