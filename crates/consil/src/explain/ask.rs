//! From a trained model and a row to an explanation.

use consil_data::{DataError, Item, Split};
use consil_diagnostic::Hint;
use consil_logic::{LeafGroup, LeafKind, ProofNode, Step, Term};
use consil_neurosym::{AnswerFlip, CompiledQuery, HEAD, InputGradient, NeuralPrediction, Prediction, QueryForm, find};
use consil_nn::TaskError;

use super::terminal::percent;
use super::{Explanation, Flip, Likelihood, ModalityView, OtherAnswer, ProofTree, Saliency, View};
use crate::learner::{Learner, text};
use crate::model::item_of;
use crate::trained_model::TrainedModel;

/// How many derivations are shown where nothing else is asked for.
const MOST_PROOFS: usize = 3;
/// A derivation less probable than this share of the best one says nothing more.
const LEAST_SHARE: f64 = 0.01;

/// Why a sample cannot be explained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExplainError {
    /// There is no such row.
    #[error("there is no row {row}: the rows are 0 to {}", n_rows.saturating_sub(1))]
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

impl Hint for ExplainError {
    fn help(&self) -> Option<String> {
        matches!(self, Self::Row { .. }).then(|| "count rows from 0".to_owned())
    }
}

/// Explains what the model says of a row of a split, with the three most probable derivations of its answer.
///
/// # Errors
/// A row that the split does not have, and whatever keeps its inputs from being read.
pub fn explain(trained: &TrainedModel, split: &Split, row: usize) -> Result<Explanation, ExplainError> {
    explain_with(trained, split, row, MOST_PROOFS)
}

/// As [`explain`], with at most so many derivations.
///
/// # Errors
/// As [`explain`].
pub fn explain_with(
    trained: &TrainedModel,
    split: &Split,
    row: usize,
    most_proofs: usize,
) -> Result<Explanation, ExplainError> {
    if row >= split.len() {
        return Err(ExplainError::Row { row, n_rows: split.len() });
    }
    let model = trained.model();
    let learner = Learner::new(model, split);
    let prediction = learner.predict(trained.weights(), &[row])?.swap_remove(0);
    let first = prediction.answer().map(|answer| &answer.value);
    let truth = |target: &str| split.target_column(target).and_then(|column| column.get(row)).map(text);
    let mut explanation = Explanation {
        id: split.id(row),
        truth: truth_of(model, split, row),
        answer: first.map(|value| value.text()).filter(|text| !text.is_empty()).unwrap_or_else(|| "none".to_owned()),
        probability: first.and_then(|value| value.probability()).unwrap_or(f64::NAN),
        answers: likelihoods(&prediction),
        others: (prediction.answers.iter().skip(1))
            .map(|(target, answer)| OtherAnswer {
                target: target.clone(),
                truth: truth(target),
                answer: answer.value.text(),
                probability: answer.value.probability(),
            })
            .collect(),
        modalities: modalities(
            trained,
            split,
            row,
            &prediction.networks,
            &learner.input_gradients(trained.weights(), row)?,
        )?,
        proofs: Vec::new(),
        flip: None,
    };
    if let (Some(query), Some(log_weights)) = (learner.question(row), learner.log_weights(trained.weights(), row)?) {
        explanation.proofs =
            proofs(query, &first.map(|value| value.members()).unwrap_or_default(), &log_weights, most_proofs);
        explanation.flip = learner.nearest_flip(trained.weights(), row)?.map(|found| flip(query, found));
    }
    Ok(explanation)
}

/// What the first target truly is, spelled as the model spells it.
fn truth_of(model: &crate::model::Model, split: &Split, row: usize) -> Option<String> {
    let target = model.targets().first()?;
    let column = split.target_column(&target.name).or_else(|| split.targets().next().map(|(_, column)| column))?;
    let cell = text(column.get(row)?);
    Some(model.label_of(target, &cell).unwrap_or(cell))
}

fn likelihoods(prediction: &Prediction) -> Vec<Likelihood> {
    let answers = prediction.answer().map(|answer| answer.value.probabilities()).unwrap_or_default();
    answers.into_iter().map(|(label, probability)| Likelihood { label, probability }).collect()
}

