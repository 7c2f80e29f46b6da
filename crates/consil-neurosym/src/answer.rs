//! Answers: what a model says of each target of a row, typed, with what each is worth.

use std::sync::Arc;

use consil_logic::{Certificate, Term};

use crate::spelling::spell;

/// What a model says of one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The row.
    pub row: usize,
    /// The answer to each target, by name, in the order of the task's targets.
    pub answers: Vec<(String, Answer)>,
    /// What each network of the rules saw.
    pub networks: Vec<NeuralPrediction>,
}

/// What a model says of one target.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The answer.
    pub value: AnswerValue,
    /// How far the probabilities can be trusted as those of the model: exact where rules were compiled whole, and where none take part. (How far the model can
    /// be trusted is what an evaluation says.)
    pub certificate: Certificate,
}

/// An answer, by the kind of its target.
#[derive(Clone, Debug, PartialEq)]
pub enum AnswerValue {
    /// One of several classes.
    Class(Distribution),
    /// A set of labels.
    Labels {
        /// The labels that there are.
        labels: Arc<[Term]>,
        /// The probability that each holds.
        probabilities: Vec<f64>,
    },
    /// Numbers, in the target's own unit.
    Numbers(Vec<f64>),
    /// A class at each place.
    Sequence(Vec<(Term, Distribution)>),
}

/// The probability of each of several classes. What is missing to one is the probability that none is derived.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// The classes.
    pub classes: Arc<[Term]>,
    /// The probability of each, in 0–1.
    pub probabilities: Vec<f64>,
}

impl Distribution {
    /// The index of the most probable class (the first of equals); none where there are no classes.
    pub fn best_index(&self) -> Option<usize> {
        (!self.probabilities.is_empty()).then(|| argmax(&self.probabilities))
    }

    /// The most probable class and its probability.
    pub fn best(&self) -> Option<(&Term, f64)> {
        self.best_index().map(|best| (&self.classes[best], self.probabilities[best]))
    }
}

/// The probability from which a label counts as said.
pub(crate) const LABEL_THRESHOLD: f64 = 0.5;

impl AnswerValue {
    /// The answer as a table spells it: the most probable class; the labels of probability ½ and more with `;` between them; the numbers; the symbols of
    /// a sequence.
    pub fn text(&self) -> String {
        self.members().join(if matches!(self, Self::Sequence(_)) { " " } else { ";" })
    }

    /// What [`text`](Self::text) joins, each on its own: a label may have a `;` in it.
    pub fn members(&self) -> Vec<String> {
        match self {
            Self::Class(distribution) => distribution.best().map(|(class, _)| spell(class)).into_iter().collect(),
            Self::Labels { labels, probabilities } => {
                let said = labels.iter().zip(probabilities).filter(|(_, p)| **p >= LABEL_THRESHOLD);
                said.map(|(label, _)| spell(label)).collect()
            }
            Self::Numbers(numbers) => numbers.iter().map(|number| spell_number(*number)).collect(),
            Self::Sequence(places) => {
                places.iter().map(|(_, at)| at.best().map(|(class, _)| spell(class)).unwrap_or_default()).collect()
            }
        }
    }

    /// The probability of [`text`](Self::text): of the class; that every label is as said and every place, as if these were independent. None of numbers, and where
    /// there is no answer.
    pub fn probability(&self) -> Option<f64> {
        match self {
            Self::Class(distribution) => distribution.best().map(|(_, p)| p),
            Self::Labels { probabilities, .. } => Some(probabilities.iter().map(|p| p.max(1.0 - p)).product()),
            Self::Numbers(_) => None,
            Self::Sequence(places) => places.iter().map(|(_, at)| at.best().map(|(_, p)| p)).product(),
        }
    }

