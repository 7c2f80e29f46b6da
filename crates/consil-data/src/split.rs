//! A split: rows of samples, decoded when they are asked for.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use consil_diagnostic::nearest;
use consil_random::Key;

use crate::cache::ByteCache;
use crate::categories::Categories;
use crate::column::Column;
use crate::error::{BadRow, DataError, Fault};
use crate::modality::AudioView;
use crate::target::{TargetColumn, TargetKind, TargetRef, Targets};
use crate::{Item, Value};

/// The name of the target that rules derive.
const DERIVED: &str = "target";

/// The training, validation or test rows of a data set.
///
/// Rows are numbered from 0. Methods that take a row panic if the split does not have it, as slices do. A split may be
/// read from several threads.
#[derive(Clone, Debug)]
pub struct Split {
    pub(crate) name: &'static str,
    /// The manifest; the class folder; empty for composed rows.
    pub(crate) file: PathBuf,
    /// The rows' lines in the manifest; empty where there is none.
    pub(crate) lines: Vec<usize>,
    pub(crate) n_rows: usize,
    pub(crate) columns: BTreeMap<Item, Column>,
    pub(crate) views: BTreeMap<String, AudioView>,
    pub(crate) concepts: BTreeMap<Item, Categories>,
    /// The texts of the manifest's columns that are not in `input_columns`.
    pub(crate) attributes: BTreeMap<String, Categories>,
    /// The columns of the manifest that are read as inputs and as nothing else.
    pub(crate) input_columns: Vec<String>,
    pub(crate) targets: Targets,
    pub(crate) group: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) cache: Arc<ByteCache>,
    pub(crate) key: Key,
}

