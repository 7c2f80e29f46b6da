//! The values of one item over the rows of a split.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

use crate::cache::ByteCache;
use crate::error::{BadRow, DataError, Fault};
use crate::manifest::Manifest;
use crate::modality::{Place, typed};
use crate::paths::Root;
use crate::pool::Pool;
use crate::{ColumnType, Item, ModalityConfig, ModalityKind, TableCell, Value};

/// Where the values of an item come from, one for each row.
#[derive(Clone, Debug)]
pub(crate) enum Column {
    Files { kind: ModalityKind, paths: Vec<Option<Arc<Path>>> },
    Inline(Vec<Option<Value>>),
    Pool { pool: Arc<Pool>, items: Vec<u32> },
}

/// What tells the values of a column apart without decoding them.
#[derive(PartialEq, Eq, Hash)]
pub(crate) enum Source<'a> {
    Item(u32),
    File(&'a Path),
    Row(usize),
}

impl<'a> Source<'a> {
    /// That of a row.
    pub fn of(column: &'a Column, row: usize) -> Self {
        match column {
            Column::Pool { items, .. } => Self::Item(items[row]),
            other => other.file(row).map_or(Self::Row(row), |file| Self::File(file)),
        }
    }
}

impl Column {
    /// The column of an item in a manifest. Cells that cannot be used become absent and are reported in `bad`.
    pub fn from_manifest(
        manifest: &Manifest,
        name: &str,
        config: &ModalityConfig,
        item: &Item,
        root: &Root,
        bad: &mut Vec<BadRow>,
    ) -> Result<Self, DataError> {
        let purpose = format!("modality {item}");
        if config.kind == ModalityKind::Table && !config.columns.is_empty() {
            let columns = config
                .columns
                .iter()
                .map(|column| Ok((manifest.input(&item.column(column), purpose.as_str())?, config.column_type(column))))
                .collect::<Result<Vec<_>, DataError>>()?;
            return Ok(Self::table(manifest, &columns, bad));
        }
        let column = manifest.input(&item.column(config.column.as_deref().unwrap_or(name)), purpose)?;
        let Some(column) = column else {
            return Ok(Self::Files { kind: config.kind, paths: vec![None; manifest.rows.len()] });
        };
        let folder = manifest.path.parent().unwrap_or(Path::new("")).to_owned();
        let report = |line: usize, fault: Fault, bad: &mut Vec<BadRow>| bad.push(manifest.bad_row(line, column, fault));
        let mut paths = Vec::with_capacity(manifest.rows.len());
        let mut inline = Vec::with_capacity(manifest.rows.len());
        for row in &manifest.rows {
            let cell = &row.cells[column];
            let (path, value) = match (cell.is_absent(), config.kind.place(cell)) {
                (true, _) => (None, None),
                (_, Ok(Place::File(path))) => {
                    let path = folder.join(path);
                    match root.check(&path) {
                        Ok(()) if path.exists() => (Some(Arc::from(path)), None),
                        Ok(()) => {
                            report(row.line, Fault::MissingFile { path }, bad);
                            (None, None)
                        }
                        Err(fault) => {
                            report(row.line, Fault::of_file(&path, fault), bad);
                            (None, None)
                        }
                    }
                }
                (_, Ok(Place::Value(value))) => (None, Some(value)),
                (_, Err(fault)) => {
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
                match config.kind.decode(path) {
                    Ok(decoded) => *value = Some(decoded),
                    Err(fault) => report(row.line, fault, bad),
                }
            }
        }
        Ok(Self::Inline(inline))
    }

    fn table(manifest: &Manifest, columns: &[(Option<usize>, ColumnType)], bad: &mut Vec<BadRow>) -> Self {
        let values = manifest.rows.iter().map(|row| {
            let mut cells = Vec::with_capacity(columns.len());
            for (column, kind) in columns {
                let cell = column.map_or(Ok(TableCell::Absent), |column| {
                    typed(&row.cells[column], *kind).map_err(|fault| manifest.bad_row(row.line, column, fault))
                });
                cells.push(cell.unwrap_or_else(|fault| {
                    bad.push(fault);
                    TableCell::Absent
                }));
            }
            cells.iter().any(|cell| *cell != TableCell::Absent).then_some(Value::Row(cells))
        });
        Self::Inline(values.collect())
    }

    /// Whether values are decoded from files.
    pub fn is_files(&self) -> bool {
        match self {
            Self::Files { .. } => true,
            Self::Inline(_) => false,
            Self::Pool { pool, .. } => pool.is_files(),
        }
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
                Some(path) => cache.get(path, || kind.decode(path)).map(|value| Some(Arc::unwrap_or_clone(value))),
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

    /// What tells a row's value from others: its file, or the value itself.
    pub fn hash_row(&self, row: usize, hasher: &mut impl Hasher) {
        match self {
            Self::Files { paths, .. } => paths[row].hash(hasher),
            Self::Pool { items, .. } => items[row].hash(hasher),
            Self::Inline(values) => match &values[row] {
                None => hasher.write_u8(0),
                Some(value) => value.hash_into(hasher),
            },
        }
    }

    /// The number of different values.
    pub fn n_distinct(&self) -> usize {
        match self {
            Self::Files { paths, .. } => paths.iter().flatten().collect::<HashSet<_>>().len(),
            Self::Inline(values) => {
                let hash = |value: &Value| {
                    let mut hasher = DefaultHasher::new();
                    value.hash_into(&mut hasher);
                    hasher.finish()
                };
                values.iter().flatten().map(hash).collect::<HashSet<_>>().len()
            }
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
