//! From a trained model and a row to an explanation.

use consil_data::{DataError, Item, Split};
use consil_logic::{LeafGroup, LeafKind, ProofNode, Step, Workspace};
use consil_neurosym::{Belief, Prediction};
use consil_nn::TaskError;

use super::terminal::percent;
use super::view::view;
use super::{Explanation, Flip, Likelihood, ProofTree, SenseView, View};
use crate::learner::Learner;
use crate::model::{Answer, Rules, item_of};
use crate::trained_model::TrainedModel;

/// How many derivations are shown at most.
const MOST_PROOFS: usize = 3;
/// A derivation less probable than this share of the best one says nothing more.
const LEAST_SHARE: f64 = 0.01;

/// Why a sample cannot be explained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExplainError {
    /// There is no such row.
    #[error("there is no row {row}: the rows are 0 to {}\n  help: count rows from 0", n_rows.saturating_sub(1))]
    Row {
        /// The row asked for.
        row: usize,
        /// How many there are.
        n_rows: usize,
    },
    /// An input cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The model cannot be asked.
    #[error(transparent)]
    Task(#[from] TaskError),
}

/// Explains what the model says of a row of a split.
///
/// # Errors
/// A row that the split does not have, and whatever keeps its inputs from being read.
pub fn explain(trained: &TrainedModel, split: &Split, row: usize) -> Result<Explanation, ExplainError> {
    if row >= split.len() {
        return Err(ExplainError::Row { row, n_rows: split.len() });
    }
    let model = trained.model();
    let learner = Learner::new(model, split);
    let prediction = learner.predict(trained.weights(), &[row])?.swap_remove(0);
    let (answer, probability) = prediction.best().unwrap_or(("none", 0.0));
    let mut explanation = Explanation {
        id: split.id(row),
        truth: split.target(row).map(str::to_owned),
        answer: answer.to_owned(),
        probability: probability.into(),
        answers: likelihoods(&prediction),
        senses: senses(trained, split, row, &prediction.beliefs)?,
        proofs: Vec::new(),
        flip: None,
    };
    if let (Answer::Rules(rules), Some(log_weights)) = (model.answer(), learner.log_weights(trained.weights(), row)?) {
        explanation.proofs = proofs(rules, prediction.best_index(), &log_weights);
        explanation.flip = flip(rules, &log_weights);
    }
    Ok(explanation)
}

fn likelihoods(prediction: &Prediction) -> Vec<Likelihood> {
    let answers = prediction.answers.iter();
    answers.map(|(label, p)| Likelihood { label: label.clone(), probability: (*p).into() }).collect()
}

/// Each input once for each network that looks at it, and once for itself where none does.
fn senses(
    trained: &TrainedModel,
    split: &Split,
    row: usize,
    beliefs: &[Belief],
) -> Result<Vec<SenseView>, ExplainError> {
    let mut senses = Vec::new();
    for item in split.items() {
        let Some(preparation) = trained.model().preparations().get(&item.modality) else { continue };
        let value = split.value(row, item)?;
        let plain = SenseView {
            item: item.to_string(),
            kind: preparation.kind(),
            present: value.is_some(),
            view: value.map_or(View::Absent, |value| view(&value, preparation)),
            network: None,
            classes: Vec::new(),
            probabilities: Vec::new(),
            predicted: None,
            truth: split.concept(row, item).map(str::to_owned),
        };
        let before = senses.len();
        senses.extend(beliefs.iter().filter(|belief| looks_at(belief, item)).map(|belief| SenseView {
            network: Some(belief.network.clone()),
            classes: belief.classes.clone(),
            probabilities: belief.probabilities.iter().map(|p| f64::from(*p)).collect(),
            predicted: belief.classes.get(belief.argmax()).cloned(),
            // What a network makes of several inputs together is no name for one of them.
            truth: plain.truth.clone().filter(|_| belief.inputs.len() == 1),
            ..plain.clone()
        }));
        if senses.len() == before {
            senses.push(plain);
        }
    }
    Ok(senses)
}

fn looks_at(belief: &Belief, item: &Item) -> bool {
    belief.inputs.iter().any(|input| item_of(input).as_ref() == Some(item))
}

fn proofs(rules: &Rules, answer: usize, log_weights: &[f32]) -> Vec<ProofTree> {
    let proofs = rules.question.plan().proofs(answer, log_weights, MOST_PROOFS);
    let least = proofs.first().map_or(0.0, |best| LEAST_SHARE * best.probability);
    let told = proofs.iter().filter(|proof| proof.probability >= least);
    told.map(|proof| ProofTree { probability: Some(proof.probability), ..tree(&proof.tree) }).collect()
}

fn tree(node: &ProofNode) -> ProofTree {
    let (because, probability) = match &node.step {
        Step::Leaf { probability, label, .. } => (Some(label.clone()), Some(*probability)),
        Step::Negated { probability } => (None, Some(*probability)),
        _ => (None, None),
    };
    ProofTree { text: node.goal.to_string(), because, probability, children: node.children.iter().map(tree).collect() }
}

fn flip(rules: &Rules, log_weights: &[f32]) -> Option<Flip> {
    let plan = rules.question.plan();
    let flip = plan.nearest_flip(log_weights, &mut Workspace::new())?;
    let group = &plan.groups()[flip.group];
    let (item, from, to) = (name(group), group.label(flip.from).to_string(), group.label(flip.to).to_string());
    let answer = rules.question.labels()[flip.flipped].clone();
    let share = percent(flip.probability);
    let text = match &group.kind {
        LeafKind::Neural { .. } => {
            format!("Were {item} taken for {to} ({share}) instead of {from}, the answer would be {answer}.")
        }
        _ => format!("Were it {to} ({share}) instead of {from}, the answer would be {answer}."),
    };
    Some(Flip { item, from, to, probability: flip.probability, answer, text })
}

/// What a random variable is about: a network's inputs, or the heads that it chooses from.
fn name(group: &LeafGroup) -> String {
    match &group.kind {
        LeafKind::Neural { inputs, .. } => join(inputs),
        LeafKind::Choice { heads, .. } => join(heads),
        LeafKind::Fact { atom } => atom.to_string(),
        _ => String::new(),
    }
}

fn join(terms: &[consil_logic::Term]) -> String {
    terms.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
