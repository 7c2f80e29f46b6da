//! The values of one item over the rows of a split.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;

use crate::cache::ByteCache;
use crate::decode::{decode, parse_number};
use crate::error::{BadRow, DataError, Fault};
use crate::manifest::{Cell, Manifest};
use crate::pool::Pool;
use crate::{Item, ModalityConfig, ModalityKind, Value};

/// Where the values of an item come from, one for each row.
#[derive(Clone, Debug)]
pub(crate) enum Column {
    Files { kind: ModalityKind, paths: Vec<Option<Arc<Path>>> },
    Inline(Vec<Option<Value>>),
    Pool { pool: Arc<Pool>, items: Vec<u32> },
}

impl Column {
    /// The column of an item in a manifest. Cells that cannot be used become absent and are reported in `bad`.
    pub fn from_manifest(
        manifest: &Manifest,
        name: &str,
        config: &ModalityConfig,
        item: &Item,
        bad: &mut Vec<BadRow>,
    ) -> Result<Self, DataError> {
        let purpose = format!("modality {item}");
        if config.kind == ModalityKind::Table && !config.columns.is_empty() {
            let columns = config
                .columns
                .iter()
                .map(|column| manifest.column(&item.column(column), purpose.as_str()))
                .collect::<Result<Vec<_>, _>>()?;
            return Ok(Self::table(manifest, &columns, bad));
        }
        let column = manifest.column(&item.column(config.column.as_deref().unwrap_or(name)), purpose)?;
        let folder = manifest.path.parent().unwrap_or(Path::new("")).to_owned();
        let report = |line: usize, fault: Fault, bad: &mut Vec<BadRow>| {
            bad.push(BadRow {
                file: manifest.path.clone(),
                row: Some(line),
                column: Some(manifest.columns[column].clone()),
                fault,
            });
        };
        let mut paths = Vec::with_capacity(manifest.rows.len());
        let mut inline = Vec::with_capacity(manifest.rows.len());
        for row in &manifest.rows {
            let (path, value) = match place(&row.cells[column], config.kind, &folder) {
                Ok(Place::Absent) => (None, None),
                Ok(Place::File(path)) if !path.exists() => {
                    report(row.line, Fault::MissingFile { path }, bad);
                    (None, None)
                }
                Ok(Place::File(path)) => (Some(Arc::from(path)), None),
                Ok(Place::Inline(value)) => (None, Some(value)),
                Err(fault) => {
                    report(row.line, fault, bad);
                    (None, None)
                }
            };
            paths.push(path);
            inline.push(value);
        }
        if inline.iter().all(Option::is_none) {
            return Ok(Self::Files { kind: config.kind, paths });
        }
        // A manifest may mix the two; the few files are then read at once.
        for ((path, value), row) in paths.iter().zip(&mut inline).zip(&manifest.rows) {
            if let Some(path) = path {
                match decode(path, config.kind) {
                    Ok(decoded) => *value = Some(decoded),
                    Err(fault) => report(row.line, fault, bad),
                }
            }
        }
        Ok(Self::Inline(inline))
    }

    fn table(manifest: &Manifest, columns: &[usize], bad: &mut Vec<BadRow>) -> Self {
        let values = manifest.rows.iter().map(|row| {
            let mut numbers = Vec::with_capacity(columns.len());
            for column in columns {
                match number(&row.cells[*column]) {
                    Ok(number) => numbers.push(number),
                    Err(fault) => {
                        bad.push(BadRow {
                            file: manifest.path.clone(),
                            row: Some(row.line),
                            column: Some(manifest.columns[*column].clone()),
                            fault,
                        });
                        numbers.push(f32::NAN);
                    }
                }
            }
            numbers.iter().any(|x| !x.is_nan()).then_some(Value::Row(numbers))
        });
        Self::Inline(values.collect())
    }

    pub fn is_present(&self, row: usize) -> bool {
        match self {
            Self::Files { paths, .. } => paths[row].is_some(),
            Self::Inline(values) => values[row].is_some(),
            Self::Pool { .. } => true,
        }
    }

    pub fn value(&self, row: usize, cache: &ByteCache) -> Result<Option<Value>, Fault> {
        match self {
            Self::Inline(values) => Ok(values[row].clone()),
            Self::Pool { pool, items } => pool.value(items[row] as usize, cache).map(Some),
            Self::Files { kind, paths } => match &paths[row] {
                None => Ok(None),
                Some(path) => cache.get(path, || decode(path, *kind)).map(|value| Some(Arc::unwrap_or_clone(value))),
            },
        }
    }