impl Split {
    /// `train`, `valid` or `test`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.n_rows
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.n_rows == 0
    }

    /// The items of a sample, in order of their names.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.columns.keys()
    }

    /// Whether a row has a value of an item, without decoding it.
    ///
    /// # Errors
    /// An item that samples do not have.
    pub fn is_present(&self, row: usize, item: &Item) -> Result<bool, DataError> {
        Ok(self.column(item)?.is_present(row))
    }

    /// The decoded value of an item, or none where it is absent. Audio is at the configured rate and has its noise,
    /// which is a function of the seed, the split, the row and the item.
    ///
    /// # Errors
    /// An item that samples do not have, or a file that cannot be decoded (with its row).
    pub fn value(&self, row: usize, item: &Item) -> Result<Option<Value>, DataError> {
        let value = self.column(item)?.value(row, &self.cache).map_err(|fault| self.bad_row(row, item, fault))?;
        match (value, self.views.get(&item.modality)) {
            (Some(value), Some(view)) => {
                let key = self.key.child(&item.to_string()).at(row as u64);
                view.apply(value, key).map(Some).map_err(|fault| self.bad_row(row, item, fault))
            }
            (value, _) => Ok(value),
        }
    }

    /// The class to learn where there is one target of classes: the first by name; none where it is absent or not yet
    /// derived.
    pub fn target(&self, row: usize) -> Option<&str> {
        match self.class_target()?.get(row) {
            Some(TargetRef::Class(label)) => Some(label),
            _ => None,
        }
    }

    /// Whether the rows have targets.
    pub fn has_targets(&self) -> bool {
        !self.targets.is_empty()
    }

    /// The targets by name.
    pub fn targets(&self) -> impl Iterator<Item = (&str, &TargetColumn)> {
        self.targets.iter().map(|(name, target)| (name.as_str(), target))
    }

    /// The target of a name.
    pub fn target_column(&self, name: &str) -> Option<&TargetColumn> {
        self.targets.get(name)
    }

    /// The classes that occur in the target of [`Split::target`], sorted.
    pub fn labels(&self) -> Vec<&str> {
        self.class_target().map(TargetColumn::distinct).unwrap_or_default()
    }

    fn class_target(&self) -> Option<&TargetColumn> {
        self.targets.values().find(|target| target.kind() == TargetKind::Class)
    }

    /// Gives each row its class, as derived from the rules, in place of any other target.
    ///
    /// # Panics
    /// If there is not one target for each row.
    pub fn set_targets(&mut self, targets: Vec<String>) {
        assert_eq!(targets.len(), self.n_rows, "one target for each row of the {} split", self.name);
        let classes = targets.into_iter().map(Some).collect();
        self.targets = Targets::from([(DERIVED.to_owned(), TargetColumn::of_classes(DERIVED, classes))]);
    }

    /// The latent label of an item, which only evaluation may read.
    pub fn concept(&self, row: usize, item: &Item) -> Option<&str> {
        if let Some(concepts) = self.concepts.get(item) {
            return concepts.get(row);
        }
        match self.columns.get(item)? {
            Column::Pool { pool, items } => pool.label(items[row] as usize),
            Column::Files { .. } | Column::Inline(_) => None,
        }
    }

    /// What a row belongs to, by `data.group`.
    pub fn group(&self, row: usize) -> Option<&str> {
        self.attribute(row, self.group.as_deref()?)
    }

    /// The cell of a column of the manifest whose text is kept ([`open_with`](crate::open_with) says which), or an attribute of a pool item: `"voice.speaker"`.
    pub fn attribute(&self, row: usize, name: &str) -> Option<&str> {
        if let Some(column) = self.attributes.get(name) {
            return column.get(row);
        }
        let (item, attribute) = name.rsplit_once('.')?;
        self.columns.iter().find(|(i, _)| i.to_string() == item).and_then(|(_, column)| match column {
            Column::Pool { pool, items } => pool.attribute(items[row] as usize, attribute),
            Column::Files { .. } | Column::Inline(_) => None,
        })
    }

    /// The names that [`Split::attribute`] knows.
    pub fn attribute_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.attributes.keys().cloned().collect();
        for (item, column) in &self.columns {
            if let Column::Pool { pool, .. } = column {
                names.extend(pool.attribute_names().map(|attribute| format!("{item}.{attribute}")));
            }
        }
        names
    }

    /// Whether a column of the manifest is read as inputs and its text is not kept.
    pub(crate) fn is_input_alone(&self, column: &str) -> bool {
        self.input_columns.iter().any(|input| input == column)
    }

    /// A cell of a text column, such as a row's own query or facts: any column of the manifest that holds no
    /// input, and those that were named when the data was opened ([`open_with`](crate::open_with)).
    ///
    /// # Errors
    /// A column that the rows do not have, or whose text is not kept; `purpose` says what it is wanted for.
    pub fn text(&self, row: usize, column: &str, purpose: &str) -> Result<Option<&str>, DataError> {
        match self.attributes.get(column) {
            Some(cells) => Ok(cells.get(row)),
            None if self.is_input_alone(column) => {
                Err(DataError::InputColumn { column: column.to_owned(), purpose: purpose.to_owned() })
            }
            None => {
                let found: Vec<String> = self.attributes.keys().chain(&self.input_columns).cloned().collect();
                Err(DataError::UnknownColumn {
                    file: self.file.clone(),
                    column: column.to_owned(),
                    purpose: purpose.to_owned(),
                    nearest: nearest(column, found.iter().map(String::as_str)).map(str::to_owned),
                    found,
                })
            }
        }
    }

    /// The file that a cell of a text column names, relative to the manifest, such as a row's own rules.
    ///
    /// # Errors
    /// As [`Split::text`], and a file that does not exist (with its row).
    pub fn path(&self, row: usize, column: &str, purpose: &str) -> Result<Option<PathBuf>, DataError> {
        let Some(cell) = self.text(row, column, purpose)? else { return Ok(None) };
        let path = self.file.parent().unwrap_or(Path::new("")).join(cell);
        match path.is_file() {
            true => Ok(Some(path)),
            false => Err(DataError::Rows(vec![self.refused(row, column, Fault::MissingFile { path })])),
        }
    }

    /// A row whose cell of a column cannot be used, for what only the reader of the cell can know: a query that does not
    /// parse, say ([`Fault::Refused`]).
    pub fn refused(&self, row: usize, column: &str, fault: Fault) -> BadRow {
        let line = self.lines.get(row).copied();
        BadRow { file: self.file.clone(), row: line, column: Some(column.to_owned()), fault }
    }

    /// What the column `data.id` calls a row.
    pub fn row_id(&self, row: usize) -> Option<&str> {
        self.attribute(row, self.id.as_deref()?)
    }

    /// The column `data.id`, where the spec names one.
    pub fn id_column(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// A name for a row: its line in the manifest, its file in a class folder, or its number.
    pub fn id(&self, row: usize) -> String {
        if let Some(line) = self.lines.get(row) {
            let file = self.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            return format!("{file}:{line}");
        }
        let file = self.columns.values().find_map(|column| column.file(row));
        match file.and_then(|file| file.strip_prefix(&self.file).ok()) {
            Some(file) if !self.file.as_os_str().is_empty() => file.display().to_string(),
            _ => format!("{}-{row}", self.name),
        }
    }

    /// The number of different values of each modality.
    pub fn n_distinct(&self) -> BTreeMap<String, usize> {
        let mut distinct: BTreeMap<String, usize> = BTreeMap::new();
        let mut pools: BTreeMap<&str, std::collections::HashSet<u32>> = BTreeMap::new();
        for (item, column) in &self.columns {
            match column {
                // Items of a list may be drawn from one pool: what two of them share counts once.
                Column::Pool { items, .. } => pools.entry(&item.modality).or_default().extend(items),
                other => *distinct.entry(item.modality.clone()).or_default() += other.n_distinct(),
            }
        }
        distinct.extend(pools.into_iter().map(|(name, items)| (name.to_owned(), items.len())));
        distinct
    }

    /// How many independent rows the split is worth, for an interval around a share of its rows.
    ///
    /// Rows of a manifest or a folder are given as they are: those whose inputs are all the same say nothing new, and every
    /// other one does, however often one of its values recurs.
    ///
    /// Composed rows are drawn from pools, and rest on the items drawn: items that recur say nothing new, and a row that lacks
    /// a modality rests on no item of it. Of a modality with `d` different values that the share `f` of the rows has, the others `a` in number, `1 / (f²/d + (1 − f)²/a)` rows
    /// are independent (Kish 1965, Survey Sampling, §8.2: clusters of one size each); the scarcest modality decides.
    pub fn n_independent(&self) -> usize {
        if !self.is_composed() {
            return self.row_hashes().into_iter().collect::<HashSet<u64>>().len();
        }
        let of_modality = |(modality, distinct): (String, usize)| {
            let columns: Vec<&Column> =
                self.columns.iter().filter(|(item, _)| item.modality == modality).map(|(_, column)| column).collect();
            let present = columns.iter().flat_map(|column| (0..self.n_rows).filter(|row| column.is_present(*row)));
            let slots = (self.n_rows * columns.len()).max(1) as f64;
            let share = present.count() as f64 / slots;
            let absent = (1.0 - share) * self.n_rows as f64;
            let part = |share: f64, n: f64| if share > 0.0 { share * share / n.max(1.0) } else { 0.0 };
            let spread = part(share, distinct as f64) + part(1.0 - share, absent);
            if spread > 0.0 { (1.0 / spread).round() as usize } else { self.n_rows }
        };
        self.n_distinct().into_iter().map(of_modality).min().unwrap_or(self.n_rows).min(self.n_rows)
    }

    /// The rows that lack a value of every one of some modalities, each with what is wrong.
    pub fn without_any_of(&self, modalities: &[String]) -> Vec<(usize, BadRow)> {
        let of = |item: &Item| modalities.contains(&item.modality);
        let columns: Vec<&Column> =
            self.columns.iter().filter(|(item, _)| of(item)).map(|(_, column)| column).collect();
        let lacks = |row: &usize| columns.iter().all(|column| !column.is_present(*row));
        let bad = |row| (row, self.unusable(row, Fault::NoInput));
        (0..self.n_rows).filter(lacks).map(bad).collect()
    }

    /// A row from which a model cannot answer: nothing is there, or nothing that its networks see.
    pub fn unseen(&self, row: usize) -> BadRow {
        let is_empty = !self.columns.values().any(|column| column.is_present(row));
        self.unusable(row, if is_empty { Fault::NoInput } else { Fault::Unseen })
    }

    fn unusable(&self, row: usize, fault: Fault) -> BadRow {
        let line = self.lines.get(row).copied();
        BadRow { file: self.file.clone(), row: line, column: None, fault }
    }

    /// Whether rows are drawn from pools.
    pub(crate) fn is_composed(&self) -> bool {
        self.columns.values().any(|column| matches!(column, Column::Pool { .. }))
    }

    /// What tells the inputs of a row from those of others.
    pub(crate) fn row_hashes(&self) -> Vec<u64> {
        let hash = |row: usize| {
            let mut hasher = DefaultHasher::new();
            self.columns.values().for_each(|column| column.hash_row(row, &mut hasher));
            hasher.finish()
        };
        (0..self.n_rows).map(hash).collect()
    }

    /// The same split with a choice of rows, in that order. Noise follows the new row numbers.
    pub fn select(&self, rows: &[usize]) -> Self {
        let lines = if self.lines.is_empty() { Vec::new() } else { rows.iter().map(|row| self.lines[*row]).collect() };
        Self {
            lines,
            n_rows: rows.len(),
            columns: self.columns.iter().map(|(item, column)| (item.clone(), column.select(rows))).collect(),
            concepts: self.concepts.iter().map(|(item, column)| (item.clone(), column.select(rows))).collect(),
            attributes: self.attributes.iter().map(|(name, column)| (name.clone(), column.select(rows))).collect(),
            targets: self.targets.iter().map(|(name, target)| (name.clone(), target.select(rows))).collect(),
            input_columns: self.input_columns.clone(),
            id: self.id.clone(),
            name: self.name,
            file: self.file.clone(),
            views: self.views.clone(),
            group: self.group.clone(),
            cache: Arc::clone(&self.cache),
            key: self.key,
        }
    }

    pub(crate) fn renamed(mut self, name: &'static str) -> Self {
        self.name = name;
        self.key = self.key.child(name);
        self
    }

    pub(crate) fn column(&self, item: &Item) -> Result<&Column, DataError> {
        self.columns.get(item).ok_or_else(|| DataError::UnknownItem {
            split: self.name.to_owned(),
            item: item.to_string(),
            found: self.columns.keys().map(ToString::to_string).collect(),
        })
    }

    pub(crate) fn bad_row(&self, row: usize, item: &Item, fault: Fault) -> DataError {
        let file = match (self.lines.is_empty(), self.columns.get(item).and_then(|column| column.file(row))) {
            (true, Some(file)) => file.to_path_buf(),
            _ => self.file.clone(),
        };
        let row = self.lines.get(row).copied();
        DataError::Rows(vec![BadRow { file, row, column: row.map(|_| item.to_string()), fault }])
    }
}
