//! The task of a model: its targets' losses over rows, with rules, a head, or both.

mod flip;
mod gradient;
mod predict;
mod saliency;

pub use flip::AnswerFlip;
pub use saliency::InputGradient;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use consil_diagnostic::Hint;
use consil_graph::Weights;
use consil_logic::{Term, Workspace};
use consil_nn::{Gradients, Metrics, Network, Step, Task, TaskError};
use consil_random::Key;

use crate::head::HEAD;
use crate::input::InputSource;
use crate::lengths::BoundLengths;
use crate::query::{CompiledQuery, QueryForm, RowQuery};
use crate::spelling::spell;
use crate::target::{AnsweredBy, HeadKind, HeadOutput, Target, Truth};

/// Where [`AnswerTask`] keeps the time of each part of a step.
const NETWORKS: usize = 0;
const LOGIC: usize = 1;

/// What the rules are asked of one row.
#[derive(Clone, Debug)]
pub struct Example {
    /// The query that gives the answer.
    pub asked: RowQuery,
    /// A query without variables whose probability is what training raises, in place of the likelihood of the answer: where the row's target enters as open facts.
    pub learned: Option<RowQuery>,
}

/// A row whose truth the rules exclude, whatever the networks learn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{row}: the rules give its label `{label}` (or the evidence) probability 0")]
pub struct ImpossibleTarget {
    /// The row.
    pub row: String,
    /// Its label.
    pub label: String,
}

impl Hint for ImpossibleTarget {
    fn help(&self) -> Option<String> {
        Some("mend the label, or let a rule derive it".to_owned())
    }
}

/// A row of which nothing is there to answer from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{row}: all of its modalities are absent, and there is nothing to answer from")]
pub struct AllAbsent {
    /// The row.
    pub row: String,
}

impl Hint for AllAbsent {
    fn help(&self) -> Option<String> {
        Some("leave the row out, or fill one of its columns".to_owned())
    }
}

/// The parts of a task that do not belong together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TaskPartsError {
    /// A target is answered by rules, and there is no example for each row.
    #[error("the target `{target}` is answered by rules, which have {examples} examples for {rows} rows")]
    Examples {
        /// The target.
        target: String,
        /// Examples given.
        examples: usize,
        /// Rows.
        rows: usize,
    },
    /// The head lacks an output that a target is answered by.
    #[error("the target `{target}` is answered by the head's output `{output}`, which it does not have")]
    NoOutput {
        /// The target.
        target: String,
        /// The output.
        output: String,
    },
    /// Two targets are answered by the rules, which have one query.
    #[error("the targets `{first}` and `{second}` are both answered by the rules, which have one query")]
    TwoByRules {
        /// The first target.
        first: String,
        /// The second.
        second: String,
    },
}

/// Seconds spent by a task's training steps, apart: in the networks and in the logic.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StepTiming {
    /// Seconds in the networks: inputs, forward, backward.
    pub networks: f64,
    /// Seconds in the circuits: filling leaves, forward, backward.
    pub logic: f64,
}

/// Learns networks from typed targets: through rules over their outputs, through a head over fused inputs, or through both.
///
/// The loss of a row is the weighted sum of its targets' losses. That of a target answered by rules is `−log P(answer | evidence)`; its gradient with respect to each
/// network's log-probabilities comes exact from the circuit, and from there goes through the network by a vector–Jacobian product.
pub struct AnswerTask<'a> {
    networks: &'a BTreeMap<String, Network>,
    source: Box<dyn InputSource + 'a>,
    targets: Vec<Target>,
    examples: Vec<Example>,
    /// For each row, which class of the target each answer of its query is; where rules and head answer together.
    class_of: Vec<Arc<[Option<usize>]>>,
    n_rows: usize,
    lengths: BoundLengths,
    clock: Option<fn() -> f64>,
    spent: [AtomicU64; 2],
    workspaces: Mutex<Vec<Workspace>>,
}

impl<'a> AnswerTask<'a> {
    /// A task of `n_rows` rows. Each target has a truth for each row; `examples` are one for each row where a target is answered by rules, and otherwise none. A
    /// head is the network called [`HEAD`].
    ///
    /// # Errors
    /// [`TaskPartsError`].
    pub fn new(
        networks: &'a BTreeMap<String, Network>,
        source: Box<dyn InputSource + 'a>,
        n_rows: usize,
        targets: Vec<Target>,
        examples: Vec<Example>,
    ) -> Result<Self, TaskPartsError> {
        let mut by_rules: Option<&Target> = None;
        for target in &targets {
            let (rules, head) = match &target.by {
                AnsweredBy::Rules => (true, None),
                AnsweredBy::Head(head) => (false, Some(head)),
                AnsweredBy::Both { head, .. } => (true, Some(head)),
            };
            if rules {
                if let Some(first) = by_rules.replace(target) {
                    let (first, second) = (first.name.clone(), target.name.clone());
                    return Err(TaskPartsError::TwoByRules { first, second });
                }
                if examples.len() != n_rows {
                    let (target, examples, rows) = (target.name.clone(), examples.len(), n_rows);
                    return Err(TaskPartsError::Examples { target, examples, rows });
                }
            }
            if let Some(HeadOutput { output, .. }) = head
                && networks.get(HEAD).is_none_or(|head| head.graph().find_output(output).is_none())
            {
                return Err(TaskPartsError::NoOutput { target: target.name.clone(), output: output.clone() });
            }
        }
        let class_of = class_maps(&targets, &examples);
        Ok(Self {
            networks,
            source,
            targets,
            examples,
            class_of,
            n_rows,
            lengths: BoundLengths::default(),
            clock: None,
            spent: Default::default(),
            workspaces: Mutex::default(),
        })
    }

