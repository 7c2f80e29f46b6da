//! What the networks and the rules believe about a sample.

use consil_logic::Term;

/// What one network says of one input.
#[derive(Clone, Debug, PartialEq)]
pub struct Belief {
    /// The network's name.
    pub network: String,
    /// The inputs it was shown, as the rules name them.
    pub inputs: Vec<Term>,
    /// The probability of each class, in the order the program declares them.
    pub probabilities: Vec<f32>,
    /// The classes themselves.
    pub classes: Vec<String>,
    /// Whether the input was there; otherwise the distribution is uniform.
    pub present: bool,
}

impl Belief {
    /// The inputs' names, joined by commas: `image` or `image(0)`.
    pub fn inputs_name(&self) -> String {
        self.inputs.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }

    /// The index of the most probable class (the first of equals).
    pub fn argmax(&self) -> usize {
        argmax(&self.probabilities)
    }
}

/// What a model says of one sample: networks and rules together, or a head alone (which has no beliefs to show).
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The sample's row.
    pub row: usize,
    /// The probability of each answer, under the label that a target would name it by, in the order of the plan's answers.
    pub answers: Vec<(String, f32)>,
    /// What each network saw.
    pub beliefs: Vec<Belief>,
}

impl Prediction {
    /// The most probable answer and its probability (the first of equals), or `None` where the query has no answer.
    pub fn best(&self) -> Option<(&str, f32)> {
        let (label, probability) = self.answers.get(self.best_index())?;
        Some((label, *probability))
    }

    /// The index of the most probable answer; 0 where there is none.
    pub fn best_index(&self) -> usize {
        let probabilities: Vec<f32> = self.answers.iter().map(|(_, p)| *p).collect();
        argmax(&probabilities)
    }
}

/// The index of the largest value, the first of equals; 0 for an empty slice.
pub(crate) fn argmax(values: &[f32]) -> usize {
    let mut best = 0;
    for (i, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = i;
        }
    }
    best
}
