//! A spec with its data opened: ready to be checked, trained or federated.

mod open_error;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use consil_data::{BadRow, BadRows, Data, DataError, Split};
use consil_graph::{LoadReport, Weights};
use consil_nn::{CheckedTrainConfig, EarlyStopping, SettingErrors, Task};
use consil_random::Key;

use crate::federate_error::FederateError;
use crate::federation_check;
use crate::fine_tune::{FineTuneError, initial_weights};
use crate::learner::{BadLabel, Learner, bad_labels, derive_targets, unanswerable};
use crate::model::{Fitted, FittedTarget, Model, ModelError, TARGET, check_rules};
use crate::needed_inputs::needed_inputs;
use crate::run::{KeptGraphs, Run, RunKind};
use crate::settings::{self, partition_fault};
use crate::site_statistics;
use crate::source::SpecSource;
use crate::spec::{Override, Spec};
use crate::spec_fault::SpecFault;

pub use open_error::OpenError;
use open_error::all_of;

/// A spec that can be trained: its data, the model built for them, and its settings, all checked.
///
/// Whoever trains takes a project, and there is no other way to one than through all the checks: so nothing that [`check`](crate::check::check) passes
/// is refused later on, and nothing that it refuses is begun.
pub struct Project {
    base: PathBuf,
    data: Data,
    model: Model,
    train: CheckedTrainConfig,
    notes: Vec<String>,
    federated_stopping: Option<EarlyStopping>,
    federation_refusal: Option<SpecFault>,
}

/// What a spec is opened for.
#[derive(Clone, Copy, Debug)]
struct Purpose {
    kind: RunKind,
    /// Whether a training begins: settings that change nothing are then refused. A run that was made before they were still opens.
    begins: bool,
}

impl Purpose {
    /// A central training.
    const TRAIN: Self = Self { kind: RunKind::Central, begins: true };
}

impl Project {
    /// Opens the spec file at `path`, which may be one that a run keeps, for training.
    ///
    /// # Errors
    /// [`OpenError`], which holds all that is wrong.
    pub fn load(path: &Path, overrides: &[Override]) -> Result<Self, OpenError> {
        Self::load_from(&SpecSource::new(path, None)?, overrides)
    }

    /// Opens a spec file whose paths begin where the source says, for training.
    ///
    /// # Errors
    /// [`OpenError`], which holds all that is wrong.
    pub fn load_from(source: &SpecSource, overrides: &[Override]) -> Result<Self, OpenError> {
        Self::load_for(RunKind::Central, source, overrides)
    }

    /// Opens a spec file for a kind of run. For a federation, a spec without a `[federate]` table has one of all defaults: a run then keeps it, and
    /// what is learned of the rows before training comes from its sites.
    ///
    /// # Errors
    /// [`OpenError`], which holds all that is wrong.
    pub fn load_for(kind: RunKind, source: &SpecSource, overrides: &[Override]) -> Result<Self, OpenError> {
        Self::read(Purpose { kind, begins: true }, source, overrides, None)
    }

    /// Opens the spec of a run with the graphs that the run keeps, to go on with or to look at: the weights that a training would begin with need not
    /// be there any more.
    ///
    /// # Errors
    /// [`OpenError`], which holds all that is wrong.
    pub(crate) fn of_run(run: &Run, base: Option<&Path>) -> Result<Self, OpenError> {
        let purpose = Purpose { kind: run.about().kind, begins: false };
        Self::read(purpose, &SpecSource::of_run(run, base), &[], run.graphs()?)
    }

    fn read(
        purpose: Purpose,
        source: &SpecSource,
        overrides: &[Override],
        kept: Option<KeptGraphs>,
    ) -> Result<Self, OpenError> {
        let (mut spec, text) = source.read(overrides)?;
        if purpose.kind == RunKind::Federated {
            spec.federate.get_or_insert_default();
        }
        let name = source.path().display().to_string();
        let set_by =
            |key: &str| overrides.iter().rev().find(|change| change.sets(key)).map(|change| change.text().to_owned());
        let located = |fault: SpecFault| fault.located(&name, &text, set_by);
        let opened = Self::open_with(&spec, source.base(), source.rules(), purpose, kept).and_then(|project| {
            // A training that could not begin is refused before there is a run folder.
            if purpose.begins {
                project.initial_weights()?;
            }
            Ok(Self { federation_refusal: project.federation_refusal.clone().map(located), ..project })
        });
        opened.map_err(|error| {
            let each = error.each().into_iter().map(|problem| match problem {
                OpenError::Setting(fault) => OpenError::Setting(located(fault)),
                other => other,
            });
            moved(source, all_of(each.collect()))
        })
    }

