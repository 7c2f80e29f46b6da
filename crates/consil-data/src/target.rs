//! Typed targets: what is to be learned of each row.
//!
//! `data.target = "result"` names one column of classes. `[data.target.NAME]` tables name several targets, each of a
//! [`TargetKind`] with the weight of its loss. A cell is parsed by its kind when the manifest is read, so that what is
//! wrong with it has a row and a column:
//!
//! | kind | a cell | JSON |
//! |---|---|---|
//! | `class` | one label | a string, number or truth value |
//! | `labels` | labels with the separator between them, `;` unless named; nothing for none | an array of labels |
//! | `number` | a finite number | a number |
//! | `numbers` | several `columns` of one number each, or numbers with the separator between them | an array of numbers |
//! | `sequence` | symbols with white space, or the separator if named, between them | an array of symbols |
//! | `facts` | ground facts with the separator between them | an array of strings |
//!
//! Labels are compared as text after Unicode normalisation (NFC); what a label means as a term of the rules is for the
//! reader of [`TargetRef::Class`] to say.

mod config;
mod parse;

use std::collections::{BTreeMap, BTreeSet};

pub use config::{TargetConfig, TargetKind, TargetsConfig};

use crate::categories::Categories;
use crate::error::{BadRow, DataError};
use crate::manifest::Manifest;

/// The targets of a split, by name.
pub(crate) type Targets = BTreeMap<String, TargetColumn>;

/// One target over the rows of a split.
#[derive(Clone, Debug)]
pub struct TargetColumn {
    config: TargetConfig,
    /// The manifest columns that it was read from.
    columns: Vec<String>,
    values: Values,
}

#[derive(Clone, Debug)]
enum Values {
    /// Few labels and many rows: a code for each row.
    Classes(Categories),
    Other(Vec<Option<Target>>),
}

/// The value of one target in one row.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Target {
    /// One of several classes.
    Class(String),
    /// A set of labels, which may be empty.
    Labels(BTreeSet<String>),
    /// A finite number.
    Number(f64),
    /// Finite numbers, as many in each row.
    Numbers(Vec<f64>),
    /// Symbols in order.
    Sequence(Vec<String>),
    /// Ground facts that should follow, as written.
    Facts(Vec<String>),
}

/// The value of one target in one row, borrowed from its column.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum TargetRef<'a> {
    /// One of several classes.
    Class(&'a str),
    /// A set of labels, which may be empty.
    Labels(&'a BTreeSet<String>),
    /// A finite number.
    Number(f64),
    /// Finite numbers, as many in each row.
    Numbers(&'a [f64]),
    /// Symbols in order.
    Sequence(&'a [String]),
    /// Ground facts that should follow, as written.
    Facts(&'a [String]),
}

impl TargetColumn {
    /// A target of classes that were derived rather than read.
    pub(crate) fn of_classes(name: &str, classes: Categories) -> Self {
        Self {
            config: TargetConfig::new(TargetKind::Class),
            columns: vec![name.to_owned()],
            values: Values::Classes(classes),
        }
    }

    /// Reads a target's columns; cells that cannot be used are absent and reported in `bad`, as are absent ones where
    /// each row must have a target.
    pub(crate) fn read(
        manifest: &Manifest,
        name: &str,
        config: &TargetConfig,
        is_required: bool,
        bad: &mut Vec<BadRow>,
    ) -> Result<Self, DataError> {
        let columns = config.columns_of(name);
        let purpose = if columns == [name] { "data.target".to_owned() } else { format!("data.target.{name}") };
        let at =
            columns.iter().map(|column| manifest.column(column, purpose.as_str())).collect::<Result<Vec<_>, _>>()?;
        let mut width = None;
        let mut values = Vec::with_capacity(manifest.rows.len());
        for row in &manifest.rows {
            let cells: Vec<_> = at.iter().map(|column| &row.cells[*column]).collect();
            let value = match parse::target(&cells, config, &mut width) {
                Ok(None) if is_required => {
                    bad.push(manifest.bad_row(row.line, at[0], crate::Fault::NoTarget));
                    None
                }
                Ok(value) => value,
                Err((nth, fault)) => {
                    bad.push(manifest.bad_row(row.line, at[nth], fault));
                    None
                }
            };
            values.push(value);
        }
        let values = match config.kind {
            TargetKind::Class => Values::Classes(
                values
                    .into_iter()
                    .map(|value| match value {
                        Some(Target::Class(label)) => Some(label),
                        _ => None,
                    })
                    .collect(),
            ),
            _ => Values::Other(values),
        };
        Ok(Self { config: config.clone(), columns, values })
    }

    /// What it holds.
    pub fn kind(&self) -> TargetKind {
        self.config.kind
    }

    /// The weight of its loss among those of the other targets.
    pub fn weight(&self) -> f64 {
        self.config.weight
    }

    /// The configuration that it was read by.
    pub fn config(&self) -> &TargetConfig {
        &self.config
    }

    /// The manifest columns that it was read from.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The value in a row; none where it is absent.
    pub fn get(&self, row: usize) -> Option<TargetRef<'_>> {
        match &self.values {
            Values::Classes(classes) => classes.get(row).map(TargetRef::Class),
            Values::Other(values) => values[row].as_ref().map(Target::borrow),
        }
    }

    /// The classes, labels or symbols that occur, sorted; none for numbers and facts.
    pub fn distinct(&self) -> Vec<&str> {
        match &self.values {
            Values::Classes(classes) => classes.distinct(),
            Values::Other(values) => {
                let mut found = BTreeSet::new();
                for value in values.iter().flatten() {
                    match value {
                        Target::Labels(labels) => found.extend(labels.iter().map(String::as_str)),
                        Target::Sequence(symbols) => found.extend(symbols.iter().map(String::as_str)),
                        _ => {}
                    }
                }
                found.into_iter().collect()
            }
        }
    }

    /// The same target for a choice of rows.
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        let values = match &self.values {
            Values::Classes(classes) => Values::Classes(classes.select(rows)),
            Values::Other(values) => Values::Other(rows.iter().map(|row| values[*row].clone()).collect()),
        };
        Self { config: self.config.clone(), columns: self.columns.clone(), values }
    }
}

impl Target {
    /// The value, borrowed.
    pub fn borrow(&self) -> TargetRef<'_> {
        match self {
            Self::Class(label) => TargetRef::Class(label),
            Self::Labels(labels) => TargetRef::Labels(labels),
            Self::Number(number) => TargetRef::Number(*number),
            Self::Numbers(numbers) => TargetRef::Numbers(numbers),
            Self::Sequence(symbols) => TargetRef::Sequence(symbols),
            Self::Facts(facts) => TargetRef::Facts(facts),
        }
    }
}

#[cfg(test)]
mod tests;