/// Each input once for each network that looks at it, and once for itself where none does.
fn modalities(
    trained: &TrainedModel,
    split: &Split,
    row: usize,
    seen: &[NeuralPrediction],
    gradients: &[InputGradient],
) -> Result<Vec<ModalityView>, ExplainError> {
    let mut modalities = Vec::new();
    for item in split.items() {
        let Some(preparation) = trained.model().preparations().get(&item.modality) else { continue };
        let value = split.value(row, item)?;
        let plain = ModalityView {
            item: item.to_string(),
            kind: preparation.kind(),
            present: value.is_some(),
            view: value.map_or(View::Absent, |value| preparation.view(&value)),
            network: None,
            classes: Vec::new(),
            probabilities: Vec::new(),
            predicted: None,
            truth: split.concept(row, item).map(str::to_owned),
            saliency: saliency(gradients, HEAD, &[], item),
        };
        let before = modalities.len();
        modalities.extend(seen.iter().filter(|seen| looks_at(seen, item)).map(|seen| ModalityView {
            network: Some(seen.network.clone()),
            classes: seen.classes.clone(),
            probabilities: seen.probabilities.iter().map(|p| f64::from(*p)).collect(),
            predicted: seen.classes.get(seen.argmax()).cloned(),
            // What a network makes of several inputs together is no name for one of them.
            truth: plain.truth.clone().filter(|_| seen.inputs.len() == 1),
            saliency: saliency(gradients, &seen.network, &seen.inputs, item),
            ..plain.clone()
        }));
        if modalities.len() == before {
            modalities.push(plain);
        }
    }
    Ok(modalities)
}

/// How the answer depends on a picture through one network, or through the head, which names its arrays after the modalities.
fn saliency(gradients: &[InputGradient], network: &str, inputs: &[Term], item: &Item) -> Option<Saliency> {
    let of = gradients.iter().find(|gradient| gradient.network == network && gradient.inputs == inputs)?;
    let array = match inputs {
        [] => of.arrays.get(&item.modality)?,
        [_] => of.arrays.get("input")?,
        several => {
            let at = several.iter().position(|input| item_of(input).as_ref() == Some(item))?;
            of.arrays.get(&format!("input.{at}"))?
        }
    };
    Saliency::of_gradient(&array.shape()[1..], array.data())
}

fn looks_at(seen: &NeuralPrediction, item: &Item) -> bool {
    seen.inputs.iter().any(|input| item_of(input).as_ref() == Some(item))
}

/// The proofs of an answer: of the class it names, of each label, or of each place.
fn proofs(query: &CompiledQuery, answer: &[String], log_weights: &[f32], most: usize) -> Vec<ProofTree> {
    let mut trees = Vec::new();
    for answer in proven(query, answer) {
        let proofs = query.plan().proofs(answer, log_weights, most);
        let least = proofs.first().map_or(0.0, |best| LEAST_SHARE * best.probability);
        let told = proofs.iter().filter(|proof| proof.probability >= least);
        trees.extend(told.map(|proof| ProofTree { probability: Some(proof.probability), ..tree(&proof.tree) }));
    }
    trees
}

/// The answers of the plan that an answer of these members consists of.
fn proven(query: &CompiledQuery, answer: &[String]) -> Vec<usize> {
    match query.form() {
        QueryForm::Class { .. } | QueryForm::Labels { .. } => {
            answer.iter().filter_map(|label| query.class(label).ok()).collect()
        }
        QueryForm::Truth { .. } => {
            answer.iter().filter_map(|label| query.class(label).ok()).filter(|class| *class == 0).collect()
        }
        QueryForm::Sequence { places } => (places.iter().zip(answer))
            .filter_map(|(place, value)| place.answers.get(find(&place.classes, value)?).copied())
            .collect(),
    }
}

fn tree(node: &ProofNode) -> ProofTree {
    let (because, probability) = match &node.step {
        Step::Leaf { probability, label, .. } => (Some(label.clone()), Some(*probability)),
        Step::Negated { probability } => (None, Some(*probability)),
        _ => (None, None),
    };
    ProofTree { text: node.goal.to_string(), because, probability, children: node.children.iter().map(tree).collect() }
}

/// What would change, in words.
fn flip(query: &CompiledQuery, AnswerFlip { flip, answer }: AnswerFlip) -> Flip {
    let group = &query.plan().groups()[flip.group];
    let (item, from, to) = (name(group), group.label(flip.from).to_string(), group.label(flip.to).to_string());
    let share = percent(flip.probability);
    let text = match &group.kind {
        LeafKind::Neural { .. } => {
            format!("Were {item} taken for {to} ({share}) instead of {from}, the answer would be {answer}.")
        }
        _ => format!("Were it {to} ({share}) instead of {from}, the answer would be {answer}."),
    };
    Flip { item, from, to, probability: flip.probability, answer, text }
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