    /// Opens a spec whose data paths begin at `base` and whose rule file at `rules`.
    ///
    /// # Errors
    /// [`OpenError`], which holds all that is wrong.
    pub fn open(spec: &Spec, base: &Path, rules: &Path) -> Result<Self, OpenError> {
        Self::open_with(spec, base, rules, Purpose::TRAIN, None)
    }

    fn open_with(
        spec: &Spec,
        base: &Path,
        rules: &Path,
        purpose: Purpose,
        kept: Option<KeptGraphs>,
    ) -> Result<Self, OpenError> {
        let (data, problems) = Self::open_data(spec, base, rules, purpose);
        let (Some(data), true) = (data, problems.is_empty()) else { return Err(all_of(problems)) };
        let fitted = site_statistics::fit(spec, &data.train)?;
        Self::assemble(spec, (base, rules), purpose, data, fitted, kept)
    }

    /// The data of a spec, and all that is wrong with it, its settings and its rules.
    fn open_data(spec: &Spec, base: &Path, rules: &Path, purpose: Purpose) -> (Option<Data>, Vec<OpenError>) {
        let mut problems: Vec<OpenError> = settings::faults(spec).into_iter().map(OpenError::from).collect();
        problems.extend(check_rules(spec, rules).err().map(OpenError::from));
        let opened =
            consil_data::open_with(&spec.data, &spec.modality, base, spec.seed, BadRows::Refuse, &spec.text_columns());
        let data = match opened {
            Ok(data) => data,
            Err(error) => {
                problems.push(settings::as_fault(&error).map_or_else(|| error.into(), OpenError::from));
                return (None, problems);
            }
        };
        let needed = needed_inputs(spec).unwrap_or_default();
        let lacking = data.splits().filter(|_| !needed.is_empty()).flat_map(|split| split.without_any_of(&needed));
        let lacking: Vec<BadRow> = lacking.map(|(_, bad)| bad).collect();
        if !lacking.is_empty() {
            problems.push(DataError::Rows(lacking).into());
        }
        if purpose.begins {
            problems.extend(settings::faults_of_data(spec, base, &data).into_iter().map(OpenError::from));
        }
        let partition = spec.federate.as_ref().and_then(|config| partition_fault(config, spec.seed, &data.train));
        problems.extend(partition.map(OpenError::from));
        (Some(data), problems)
    }

