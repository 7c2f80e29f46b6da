//! Training networks through rules: the loss on the query.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use consil_graph::Weights;
use consil_logic::{LeafKind, Workspace};
use consil_nn::{Gradients, Metrics, Network, Step, Task, TaskError};
use consil_random::Key;

use crate::Senses;
use crate::belief::{Belief, Prediction};
use crate::evaluate::Evaluation;
use crate::gather::{Asked, Gathered, Group};
use crate::question::Question;

/// How many rows [`RuleTask::predict`] shows the networks at once.
const PREDICT_ROWS: usize = 256;

/// Where [`RuleTask`] keeps the time of each part of a step.
const NETWORKS: usize = 0;
const LOGIC: usize = 1;

/// A sample ready to learn from.
#[derive(Clone, Debug)]
pub struct Case {
    /// The question put to the sample.
    pub question: Arc<Question>,
    /// The index of the right answer; `None` where the sample has no label.
    pub target: Option<usize>,
}

/// A sample whose label the rules give probability zero, whatever the networks learn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "row {row}: the rules give its label `{label}` (or the evidence) probability 0\n  help: mend the label, or let a rule derive it"
)]
pub struct ImpossibleTarget {
    /// The row.
    pub row: usize,
    /// Its label.
    pub label: String,
}

/// Seconds spent by a task, apart: in the networks and in the logic (circuit forward and backward).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    /// Seconds in the networks: inputs, forward, backward.
    pub networks: f64,
    /// Seconds in the circuits: filling leaves, forward, backward.
    pub logic: f64,
}

/// Learns networks from the results that rules derive of their outputs.
///
/// The loss of a sample is `−log P(answer | evidence)`; its gradient with respect to each network's log-probabilities comes exact from the
/// circuit, and from there goes through the network by a vector–Jacobian product.
pub struct RuleTask<'a> {
    networks: &'a BTreeMap<String, Network>,
    senses: Box<dyn Senses + 'a>,
    cases: Vec<Case>,
    clock: Option<fn() -> f64>,
    spent: [AtomicU64; 2],
    workspaces: Mutex<Vec<Workspace>>,
}

impl<'a> RuleTask<'a> {
    /// A task over `cases`, one for each row that `senses` knows.
    pub fn new(networks: &'a BTreeMap<String, Network>, senses: Box<dyn Senses + 'a>, cases: Vec<Case>) -> Self {
        Self { networks, senses, cases, clock: None, spent: Default::default(), workspaces: Mutex::default() }
    }

    /// Measures where the time goes by the caller's clock (seconds since any fixed moment).
    pub fn with_clock(self, clock: fn() -> f64) -> Self {
        Self { clock: Some(clock), ..self }
    }

    /// What has been spent in training steps so far; zero without a clock.
    pub fn spent(&self) -> Spent {
        let [networks, logic] = self.spent.each_ref().map(|nanos| nanos.load(Relaxed) as f64 * 1e-9);
        Spent { networks, logic }
    }

    fn now(&self) -> f64 {
        self.clock.map_or(0.0, |clock| clock())
    }

    fn add_spent(&self, part: usize, seconds: f64) {
        self.spent[part].fetch_add((seconds * 1e9) as u64, Relaxed);
    }

    /// What networks and rules say of each of `rows`, in their order.
    ///
    /// # Errors
    /// When the data cannot be read, or a network does not take what the senses give.
    pub fn predict(&self, weights: &Weights, rows: &[usize]) -> Result<Vec<Prediction>, TaskError> {
        let mut predictions = Vec::with_capacity(rows.len());
        for rows in rows.chunks(PREDICT_ROWS) {
            predictions.extend(self.predict_batch(weights, rows)?);
        }
        Ok(predictions)
    }

    fn predict_batch(&self, weights: &Weights, rows: &[usize]) -> Result<Vec<Prediction>, TaskError> {
        let asked = Asked::of(&self.cases, rows);
        let gathered = Gathered::show(&asked, self.networks, &*self.senses, weights, None)?;
        let mut predictions: Vec<Option<Prediction>> = vec![None; rows.len()];
        let mut workspace = self.take_workspace();
        for group in &asked.groups {
            let log_weights = gathered.log_weights(group);
            group.plan().forward(&log_weights, group.positions.len(), &mut workspace);
            for (b, position) in group.positions.iter().enumerate() {
                let answers = group.question.labels().iter().enumerate();
                predictions[*position] = Some(Prediction {
                    row: rows[*position],
                    answers: answers.map(|(a, label)| (label.clone(), workspace.log_prob(a, b).exp() as f32)).collect(),
                    beliefs: self.beliefs(group, b, &gathered, &log_weights),
                });
            }
        }
        self.give_back(workspace);
        Ok(predictions.into_iter().map(|p| p.expect("each row is in exactly one group")).collect())
    }

