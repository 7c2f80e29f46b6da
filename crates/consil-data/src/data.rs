//! Opening a data set.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use consil_random::Key;

use crate::audio_view::AudioView;
use crate::cache::ByteCache;
use crate::categories::Categories;
use crate::column::Column;
use crate::compose::compose;
use crate::error::{BadRow, DataError, Fault, PoolFault, Warning, nearest};
use crate::folder::ClassFolder;
use crate::manifest::Manifest;
use crate::paths::resolve;
use crate::pool::{Part, Pool, PoolConfig};
use crate::{
    ComposeConfig, DataConfig, Embedded, Item, ModalityConfig, ModalityKind, Source, Split, folder, holdout, leakage,
};

/// The sizes of the composed demo, unless `[data.compose]` says otherwise.
const DEMO_SIZES: (usize, usize) = (6_000, 2_000);

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
    let mut bad = Vec::new();
    let data = load(config, modalities, base, seed, &mut bad);
    if bad.is_empty() { data } else { Err(DataError::Rows(bad)) }
}

/// Opens the data and reports the rows that cannot be used in `bad`, where their values are absent.
pub(crate) fn load(
    config: &DataConfig,
    modalities: &BTreeMap<String, ModalityConfig>,
    base: &Path,
    seed: u64,
    bad: &mut Vec<BadRow>,
) -> Result<Data, DataError> {
    let source = Opening {
        config,
        modalities,
        base,
        key: Key::new(seed),
        cache: Arc::new(ByteCache::new(config.cache_mb << 20)),
    };
    let compose = source.compose();
    let (train, valid, test) = match (&compose, &config.train) {
        (Some(compose), _) => source.composed(compose, bad)?,
        (None, Some(train)) => source.listed(train, bad)?,
        (None, None) => return Err(DataError::NoData),
    };
    for split in [Some(&train), valid.as_ref(), Some(&test)].into_iter().flatten() {
        if split.is_empty() && bad.is_empty() {
            return Err(DataError::Empty { split: split.name(), groups: config.group.is_some() });
        }
    }
    let mut data = Data { train, valid, test, warnings: Vec::new(), distinct: BTreeMap::new() };
    data.warnings = leakage::warnings(&data);
    data.distinct = data.splits().map(|split| (split.name().to_owned(), split.n_distinct())).collect();
    Ok(data)
}

struct Opening<'a> {
    config: &'a DataConfig,
    modalities: &'a BTreeMap<String, ModalityConfig>,
    base: &'a Path,
    key: Key,
    cache: Arc<ByteCache>,
}

type Splits = (Split, Option<Split>, Split);

