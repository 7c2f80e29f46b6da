//! The query as a sample meets it: its circuit, and the label of each answer.

use std::fmt;
use std::sync::Arc;

use consil_logic::{Plan, Term};

/// A query's circuit with the labels that a target names its answers by. Samples of one structure share it.
pub struct Question {
    plan: Arc<Plan>,
    labels: Vec<String>,
}

/// A label that the rules cannot derive.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the label `{label}` is no answer of the query, whose answers are {}", shortened(answers))]
pub struct TargetError {
    /// The label as the data has it.
    pub label: String,
    /// The labels that the query can have.
    pub answers: Vec<String>,
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question").field("labels", &self.labels).finish_non_exhaustive()
    }
}

impl Question {
    /// The question that `plan` answers. Where the query has one variable, an answer's label is that variable's value (`7` for `result(R)`
    /// answered by `result(7)`); otherwise it is the whole atom.
    pub fn new(query: &Term, plan: Arc<Plan>) -> Self {
        let labels = plan.answers().iter().map(|answer| label(query, answer)).collect();
        Self { plan, labels }
    }

    /// The circuit.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// The label of each answer, in the order of [`Plan::answers`].
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The index of the answer that a target names.
    ///
    /// # Errors
    /// [`TargetError`] where it names none.
    pub fn target(&self, label: &str) -> Result<usize, TargetError> {
        let label = label.trim();
        self.labels
            .iter()
            .position(|known| known == label)
            .ok_or_else(|| TargetError { label: label.to_owned(), answers: self.labels.clone() })
    }
}

fn label(query: &Term, answer: &Term) -> String {
    let mut bound = Vec::new();
    bindings(query, answer, &mut bound);
    match bound.as_slice() {
        [only] => only.to_string(),
        _ => answer.to_string(),
    }
}

/// The values in `answer` that stand where `query` has variables, each value once for each variable.
fn bindings<'a>(query: &Term, answer: &'a Term, bound: &mut Vec<&'a Term>) {
    if let Term::Var(_) = query {
        bound.push(answer);
    }
    if let (Some((_, inner)), Some((_, values))) = (query.functor(), answer.functor()) {
        inner.iter().zip(values).for_each(|(inner, value)| bindings(inner, value, bound));
    }
}

fn shortened(answers: &[String]) -> String {
    const SHOWN: usize = 24;
    let shown = answers.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if answers.len() > SHOWN { format!("{shown}, … ({} in all)", answers.len()) } else { shown }
}