    /// What each network said of sample `b` of a group.
    fn beliefs(&self, group: &Group, b: usize, gathered: &Gathered<'_>, log_weights: &[f32]) -> Vec<Belief> {
        let batch = group.positions.len();
        let leaves = group.plan().groups().iter().zip(&group.base);
        leaves
            .filter_map(|(leaf, base)| match (&leaf.kind, base) {
                (LeafKind::Neural { network, inputs, classes }, Some(base)) => Some(Belief {
                    network: network.clone(),
                    inputs: inputs.clone(),
                    probabilities: leaf.slots.clone().map(|slot| log_weights[slot * batch + b].exp()).collect(),
                    classes: classes.iter().map(ToString::to_string).collect(),
                    present: gathered.is_present(network, base + b),
                }),
                _ => None,
            })
            .collect()
    }

    /// The log-weights of one sample's leaves, one for each slot of its plan: what proofs are weighed with.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn log_weights(&self, weights: &Weights, row: usize) -> Result<Vec<f32>, TaskError> {
        let asked = Asked::of(&self.cases, &[row]);
        let gathered = Gathered::show(&asked, self.networks, &*self.senses, weights, None)?;
        Ok(gathered.log_weights(&asked.groups[0]))
    }

    /// Predicts `rows` and compares with the labels and, where the data knows them, the latent concepts.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn evaluation(&self, weights: &Weights, rows: &[usize]) -> Result<Evaluation, TaskError> {
        let mut evaluation = Evaluation::default();
        for rows in rows.chunks(PREDICT_ROWS) {
            for prediction in self.predict_batch(weights, rows)? {
                let row = prediction.row;
                evaluation.count(&prediction, self.cases[row].target, |terms| self.senses.concept(terms, row));
            }
        }
        Ok(evaluation)
    }

    /// The label of a row's right answer.
    fn label(&self, row: usize) -> String {
        let case = &self.cases[row];
        case.target.map(|target| case.question.labels()[target].clone()).unwrap_or_default()
    }

    fn take_workspace(&self) -> Workspace {
        self.workspaces.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn give_back(&self, workspace: Workspace) {
        self.workspaces.lock().unwrap_or_else(PoisonError::into_inner).push(workspace);
    }
}

impl Task for RuleTask<'_> {
    fn n_rows(&self) -> usize {
        self.cases.len()
    }

    fn gradient(&self, weights: &Weights, rows: &[usize], key: Key, into: &mut Gradients) -> Result<Step, TaskError> {
        let begin = self.now();
        let asked = Asked::of(&self.cases, rows);
        let gathered = Gathered::show(&asked, self.networks, &*self.senses, weights, Some(key))?;
        let shown = self.now();

        let mut workspace = self.take_workspace();
        let mut cotangents = gathered.cotangents();
        let mut loss = 0.0;
        let scale = 1.0 / rows.len().max(1) as f32;
        for group in &asked.groups {
            let log_weights = gathered.log_weights(group);
            let targets: Vec<Option<usize>> =
                group.positions.iter().map(|position| self.cases[rows[*position]].target).collect();
            group.plan().forward(&log_weights, targets.len(), &mut workspace);
            group.plan().loss_and_gradient(&targets, &mut workspace);
            if let Some(b) = workspace.impossible().next() {
                let row = rows[group.positions[b]];
                return Err(TaskError::new(ImpossibleTarget { row, label: self.label(row) }));
            }
            loss += workspace.losses().iter().sum::<f64>();
            gathered.scatter(group, workspace.gradient(), scale, &mut cotangents);
        }
        self.give_back(workspace);
        let reasoned = self.now();

        gathered.backward(cotangents, into)?;
        self.add_spent(LOGIC, reasoned - shown);
        self.add_spent(NETWORKS, self.now() - reasoned + shown - begin);
        Ok(Step { loss: loss * f64::from(scale), n: rows.len() })
    }

    fn evaluate(&self, weights: &Weights, rows: Option<&[usize]>) -> Result<Metrics, TaskError> {
        let all: Vec<usize>;
        let rows = match rows {
            Some(rows) => rows,
            None => {
                all = (0..self.cases.len()).collect();
                &all
            }
        };
        Ok(self.evaluation(weights, rows)?.metrics())
    }
}
