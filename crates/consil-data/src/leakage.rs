//! What training rows share with the rows that judge them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::Split;
use crate::error::Warning;

/// What makes results on `splits` doubtful; the first is trained on.
pub(crate) fn warnings(splits: &[&Split]) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (i, left) in splits.iter().enumerate() {
        for right in &splits[i + 1..] {
            warnings.extend(shared_groups(left, right));
            warnings.extend(shared_files(left, right));
            warnings.extend(shared_rows(left, right));
        }
    }
    if let [train, judged @ ..] = splits {
        warnings.extend(one_label(train));
        warnings.extend(judged.iter().filter_map(|split| unseen_labels(train, split)));
    }
    warnings
}

/// Rows that all say the same teach to say it.
fn one_label(train: &Split) -> Option<Warning> {
    match train.labels()[..] {
        [label] if train.len() > 1 => Some(Warning::OneLabel { label: label.to_owned(), n_rows: train.len() }),
        _ => None,
    }
}

fn shared_groups(left: &Split, right: &Split) -> Option<Warning> {
    let column = left.group.clone()?;
    let groups = |split: &Split| -> BTreeSet<String> {
        (0..split.len()).filter_map(|row| split.group(row)).map(str::to_owned).collect()
    };
    let shared: Vec<String> = groups(left).intersection(&groups(right)).cloned().collect();
    (!shared.is_empty()).then(|| Warning::GroupLeak { column, left: left.name(), right: right.name(), groups: shared })
}

fn shared_files(left: &Split, right: &Split) -> Vec<Warning> {
    let files = |split: &Split| {
        let mut files: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (item, column) in &split.columns {
            let of_item = files.entry(item.modality.clone()).or_default();
            of_item.extend((0..split.len()).filter_map(|row| column.file(row)).map(|path| path.display().to_string()));
        }
        files
    };
    let (left_files, right_files) = (files(left), files(right));
    left_files
        .into_iter()
        .filter_map(|(modality, files)| {
            let shared: Vec<String> = files.intersection(right_files.get(&modality)?).cloned().collect();
            let (left, right) = (left.name(), right.name());
            (!shared.is_empty()).then_some(Warning::FileLeak { modality, left, right, files: shared })
        })
        .collect()
}

/// Rows of one split that hold the very inputs of a row of the other, where they are at least half and rows of the other are
/// rarely alike: a copy of a manifest
/// under another name, say. Rows of pools are drawn from parts that share no item.
fn shared_rows(left: &Split, right: &Split) -> Option<Warning> {
    if left.is_composed() || right.is_composed() {
        return None;
    }
    let known: HashSet<u64> = left.row_hashes().into_iter().collect();
    // Rows of a few categories repeat among themselves as they do across splits.
    if 2 * known.len() <= left.len() {
        return None;
    }
    let rows = right.row_hashes().into_iter().filter(|hash| known.contains(hash)).count();
    let of = right.len();
    (rows > 0 && 2 * rows >= of).then(|| Warning::RowLeak { left: left.name(), right: right.name(), rows, of })
}

fn unseen_labels(train: &Split, split: &Split) -> Option<Warning> {
    let known: BTreeSet<&str> = train.labels().into_iter().collect();
    // Numeric targets are values, not classes: each may well be new.
    let unseen = split.labels().into_iter().filter(|label| !known.contains(label) && label.parse::<f64>().is_err());
    let labels: Vec<String> = unseen.map(str::to_owned).collect();
    (!known.is_empty() && !labels.is_empty()).then_some(Warning::UnseenLabels { split: split.name(), labels })
}
