//! The rows of one file, for a model that is already trained; and rows without those that cannot be used.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use consil_random::Key;

use super::BadRows;
use super::opening::{Opening, TargetUse};
use crate::decoding::bad_values;
use crate::error::{BadRow, DataError, in_order};
use crate::pool::Part;
use crate::target::TargetsConfig;
use crate::{DataConfig, Inspection, ModalityConfig, Preparation, Split, inspect};

/// How [`open_rows`] reads a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowsOptions {
    /// What happens to rows that cannot be used.
    pub bad_rows: BadRows,
    /// Whether targets are left alone, whatever their cells hold: a prediction needs none.
    pub ignores_targets: bool,
}

/// The rows of one file.
#[derive(Clone, Debug)]
pub struct Rows {
    /// Those that can be used.
    pub split: Split,
    /// Those that were left out, once each, in order.
    pub skipped: Vec<BadRow>,
    /// What was cut and what was unknown in those that are left, once [`Rows::prepared`] has looked.
    pub inspection: Inspection,
}

impl Rows {
    /// Prepares every value once as the trained model does. Rows that it cannot take (series of other columns, numbers too
    /// far from the training data) are refused or left out, and what is cut or unknown in the others is counted.
    ///
    /// # Errors
    /// Rows that cannot be used and are not to be skipped, each once, or no row that can.
    pub fn prepared(
        mut self,
        preparations: &BTreeMap<String, Preparation>,
        bad_rows: BadRows,
    ) -> Result<Self, DataError> {
        self.inspection = inspect(&self.split, preparations)?;
        let bad = std::mem::take(&mut self.inspection.bad);
        self.without(bad, bad_rows)
    }

    /// Refuses or leaves out rows that cannot be used, each with what is wrong.
    ///
    /// # Errors
    /// Such rows where they are not to be skipped, or no row that is left.
    pub fn without(mut self, bad: Vec<(usize, BadRow)>, bad_rows: BadRows) -> Result<Self, DataError> {
        if bad.is_empty() {
            return Ok(self);
        }
        let rows: HashSet<usize> = bad.iter().map(|(row, _)| *row).collect();
        self.skipped.extend(bad.into_iter().map(|(_, bad)| bad));
        in_order(&mut self.skipped);
        if bad_rows == BadRows::Refuse {
            return Err(DataError::Rows(self.skipped));
        }
        let kept: Vec<usize> = (0..self.split.len()).filter(|row| !rows.contains(row)).collect();
        self.split = self.split.select(&kept);
        self.refuse_none()?;
        Ok(self)
    }

    fn refuse_none(&self) -> Result<(), DataError> {
        let n_rows = self.skipped.iter().map(|bad| (&bad.file, bad.row)).collect::<HashSet<_>>().len();
        match self.split.is_empty() {
            true => Err(DataError::NoneLeft { path: self.split.file.clone(), n_rows }),
            false => Ok(()),
        }
    }
}

/// Opens one manifest (or class folder) with a spec's modalities, for a trained model. Targets, groups, row names and
/// concepts are read where their columns are there, and a target may be absent or of a class that the spec does not
/// know. Pools and noise of the spec are left out. Every value is decoded once, so that each row that cannot be used is
/// found before anything is computed. `texts` is as in [`open_with`](crate::open_with).
///
/// # Errors
/// A file that cannot be read, a modality's column that is missing, bad rows that are not to be skipped (each once), or no
/// row that can be used.
pub fn open_rows(
    config: &DataConfig,
    modalities: &BTreeMap<String, ModalityConfig>,
    base: &Path,
    path: &Path,
    seed: u64,
    texts: &[&str],
    options: RowsOptions,
) -> Result<Rows, DataError> {
    let mut modalities = modalities.clone();
    for modality in modalities.values_mut() {
        modality.noise = None;
        modality.pool = None;
    }
    let mut config = DataConfig { source: None, compose: None, pool: BTreeMap::new(), ..config.clone() };
    if options.ignores_targets {
        config.target = None;
    }
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut bad = Vec::new();
    let split = loop {
        bad.clear();
        let opening = Opening::new(&config, &modalities, base, Key::new(seed), TargetUse::IfPresent)?.with_texts(texts);
        match opening.read(Part::Test, &path, &mut bad) {
            Err(DataError::UnknownColumn { column, .. }) if forget(&mut config, &mut modalities, &column) => {}
            read => break read?,
        }
    };
    let split = without_bad(split, &mut bad)?;
    in_order(&mut bad);
    if options.bad_rows == BadRows::Refuse && !bad.is_empty() {
        return Err(DataError::Rows(bad));
    }
    let rows = Rows { split, skipped: bad, inspection: Inspection::default() };
    rows.refuse_none()?;
    Ok(rows)
}

/// Leaves out a column that says what a model does not need; whether there was such a one.
fn forget(config: &mut DataConfig, modalities: &mut BTreeMap<String, ModalityConfig>, column: &str) -> bool {
    for known in [&mut config.group, &mut config.id] {
        if known.as_deref() == Some(column) {
            *known = None;
            return true;
        }
    }
    if let Some(targets) = &config.target {
        let mut named = targets.named(None);
        let before = named.len();
        named.retain(|name, target| !target.columns_of(name).iter().any(|of| of == column));
        if named.len() < before {
            config.target = (!named.is_empty()).then_some(TargetsConfig::Named(named));
            return true;
        }
    }
    // The items of a list have a concept column each: `digit.0`, `digit.1`.
    let is_of =
        |concept: &str| column.strip_prefix(concept).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let with_it = modalities.values_mut().find(|modality| modality.concept.as_deref().is_some_and(is_of));
    with_it.map(|modality| modality.concept = None).is_some()
}

/// The rows of a split that can be used; what is wrong with the others joins `bad`, which already holds what was wrong
/// with the manifest's cells.
pub(super) fn without_bad(split: Split, bad: &mut Vec<BadRow>) -> Result<Split, DataError> {
    let lines: HashSet<usize> = bad.iter().filter(|bad| bad.file == split.file).filter_map(|bad| bad.row).collect();
    let mut rows: HashSet<usize> =
        (split.lines.iter().enumerate()).filter(|(_, line)| lines.contains(line)).map(|(row, _)| row).collect();
    for (row, found) in bad_values(&split)? {
        rows.insert(row);
        bad.push(found);
    }
    if rows.is_empty() {
        return Ok(split);
    }
    let kept: Vec<usize> = (0..split.len()).filter(|row| !rows.contains(row)).collect();
    Ok(split.select(&kept))
}
