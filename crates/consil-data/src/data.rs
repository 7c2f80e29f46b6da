//! Opening a data set.

mod opening;
mod rows;
mod unused;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use consil_random::Key;

use crate::cache::ByteCache;
use crate::error::{BadRow, DataError, Warning, in_order};
use crate::paths::resolve;
use crate::{DataConfig, ModalityConfig, Split, leakage};
use opening::{Opening, TargetUse};

pub use rows::{Rows, RowsOptions, open_rows};
pub use unused::{UnusedSetting, unused_settings};

/// A data set, opened.
#[derive(Clone, Debug)]
pub struct Data {
    /// The rows to learn from.
    pub train: Split,
    /// The rows to choose by.
    pub valid: Option<Split>,
    /// The rows to judge by.
    pub test: Split,
    /// What makes results doubtful.
    pub warnings: Vec<Warning>,
    /// The number of different values, by split and modality: composed rows may repeat items.
    pub distinct: BTreeMap<String, BTreeMap<String, usize>>,
    /// Rows that were left out because they cannot be used, where that was asked for.
    pub skipped: Vec<BadRow>,
}

/// What happens to rows that cannot be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BadRows {
    /// The data is refused, with all of them named.
    #[default]
    Refuse,
    /// They are left out, counted and listed.
    Skip,
}

impl Data {
    /// The splits there are, in order.
    pub fn splits(&self) -> impl Iterator<Item = &Split> {
        [Some(&self.train), self.valid.as_ref(), Some(&self.test)].into_iter().flatten()
    }
}

/// Opens the data of a spec whose folder is `base`. Files are looked for and decoded later.
///
/// # Errors
/// A configuration that names what does not exist, or rows that cannot be used: all of them, in [`DataError::Rows`].
pub fn open(
    config: &DataConfig,
    modalities: &BTreeMap<String, ModalityConfig>,
    base: &Path,
    seed: u64,
) -> Result<Data, DataError> {
    open_with(config, modalities, base, seed, BadRows::Refuse, &[])
}

/// Opens the data of a spec, and with [`BadRows::Skip`] without the rows that cannot be used: every value is then
/// decoded once to find them, and [`Data::skipped`] lists them.
///
/// `texts` names columns of the manifests whose cells are asked for as text, by [`Split::text`] or [`Split::attribute`], though
/// they may be inputs too. The columns that hold no input, `data.group` and `data.id` can always be asked for; what is named and
/// is not there is refused when it is asked for.
///
/// # Errors
/// As [`open`]; and a split of which no row is left.
pub fn open_with(
    config: &DataConfig,
    modalities: &BTreeMap<String, ModalityConfig>,
    base: &Path,
    seed: u64,
    bad_rows: BadRows,
    texts: &[&str],
) -> Result<Data, DataError> {
    let mut bad = Vec::new();
    let data = load(config, modalities, base, seed, texts, &mut bad);
    match bad_rows {
        BadRows::Refuse if bad.is_empty() => data,
        BadRows::Refuse => Err(DataError::Rows(bad)),
        BadRows::Skip => {
            let mut data = data?;
            data.train = rows::without_bad(data.train, &mut bad)?;
            data.valid = data.valid.map(|valid| rows::without_bad(valid, &mut bad)).transpose()?;
            data.test = rows::without_bad(data.test, &mut bad)?;
            in_order(&mut bad);
            finish(&mut data);
            data.skipped = bad;
            for split in data.splits() {
                refuse_empty(split, config)?;
            }
            Ok(data)
        }
    }
}

/// Opens the data and reports the rows that cannot be used in `bad`, where their values are absent.
pub(crate) fn load(
    config: &DataConfig,
    modalities: &BTreeMap<String, ModalityConfig>,
    base: &Path,
    seed: u64,
    texts: &[&str],
    bad: &mut Vec<BadRow>,
) -> Result<Data, DataError> {
    refuse_inconsistent(config, modalities, base)?;
    let source = Opening::new(config, modalities, base, Key::new(seed), TargetUse::Require)?.with_texts(texts);
    let (train, valid, test) = source.splits(bad)?;
    let mut data = Data { train, valid, test, warnings: Vec::new(), distinct: BTreeMap::new(), skipped: Vec::new() };
    if bad.is_empty() {
        for split in data.splits() {
            refuse_empty(split, config)?;
        }
    }
    finish(&mut data);
    Ok(data)
}

fn finish(data: &mut Data) {
    data.warnings = leakage::warnings(&data.splits().collect::<Vec<_>>());
    data.distinct = data.splits().map(|split| (split.name().to_owned(), split.n_distinct())).collect();
}

fn refuse_empty(split: &Split, config: &DataConfig) -> Result<(), DataError> {
    match split.is_empty() {
        true => Err(DataError::Empty { split: split.name(), groups: config.group.is_some() }),
        false => Ok(()),
    }
}

/// Refuses what no reading of files is needed for: targets among the inputs, one file for two splits, a separator that
/// no reader takes.
fn refuse_inconsistent(
    config: &DataConfig,
    modalities: &BTreeMap<String, ModalityConfig>,
    base: &Path,
) -> Result<(), DataError> {
    if let Some(separator) = config.separator.filter(|s| !s.is_ascii() || matches!(s, '"' | '\r' | '\n')) {
        return Err(DataError::Separator { separator });
    }
    modalities.iter().try_for_each(|(name, modality)| modality.check(name))?;
    if config.compose.is_none()
        && config.source.is_none()
        && let Some((name, _)) = modalities.iter().find(|(_, modality)| modality.pool.is_some())
    {
        return Err(DataError::UnusedPool { modality: name.clone() });
    }
    for (key, share) in [("valid", config.split.valid), ("test", config.split.test)] {
        if !(0.0..1.0).contains(&share) {
            let key = format!("data.split.{key}");
            return Err(DataError::Setting {
                key,
                value: share.to_string(),
                allowed: "at least 0 and below 1".to_owned(),
            });
        }
    }
    let targets = config.target.as_ref().map(|targets| targets.named(None)).unwrap_or_default();
    for (target, wanted) in &targets {
        if !(wanted.weight.is_finite() && wanted.weight > 0.0) {
            let key = format!("data.target.{target}.weight");
            let allowed = "a finite number above 0".to_owned();
            return Err(DataError::Setting { key, value: wanted.weight.to_string(), allowed });
        }
        for column in wanted.columns_of(target) {
            let is_input =
                |(name, modality): &(&String, &ModalityConfig)| modality.value_columns(name).contains(&column);
            if let Some((modality, _)) = modalities.iter().find(is_input) {
                return Err(DataError::TargetIsInput { column, target: target.clone(), modality: modality.clone() });
            }
        }
    }
    let named = [("train", &config.train), ("valid", &config.valid), ("test", &config.test)];
    let mut files: Vec<(&'static str, std::path::PathBuf)> = Vec::new();
    for (name, path) in named {
        let Some(path) = path else { continue };
        let path = resolve(base, path)?;
        let path = path.canonicalize().unwrap_or(path);
        if let Some((left, _)) = files.iter().find(|(_, other)| *other == path) {
            return Err(DataError::SameFile { left, right: name, path });
        }
        files.push((name, path));
    }
    Ok(())
}

fn new_cache(config: &DataConfig) -> Arc<ByteCache> {
    Arc::new(ByteCache::new(config.cache_mb.saturating_mul(1 << 20)))
}
