//! From the `[data]` section to splits.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use consil_diagnostic::nearest;
use consil_random::Key;

use super::new_cache;
use crate::cache::ByteCache;
use crate::categories::Categories;
use crate::column::Column;
use crate::compose::compose;
use crate::error::{BadRow, DataError, Fault, PoolFault};
use crate::folder::ClassFolder;
use crate::manifest::{Format, Manifest};
use crate::modality::AudioView;
use crate::paths::Root;
use crate::pool::{Part, Pool, PoolConfig};
use crate::target::{TargetColumn, TargetConfig, Targets};
use crate::{ComposeConfig, DataConfig, Embedded, Item, ModalityConfig, ModalityKind, Source, Split, folder, holdout};

/// The sizes of the composed demo, unless `[data.compose]` says otherwise.
const DEMO_SIZES: (usize, usize) = (6_000, 2_000);

/// Whether rows need their targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TargetUse {
    /// Each row needs one of the classes that the spec allows.
    Require,
    /// Read where the manifest has them, of whatever class.
    IfPresent,
}

pub(super) struct Opening<'a> {
    config: &'a DataConfig,
    modalities: &'a BTreeMap<String, ModalityConfig>,
    base: &'a Path,
    key: Key,
    cache: Arc<ByteCache>,
    root: Root,
    target_use: TargetUse,
    /// Columns that are asked for as text though they may be inputs.
    texts: &'a [&'a str],
}

type Splits = (Split, Option<Split>, Split);

impl<'a> Opening<'a> {
    pub fn new(
        config: &'a DataConfig,
        modalities: &'a BTreeMap<String, ModalityConfig>,
        base: &'a Path,
        key: Key,
        target_use: TargetUse,
    ) -> Result<Self, DataError> {
        let root = Root::new(base, config.root.as_deref())?;
        Ok(Self { config, modalities, base, key, cache: new_cache(config), root, target_use, texts: &[] })
    }

    /// Keeps the text of some columns also where they are inputs.
    pub fn with_texts(self, texts: &'a [&'a str]) -> Self {
        Self { texts, ..self }
    }

    /// The training, validation and test rows. Rows that cannot be used are reported in `bad`.
    pub fn splits(&self, bad: &mut Vec<BadRow>) -> Result<Splits, DataError> {
        match (self.compose(), &self.config.train) {
            (Some(compose), _) => self.composed(&compose, bad),
            (None, Some(train)) => self.listed(train, bad),
            (None, None) => Err(DataError::NoData),
        }
    }

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
                None => Arc::new(Pool::open(&pool_name, &pool, modality.kind, (self.base, &self.root), bad)?),
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
            if let Some(labels) = drawn.labels {
                split.set_targets(labels);
            }
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
                    nearest: nearest(pool, self.config.pool.keys().map(String::as_str)).map(str::to_owned),
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

    pub fn read(&self, part: Part, path: &Path, bad: &mut Vec<BadRow>) -> Result<Split, DataError> {
        let path = self.root.resolve(self.base, path)?;
        if path.is_dir() {
            let (name, modality) = match self.modalities.iter().next() {
                Some(only) if self.modalities.len() == 1 && only.1.count.is_none() => only,
                _ => return Err(DataError::FolderModalities { path, found: self.modalities.len() }),
            };
            let ClassFolder { mut paths, labels } = folder::read(&path, modality.kind)?;
            for path in &mut paths {
                if let Some(Err(fault)) = path.as_deref().map(|path| self.root.check(path)) {
                    let file = path.take().map(|path| path.to_path_buf()).unwrap_or_default();
                    let fault = Fault::of_file(&file, fault);
                    bad.push(BadRow { file, row: None, column: None, fault });
                }
            }
            self.check_classes(&path, &labels, bad);
            let n_rows = paths.len();
            let column = Column::Files { kind: modality.kind, paths };
            let mut split = self.split(part, n_rows, BTreeMap::from([(Item::new(name.as_str()), column)]));
            split.targets = Targets::from([("label".to_owned(), TargetColumn::of_classes("label", labels))]);
            split.file = path;
            return Ok(split);
        }
        let DataConfig { absent, encoding, separator, .. } = self.config;
        let format = Format { absent, encoding: *encoding, separator: *separator };
        let known = bad.len();
        let manifest = Manifest::read(&path, format, bad)?;
        if manifest.rows.is_empty() && bad.len() == known {
            return Err(DataError::NoRows { path, has_header: !manifest.columns.is_empty() });
        }
        let mut columns = BTreeMap::new();
        let mut concepts = BTreeMap::new();
        for (name, modality) in self.modalities {
            for item in Item::of(name, modality.count) {
                columns.insert(item.clone(), Column::from_manifest(&manifest, name, modality, &item, &self.root, bad)?);
                if let Some(concept) = &modality.concept {
                    let at = manifest.column(&item.column(concept), format!("the concept of modality {item}"))?;
                    concepts.insert(item, manifest.texts(at).into_iter().collect());
                }
            }
        }
        let mut split = self.split(part, manifest.rows.len(), columns);
        split.concepts = concepts;
        split.lines = manifest.rows.iter().map(|row| row.line).collect();
        for (name, target) in self.targets() {
            let is_required = self.target_use == TargetUse::Require;
            let column = TargetColumn::read(&manifest, &name, &target, is_required, bad)?;
            split.targets.insert(name, column);
        }
        if let Some(id) = &self.config.id {
            manifest.column(id, "data.id")?;
        }
        if let Some(group) = &self.config.group {
            manifest.column(group, "data.group")?;
        }
        (split.attributes, split.input_columns) = self.attributes(&manifest);
        split.file = manifest.path;
        Ok(split)
    }

    /// The texts of the manifest's columns, which groups, partitions and rows' own rules are made of; and the names of the columns whose texts are
    /// not kept: a table may have thousands of inputs, and their values are kept as inputs already. An input that the spec names for another use
    /// is kept as both.
    fn attributes(&self, manifest: &Manifest) -> (BTreeMap<String, Categories>, Vec<String>) {
        let inputs: HashSet<String> =
            self.modalities.iter().flat_map(|(name, modality)| modality.value_columns(name)).collect();
        let named: HashSet<&str> = [&self.config.group, &self.config.id]
            .into_iter()
            .filter_map(Option::as_deref)
            .chain(self.texts.iter().copied())
            .collect();
        let is_kept = |column: &String| !inputs.contains(column) || named.contains(column.as_str());
        let (kept, others): (Vec<_>, Vec<_>) =
            manifest.columns.iter().enumerate().partition(|(_, column)| is_kept(column));
        let texts = |(at, column): (usize, &String)| (column.clone(), manifest.texts(at).into_iter().collect());
        (kept.into_iter().map(texts).collect(), others.into_iter().map(|(_, column)| column.clone()).collect())
    }

    /// The targets to read, without the classes that they are held to where any will do.
    fn targets(&self) -> BTreeMap<String, TargetConfig> {
        let classes = self.config.classes.as_ref();
        let mut targets = self.config.target.as_ref().map(|targets| targets.named(classes)).unwrap_or_default();
        if self.target_use == TargetUse::IfPresent {
            targets.values_mut().for_each(|target| target.classes = None);
        }
        targets
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
            nearest: nearest(label, classes.iter().map(String::as_str)).map(str::to_owned),
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
            nearest: nearest(group, found.iter().map(String::as_str)).map(str::to_owned),
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
            input_columns: Vec::new(),
            targets: Targets::new(),
            group: self.config.group.clone(),
            id: self.config.id.clone(),
            cache: Arc::clone(&self.cache),
            key: self.key.child(part.name()),
        }
    }
}
