//! An explanation as plain data: for JSON, the terminal and the report alike.

use consil_data::ModalityKind;
use serde::Serialize;

use super::{Saliency, View};

/// Why a model answers a sample as it does.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Explanation {
    /// The sample's name.
    pub id: String,
    /// The right answer, where it is known.
    pub truth: Option<String>,
    /// The most probable answer.
    pub answer: String,
    /// Its probability, in 0–1; NaN of numbers.
    pub probability: f64,
    /// Every answer with its probability, in the order of the model's answers.
    pub answers: Vec<Likelihood>,
    /// The answers to the other targets, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<OtherAnswer>,
    /// What each network saw, and what it took it for; an input that no network looks at alone stands here with its view only.
    pub modalities: Vec<ModalityView>,
    /// The most probable derivations of the answer, best first; none where a head answers.
    pub proofs: Vec<ProofTree>,
    /// The most probable single change that would give another answer, where there is one.
    pub flip: Option<Flip>,
}

impl Explanation {
    /// Whether the answer is right; nothing where the truth is not known.
    pub fn is_right(&self) -> Option<bool> {
        self.truth.as_ref().map(|truth| *truth == self.answer)
    }
}

/// The answer to a target that is not the first.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct OtherAnswer {
    /// The target.
    pub target: String,
    /// What is right, where it is known.
    pub truth: Option<String>,
    /// The answer.
    pub answer: String,
    /// Its probability, in 0–1; none of numbers.
    pub probability: Option<f64>,
}

/// A label and how probable it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Likelihood {
    /// The label.
    pub label: String,
    /// Its probability, in 0–1.
    pub probability: f64,
}

/// One input and what a network says of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ModalityView {
    /// The input as the rules name it: `image` or `image(0)`.
    pub item: String,
    /// Its modality.
    pub kind: ModalityKind,
    /// What there is to look at.
    pub view: View,
    /// The network that names it; none where a head fuses all inputs.
    pub network: Option<String>,
    /// The network's classes.
    pub classes: Vec<String>,
    /// The probability of each class, in 0–1. Uniform where the input is absent.
    pub probabilities: Vec<f64>,
    /// The most probable class.
    pub predicted: Option<String>,
    /// What it truly shows, where the data knows.
    pub truth: Option<String>,
    /// Whether the sample has this input.
    pub present: bool,
    /// Which pixels the answer depends on, of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saliency: Option<Saliency>,
}

/// A goal of a derivation and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProofTree {
    /// The ground goal, as the rules write it.
    pub text: String,
    /// What chance decided it, such as `digit(image) = 3`; none for a rule and for what is certain.
    pub because: Option<String>,
    /// At the root: the probability of the whole derivation, the product of its distinct leaves. At a leaf: that leaf's. None
    /// where no chance decides.
    pub probability: Option<f64>,
    /// The goals of the rule's body, in their order.
    pub children: Vec<ProofTree>,
}

/// A single change that would give another answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Flip {
    /// What would change: an input, or an uncertain fact of the program.
    pub item: String,
    /// What it is taken for now.
    pub from: String,
    /// What it would have to be taken for.
    pub to: String,
    /// The probability of that, as the model sees the sample.
    pub probability: f64,
    /// The answer then.
    pub answer: String,
    /// The same as a sentence.
    pub text: String,
}
