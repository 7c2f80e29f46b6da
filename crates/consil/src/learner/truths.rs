//! From the cells of a target to what is right in each row.

use consil_data::{Split, TargetColumn, TargetRef};
use consil_logic::{Term, parse_term};
use consil_neurosym::{AnsweredBy, CompiledQuery, Example, HeadKind, QueryForm, Truth, find};

use crate::model::{Model, ModelTarget, TARGET};

/// What is right in each row of a split: indices into the answers of the row's query, or of the head.
pub(crate) fn truths(model: &Model, target: &ModelTarget, split: &Split, examples: &[Example]) -> Vec<Truth> {
    let Some(column) = column(model, target, split) else { return vec![Truth::Absent; split.len()] };
    let truth = |row: usize| {
        let Some(value) = column.get(row) else { return Truth::Absent };
        match &target.by {
            AnsweredBy::Rules => of_query(&examples[row].asked.query, value),
            AnsweredBy::Head(head) | AnsweredBy::Both { head, .. } => of_head(&head.kind, value),
        }
    };
    (0..split.len()).map(truth).collect()
}

/// A target's column. A run of version 0.1 knows its only target by no name.
fn column<'a>(model: &Model, target: &ModelTarget, split: &'a Split) -> Option<&'a TargetColumn> {
    let by_name = split.target_column(&target.name);
    let is_only = model.targets().len() == 1 && (target.name == TARGET || split.targets().count() == 1);
    by_name.or_else(|| is_only.then(|| split.targets().next().map(|(_, column)| column)).flatten())
}

fn of_head(kind: &HeadKind, value: TargetRef<'_>) -> Truth {
    match (kind, value) {
        (HeadKind::Class(classes), TargetRef::Class(label)) => {
            find(classes, label).map_or_else(|| Truth::Unknown(label.to_owned()), Truth::Class)
        }
        (HeadKind::Labels(known), TargetRef::Labels(labels)) => labels_among(known, labels.iter()),
        (HeadKind::Numbers { .. }, TargetRef::Number(number)) => Truth::Numbers(vec![number]),
        (HeadKind::Numbers { scale, .. }, TargetRef::Numbers(numbers)) if scale.len() == numbers.len() => {
            Truth::Numbers(numbers.to_vec())
        }
        (_, other) => Truth::Unknown(text(other)),
    }
}

fn of_query(query: &CompiledQuery, value: TargetRef<'_>) -> Truth {
    let unknown = || Truth::Unknown(text(value));
    match (query.form(), value) {
        (QueryForm::Class { .. } | QueryForm::Truth { .. }, TargetRef::Class(label)) => {
            query.class(label).map_or_else(|_| unknown(), Truth::Class)
        }
        (QueryForm::Labels { labels: known }, TargetRef::Labels(labels)) => labels_among(known, labels.iter()),
        (QueryForm::Labels { .. }, TargetRef::Facts(facts)) => {
            let answer = |fact: &String| query.plan().find_answer(&parse_term(fact).ok()?);
            let found: Option<Vec<usize>> = facts.iter().map(answer).collect();
            found.map_or_else(unknown, sorted)
        }
        (QueryForm::Sequence { places }, TargetRef::Sequence(symbols)) if places.len() == symbols.len() => {
            let at = places.iter().zip(symbols).map(|(place, symbol)| find(&place.classes, symbol));
            at.collect::<Option<Vec<usize>>>().map_or_else(unknown, Truth::Sequence)
        }
        // A class column may hold what composed samples spell as one text.
        (QueryForm::Sequence { places }, TargetRef::Class(spelled)) => {
            let symbols: Vec<&str> = spelled.split_whitespace().collect();
            let at = places.iter().zip(&symbols).map(|(place, symbol)| find(&place.classes, symbol));
            let found = at.collect::<Option<Vec<usize>>>().filter(|found| found.len() == places.len());
            found.filter(|_| symbols.len() == places.len()).map_or_else(unknown, Truth::Sequence)
        }
        (QueryForm::Labels { labels: known }, TargetRef::Class(spelled)) => {
            labels_among(known, spelled.split(';').map(str::trim).filter(|label| !label.is_empty()))
        }
        _ => unknown(),
    }
}

/// The values at the places of a sequence; nothing where the cell is none of the query's.
pub(crate) fn of_row(query: &CompiledQuery, value: TargetRef<'_>) -> Option<Vec<usize>> {
    match of_query(query, value) {
        Truth::Sequence(right) => Some(right),
        _ => None,
    }
}

fn labels_among<S: AsRef<str>>(known: &[Term], labels: impl Iterator<Item = S>) -> Truth {
    let mut found = Vec::new();
    for label in labels {
        match find(known, label.as_ref()) {
            Some(label) => found.push(label),
            None => return Truth::Unknown(label.as_ref().to_owned()),
        }
    }
    sorted(found)
}

fn sorted(mut labels: Vec<usize>) -> Truth {
    labels.sort_unstable();
    labels.dedup();
    Truth::Labels(labels)
}

/// A value as its cell has it.
pub(crate) fn text(value: TargetRef<'_>) -> String {
    match value {
        TargetRef::Class(label) => label.to_owned(),
        TargetRef::Labels(labels) => labels.iter().cloned().collect::<Vec<_>>().join(";"),
        TargetRef::Number(number) => number.to_string(),
        TargetRef::Numbers(numbers) => numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(";"),
        TargetRef::Sequence(symbols) => symbols.join(" "),
        TargetRef::Facts(facts) => facts.join(";"),
        _ => String::new(),
    }
}
