//! A guess at what the columns of a manifest hold, for a spec to start from.
//!
//! Nothing is guessed when a spec is run: what this finds is printed with its reasons, written into the new spec, and from
//! then on read there. A column is, by the first rule that all of its present cells meet:
//!
//! | kind | rule |
//! |---|---|
//! | ignored | one value in all rows; JSON values that no modality reads |
//! | id | another value in each row, and a name such as `id`, or numbers that count up in the first column |
//! | path | names of files (or folders of frames) of a modality, of which the first are there |
//! | series | JSON arrays of arrays, or of numbers, of which not all have one length |
//! | numbers | JSON arrays of as many numbers |
//! | labels | JSON arrays of words; words with `;` between them |
//! | boolean | two truth values |
//! | number | finite numbers |
//! | date | dates that are written unambiguously |
//! | category | at most 50 values, each in two rows on average |
//! | text | anything else |
//!
//! The target is the column called `target`, or else the first of `label`, `class` and so on to `y` that there is, or else the
//! last column that can be one. A spelling of an absent value (`NA`, `none`) that many of its rows have is one of its classes.

mod kind;
mod near;
mod spec;

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::{BadRow, DataError, is_absent_spelling};
use crate::file::{self, Encoding, FileFault};
use crate::manifest::{Cell, Format, Manifest};
use crate::target::{TargetConfig, TargetKind, TargetsConfig};
use crate::{ColumnType, DataConfig, ModalityConfig, ModalityKind};

pub use kind::ColumnKind;

/// What a manifest's columns seem to hold.
#[derive(Clone, Debug)]
pub struct Inferred {
    /// The columns from the left.
    pub columns: Vec<InferredColumn>,
    /// The column to learn, and what kind of target it is.
    pub target: Option<(String, TargetKind)>,
    /// The rows that can be read.
    pub n_rows: usize,
    /// Those that cannot.
    pub bad: Vec<BadRow>,
    /// The `[data]` section: the manifest, its format, target, id, group and absent cells.
    pub data: DataConfig,
    /// The `[modality.NAME]` sections.
    pub modalities: BTreeMap<String, ModalityConfig>,
}

/// What one column seems to hold.
#[derive(Clone, Debug, PartialEq)]
pub struct InferredColumn {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// What it is used for: `target`, `id`, `group`, the modality that it is an input of, or nothing.
    pub used_as: Option<String>,
    /// Why, in a few words.
    pub reason: String,
    /// Rows without a value.
    pub n_absent: usize,
    /// Different values.
    pub n_distinct: usize,
}

/// The name of the modality that all columns of numbers, categories, truth values and dates become.
const TABLE: &str = "values";

/// Infers what the columns of a manifest hold.
///
/// # Errors
/// A file that cannot be read, or that has no rows or no columns.
pub fn infer(path: &Path) -> Result<Inferred, DataError> {
    let encoding = encoding(path)?;
    let mut bad = Vec::new();
    let plain = Manifest::read(path, Format { encoding, ..Format::default() }, &mut bad)?;
    if plain.rows.is_empty() {
        return if bad.is_empty() {
            Err(DataError::NoRows { path: path.to_owned(), has_header: !plain.columns.is_empty() })
        } else {
            Err(DataError::Rows(bad))
        };
    }
    let mut absent = absent_spellings(&plain);
    let folder = path.parent().unwrap_or(Path::new(""));
    let read = |absent: &[String]| -> Vec<InferredColumn> {
        (0..plain.columns.len()).map(|at| kind::column(&plain, at, absent, folder)).collect()
    };
    let mut columns = read(&absent);
    // A target of one class besides those that are spelled like absent cells is one only with these.
    let learned = find_target(&columns, plain.rows.len()).or_else(|| find_target(&read(&[]), plain.rows.len()));
    let classes = match learned {
        Some((at, ..)) => absent_classes(&plain, at, &absent)?,
        None => Vec::new(),
    };
    if !classes.is_empty() {
        absent.retain(|spelling| !classes.contains(spelling));
        columns = read(&absent);
    }
    let target = target(&mut columns, plain.rows.len(), &classes);
    let group = group(&mut columns);
    let id = columns.iter_mut().find(|column| column.kind == ColumnKind::Id).map(|column| {
        column.used_as = Some("id".to_owned());
        column.name.clone()
    });
    let modalities = modalities(&mut columns);
    let data = DataConfig {
        train: path.file_name().map(Into::into),
        target: target.as_ref().map(|(name, kind)| match kind {
            TargetKind::Class => TargetsConfig::Class(name.clone()),
            other => TargetsConfig::Named(BTreeMap::from([(name.clone(), TargetConfig::new(*other))])),
        }),
        id,
        group,
        absent: [String::new()].into_iter().chain(absent).collect(),
        encoding,
        ..DataConfig::default()
    };
    Ok(Inferred { columns, target, n_rows: plain.rows.len(), bad, data, modalities })
}

