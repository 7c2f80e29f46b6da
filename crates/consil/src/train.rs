//! Central training: one learner sees all rows.

use std::collections::BTreeMap;
use std::path::Path;

use consil_neurosym::StepTiming;
use consil_nn::{Checkpoint, Task};
use consil_random::Key;

pub use crate::train_error::TrainError;

use crate::context::RunContext;
use crate::driver::{Drive, Keeps, Start, drive};
use crate::federation_check::keeps_parts;
use crate::model::Model;
use crate::outcome::{Matrix, Outcome, Score, SiteScores};
use crate::progress::Progress;
use crate::project::{OpenError, Project};
use crate::repeats::Repeats;
use crate::run::{CHECKPOINT, GRAPHS_ENTRY, MODEL, NewRun, RESULT, Run, RunError, RunKind};
use crate::spec_difference::spec_differences;
use crate::training_size::TrainingSize;

/// Makes the folder of a new run of a project.
///
/// # Errors
/// When the folder cannot be written.
pub fn new_run(project: &Project, kind: RunKind, root: &Path) -> Result<Run, RunError> {
    let suffix = match kind {
        RunKind::Central => "",
        RunKind::Federated => "-federated",
    };
    let about = NewRun {
        folder_name: format!("{}{suffix}", project.spec().name),
        fingerprint: project.model().fingerprint(),
        base: project.base().to_owned(),
    };
    create_run(root, kind, project.model(), about)
}

/// Makes the folder of a run that trains, or holds, a model.
pub(crate) fn create_run(root: &Path, kind: RunKind, model: &Model, about: NewRun) -> Result<Run, RunError> {
    let run = Run::create(root, kind, &model.resolved_spec(), model.program(), about)?;
    run.write_graphs(model.graphs())?;
    Ok(run)
}

/// Opens the project of an earlier run again, from its own copy of spec, rules and graphs; its data paths begin at `base` where that is given, and otherwise where
/// they did.
///
/// # Errors
/// When the run's files or the data cannot be read.
pub fn reopen(run: &Run, base: Option<&Path>) -> Result<Project, OpenError> {
    Project::of_run(run, base)
}

/// Refuses to go on with another spec than the run was begun with: its folder would no longer say what was done.
///
/// # Errors
/// [`TrainError::ChangedSpec`], with every key that differs.
pub(crate) fn refuse_changed_spec(project: &Project, run: &Run) -> Result<(), TrainError> {
    // A run keeps what the data decided too.
    let spec = project.model().resolved_spec();
    let differences = run.begun_with().map(|begun_with| spec_differences(begun_with, &spec)).unwrap_or_default();
    if differences.is_empty() {
        return Ok(());
    }
    Err(TrainError::ChangedSpec { run: run.folder().to_owned(), differences })
}

/// Trains a project's model, recording into `run`; goes on from the run's checkpoint if there is one. `None` once the context is
/// interrupted: the state is saved.
///
/// # Errors
/// [`TrainError`].
pub fn train(project: &Project, run: &Run, context: &mut RunContext<'_>) -> Result<Option<Outcome>, TrainError> {
    refuse_changed_spec(project, run)?;
    let learner = project.train_learner();
    let valid = project.valid_learner();
    let n_rows = project.data().train.len();
    let metadata = metadata(project.model());

    let _lock = run.lock("consil train")?;
    let path = run.path(CHECKPOINT);
    if let Some(outcome) = ended(run)? {
        return Ok(Some(outcome));
    }
    let start = if path.exists() {
        run.check_resumable()?;
        let checkpoint = Checkpoint::load(&path)?;
        refuse_other_model(project, run, &path, &checkpoint)?;
        Start::Checkpoint(Box::new(checkpoint))
    } else {
        let (weights, _) = project.initial_weights()?;
        Start::Weights(Box::new(weights))
    };
    let training = Drive {
        config: project.train_config(),
        task: &learner,
        validation: valid.as_ref().map(|valid| valid as &dyn Task),
        rows: (0..n_rows).collect(),
        key: Key::new(project.spec().seed).child("train"),
        start,
        keeps: Some(Keeps { run, metadata: metadata.clone() }),
    };
    let Some(driven) = drive(training, context)? else { return Ok(None) };
    let size = Some(TrainingSize::of(project.model(), n_rows, driven.samples));
    let steps = driven.steps;
    let end = Ended { steps, seconds: driven.seconds, logic: learner.spent(), size, at_sites: None };
    let checkpoint = Checkpoint::of_weights(driven.weights, metadata);
    finish(project, run, &checkpoint, end, context).map(Some)
}