    /// Each class or label as a table spells it, with its probability; `PLACE=CLASS` for a sequence, and nothing for numbers.
    pub fn probabilities(&self) -> Vec<(String, f64)> {
        let spelled = |classes: &[Term], probabilities: &[f64]| -> Vec<(String, f64)> {
            classes.iter().map(spell).zip(probabilities.iter().copied()).collect()
        };
        match self {
            Self::Class(Distribution { classes, probabilities }) => spelled(classes, probabilities),
            Self::Labels { labels, probabilities } => spelled(labels, probabilities),
            Self::Numbers(_) => Vec::new(),
            Self::Sequence(places) => (places.iter())
                .flat_map(|(place, at)| {
                    let named = move |(class, p): (String, f64)| (format!("{}={class}", spell(place)), p);
                    spelled(&at.classes, &at.probabilities).into_iter().map(named)
                })
                .collect(),
        }
    }
}

/// A number as the shortest decimal that names it: of single precision where it is one, else of double. One of 1,000,000,006.8 is none.
fn spell_number(number: f64) -> String {
    let single = number as f32;
    if f64::from(single) == number { single.to_string() } else { number.to_string() }
}

impl Prediction {
    /// The answer to the first target.
    pub fn answer(&self) -> Option<&Answer> {
        self.answers.first().map(|(_, answer)| answer)
    }

    /// The first target's answer as a table spells it and its probability; `None` where there is no answer, and of numbers.
    pub fn best(&self) -> Option<(String, f64)> {
        let value = &self.answer()?.value;
        Some((value.text(), value.probability()?))
    }

    /// The index of the first target's most probable class; 0 where it is none of classes.
    pub fn best_index(&self) -> usize {
        match self.answer().map(|answer| &answer.value) {
            Some(AnswerValue::Class(distribution)) => distribution.best_index().unwrap_or(0),
            _ => 0,
        }
    }
}

/// What one network says of one input.
#[derive(Clone, Debug, PartialEq)]
pub struct NeuralPrediction {
    /// The network's name.
    pub network: String,
    /// The inputs it was shown, as the rules name them.
    pub inputs: Vec<Term>,
    /// The probability of each class, in the order the program declares them.
    pub probabilities: Vec<f32>,
    /// The classes themselves, as tables spell them.
    pub classes: Vec<String>,
    /// Whether the input was there; otherwise the distribution is uniform.
    pub present: bool,
}

impl NeuralPrediction {
    /// The inputs' names, joined by commas: `image` or `image(0)`.
    pub fn inputs_name(&self) -> String {
        self.inputs.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }

    /// The index of the most probable class (the first of equals).
    pub fn argmax(&self) -> usize {
        argmax(&self.probabilities)
    }
}

/// The index of the largest value, the first of equals; 0 for an empty slice.
pub(crate) fn argmax<T: PartialOrd>(values: &[T]) -> usize {
    let mut best = 0;
    for (i, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = i;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(texts: &[&str]) -> Arc<[Term]> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn each_kind_of_answer_reads_as_its_column_would() {
        let class = AnswerValue::Class(Distribution {
            classes: terms(&["'New York'", "paris"]),
            probabilities: vec![0.75, 0.25],
        });
        assert_eq!((class.text().as_str(), class.probability()), ("New York", Some(0.75)));
        // A number far from 0 keeps what tells it from its neighbours.
        assert_eq!(AnswerValue::Numbers(vec![1_000_000_006.8226056]).text(), "1000000006.8226056");
        assert_eq!(class.probabilities(), [("New York".to_owned(), 0.75), ("paris".to_owned(), 0.25)]);

        let labels = AnswerValue::Labels { labels: terms(&["a", "b", "c"]), probabilities: vec![0.5, 0.25, 1.0] };
        assert_eq!((labels.text().as_str(), labels.probability()), ("a;c", Some(0.5 * 0.75)));

        let numbers = AnswerValue::Numbers(vec![f64::from(0.1f32), -2.0]);
        assert_eq!((numbers.text().as_str(), numbers.probability()), ("0.1;-2", None));

        let at = |p: f64| Distribution { classes: terms(&["0", "1"]), probabilities: vec![p, 1.0 - p] };
        let sequence = AnswerValue::Sequence(vec![(Term::Int(0), at(0.5)), (Term::Int(1), at(0.25))]);
        assert_eq!((sequence.text().as_str(), sequence.probability()), ("0 1", Some(0.375)));
        assert_eq!(sequence.probabilities()[3], ("1=1".to_owned(), 0.75));
    }
}
