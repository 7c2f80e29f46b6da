//! The kind of one column.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use serde_json::Value as Json;

use super::InferredColumn;
use super::near::{self, has_extension, is_number};
use crate::date::date;
use crate::manifest::{Cell, Manifest};
use crate::modality::{Place, boolean};
use crate::{ModalityKind, Series, Value};

/// What a column seems to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnKind {
    /// Finite numbers.
    Number {
        /// Whether all are whole.
        is_whole: bool,
    },
    /// Truth values.
    Boolean,
    /// One of several words.
    Category,
    /// Sets of words with `;` between them.
    Labels,
    /// Days, with or without a time.
    Date,
    /// Sentences.
    Text,
    /// JSON arrays of words, which can be predicted and not learned from.
    Lists,
    /// JSON values that no modality reads.
    Nested,
    /// JSON arrays that are values of a modality.
    Inline(ModalityKind),
    /// Paths of files (or folders) of a modality.
    Path(ModalityKind),
    /// A name for each row.
    Id,
    /// One value in all rows.
    Constant,
}

impl fmt::Display for ColumnKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number { .. } => f.write_str("number"),
            Self::Boolean => f.write_str("boolean"),
            Self::Category => f.write_str("category"),
            Self::Labels | Self::Lists => f.write_str("labels"),
            Self::Nested => f.write_str("nested values"),
            Self::Date => f.write_str("date"),
            Self::Text => f.write_str("text"),
            Self::Inline(kind) => write!(f, "{kind}"),
            Self::Path(kind) => write!(f, "{kind} path"),
            Self::Id => f.write_str("id"),
            Self::Constant => f.write_str("constant"),
        }
    }
}

/// The most values of a category.
const MAX_CATEGORIES: usize = 50;
/// Paths that are looked for.
const MAX_PATHS: usize = 20;

/// Infers one column.
pub(super) fn column(manifest: &Manifest, at: usize, absent: &[String], folder: &Path) -> InferredColumn {
    let name = manifest.columns[at].clone();
    let cells: Vec<&Cell> = manifest.rows.iter().map(|row| &row.cells[at]).collect();
    let is_there = |cell: &&&Cell| !cell.is_absent() && !matches!(cell, Cell::Text(text) if absent.contains(text));
    let present: Vec<&Cell> = cells.iter().filter(is_there).copied().collect();
    let texts: Vec<String> = present.iter().filter_map(|cell| cell.text()).collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    texts.iter().for_each(|text| *counts.entry(text).or_default() += 1);
    let (kind, mut reason) = kind(&name, at, &present, &texts, (counts.len(), cells.len()), folder);
    if matches!(kind, ColumnKind::Text | ColumnKind::Category) {
        let lines: Vec<usize> =
            manifest.rows.iter().zip(&cells).filter(|(_, cell)| is_there(cell)).map(|(row, _)| row.line).collect();
        reason += &near::miss(&texts, &lines, folder).map(|near| format!("; {near}")).unwrap_or_default();
    }
    let (n_absent, n_distinct) = (cells.len() - present.len(), counts.len());
    InferredColumn { name, kind, used_as: None, reason, n_absent, n_distinct }
}

fn kind(
    name: &str,
    at: usize,
    cells: &[&Cell],
    texts: &[String],
    (n_distinct, n_rows): (usize, usize),
    folder: &Path,
) -> (ColumnKind, String) {
    let all = |test: fn(&str) -> bool| texts.iter().all(|text| test(text));
    let Some(first) = texts.first() else { return (ColumnKind::Constant, "no value in any row".to_owned()) };
    if cells.iter().any(|cell| matches!(cell, Cell::Array(_))) {
        return arrays(cells);
    }
    if n_distinct == 1 && cells.len() == n_rows {
        return (ColumnKind::Constant, format!("{:?} in every row", shortened(first)));
    }
    if n_distinct == 1 {
        // Where it is absent says as much as a second value.
        let kind = if is_number(first) {
            ColumnKind::Number { is_whole: first.parse::<i64>().is_ok() }
        } else {
            ColumnKind::Category
        };
        return (kind, format!("{:?} in each of the {} rows that have a value", shortened(first), cells.len()));
    }
    let is_whole = all(|text| text.parse::<i64>().is_ok());
    if n_distinct == texts.len() && (is_id_name(name) || (at == 0 && is_whole && counts_up(texts))) {
        return (ColumnKind::Id, "another value in each row".to_owned());
    }
    if let Some((kind, reason)) = paths(texts, folder) {
        return (ColumnKind::Path(kind), reason);
    }
    if n_distinct == 2 && all(|text| boolean(text).is_some()) {
        return (ColumnKind::Boolean, format!("{first:?} and {:?} only", other(texts)));
    }
    if all(is_number) {
        let what = if is_whole { "whole numbers" } else { "numbers" };
        return (ColumnKind::Number { is_whole }, format!("{what}, {n_distinct} different"));
    }
    if all(|text| date(text).is_some()) {
        return (ColumnKind::Date, format!("dates such as {first:?}"));
    }
    if let Some(n) = labels(texts) {
        return (ColumnKind::Labels, format!("{n} words with `;` between them"));
    }
    if n_distinct <= MAX_CATEGORIES && 2 * n_distinct <= texts.len() {
        return (ColumnKind::Category, format!("{n_distinct} different values"));
    }
    (ColumnKind::Text, format!("{n_distinct} different values, such as {:?}", shortened(first)))
}

