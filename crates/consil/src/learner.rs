//! A model and a split together: what can be learned from, evaluated and asked.

use std::sync::Arc;
use std::time::Instant;

use consil_data::{Item, Split};
use consil_graph::Weights;
use consil_logic::{LeafKind, Workspace};
use consil_neurosym::{Case, Evaluation, Prediction, RuleTask, Spent};
use consil_nn::{Gradients, Metrics, Step, Task, TaskError};
use consil_random::Key;

use crate::head::HeadTask;
use crate::model::{Answer, Model, Rules, item_of};
use crate::senses::SplitSenses;

/// A model over the rows of a split.
pub struct Learner<'a> {
    task: Kind<'a>,
}

enum Kind<'a> {
    Rules(RuleTask<'a>),
    Head(HeadTask<'a>),
}

/// A label that the model cannot answer with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLabel {
    /// The row.
    pub row: usize,
    /// The label.
    pub label: String,
}

impl<'a> Learner<'a> {
    /// The model over a split. Rows without a target, or with one that the model cannot answer, have no case to learn from:
    /// a [`Project`](crate::Project) is refused while it has such rows.
    pub fn new(model: &'a Model, split: &'a Split) -> Self {
        let senses = SplitSenses::new(model, split);
        let labels = (0..split.len()).map(|row| split.target(row));
        let task = match model.answer() {
            Answer::Rules(rules) => {
                let cases = labels
                    .map(|label| Case {
                        question: Arc::clone(&rules.question),
                        target: label.and_then(|label| rules.question.target(label).ok()),
                    })
                    .collect();
                let task = RuleTask::new(model.networks(), Box::new(senses), cases);
                Kind::Rules(task.with_clock(seconds))
            }
            Answer::Head { classes } => {
                let targets =
                    labels.map(|label| classes.iter().position(|known| Some(known.as_str()) == label)).collect();
                Kind::Head(HeadTask::new(model, senses, classes, targets))
            }
        };
        Self { task }
    }

    /// What the model says of each of `rows`, in their order.
    ///
    /// # Errors
    /// When the data cannot be read.
    pub fn predict(&self, weights: &Weights, rows: &[usize]) -> Result<Vec<Prediction>, TaskError> {
        match &self.task {
            Kind::Rules(task) => task.predict(weights, rows),
            Kind::Head(task) => task.predict(weights, rows),
        }
    }

    /// Predicts `rows` and compares with the labels.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn evaluation(&self, weights: &Weights, rows: &[usize]) -> Result<Evaluation, TaskError> {
        match &self.task {
            Kind::Rules(task) => task.evaluation(weights, rows),
            Kind::Head(task) => task.evaluation(weights, rows),
        }
    }

    /// The log-weights of a sample's leaves, for proofs; `None` where there are no rules.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn log_weights(&self, weights: &Weights, row: usize) -> Result<Option<Vec<f32>>, TaskError> {
        match &self.task {
            Kind::Rules(task) => task.log_weights(weights, row).map(Some),
            Kind::Head(_) => Ok(None),
        }
    }

    /// Seconds spent in networks and in logic so far; `None` where there are no rules.
    pub fn spent(&self) -> Option<Spent> {
        match &self.task {
            Kind::Rules(task) => Some(task.spent()),
            Kind::Head(_) => None,
        }
    }
}

impl Task for Learner<'_> {
    fn n_rows(&self) -> usize {
        match &self.task {
            Kind::Rules(task) => task.n_rows(),
            Kind::Head(task) => task.n_rows(),
        }
    }

    fn gradient(&self, weights: &Weights, rows: &[usize], key: Key, into: &mut Gradients) -> Result<Step, TaskError> {
        match &self.task {
            Kind::Rules(task) => task.gradient(weights, rows, key, into),
            Kind::Head(task) => task.gradient(weights, rows, key, into),
        }
    }

    fn evaluate(&self, weights: &Weights, rows: Option<&[usize]>) -> Result<Metrics, TaskError> {
        match &self.task {
            Kind::Rules(task) => task.evaluate(weights, rows),
            Kind::Head(task) => task.evaluate(weights, rows),
        }
    }
}

/// The rows of a split whose target is none of the labels that the model can answer with.
pub(crate) fn bad_labels(model: &Model, split: &Split) -> Vec<BadLabel> {
    let known = model.labels();
    (0..split.len())
        .filter_map(|row| Some((row, split.target(row)?)))
        .filter(|(_, label)| !known.iter().any(|k| k == label))
        .map(|(row, label)| BadLabel { row, label: label.to_owned() })
        .collect()
}

/// Why targets cannot be derived from the rules.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeriveError {
    /// The data does not know what an input truly shows.
    #[error(
        "row {row} does not know what `{item}` shows, and so its target cannot be derived\n  help: name a target column (data.target), or a pool with labels"
    )]
    Unknown {
        /// The row.
        row: usize,
        /// The input.
        item: Item,
    },
    /// What an input truly shows is no class of its network.
    #[error(
        "row {row}: `{item}` shows `{label}`, which is no class of the network `{network}`\n  help: add it to the classes of nn({network}, …) in the rules, or mend the label"
    )]
    NoClass {
        /// The row.
        row: usize,
        /// The input.
        item: Item,
        /// What it shows.
        label: String,
        /// The network.
        network: String,
    },
}

/// The targets that the rules derive when every network is right about every input: the labels of composed samples.
pub(crate) fn derive_targets(rules: &Rules, split: &Split) -> Result<Vec<String>, DeriveError> {
    const ROWS: usize = 512;
    let plan = rules.question.plan();
    let mut workspace = Workspace::default();
    let mut targets = Vec::with_capacity(split.len());
    let rows: Vec<usize> = (0..split.len()).collect();
    for rows in rows.chunks(ROWS) {
        let batch = rows.len();
        let constants = plan.default_log_weights();
        let mut log_weights: Vec<f32> = constants.iter().flat_map(|w| std::iter::repeat_n(*w as f32, batch)).collect();
        for leaf in plan.groups() {
            let LeafKind::Neural { network, inputs, classes } = &leaf.kind else { continue };
            for (b, row) in rows.iter().enumerate() {
                let item = inputs.first().and_then(item_of).expect("the plan's inputs were checked");
                let label =
                    split.concept(*row, &item).ok_or_else(|| DeriveError::Unknown { row: *row, item: item.clone() })?;
                let class = classes.iter().position(|class| class.to_string() == label).ok_or_else(|| {
                    DeriveError::NoClass { row: *row, item, label: label.to_owned(), network: network.clone() }
                })?;
                for (i, slot) in leaf.slots.clone().enumerate() {
                    log_weights[slot * batch + b] = if i == class { 0.0 } else { f32::NEG_INFINITY };
                }
            }
        }
        plan.forward(&log_weights, batch, &mut workspace);
        for b in 0..batch {
            let labels = rules.question.labels();
            let best = (0..labels.len())
                .max_by(|x, y| workspace.log_prob(*x, b).total_cmp(&workspace.log_prob(*y, b)))
                .expect("a model's question has at least one answer");
            targets.push(labels[best].clone());
        }
    }
    Ok(targets)
}

/// Seconds since the first call.
fn seconds() -> f64 {
    static BEGIN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    BEGIN.get_or_init(Instant::now).elapsed().as_secs_f64()
}