    /// Measures where the time goes by the caller's clock (seconds since any fixed moment).
    pub fn with_clock(self, clock: fn() -> f64) -> Self {
        Self { clock: Some(clock), ..self }
    }

    /// What has been spent in training steps so far; zero without a clock.
    pub fn spent(&self) -> StepTiming {
        let [networks, logic] = self.spent.each_ref().map(|nanos| nanos.load(Relaxed) as f64 * 1e-9);
        StepTiming { networks, logic }
    }

    /// The targets, in the order of the answers.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    fn now(&self) -> f64 {
        self.clock.map_or(0.0, |clock| clock())
    }

    fn add_spent(&self, part: usize, seconds: f64) {
        self.spent[part].fetch_add((seconds * 1e9) as u64, Relaxed);
    }

    /// The target that the rules answer.
    fn rules_target(&self) -> Option<(usize, &Target)> {
        self.targets.iter().enumerate().find(|(_, target)| !matches!(target.by, AnsweredBy::Head(_)))
    }

    /// The head's network, where some target needs it.
    fn head(&self) -> Option<&'a Network> {
        let is_needed = self.targets.iter().any(|target| !matches!(target.by, AnsweredBy::Rules));
        is_needed.then(|| &self.networks[HEAD])
    }

    /// Whether some target has no answer but the head's.
    fn needs_head(&self) -> bool {
        self.targets.iter().any(|target| matches!(target.by, AnsweredBy::Head(_)))
    }

    /// What a row's right answer is called.
    fn label(&self, target: &Target, row: usize) -> String {
        let named = |classes: &[Term], i: &usize| classes.get(*i).map(spell).unwrap_or_default();
        let of_query = |query: &CompiledQuery| match (query.form(), &target.truths[row]) {
            (QueryForm::Sequence { places }, Truth::Sequence(right)) => {
                places.iter().zip(right).map(|(place, i)| named(&place.classes, i)).collect::<Vec<_>>().join(" ")
            }
            (_, Truth::Class(i)) => named(&query.classes(), i),
            (_, Truth::Labels(right)) => right.iter().map(|i| named(&query.classes(), i)).collect::<Vec<_>>().join(";"),
            _ => String::new(),
        };
        match (&target.by, &target.truths[row]) {
            (AnsweredBy::Both { head: HeadOutput { kind: HeadKind::Class(classes), .. }, .. }, Truth::Class(i)) => {
                named(classes, i)
            }
            _ => of_query(&self.examples[row].asked.query),
        }
    }

    fn take_workspace(&self) -> Workspace {
        self.workspaces.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn give_back(&self, workspace: Workspace) {
        self.workspaces.lock().unwrap_or_else(PoisonError::into_inner).push(workspace);
    }
}

/// For each row, which of the head's classes each answer of its query is. Rows that share a query share the map.
fn class_maps(targets: &[Target], examples: &[Example]) -> Vec<Arc<[Option<usize>]>> {
    let Some(classes) = targets.iter().find_map(|target| match &target.by {
        AnsweredBy::Both { head: HeadOutput { kind: HeadKind::Class(classes), .. }, .. } => Some(classes),
        _ => None,
    }) else {
        return Vec::new();
    };
    let mut known: HashMap<*const CompiledQuery, Arc<[Option<usize>]>> = HashMap::new();
    let map = |example: &Example| {
        let query = &example.asked.query;
        let class = |answer: &Term| classes.iter().position(|class| class == answer);
        let made = known.entry(Arc::as_ptr(query)).or_insert_with(|| query.classes().iter().map(class).collect());
        Arc::clone(made)
    };
    examples.iter().map(map).collect()
}

impl Task for AnswerTask<'_> {
    fn n_rows(&self) -> usize {
        self.n_rows
    }

    fn gradient(&self, weights: &Weights, rows: &[usize], key: Key, into: &mut Gradients) -> Result<Step, TaskError> {
        self.step(weights, rows, key, into)
    }

    fn evaluate(&self, weights: &Weights, rows: Option<&[usize]>) -> Result<Metrics, TaskError> {
        let all: Vec<usize>;
        let rows = match rows {
            Some(rows) => rows,
            None => {
                all = (0..self.n_rows).collect();
                &all
            }
        };
        Ok(self.evaluation(weights, rows)?.metrics())
    }
}