    /// Opens a spec over the samples of another project, whose targets and answers it takes over: for a spec that has no rules to derive
    /// them. Both must draw the same samples, that is have the same data, modalities and seed.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_labelled_by(spec: &Spec, base: &Path, other: &Self) -> Result<Self, OpenError> {
        let (data, problems) = Self::open_data(spec, base, base, Purpose::TRAIN);
        let (Some(mut data), true) = (data, problems.is_empty()) else { return Err(all_of(problems)) };
        let labelled = [Some(&other.data.train), other.data.valid.as_ref(), Some(&other.data.test)];
        for (split, labelled) in splits_mut(&mut data).zip(labelled.into_iter().flatten()) {
            let targets = (0..split.len()).filter_map(|row| labelled.target(row)).map(str::to_owned).collect();
            split.set_targets(targets);
        }
        let targets = vec![FittedTarget::classes(TARGET, other.model.labels())];
        let (fitted, notes) = site_statistics::fit(spec, &data.train)?;
        Self::assemble(spec, (base, base), Purpose::TRAIN, data, (Fitted { targets, ..fitted }, notes), None)
    }

    fn assemble(
        spec: &Spec,
        (base, rules): (&Path, &Path),
        purpose: Purpose,
        mut data: Data,
        (fitted, notes): (Fitted, Vec<String>),
        kept: Option<KeptGraphs>,
    ) -> Result<Self, OpenError> {
        let federated_stopping = spec
            .federate
            .as_ref()
            .filter(|_| data.valid.is_some() && !federation_check::keeps_parts(spec))
            .and_then(|config| federation_check::stopping(&spec.train, config.rounds));
        let unwatched = federation_check::unwatched(spec);
        let (spec, train) = resolved(spec, &data, purpose.kind, federated_stopping.as_ref())?;
        let model = model_with(&spec, rules, fitted, kept)?;
        if let (Some(rules), false) = (model.rules(), data.train.has_targets()) {
            let truth = rules.truth()?;
            for split in splits_mut(&mut data) {
                let targets = derive_targets(truth.as_deref(), split)?;
                split.set_targets(targets);
            }
        }
        let base = base.to_owned();
        let mut project = Self { base, data, model, train, notes, federated_stopping, federation_refusal: None };
        project.check_labels()?;
        let mut faults = project.check_settings(purpose);
        if project.spec().federate.is_some() {
            project.federation_refusal =
                federation_check::check_parts(project.spec(), project.model().layout(), &project.data().train)
                    .err()
                    .map(FederateError::into_fault)
                    .or(unwatched);
        }
        if purpose.kind == RunKind::Federated && purpose.begins {
            faults.extend(project.federation_refusal.take());
        }
        if faults.is_empty() { Ok(project) } else { Err(all_of(faults.into_iter().map(OpenError::from).collect())) }
    }

    /// Settings that the model or its metrics do not go with.
    fn check_settings(&self, purpose: Purpose) -> Vec<SpecFault> {
        let mut faults = match purpose.begins {
            true => settings::faults_of_model(&self.model, &self.train, self.data.train.len(), purpose.kind),
            false => Vec::new(),
        };
        let stopping = self.spec().train.early_stopping.as_ref();
        // The loss is always there. What else, some rows show; rows that cannot be used are found elsewhere.
        if let (Some(stopping), Some(valid)) =
            (stopping.filter(|stopping| stopping.metric != "loss"), self.valid_learner())
        {
            const ROWS: usize = 32;
            let weights = Weights::init(Arc::clone(self.model.layout()), Key::new(self.spec().seed));
            let rows: Vec<usize> = (0..valid.n_rows().min(ROWS)).collect();
            let given = valid.evaluate(&weights, Some(&rows)).ok();
            faults.extend(given.and_then(|given| settings::unknown_metric(&stopping.metric, &given)));
        }
        faults
    }

    fn check_labels(&self) -> Result<(), OpenError> {
        let mut bad = Vec::new();
        for (_, split) in self.splits() {
            bad.extend(unanswerable(&self.model, split)?.into_iter().map(|(_, bad)| bad));
        }
        if !bad.is_empty() {
            return Err(DataError::Rows(bad).into());
        }
        for (name, split) in self.splits() {
            let (bad, absent) = bad_labels(&self.model, split)?;
            if !bad.is_empty() {
                let target = bad[0].target.clone();
                let known = self.model.targets().iter().find(|known| known.name == target);
                return Err(OpenError::Labels {
                    source_name: name.to_owned(),
                    bad: bad.into_iter().map(|BadLabel { row, label, .. }| (split.id(row), label)).collect(),
                    known: known.map(|known| self.model.labels_of(known)).unwrap_or_default(),
                });
            }
            if let Some((target, n_rows)) = absent.into_iter().next() {
                let column = split.target_column(&target).map(|column| column.columns().join(", "));
                let column = column.unwrap_or_else(|| "data.target".to_owned());
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

    /// What was decided where the training rows left a choice (a size, a colour, a limit that cuts rows), as sentences.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The samples.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// The system to be trained.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// How it is trained.
    pub fn train_config(&self) -> &CheckedTrainConfig {
        &self.train
    }

    /// When a federation of this spec ends before its last round.
    pub fn federated_stopping(&self) -> Option<&EarlyStopping> {
        self.federated_stopping.as_ref()
    }

    /// Why the spec's federation cannot begin; none where it can, or the spec has none.
    pub fn federation_refusal(&self) -> Option<&SpecFault> {
        self.federation_refusal.as_ref()
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

/// The model with the graphs that a run keeps. Where the data have changed so that these no longer fit, with those of the spec: weights of the run are
/// then refused, and its test rows still open.
fn model_with(spec: &Spec, rules: &Path, fitted: Fitted, kept: Option<KeptGraphs>) -> Result<Model, ModelError> {
    if let Some(kept) = kept {
        match Model::build_with(spec, rules, fitted.clone(), kept) {
            Err(ModelError::Graph(_)) => {}
            built => return built,
        }
    }
    Model::build(spec, rules, fitted)
}

/// The spec with what follows from its data filled in, and its settings of training, checked.
fn resolved(
    spec: &Spec,
    data: &Data,
    kind: RunKind,
    federated: Option<&EarlyStopping>,
) -> Result<(Spec, CheckedTrainConfig), SpecFault> {
    let n_rows = data.train.len();
    let refused = |errors: SettingErrors| SpecFault::new("train", errors.to_string(), "");
    let asked = spec.train.clone().check().map_err(refused)?;
    let mut spec = spec.clone();
    // Without validation rows there is nothing to watch.
    spec.train.early_stopping = match kind {
        RunKind::Central => data.valid.as_ref().and_then(|_| asked.stopping(n_rows)),
        RunKind::Federated => federated.cloned(),
    };
    spec.train.epochs = Some(asked.plan(n_rows).epochs);
    let train = spec.train.clone().check().map_err(refused)?;
    Ok((spec, train))
}

/// An error of a run whose project may have moved says how to name its new place.
fn moved(source: &SpecSource, error: OpenError) -> OpenError {
    if source.run().is_some() && error.is_not_found() {
        return OpenError::Moved { base: source.base().to_owned(), source: Box::new(error) };
    }
    error
}

fn splits_mut(data: &mut Data) -> impl Iterator<Item = &mut Split> {
    [&mut data.train].into_iter().chain(&mut data.valid).chain([&mut data.test])
}