    /// The file of a row, where values are files.
    pub fn file(&self, row: usize) -> Option<&Arc<Path>> {
        match self {
            Self::Files { paths, .. } => paths[row].as_ref(),
            Self::Pool { pool, items } => pool.file(items[row] as usize),
            Self::Inline(_) => None,
        }
    }

    /// The number of different values.
    pub fn n_distinct(&self) -> usize {
        match self {
            Self::Files { paths, .. } => paths.iter().flatten().collect::<HashSet<_>>().len(),
            Self::Inline(values) => values.iter().flatten().count(),
            Self::Pool { items, .. } => items.iter().collect::<HashSet<_>>().len(),
        }
    }

    /// The same column for a choice of rows.
    pub fn select(&self, rows: &[usize]) -> Self {
        match self {
            Self::Files { kind, paths } => {
                Self::Files { kind: *kind, paths: rows.iter().map(|row| paths[*row].clone()).collect() }
            }
            Self::Inline(values) => Self::Inline(rows.iter().map(|row| values[*row].clone()).collect()),
            Self::Pool { pool, items } => {
                Self::Pool { pool: Arc::clone(pool), items: rows.iter().map(|row| items[*row]).collect() }
            }
        }
    }
}

enum Place {
    Absent,
    File(PathBuf),
    Inline(Value),
}

/// What a cell holds: a file's path, or for text, numbers and JSON arrays the value itself.
fn place(cell: &Cell, kind: ModalityKind, folder: &Path) -> Result<Place, Fault> {
    match (kind, cell) {
        (_, Cell::Absent | Cell::Empty) => Ok(Place::Absent),
        (ModalityKind::Text, Cell::Text(text)) if text.ends_with(".txt") => Ok(Place::File(folder.join(text))),
        (ModalityKind::Text, Cell::Text(text)) => Ok(Place::Inline(Value::Text(text.clone()))),
        (ModalityKind::Table, Cell::Text(text)) if !text.ends_with(".csv") => {
            parse_number(text).map(|x| Place::Inline(Value::Row(vec![x])))
        }
        (ModalityKind::Table, Cell::Number(x, _)) => Ok(Place::Inline(Value::Row(vec![*x as f32]))),
        (ModalityKind::Table, Cell::Array(values)) => numbers(values).map(|row| Place::Inline(Value::Row(row))),
        (ModalityKind::Sensor, Cell::Array(steps)) => series(steps).map(Place::Inline),
        (_, Cell::Text(path)) => Ok(Place::File(folder.join(path))),
        (_, other) => Err(Fault::JsonType { expected: "a path", found: other.text().unwrap_or_default() }),
    }
}

fn number(cell: &Cell) -> Result<f32, Fault> {
    match cell {
        Cell::Absent | Cell::Empty => Ok(f32::NAN),
        Cell::Number(x, _) => Ok(*x as f32),
        Cell::Text(text) => parse_number(text),
        Cell::Array(_) => Err(Fault::JsonType { expected: "a number", found: cell.text().unwrap_or_default() }),
    }
}

fn numbers(values: &[Json]) -> Result<Vec<f32>, Fault> {
    let number = |value: &Json| match value {
        Json::Null => Ok(f32::NAN),
        Json::Number(x) => Ok(x.as_f64().unwrap_or(f64::NAN) as f32),
        other => Err(Fault::JsonType { expected: "a number", found: other.to_string() }),
    };
    values.iter().map(number).collect()
}

/// A series as an array of time steps, each an array of channels (or one number).
fn series(steps: &[Json]) -> Result<Value, Fault> {
    let mut values = Vec::new();
    let mut channels = None;
    for step in steps {
        let row = match step {
            Json::Array(row) => numbers(row)?,
            one => numbers(std::slice::from_ref(one))?,
        };
        let expected = *channels.get_or_insert(row.len());
        if row.len() != expected {
            return Err(Fault::Channels { expected, found: row.len(), line: None });
        }
        values.extend(row);
    }
    match channels {
        Some(channels) if channels > 0 => Ok(Value::Series { channels, values }),
        _ => Err(Fault::JsonType { expected: "a series", found: "[]".to_owned() }),
    }
}
