//! A spec with its data opened: ready to be checked, trained or federated.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use consil_data::{Data, DataError, Preparation, Split};
use consil_graph::{LoadReport, Weights};

use crate::fine_tune::{FineTuneError, initial_weights};
use crate::learner::{BadLabel, DeriveError, Learner, bad_labels, derive_targets};
use crate::model::{Answer, Model, ModelError};
use crate::site_statistics;
use crate::spec::{Spec, SpecError};

/// A spec, its data, and the model built for them.
pub struct Project {
    base: PathBuf,
    data: Data,
    model: Model,
}

/// Why a spec cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The spec is refused.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The data has bad rows or cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The parts give no system.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Training cannot begin from the given weights.
    #[error(transparent)]
    FineTune(#[from] FineTuneError),
    /// Targets cannot be derived from the rules.
    #[error(transparent)]
    Derive(#[from] DeriveError),
    /// Rows whose target the model cannot answer with.
    #[error("{}", bad_labels_text(source_name, bad, known))]
    Labels {
        /// Where the rows are.
        source_name: String,
        /// The rows, by the name that errors call them, with their labels.
        bad: Vec<(String, String)>,
        /// The labels that can be answered.
        known: Vec<String>,
    },
    /// A split has rows without a target, where all need one.
    #[error("{n_rows} rows of {split} have no target\n  help: fill the column `{column}`, or leave those rows out")]
    Unlabelled {
        /// The split.
        split: &'static str,
        /// How many.
        n_rows: usize,
        /// The target column.
        column: String,
    },
}

fn bad_labels_text(source_name: &str, bad: &[(String, String)], known: &[String]) -> String {
    const SHOWN: usize = 20;
    let mut text = format!("{} rows of {source_name} have a target outside the classes:", bad.len());
    for (row, label) in bad.iter().take(SHOWN) {
        text.push_str(&format!("\n  {row}: `{label}`"));
    }
    if bad.len() > SHOWN {
        text.push_str(&format!("\n  … and {} more", bad.len() - SHOWN));
    }
    let shown = known.iter().take(40).cloned().collect::<Vec<_>>().join(", ");
    text + &format!("\n  help: mend these rows; the answers the model can give are {shown}")
}

impl Project {
    /// Opens the spec file at `path`.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn load(path: &Path, overrides: &[crate::spec::Override]) -> Result<Self, OpenError> {
        let spec = Spec::load(path, overrides)?;
        let base = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let project = Self::open(&spec, base, base)?;
        // A training that could not begin is refused before there is a run folder.
        project.initial_weights()?;
        Ok(project)
    }

    /// Opens a spec whose data paths begin at `base` and whose rule file at `rules`.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(spec: &Spec, base: &Path, rules: &Path) -> Result<Self, OpenError> {
        let data = consil_data::open(&spec.data, &spec.modality, base, spec.seed)?;
        let preparations = fit(spec, &data.train)?;
        let labels = labels(&data.train);
        Self::assemble(spec, base, rules, data, preparations, &labels)
    }

    /// Opens a spec over the samples of another project, whose targets and answers it takes over: for a spec that has no rules to derive
    /// them. Both must draw the same samples, that is have the same data, modalities and seed.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn open_labelled_by(spec: &Spec, base: &Path, other: &Self) -> Result<Self, OpenError> {
        let mut data = consil_data::open(&spec.data, &spec.modality, base, spec.seed)?;
        let labelled = [Some(&other.data.train), other.data.valid.as_ref(), Some(&other.data.test)];
        for (split, labelled) in splits_mut(&mut data).zip(labelled.into_iter().flatten()) {
            let targets = (0..split.len()).filter_map(|row| labelled.target(row)).map(str::to_owned).collect();
            split.set_targets(targets);
        }
        let preparations = fit(spec, &data.train)?;
        Self::assemble(spec, base, base, data, preparations, &other.model.labels())
    }

    fn assemble(
        spec: &Spec,
        base: &Path,
        rules: &Path,
        mut data: Data,
        preparations: BTreeMap<String, Preparation>,
        labels: &[String],
    ) -> Result<Self, OpenError> {
        let model = Model::build(spec, rules, preparations, labels)?;
        if let (Answer::Rules(rules), false) = (model.answer(), data.train.has_targets()) {
            for split in splits_mut(&mut data) {
                let targets = derive_targets(rules, split)?;
                split.set_targets(targets);
            }
        }
        let project = Self { base: base.to_owned(), data, model };
        project.check_labels()?;
        Ok(project)
    }

    fn check_labels(&self) -> Result<(), OpenError> {
        for (name, split) in self.splits() {
            let bad = bad_labels(&self.model, split);
            if !bad.is_empty() {
                return Err(OpenError::Labels {
                    source_name: name.to_owned(),
                    bad: bad.into_iter().map(|BadLabel { row, label }| (split.id(row), label)).collect(),
                    known: self.model.labels(),
                });
            }
            let n_rows = (0..split.len()).filter(|row| split.target(*row).is_none()).count();
            if n_rows > 0 {
                let target = self.spec().data.target.as_ref().and_then(|target| target.column());
                let column = target.unwrap_or_else(|| "data.target".to_owned());
                return Err(OpenError::Unlabelled { split: name, n_rows, column });
            }
        }
        Ok(())
    }

    /// The spec.
    pub fn spec(&self) -> &Spec {
        self.model.spec()
    }

    /// The folder that relative data paths begin at.
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// The samples.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// The system to be trained.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The weights that training begins with, and which of them `[fine-tune]` took from a file.
    ///
    /// # Errors
    /// [`FineTuneError`].
    pub fn initial_weights(&self) -> Result<(Weights, Option<LoadReport>), FineTuneError> {
        let spec = self.spec();
        initial_weights(spec.fine_tune.as_ref(), &self.base, self.model.layout(), spec.seed)
    }

    /// The splits that the data has, by name.
    pub fn splits(&self) -> impl Iterator<Item = (&'static str, &Split)> {
        let valid = self.data.valid.as_ref().map(|split| ("valid", split));
        [("train", &self.data.train)].into_iter().chain(valid).chain([("test", &self.data.test)])
    }

    /// The model over the training rows.
    pub fn train_learner(&self) -> Learner<'_> {
        Learner::new(&self.model, &self.data.train)
    }

    /// The model over the validation rows, where the data has them.
    pub fn valid_learner(&self) -> Option<Learner<'_>> {
        self.data.valid.as_ref().map(|split| Learner::new(&self.model, split))
    }

    /// The model over the test rows.
    pub fn test_learner(&self) -> Learner<'_> {
        Learner::new(&self.model, &self.data.test)
    }
}

fn splits_mut(data: &mut Data) -> impl Iterator<Item = &mut Split> {
    [&mut data.train].into_iter().chain(&mut data.valid).chain([&mut data.test])
}

/// Fits the preparation of each modality to the training rows: where there is a federation, from each site's own statistics, which give
/// the same. Each row is given the same length, which the networks are built for.
fn fit(spec: &Spec, train: &Split) -> Result<BTreeMap<String, Preparation>, DataError> {
    // Where the sites fail, the rows together say which of them are bad.
    let fitted = match site_statistics::fit(spec, train) {
        Ok(fitted) => fitted,
        Err(_) => consil_data::fit(&spec.modality, train)?,
    };
    let mut preparations = fitted.preparations;
    preparations.values_mut().for_each(Preparation::fix_length);
    Ok(preparations)
}

/// The distinct targets of a split: numbers in their order before words in theirs.
fn labels(split: &Split) -> Vec<String> {
    let mut labels: Vec<&str> = (0..split.len()).filter_map(|row| split.target(row)).collect();
    labels.sort_by(|a, b| consil_neurosym::label_order(a, b));
    labels.dedup();
    labels.into_iter().map(str::to_owned).collect()
}