/// UTF-8 unless the bytes are not.
fn encoding(path: &Path) -> Result<Encoding, DataError> {
    match file::text(path, Encoding::Utf8) {
        Ok(_) => Ok(Encoding::Utf8),
        Err(FileFault::Encoding { encoding: "UTF-8", .. }) => Ok(Encoding::Latin1),
        Err(fault) => Err(DataError::File { path: path.to_owned(), fault }),
    }
}

/// The spellings of an absent value: those that a spec takes for one by itself, and those that occur in columns whose other
/// cells are all numbers, truth values or dates.
fn absent_spellings(manifest: &Manifest) -> Vec<String> {
    let mut found = std::collections::BTreeSet::new();
    for at in 0..manifest.columns.len() {
        let cells = manifest.rows.iter().filter_map(|row| match &row.cells[at] {
            Cell::Text(text) => Some(text.as_str()),
            _ => None,
        });
        let (spelled, others): (Vec<&str>, Vec<&str>) = cells.partition(|cell| is_absent_spelling(cell));
        if !spelled.is_empty() && !others.is_empty() && others.iter().all(|cell| kind::is_typed(cell)) {
            found.extend(spelled.into_iter().map(str::to_owned));
        }
    }
    found.extend(DataConfig::default().absent.into_iter().filter(|spelling| !spelling.is_empty()));
    found.into_iter().collect()
}

/// The spellings of an absent value that are classes of the target: those of a twentieth of its rows, and of two at least, where
/// its other cells are words.
fn absent_classes(manifest: &Manifest, target: usize, absent: &[String]) -> Result<Vec<String>, DataError> {
    let cell = |row: &'_ crate::manifest::Row, at: usize| match &row.cells[at] {
        Cell::Text(text) => Some(text.clone()),
        _ => None,
    };
    let cells: Vec<String> = manifest.rows.iter().filter_map(|row| cell(row, target)).collect();
    if cells.iter().filter(|cell| !absent.contains(cell)).all(|cell| near::is_number(cell)) {
        return Ok(Vec::new());
    }
    let count = |spelling: &String| cells.iter().filter(|cell| *cell == spelling).count();
    let frequent = |spelling: &&String| count(spelling) >= (manifest.rows.len() / 20).max(2);
    let classes: Vec<String> = absent.iter().filter(frequent).cloned().collect();
    for at in (0..manifest.columns.len()).filter(|at| *at != target) {
        let others: Vec<String> = manifest.rows.iter().filter_map(|row| cell(row, at)).collect();
        let is_typed = others.iter().filter(|cell| !absent.contains(cell)).all(|cell| kind::is_typed(cell));
        let Some(spelling) = classes.iter().find(|spelling| is_typed && others.contains(spelling)) else { continue };
        return Err(DataError::AbsentClass {
            spelling: spelling.clone(),
            target: manifest.columns[target].clone(),
            n_rows: count(spelling),
            column: manifest.columns[at].clone(),
        });
    }
    Ok(classes)
}

/// Names of columns that are usually learned, the surest first.
const TARGETS: [&str; 10] =
    ["target", "label", "labels", "class", "outcome", "result", "diagnosis", "answer", "category", "y"];
/// Names of columns whose rows belong together.
const GROUPS: [&str; 7] = ["group", "speaker", "patient", "subject", "person", "user", "site"];

fn is_named(column: &InferredColumn, names: &[&str]) -> bool {
    let name = column.name.to_lowercase();
    let name = name.strip_suffix("_id").unwrap_or(&name);
    names.contains(&name)
}