/// What a run came to that has ended and has all it ended with: there is nothing to go on with.
pub(crate) fn ended(run: &Run) -> Result<Option<Outcome>, TrainError> {
    let has_all = [RESULT, MODEL].iter().all(|file| run.path(file).exists());
    Ok(has_all.then(|| run.read_json(RESULT)).transpose()?)
}

/// What a checkpoint carries beyond the weights: enough to predict without the training data.
pub(crate) fn metadata(model: &Model) -> BTreeMap<String, String> {
    let json = |value: serde_json::Value| value.to_string();
    BTreeMap::from([
        ("fingerprint".to_owned(), model.fingerprint()),
        (GRAPHS_ENTRY.to_owned(), model.graphs().checksum().to_owned()),
        ("preparations".to_owned(), json(serde_json::json!(model.preparations()))),
        ("labels".to_owned(), json(serde_json::json!(model.labels()))),
        ("targets".to_owned(), json(serde_json::json!(model.fitted().targets))),
        ("open-facts".to_owned(), json(serde_json::json!(model.fitted().open_facts))),
    ])
}

/// Refuses to go on from a state of another spec, or of other graphs.
fn refuse_other_model(project: &Project, run: &Run, path: &Path, checkpoint: &Checkpoint) -> Result<(), TrainError> {
    let (model, found) = (project.model(), checkpoint.metadata().get("fingerprint"));
    if !found.is_some_and(|found| model.has_fingerprint(found)) {
        return Err(TrainError::OtherSpec {
            path: path.to_owned(),
            found: found.cloned().unwrap_or_else(|| "none".to_owned()),
            expected: model.fingerprint(),
        });
    }
    Ok(run.refuse_other_graphs(path, checkpoint.metadata().get(GRAPHS_ENTRY), model.graphs())?)
}

/// What is known of a training when it ends, besides its weights.
pub(crate) struct Ended {
    /// Steps, or rounds of a federation.
    pub steps: u64,
    /// Seconds.
    pub seconds: f64,
    /// Seconds in the rules and in the networks, where there are rules.
    pub logic: Option<StepTiming>,
    /// How large it was.
    pub size: Option<TrainingSize>,
    /// What the sites of a federation say of the weights.
    pub at_sites: Option<SiteScores>,
}

/// Saves the weights that training ended with, tests them, and writes the result.
pub(crate) fn finish(
    project: &Project,
    run: &Run,
    checkpoint: &Checkpoint,
    ended: Ended,
    context: &mut RunContext<'_>,
) -> Result<Outcome, TrainError> {
    checkpoint.save(&run.path(MODEL))?;
    let test = project.test_learner();
    // A model whose parts stayed at the sites answers there alone; the sites have said how well.
    let n_rows = if ended.at_sites.is_some() && keeps_parts(project.spec()) { 0 } else { project.data().test.len() };
    let rows: Vec<usize> = (0..n_rows).collect();
    // Training is over and saved: the test goes on, interrupted or not.
    context.tell(Progress::Testing { n_samples: rows.len() });
    let evaluation = context.workers().run(|| test.evaluation(checkpoint.weights(), &rows))?;
    let outcome = Outcome {
        seconds: ended.seconds,
        steps: ended.steps,
        test: Score::from(&evaluation),
        result: Matrix::from(&evaluation.result()),
        concepts: evaluation.concepts.iter().map(|(name, matrix)| (name.clone(), matrix.into())).collect(),
        repeats: Some(Repeats::of(&project.data().test)),
        logic_share: ended.logic.map(|spent| spent.logic / (spent.logic + spent.networks)),
        at_sites: ended.at_sites,
        size: ended.size,
    };
    run.write_json(RESULT, &outcome)?;
    Ok(outcome)
}
