//! New classes from a few samples: from weights that Reptile found (Nichol et al. 2018, arXiv:1803.02999, algorithm 1), and from weights of ordinary
//! training on the same classes for as many samples.

use std::path::{Path, PathBuf};

use consil_graph::Weights;
use consil_neurosym::{Target, Truth};
use consil_nn::{OptimizerConfig, TaskError, TrainConfig};
use consil_random::{Key, Stream};
use serde::Deserialize;

use super::{AblateError, Side};
use crate::context::RunContext;
use crate::driver::{Drive, Start, drive};
use crate::learner::Learner;
use crate::project::Project;
use crate::spec::{Override, Spec};
use crate::train::TrainError;
use crate::training_size::TrainingSize;

/// Classes are parted: the first are for learning to learn, the others are new. A task has `ways` classes, whose labels are drawn anew.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FewShotConfig {
    /// A spec with a head and a target, whose test rows hold the same classes.
    pub spec: PathBuf,
    /// How many classes, the first by name, are for learning to learn.
    pub known: usize,
    /// Classes of a task.
    pub ways: usize,
    /// Samples of each class that a task learns from.
    pub shots: usize,
    /// Tasks that Reptile sees.
    pub tasks: usize,
    /// Steps within a task, each on all its samples.
    pub steps: usize,
    /// How far the weights move to those of a task, falling to none.
    pub outer: f32,
    /// The optimiser within a task.
    pub optimizer: OptimizerConfig,
    /// New tasks that both are tested on.
    pub tests: usize,
    /// Samples of each class that a new task is tested on.
    pub queries: usize,
}

/// How often rows are passed over, and in batches of what size.
#[derive(Clone, Copy)]
struct Passes {
    n: usize,
    batch_size: usize,
}

/// Rows by class.
struct Classes<'a> {
    names: Vec<&'a str>,
    rows: Vec<Vec<usize>>,
}

impl FewShotConfig {
    pub(super) fn measure(
        &self,
        row: &str,
        base: &Path,
        seed: u64,
        context: &RunContext<'_>,
    ) -> Result<Option<[Side; 2]>, AblateError> {
        let set: Override = format!("seed={seed}").parse()?;
        let project = Project::open(&Spec::load(&base.join(&self.spec), &[set])?, base, base)?;
        let refuse = |problem: String| AblateError::Row { row: row.to_owned(), problem };
        if project.spec().head.is_none() {
            return Err(refuse("few-shot needs a spec with [head]".to_owned()));
        }
        let (train, test) = (Classes::of(&project, false), Classes::of(&project, true));
        let n_new = train.names.len().saturating_sub(self.known);
        let scarcest = |classes: &Classes<'_>| classes.rows.iter().map(Vec::len).min().unwrap_or(0);
        if self.ways < 2 || self.known < self.ways || n_new < self.ways {
            let n = train.names.len();
            return Err(refuse(format!(
                "{n} classes give {} known and {n_new} new ones; each must be `ways` or more, and `ways` 2 or more",
                self.known.min(n)
            )));
        }
        if scarcest(&train) < self.shots
            || scarcest(&test) < self.shots + self.queries
            || self.shots * self.queries == 0
        {
            return Err(refuse("a class has too few rows for `shots` and `queries`".to_owned()));
        }
        let key = Key::new(seed).child("few-shot");
        let (initial, _) = project.initial_weights().map_err(crate::OpenError::from)?;
        let known: Vec<usize> = (0..self.known).collect();

        let begin = context.seconds();
        let Some(meta) = self.reptile(&project, &train, &known, initial.clone(), key, context)? else {
            return Ok(None);
        };
        let between = context.seconds();
        let Some(ordinary) = self.ordinary(&project, &train, &known, initial, key, context)? else { return Ok(None) };
        let (meta_seconds, ordinary_seconds) = (between - begin, context.seconds() - between);

        // Both see as many samples: a step is one task's samples.
        let samples = (self.tasks * self.steps * self.ways * self.shots) as u64;
        let size = TrainingSize::of(project.model(), project.data().train.len(), samples);
        let new: Vec<usize> = (self.known..train.names.len()).collect();
        let mut sides = Vec::with_capacity(2);
        for (weights, seconds) in [(meta, meta_seconds), (ordinary, ordinary_seconds)] {
            let Some(accuracy) = self.test(&project, &test, &new, &weights, key, context)? else { return Ok(None) };
            let (parameters, training_flops) = (size.parameters as f64, size.training_flops as f64);
            sides.push(Side { accuracy, parameters, training_flops, seconds });
        }
        Ok(<[Side; 2]>::try_from(sides).ok())
    }