/// The column that is to be learned, what kind of target it is, and why it is this one.
fn find_target(columns: &[InferredColumn], n_rows: usize) -> Option<(usize, TargetKind, String)> {
    let kind = |column: &InferredColumn| match column.kind {
        _ if column.n_distinct < 2 => None,
        ColumnKind::Labels | ColumnKind::Lists => Some(TargetKind::Labels),
        ColumnKind::Category | ColumnKind::Boolean => Some(TargetKind::Class),
        // Few whole numbers, each in several rows, are the numbers of classes.
        ColumnKind::Number { is_whole: true } if column.n_distinct <= 20 && 5 * column.n_distinct <= n_rows => {
            Some(TargetKind::Class)
        }
        ColumnKind::Number { .. } => Some(TargetKind::Number),
        _ => None,
    };
    let called = |name: &&str| columns.iter().position(|column| is_named(column, &[*name]));
    // A column called `target` is the target or nothing is; of the other names each may be that of something else.
    if let Some(at) = called(&TARGETS[0]) {
        return Some((at, kind(&columns[at])?, "a column of this name is the target".to_owned()));
    }
    let learned = |at: &usize| kind(&columns[*at]).is_some();
    let mut named = TARGETS.iter().filter_map(|name| called(name).filter(learned));
    let (at, reason) = match (named.next(), named.next()) {
        (Some(at), Some(other)) => (at, format!("named as a target, more surely than `{}`", columns[other].name)),
        (Some(at), None) => (at, "named as a target".to_owned()),
        (None, _) => ((0..columns.len()).rev().find(learned)?, "the last column that can be learned".to_owned()),
    };
    Some((at, kind(&columns[at])?, reason))
}

fn target(columns: &mut [InferredColumn], n_rows: usize, classes: &[String]) -> Option<(String, TargetKind)> {
    let (at, found, reason) = find_target(columns, n_rows)?;
    let column = &mut columns[at];
    column.used_as = Some("target".to_owned());
    column.reason = format!("{}; {reason}", column.reason);
    if !classes.is_empty() {
        let spelled = classes.iter().map(|class| format!("{class:?}")).collect::<Vec<_>>().join(", ");
        column.reason += &format!("; {spelled} is one of its classes, not an absent cell");
    }
    Some((column.name.clone(), found))
}

fn group(columns: &mut [InferredColumn]) -> Option<String> {
    let free = |column: &&mut InferredColumn| column.used_as.is_none() && is_named(column, &GROUPS);
    let column = columns.iter_mut().filter(free).find(|column| {
        matches!(column.kind, ColumnKind::Category | ColumnKind::Text | ColumnKind::Number { is_whole: true })
    })?;
    column.used_as = Some("group".to_owned());
    Some(column.name.clone())
}

fn modalities(columns: &mut [InferredColumn]) -> BTreeMap<String, ModalityConfig> {
    let mut modalities: BTreeMap<String, ModalityConfig> = BTreeMap::new();
    let table = if columns.iter().any(|column| column.name == TABLE) { "row" } else { TABLE };
    for column in columns.iter_mut().filter(|column| column.used_as.is_none()) {
        let kind = match &column.kind {
            ColumnKind::Number { .. } | ColumnKind::Boolean | ColumnKind::Category | ColumnKind::Date => {
                let config =
                    modalities.entry(table.to_owned()).or_insert_with(|| ModalityConfig::new(ModalityKind::Table));
                config.columns.push(column.name.clone());
                match column.kind {
                    ColumnKind::Boolean => config.types.insert(column.name.clone(), ColumnType::Boolean),
                    ColumnKind::Category => config.types.insert(column.name.clone(), ColumnType::Category),
                    ColumnKind::Date => config.types.insert(column.name.clone(), ColumnType::Date),
                    _ => None,
                };
                column.used_as = Some(table.to_owned());
                continue;
            }
            ColumnKind::Text | ColumnKind::Labels => ModalityKind::Text,
            ColumnKind::Inline(kind) | ColumnKind::Path(kind) => *kind,
            ColumnKind::Id | ColumnKind::Constant | ColumnKind::Lists | ColumnKind::Nested => continue,
        };
        let name = modality_name(&column.name);
        let mut config = ModalityConfig::new(kind);
        config.column = (name != column.name).then(|| column.name.clone());
        column.used_as = Some(name.clone());
        modalities.insert(name, config);
    }
    modalities
}

/// A column's name as a modality's: letters, digits, `-` and `_`, so that rules and tables of a spec can write it.
fn modality_name(column: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '-' };
    let name: String = column.trim().chars().map(kept).collect();
    if name.is_empty() { "input".to_owned() } else { name }
}

#[cfg(test)]
mod tests;
