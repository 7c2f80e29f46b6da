//! Which samples are worth a look.

use consil_data::Split;
use consil_neurosym::Prediction;
use consil_nn::TaskError;

use crate::trained_model::TrainedModel;

/// How many rows are looked at to choose from.
const ROWS: usize = 1000;

/// Up to three rows of a split that show most of a model: a right answer of middling certainty, the least certain right answer,
/// and the most certain wrong one. Where all answers are right (or wrong, or without a label), fewer.
///
/// # Errors
/// When a file of the split cannot be read.
pub fn choose(trained: &TrainedModel, split: &Split) -> Result<Vec<usize>, TaskError> {
    let rows: Vec<usize> = (0..split.len().min(ROWS)).collect();
    let predictions = trained.predict(split, &rows)?;
    Ok(telling(&predictions, |row| split.target(row)))
}

fn telling<'a>(predictions: &[Prediction], truth: impl Fn(usize) -> Option<&'a str>) -> Vec<usize> {
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    for prediction in predictions {
        let Some((answer, probability)) = prediction.best() else { continue };
        let is_wrong = truth(prediction.row).is_some_and(|truth| *truth != *answer);
        let answers = if is_wrong { &mut wrong } else { &mut right };
        answers.push((probability, prediction.row));
    }
    right.sort_by(|a, b| a.0.total_cmp(&b.0));
    wrong.sort_by(|a, b| a.0.total_cmp(&b.0));
    let chosen = [right.get(right.len() / 2), right.first(), wrong.last()];
    let mut rows: Vec<usize> = Vec::new();
    for (_, row) in chosen.into_iter().flatten() {
        if !rows.contains(row) {
            rows.push(*row);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use consil_logic::{Certificate, Term};
    use consil_neurosym::{Answer, AnswerValue, Distribution};

    use super::*;

    fn prediction(row: usize, answer: &str, probability: f64) -> Prediction {
        let classes = [Term::atom(answer), Term::atom("other")].into();
        let value = AnswerValue::Class(Distribution { classes, probabilities: vec![probability, 0.0] });
        let answer = Answer { value, certificate: Certificate::Exact };
        Prediction { row, answers: vec![("target".to_owned(), answer)], networks: Vec::new() }
    }

    #[test]
    fn the_typical_the_doubtful_and_the_mistaken_are_chosen() {
        let said = [("a", 0.99), ("a", 0.6), ("a", 0.9), ("b", 0.7), ("b", 0.8)];
        let predictions: Vec<Prediction> =
            said.iter().enumerate().map(|(row, (answer, p))| prediction(row, answer, *p)).collect();
        assert_eq!(telling(&predictions, |_| Some("a")), [2, 1, 4]);
        assert_eq!(telling(&predictions, |_| Some("c")), [0]);
        assert_eq!(telling(&predictions[..1], |_| None), [0]);
        assert_eq!(telling(&[], |_| None), [0; 0]);
    }
}