/// Whether a cell is a number, a truth value or a date.
pub(super) fn is_typed(cell: &str) -> bool {
    is_number(cell) || boolean(cell).is_some() || date(cell).is_some()
}

fn is_id_name(name: &str) -> bool {
    let name = name.to_lowercase();
    ["id", "uuid", "guid", "key", "index", "row"].contains(&name.as_str())
        || name.ends_with("_id")
        || name.ends_with("-id")
        || name.is_empty()
}

fn counts_up(texts: &[String]) -> bool {
    let numbers: Vec<i64> = texts.iter().filter_map(|text| text.parse().ok()).collect();
    numbers.len() > 2 && numbers.windows(2).all(|pair| pair[1] == pair[0] + 1)
}

fn other(texts: &[String]) -> &str {
    texts.iter().find(|text| **text != texts[0]).map_or("", String::as_str)
}

/// What a column of JSON arrays holds: what all of its cells can be read as.
fn arrays(cells: &[&Cell]) -> (ColumnKind, String) {
    let members = || cells.iter().flat_map(|cell| if let Cell::Array(values) = cell { values.as_slice() } else { &[] });
    let is_all =
        |test: fn(&Json) -> bool| cells.iter().all(|cell| matches!(cell, Cell::Array(_))) && members().all(test);
    if is_all(|value| value.is_string()) && members().next().is_some() {
        let what =
            "JSON arrays of words, which can be predicted; to learn from them, write each as one text".to_owned();
        return (ColumnKind::Lists, what);
    }
    let row = widths(cells, ModalityKind::Table);
    if row.as_ref().is_ok_and(|widths| !widths.is_empty() && widths.windows(2).all(|pair| pair[0] == pair[1])) {
        return (ColumnKind::Inline(ModalityKind::Table), "JSON arrays of as many numbers".to_owned());
    }
    match widths(cells, ModalityKind::Sensor) {
        Ok(channels) if channels.windows(2).all(|pair| pair[0] == pair[1]) => {
            let what = if row.is_ok() {
                "JSON arrays of numbers, of several lengths: a sample each"
            } else {
                "JSON arrays, a step each"
            };
            (ColumnKind::Inline(ModalityKind::Sensor), what.to_owned())
        }
        Ok(_) => (ColumnKind::Nested, "JSON arrays whose steps have several widths".to_owned()),
        Err(why) => (ColumnKind::Nested, format!("JSON values that no modality reads: {why}")),
    }
}

/// The width of each cell as a value of a kind: the numbers of a row, the channels of a series.
fn widths(cells: &[&Cell], kind: ModalityKind) -> Result<Vec<usize>, String> {
    let width = |cell: &&Cell| match (cell, kind.place(cell)) {
        (Cell::Array(_), Ok(Place::Value(Value::Row(row)))) if !row.is_empty() => Ok(row.len()),
        (Cell::Array(_), Ok(Place::Value(Value::Series(Series { channels, .. })))) => Ok(channels),
        (_, Err(fault)) => Err(shortened(&fault.to_string())),
        _ => Err(format!("{} among arrays", shortened(&cell.text().unwrap_or_default()))),
    };
    cells.iter().map(width).collect()
}

/// The modality whose files the cells name, of which the first ones are there.
fn paths(texts: &[String], folder: &Path) -> Option<(ModalityKind, String)> {
    let shown: Vec<&String> = texts.iter().take(MAX_PATHS).collect();
    let is_there = |kind: ModalityKind, text: &str| {
        let path = folder.join(text);
        match kind.is_folder() {
            true => path.is_dir() && crate::natural::files_in(&path, kind.extensions()).is_ok_and(|f| !f.is_empty()),
            false => path.is_file(),
        }
    };
    let kind = ModalityKind::ALL.iter().copied().find(|kind| match kind.is_folder() {
        true => shown.iter().all(|text| is_there(*kind, text)),
        // Where some of the files are missing, these rows are named when the data is opened.
        false => texts.iter().all(|text| has_extension(text, *kind)) && shown.iter().any(|text| is_there(*kind, text)),
    })?;
    Some((kind, format!("{} such as {:?}", if kind.is_folder() { "folders" } else { "files" }, texts[0])))
}

/// The number of different words, where cells hold several of few.
fn labels(texts: &[String]) -> Option<usize> {
    let several = texts.iter().filter(|text| text.contains(';')).count();
    let mut words: Vec<&str> = texts.iter().flat_map(|text| text.split(';').map(str::trim)).collect();
    let total = words.len();
    words.sort_unstable();
    words.dedup();
    let short = words.iter().all(|word| word.split_whitespace().count() <= 3);
    (5 * several >= texts.len() && short && words.len() <= MAX_CATEGORIES && 2 * words.len() <= total)
        .then_some(words.len())
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