impl Opening<'_> {
    fn compose(&self) -> Option<Cow<'_, ComposeConfig>> {
        match (&self.config.compose, self.config.source) {
            (Some(compose), _) => Some(Cow::Borrowed(compose)),
            (None, Some(Source::Demo)) => {
                let (train, test) = DEMO_SIZES;
                Some(Cow::Owned(ComposeConfig { train: Some(train), test: Some(test), ..ComposeConfig::default() }))
            }
            (None, None) => None,
        }
    }

    fn composed(&self, config: &ComposeConfig, bad: &mut Vec<BadRow>) -> Result<Splits, DataError> {
        let mut opened: BTreeMap<String, Arc<Pool>> = BTreeMap::new();
        let mut pools: BTreeMap<Item, Arc<Pool>> = BTreeMap::new();
        for (name, modality) in self.modalities {
            let (pool_name, pool) = self.pool(name, modality)?;
            let pool = match opened.get(&pool_name) {
                Some(pool) => Arc::clone(pool),
                None => Arc::new(Pool::open(&pool_name, &pool, modality.kind, self.base, bad)?),
            };
            if pool.kind != modality.kind {
                let reason = PoolFault::Kind { modality: name.clone(), expected: modality.kind, found: pool.kind };
                return Err(DataError::Pool { pool: pool_name, reason });
            }
            opened.insert(pool_name, Arc::clone(&pool));
            pools.extend(Item::of(name, modality.count).into_iter().map(|item| (item, Arc::clone(&pool))));
        }
        if pools.is_empty() {
            return Err(DataError::NoData);
        }
        let split = |part: Part| -> Result<Split, DataError> {
            let drawn = compose(config, &pools, part, self.key)?;
            let column = |(item, items)| {
                let pool = Arc::clone(&pools[&item]);
                (item, Column::Pool { pool, items })
            };
            let columns = drawn.items.into_iter().map(column).collect();
            let mut split = self.split(part, drawn.n_rows, columns);
            split.targets = drawn.labels.map(|labels| labels.into_iter().map(Some).collect());
            Ok(split)
        };
        let valid = (config.valid > 0).then(|| split(Part::Valid)).transpose()?;
        let splits = (split(Part::Train)?, valid, split(Part::Test)?);
        self.check_group(&splits.0)?;
        Ok(splits)
    }

    /// The pool of a modality: the one it names, or the demo's of its kind.
    fn pool(&self, name: &str, modality: &ModalityConfig) -> Result<(String, PoolConfig), DataError> {
        if let Some(pool) = &modality.pool {
            return match self.config.pool.get(pool) {
                Some(config) => Ok((pool.clone(), config.clone())),
                None => Err(DataError::UnknownPool {
                    modality: name.to_owned(),
                    pool: pool.clone(),
                    found: self.config.pool.keys().cloned().collect(),
                    nearest: nearest(pool, self.config.pool.keys().map(String::as_str)),
                }),
            };
        }
        match (self.config.source, Embedded::of_kind(modality.kind)) {
            (Some(Source::Demo), Some(embedded)) => {
                Ok((embedded.name().to_owned(), PoolConfig { embedded: Some(embedded), ..PoolConfig::default() }))
            }
            _ => Err(DataError::NoPool { modality: name.to_owned() }),
        }
    }

    fn listed(&self, train: &Path, bad: &mut Vec<BadRow>) -> Result<Splits, DataError> {
        let whole = self.read(Part::Train, train, bad)?;
        let valid = self.config.valid.as_ref().map(|path| self.read(Part::Valid, path, bad)).transpose()?;
        let test = self.config.test.as_ref().map(|path| self.read(Part::Test, path, bad)).transpose()?;
        let fraction = |given: bool, fraction: f64| if given { 0.0 } else { fraction };
        let split = self.config.split;
        let parts = holdout::parts(
            &whole,
            fraction(valid.is_some(), split.valid),
            fraction(test.is_some(), split.test),
            self.key.child("hold out"),
        );
        let [rows_train, rows_valid, rows_test] = parts;
        let valid = valid.or_else(|| (!rows_valid.is_empty()).then(|| whole.select(&rows_valid).renamed("valid")));
        let test = test.unwrap_or_else(|| whole.select(&rows_test).renamed("test"));
        let train = if rows_train.len() == whole.len() { whole } else { whole.select(&rows_train) };
        Ok((train, valid, test))
    }

    fn read(&self, part: Part, path: &Path, bad: &mut Vec<BadRow>) -> Result<Split, DataError> {
        let path = resolve(self.base, path)?;
        if path.is_dir() {
            let (name, modality) = match self.modalities.iter().next() {
                Some(only) if self.modalities.len() == 1 && only.1.count.is_none() => only,
                _ => return Err(DataError::FolderModalities { path, found: self.modalities.len() }),
            };
            let ClassFolder { paths, labels } = folder::read(&path, modality.kind)?;
            self.check_classes(&path, &labels, bad);
            let n_rows = paths.len();
            let column = Column::Files { kind: modality.kind, paths };
            let mut split = self.split(part, n_rows, BTreeMap::from([(Item::new(name.as_str()), column)]));
            split.targets = Some(labels);
            split.file = path;
            return Ok(split);
        }
        let manifest = Manifest::read(&path, &self.config.absent, bad)?;
        let mut columns = BTreeMap::new();
        let mut concepts = BTreeMap::new();
        for (name, modality) in self.modalities {
            for item in Item::of(name, modality.count) {
                columns.insert(item.clone(), Column::from_manifest(&manifest, name, modality, &item, bad)?);
                if let Some(concept) = &modality.concept {
                    let at = manifest.column(&item.column(concept), format!("the concept of modality {item}"))?;
                    concepts.insert(item, manifest.texts(at).into_iter().collect());
                }
            }
        }
        let mut split = self.split(part, manifest.rows.len(), columns);
        split.concepts = concepts;
        split.lines = manifest.rows.iter().map(|row| row.line).collect();
        if let Some(target) = &self.config.target {
            let at = manifest.column(target, "data.target")?;
            let targets: Categories = manifest.texts(at).into_iter().collect();
            self.check_targets(&manifest, target, &targets, bad);
            split.targets = Some(targets);
        }
        if let Some(group) = &self.config.group {
            manifest.column(group, "data.group")?;
        }
        split.attributes = self.attributes(&manifest);
        split.file = manifest.path;
        Ok(split)
    }

    /// The manifest's columns that hold no item: what groups and partitions are made of.
    fn attributes(&self, manifest: &Manifest) -> BTreeMap<String, Categories> {
        let mut values: Vec<String> = Vec::new();
        for (name, modality) in self.modalities {
            for item in Item::of(name, modality.count) {
                values.push(item.column(modality.column.as_deref().unwrap_or(name)));
                values.extend(modality.columns.iter().map(|column| item.column(column)));
            }
        }
        let others = manifest.columns.iter().enumerate().filter(|(_, column)| !values.contains(column));
        others.map(|(at, column)| (column.clone(), manifest.texts(at).into_iter().collect())).collect()
    }

    fn check_targets(&self, manifest: &Manifest, target: &str, targets: &Categories, bad: &mut Vec<BadRow>) {
        let row = |line: usize, fault| BadRow {
            file: manifest.path.clone(),
            row: Some(line),
            column: Some(target.to_owned()),
            fault,
        };
        for (line, label) in manifest.rows.iter().map(|row| row.line).zip(targets.iter()) {
            match label {
                None => bad.push(row(line, Fault::NoTarget)),
                Some(label) => bad.extend(self.unknown_class(label).map(|fault| row(line, fault))),
            }
        }
    }

    fn check_classes(&self, file: &Path, labels: &Categories, bad: &mut Vec<BadRow>) {
        for label in labels.distinct() {
            let file = file.join(label);
            bad.extend(self.unknown_class(label).map(|fault| BadRow { file, row: None, column: None, fault }));
        }
    }

    fn unknown_class(&self, label: &str) -> Option<Fault> {
        let classes = self.config.classes.as_ref()?;
        (!classes.iter().any(|class| class == label)).then(|| Fault::UnknownClass {
            label: label.to_owned(),
            nearest: nearest(label, classes.iter().map(String::as_str)),
        })
    }

    fn check_group(&self, split: &Split) -> Result<(), DataError> {
        let Some(group) = &self.config.group else { return Ok(()) };
        let found = split.attribute_names();
        if found.contains(group) {
            return Ok(());
        }
        Err(DataError::UnknownColumn {
            file: PathBuf::from("[data.compose]"),
            column: group.clone(),
            purpose: "data.group".to_owned(),
            nearest: nearest(group, found.iter().map(String::as_str)),
            found,
        })
    }

    fn split(&self, part: Part, n_rows: usize, columns: BTreeMap<Item, Column>) -> Split {
        let audio = self.modalities.iter().filter(|(_, modality)| modality.kind == ModalityKind::Audio);
        let view = |(name, modality): (&String, &ModalityConfig)| {
            (name.clone(), AudioView::new(modality.rate, modality.noise))
        };
        Split {
            name: part.name(),
            file: PathBuf::new(),
            lines: Vec::new(),
            n_rows,
            columns,
            views: audio.map(view).collect(),
            concepts: BTreeMap::new(),
            attributes: BTreeMap::new(),
            targets: None,
            group: self.config.group.clone(),
            cache: Arc::clone(&self.cache),
            key: self.key.child(part.name()),
        }
    }
}
