//! A finished (or interrupted) run, ready to predict: no training data needed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use consil_data::{DataError, Preparation, Rows, RowsOptions, Split};
use consil_diagnostic::Hint;
use consil_graph::{Graph, LayoutError, Weights};
use consil_neurosym::{Evaluation, Prediction};
use consil_nn::{Checkpoint, CheckpointError, TaskError};

use crate::learner::{Learner, unanswerable};
use crate::model::{Fitted, FittedTarget, GraphMismatch, Model, ModelError, TARGET};
use crate::run::{CHECKPOINT, GRAPHS, GRAPHS_ENTRY, MODEL, NewRun, RESULT, Run, RunError, RunKind};
use crate::spec::Spec;
use crate::train::{create_run, metadata};

/// A model with its trained weights.
pub struct TrainedModel {
    model: Model,
    weights: Weights,
    base: PathBuf,
    /// The parameters that stayed at the sites of a federation.
    at_sites: Vec<String>,
}

/// Why the model of a run cannot be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainedModelError {
    /// The run folder cannot be read.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The run has no weights yet.
    #[error("{} holds no weights", folder.display())]
    Untrained {
        /// The run folder.
        folder: PathBuf,
        /// The command that trains it.
        command: &'static str,
    },
    /// The run has ended, and its weights are gone: a checkpoint is not what it ended with.
    #[error("{} is missing: the run has ended, and these are its weights", path.display())]
    Lost {
        /// The file of weights.
        path: PathBuf,
        /// The run folder.
        folder: PathBuf,
        /// The command that makes it again.
        command: &'static str,
    },
    /// The file of weights cannot be read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The file of weights lacks what prediction needs.
    #[error("{} lacks the entry `{entry}`", path.display())]
    Incomplete {
        /// The file.
        path: PathBuf,
        /// What is missing.
        entry: &'static str,
    },
    /// The parts give no system.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The graphs of the run do not fit its spec.
    #[error("{} does not fit {}: {source}", path.display(), spec.display())]
    Graphs {
        /// The file of graphs.
        path: PathBuf,
        /// The spec.
        spec: PathBuf,
        /// Why.
        source: GraphMismatch,
    },
    /// Layers or buffers stayed at the sites of the federation.
    #[error("{} has no answers of its own: {} stayed at the sites of its federation, and hold here what they began with", folder.display(), names.join(", "))]
    AtSites {
        /// The run folder.
        folder: PathBuf,
        /// The parameters.
        names: Vec<String>,
    },
    /// The weights are of another spec than the one in the run folder.
    #[error("{} was made by another spec: its fingerprint is {found}, and that of {} is {expected}", path.display(), spec.display())]
    OtherSpec {
        /// The file of weights.
        path: PathBuf,
        /// The spec.
        spec: PathBuf,
        /// The fingerprint of the weights.
        found: String,
        /// The spec's fingerprint.
        expected: String,
    },
}

impl Hint for TrainedModelError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Untrained { folder, command } => format!("train it first: consil {command} --resume {}", folder.display()),
            Self::Lost { folder, command, .. } => format!(
                "restore the file; or make it again from the checkpoint: consil {command} --resume {}",
                folder.display()
            ),
            Self::AtSites { folder, .. } => format!(
                "what each site reaches with its own is in {}; for one model that answers everywhere train without `local`, or begin another training with this one by [fine-tune]",
                folder.join(RESULT).display()
            ),
            Self::Incomplete { .. } => "it is no file that a run of consil wrote".to_owned(),
            Self::Graphs { .. } => "restore both as the run wrote them".to_owned(),
            Self::Run(error) => return error.help(),
            Self::Model(error) => return error.help(),
            Self::OtherSpec { .. } => "the modalities, networks, rules or head in the run folder have changed since; restore them, or train again".to_owned(),
            _ => return None,
        })
    }
}

/// Why graphs and values make no model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RewriteError {
    /// The graphs do not fit the model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Two parameters share a name.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// No parameter has the name of given values.
    #[error("no parameter of the rewritten graphs is called `{name}`")]
    Unknown {
        /// The name.
        name: String,
    },
    /// A new parameter has no values.
    #[error("the parameter `{name}` is new, and no values are given for it")]
    Missing {
        /// The name.
        name: String,
    },
    /// A parameter has another number of values.
    #[error("the parameter `{name}` has the shape {shape:?}, and {n_given} values are given for it")]
    Shape {
        /// The name.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// How many values are given.
        n_given: usize,
    },
}