    /// Passes over `rows` in batches of `batch_size`, from `weights` on. `None` once the context is interrupted.
    fn adapt(
        &self,
        task: &Learner<'_>,
        rows: Vec<usize>,
        weights: Weights,
        passes: Passes,
        key: Key,
        context: &RunContext<'_>,
    ) -> Result<Option<Weights>, AblateError> {
        if passes.n == 0 {
            return Ok(Some(weights));
        }
        let optimizer = self.optimizer.clone();
        let epochs = Some(passes.n);
        let config = TrainConfig { epochs, batch_size: passes.batch_size, optimizer, ..TrainConfig::default() };
        let config = config.check().map_err(|errors| AblateError::Settings(errors.below("few-shot")))?;
        let start = Start::Weights(Box::new(weights));
        let training = Drive { config: &config, task, validation: None, rows, key, start, keeps: None };
        Ok(drive(training, &mut context.unobserved())?.map(|driven| driven.weights))
    }

    /// `w ← w + ε (w_task − w)` over drawn tasks.
    fn reptile(
        &self,
        project: &Project,
        classes: &Classes<'_>,
        known: &[usize],
        mut weights: Weights,
        key: Key,
        context: &RunContext<'_>,
    ) -> Result<Option<Weights>, AblateError> {
        for task in 0..self.tasks {
            let key = key.child("reptile").at(task as u64);
            let (rows, _, labels) = self.draw(classes, known, &mut key.child("task").stream(), 0);
            let head = task_of(project, false, labels);
            let passes = Passes { n: self.steps, batch_size: rows.len() };
            let Some(moved) = self.adapt(&head, rows, weights.clone(), passes, key, context)? else {
                return Ok(None);
            };
            let outer = self.outer * (1.0 - task as f32 / self.tasks as f32);
            for (weight, moved) in weights.values_mut().iter_mut().zip(moved.values()) {
                *weight += outer * (moved - *weight);
            }
        }
        Ok(Some(weights))
    }

    /// As many steps on the known classes under their own labels.
    fn ordinary(
        &self,
        project: &Project,
        classes: &Classes<'_>,
        known: &[usize],
        weights: Weights,
        key: Key,
        context: &RunContext<'_>,
    ) -> Result<Option<Weights>, AblateError> {
        let labels = |row: usize| known.iter().position(|class| classes.rows[*class].contains(&row));
        let labels: Vec<Option<usize>> = (0..project.data().train.len()).map(labels).collect();
        let all: Vec<usize> = known.iter().flat_map(|class| classes.rows[*class].iter().copied()).collect();
        let batch = self.ways * self.shots;
        let mut stream = key.child("ordinary").stream();
        // One pass over as many drawn rows as Reptile sees samples, in steps of a task's size.
        let drawn: Vec<usize> = (0..self.tasks * self.steps * batch).map(|_| all[stream.below(all.len())]).collect();
        let head = task_of(project, false, labels);
        self.adapt(&head, drawn, weights, Passes { n: 1, batch_size: batch }, key.child("ordinary"), context)
    }

    /// The mean accuracy on new tasks after learning each from its few samples.
    fn test(
        &self,
        project: &Project,
        classes: &Classes<'_>,
        new: &[usize],
        weights: &Weights,
        key: Key,
        context: &RunContext<'_>,
    ) -> Result<Option<f64>, AblateError> {
        let (mut right, mut asked) = (0, 0);
        for test in 0..self.tests {
            // The same tasks for both.
            let key = key.child("test").at(test as u64);
            let (support, queries, labels) = self.draw(classes, new, &mut key.child("task").stream(), self.queries);
            let head = task_of(project, true, labels.clone());
            let passes = Passes { n: self.steps, batch_size: support.len() };
            let Some(adapted) = self.adapt(&head, support, weights.clone(), passes, key, context)? else {
                return Ok(None);
            };
            let predicted = context.workers().run(|| head.predict(&adapted, &queries)).map_err(TrainError::from)?;
            asked += queries.len();
            // Among the task's own labels: a new class can be none of the others.
            right += predicted
                .iter()
                .filter(|prediction| {
                    let all = prediction.answer().map(|answer| answer.value.probabilities()).unwrap_or_default();
                    let own = &all[..self.ways.min(all.len())];
                    let best = (0..own.len()).max_by(|a, b| own[*a].1.total_cmp(&own[*b].1));
                    best == labels[prediction.row]
                })
                .count();
        }
        Ok(Some(right as f64 / asked.max(1) as f64))
    }

    /// A task: its rows to learn from, its rows to be asked, and the label of each of them.
    fn draw(
        &self,
        classes: &Classes<'_>,
        among: &[usize],
        stream: &mut Stream,
        queries: usize,
    ) -> (Vec<usize>, Vec<usize>, Vec<Option<usize>>) {
        let n_rows = classes.rows.iter().flatten().max().map_or(0, |last| last + 1);
        let (mut support, mut asked, mut labels) = (Vec::new(), Vec::new(), vec![None; n_rows]);
        let order = stream.permutation(among.len());
        for (label, class) in order.into_iter().take(self.ways).map(|i| among[i]).enumerate() {
            let rows = &classes.rows[class];
            let drawn = stream.permutation(rows.len());
            for (i, row) in drawn.into_iter().take(self.shots + queries).map(|i| rows[i]).enumerate() {
                labels[row] = Some(label);
                if i < self.shots { support.push(row) } else { asked.push(row) }
            }
        }
        (support, asked, labels)
    }
}

fn split_of(project: &Project, test: bool) -> &consil_data::Split {
    if test { &project.data().test } else { &project.data().train }
}

/// The head over a split with labels of a task. The model answers with the names of its own classes; a task's label is a place among them.
fn task_of(project: &Project, test: bool, mut labels: Vec<Option<usize>>) -> Learner<'_> {
    let split = split_of(project, test);
    labels.resize(split.len(), None);
    let truth = |label: Option<usize>| label.map_or(Truth::Absent, Truth::Class);
    let model = project.model();
    let target = model.targets().first().expect("`measure` asked for a head, which has a target");
    let target = Target {
        name: target.name.clone(),
        weight: 1.0,
        by: target.by.clone(),
        truths: labels.into_iter().map(truth).collect(),
    };
    Learner::with_targets(model, split, vec![target])
}

impl<'a> Classes<'a> {
    fn of(project: &'a Project, test: bool) -> Self {
        let split = split_of(project, test);
        let mut names: Vec<&str> =
            (0..project.data().train.len()).filter_map(|row| project.data().train.target(row)).collect();
        names.sort_by(|a, b| consil_neurosym::label_order(a, b));
        names.dedup();
        let mut rows = vec![Vec::new(); names.len()];
        for row in 0..split.len() {
            if let Some(class) = split.target(row).and_then(|target| names.iter().position(|name| *name == target)) {
                rows[class].push(row);
            }
        }
        Self { names, rows }
    }
}

impl From<TaskError> for AblateError {
    fn from(error: TaskError) -> Self {
        Self::Train(error.into())
    }
}