impl Hint for RewriteError {
    fn help(&self) -> Option<String> {
        if let Self::Model(error) = self { error.help() } else { None }
    }
}

impl TrainedModel {
    /// Loads the model of a run: the weights that training ended with, or the latest checkpoint of an unfinished run.
    ///
    /// # Errors
    /// [`TrainedModelError`].
    pub fn load(run: &Run) -> Result<Self, TrainedModelError> {
        let (path, folder) = (run.path(MODEL), run.folder().to_owned());
        let command = match run.about().kind {
            RunKind::Central => "train",
            RunKind::Federated => "federate simulate",
        };
        let path = if path.exists() {
            path
        } else if run.is_finished() {
            return Err(TrainedModelError::Lost { path, folder, command });
        } else if run.path(CHECKPOINT).exists() {
            run.path(CHECKPOINT)
        } else {
            return Err(TrainedModelError::Untrained { folder, command });
        };
        let checkpoint = Checkpoint::load(&path)?;
        let spec = run.spec()?;
        let preparations: BTreeMap<String, Preparation> = entry(&path, &checkpoint, "preparations")?;
        let fitted = Fitted { preparations, ..fitted_targets(&path, &checkpoint)? };
        let model = match run.graphs()? {
            Some(kept) => Model::build_with(&spec, run.folder(), fitted, kept).map_err(|error| match error {
                ModelError::Graph(source) => {
                    TrainedModelError::Graphs { path: run.path(GRAPHS), spec: run.path("spec.toml"), source }
                }
                other => other.into(),
            })?,
            None => Model::build(&spec, run.folder(), fitted)?,
        };
        let (found, expected) = (checkpoint.metadata().get("fingerprint"), model.fingerprint());
        let is_same_spec = found.is_some_and(|found| model.has_fingerprint(found));
        if is_same_spec {
            run.refuse_other_graphs(&path, checkpoint.metadata().get(GRAPHS_ENTRY), model.graphs())?;
        }
        if !is_same_spec || **checkpoint.weights().layout() != **model.layout() {
            return Err(TrainedModelError::OtherSpec {
                path,
                spec: run.path("spec.toml"),
                found: found.cloned().unwrap_or_else(|| "none".to_owned()),
                expected,
            });
        }
        let at_sites = match run.about().kind {
            RunKind::Federated => kept_parts(&spec, &model),
            RunKind::Central => Vec::new(),
        };
        Ok(Self { model, weights: checkpoint.into_weights(), base: run.about().base.clone(), at_sites })
    }

    /// As [`load`](Self::load), a model to be asked.
    ///
    /// # Errors
    /// [`TrainedModelError`]; also [`AtSites`](TrainedModelError::AtSites) where parts of it never left the sites that trained them.
    pub fn load_to_ask(run: &Run) -> Result<Self, TrainedModelError> {
        let trained = Self::load(run)?;
        match trained.at_sites.is_empty() {
            true => Ok(trained),
            false => Err(TrainedModelError::AtSites { folder: run.folder().to_owned(), names: trained.at_sites }),
        }
    }

    /// The parameters that stayed at the sites of a federation, which this model holds as they began: it has no answers then.
    pub fn kept_at_sites(&self) -> &[String] {
        &self.at_sites
    }

    /// The model with other graphs for some of its networks, as a pass made them ([`Graph::rewrite`]). A parameter that is there already keeps its values;
    /// `values` gives those of the others, and of those that change.
    ///
    /// # Errors
    /// [`RewriteError`].
    pub fn rewritten(
        &self,
        graphs: BTreeMap<String, Graph>,
        values: &BTreeMap<String, Vec<f32>>,
    ) -> Result<Self, RewriteError> {
        let model = self.model.with_graphs(graphs)?;
        let mut weights = Weights::from_values(Arc::clone(model.layout()), vec![0.0; model.layout().n_values()])?;
        if let Some(name) = values.keys().find(|name| weights.get(name).is_none()) {
            return Err(RewriteError::Unknown { name: name.clone() });
        }
        for entry in model.layout().entries() {
            let name = &entry.name;
            let given = values.get(name).map(Vec::as_slice).or_else(|| self.weights.get(name));
            let Some(given) = given else { return Err(RewriteError::Missing { name: name.clone() }) };
            let place = weights.get_mut(name).unwrap_or_default();
            if given.len() != place.len() {
                let shape = entry.shape.clone();
                return Err(RewriteError::Shape { name: name.clone(), shape, n_given: given.len() });
            }
            place.copy_from_slice(given);
        }
        Ok(Self { model, weights, base: self.base.clone(), at_sites: self.at_sites.clone() })
    }

    /// Keeps the model as a new run below `root`, which evaluates, predicts and explains as any other.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn save(&self, root: &Path, name: &str) -> Result<Run, TrainedModelError> {
        let about =
            NewRun { folder_name: name.to_owned(), fingerprint: self.model.fingerprint(), base: self.base.clone() };
        let run = create_run(root, RunKind::Central, &self.model, about)?;
        Checkpoint::of_weights(self.weights.clone(), metadata(&self.model)).save(&run.path(MODEL))?;
        Ok(run)
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Its weights.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// Opens a manifest (`.csv` or `.jsonl`) of the model's modalities; the columns of the target, the group, the row's name
    /// and the concepts are read where they are there. The noise that a spec adds to its own recordings is not added to
    /// these.
    ///
    /// # Errors
    /// When the manifest cannot be read, lacks a modality's column, or has bad rows: all of them are named, each once.
    pub fn open_manifest(&self, path: &Path) -> Result<Split, DataError> {
        self.open_rows(path, RowsOptions::default()).map(|rows| rows.split)
    }

    /// As [`open_manifest`](Self::open_manifest), with a choice of what happens to rows that cannot be used.
    ///
    /// # Errors
    /// As [`open_manifest`](Self::open_manifest).
    pub fn open_rows(&self, path: &Path, options: RowsOptions) -> Result<Rows, DataError> {
        let spec = self.model.spec();
        let texts = spec.text_columns();
        let rows = consil_data::open_rows(&spec.data, &spec.modality, &self.base, path, spec.seed, &texts, options)?;
        let unanswerable = unanswerable(&self.model, &rows.split)?;
        let rows = rows.without(unanswerable, options.bad_rows)?;
        rows.prepared(self.model.preparations(), options.bad_rows)
    }

    /// What the model says of each of `rows` of a split.
    ///
    /// # Errors
    /// When a file of the split cannot be read.
    pub fn predict(&self, split: &Split, rows: &[usize]) -> Result<Vec<Prediction>, TaskError> {
        Learner::new(&self.model, split).predict(&self.weights, rows)
    }

    /// Compares what the model says with the labels of a split.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn evaluate(&self, split: &Split) -> Result<Evaluation, TaskError> {
        let rows: Vec<usize> = (0..split.len()).collect();
        Learner::new(&self.model, split).evaluation(&self.weights, &rows)
    }
}

/// What was fitted besides the preparations. A checkpoint of version 0.1 has the labels of one target of classes.
fn fitted_targets(path: &Path, checkpoint: &Checkpoint) -> Result<Fitted, TrainedModelError> {
    if !checkpoint.metadata().contains_key("targets") {
        let labels: Vec<String> = entry(path, checkpoint, "labels")?;
        return Ok(Fitted { targets: vec![FittedTarget::classes(TARGET, labels)], ..Fitted::default() });
    }
    Ok(Fitted {
        targets: entry(path, checkpoint, "targets")?,
        open_facts: entry(path, checkpoint, "open-facts")?,
        ..Fitted::default()
    })
}

/// An entry of a checkpoint's metadata, from JSON.
fn entry<T: serde::de::DeserializeOwned>(
    path: &Path,
    checkpoint: &Checkpoint,
    entry: &'static str,
) -> Result<T, TrainedModelError> {
    let text = checkpoint.metadata().get(entry);
    text.and_then(|text| serde_json::from_str(text).ok())
        .ok_or_else(|| TrainedModelError::Incomplete { path: path.to_owned(), entry })
}

/// The names of the parameters that a federation keeps at its sites.
fn kept_parts(spec: &Spec, model: &Model) -> Vec<String> {
    let Some(config) = &spec.federate else { return Vec::new() };
    let layout = model.layout();
    layout.names_of_kept(&layout.select(config.buffers)).into_iter().map(|name| format!("`{name}`")).collect()
}
