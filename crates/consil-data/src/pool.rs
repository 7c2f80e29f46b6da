//! Pools: labelled items that compose into samples.
//!
//! A pool is embedded, or a pair of idx arrays for each part, or files whose names carry the label and other
//! attributes. Its items belong to a training, a validation or a test part, so that a composed split never shares an
//! item with another.

mod arrays;
mod demo;
mod files;
mod pattern;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cache::ByteCache;
use crate::categories::Categories;
use crate::error::{BadRow, DataError, Fault, PoolFault};
use crate::idx::IdxArray;
use crate::paths::Root;
use crate::{ModalityKind, Value};

pub use demo::Embedded;
pub use pattern::Words;

/// A `[data.pool.NAME]` section: one of `embedded`, `train` and `test` arrays, or `files` with a `pattern`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct PoolConfig {
    /// Items that ship with the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embedded: Option<Embedded>,
    /// Files, with `*` for any characters of the name: `"fsdd/*.wav"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<String>,
    /// What the names say: `"{label}_{speaker}_{index}.wav"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The training part: idx arrays, or attributes of files; all that is in no other part when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train: Option<PoolPart>,
    /// The validation part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid: Option<PoolPart>,
    /// The test part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<PoolPart>,
}

/// What belongs to a part of a pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PoolPart {
    /// A pair of idx arrays, plain or gzipped.
    Arrays(IdxFiles),
    /// Files whose attributes all have one of the values: `{ speaker = ["theo", "lucas"] }`.
    Attributes(BTreeMap<String, Words>),
}

/// Items and their labels as idx arrays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct IdxFiles {
    /// `[N, H, W]` or `[N, H, W, C]` images, `[N, T, C]` series, `[N, D]` rows or `[N, T, H, W]` videos.
    #[serde(alias = "items")]
    pub images: PathBuf,
    /// `[N]` labels.
    pub labels: PathBuf,
}

/// A part of a pool, and the split that is drawn from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Train,
    Valid,
    Test,
}

impl Part {
    pub const ALL: [Self; 3] = [Self::Train, Self::Valid, Self::Test];

    pub fn name(self) -> &'static str {
        ["train", "valid", "test"][self as usize]
    }
}

/// Labelled items of one kind.
#[derive(Debug)]
pub(crate) struct Pool {
    pub name: String,
    pub kind: ModalityKind,
    store: Store,
    labels: Categories,
    attributes: BTreeMap<String, Categories>,
    parts: [Vec<u32>; 3],
}

#[derive(Debug)]
enum Store {
    /// Slices of arrays that follow one another.
    Arrays(Vec<IdxArray>),
    Files(Vec<Arc<Path>>),
    Values(Vec<Value>),
}

impl Pool {
    /// Opens a pool whose items a modality of `kind` draws, for a spec whose folder is the first of `place`. Files that cannot be used are reported in `bad`.
    pub fn open(
        name: &str,
        config: &PoolConfig,
        kind: ModalityKind,
        place: (&Path, &Root),
        bad: &mut Vec<BadRow>,
    ) -> Result<Self, DataError> {
        if let Some(embedded) = config.embedded {
            return Ok(Self { name: name.to_owned(), ..demo::pool(embedded) });
        }
        if let (Some(wildcard), Some(pattern)) = (&config.files, &config.pattern) {
            return files::open(name, config, (wildcard, pattern), kind, place, bad);
        }
        arrays::open(name, config, kind, place)
    }

    /// A pool of values, with the part, the label and the attributes of each.
    pub fn of_values(
        name: &str,
        kind: ModalityKind,
        values: Vec<Value>,
        parts: &[Part],
        labels: Categories,
        attributes: BTreeMap<String, Categories>,
    ) -> Self {
        Self { name: name.to_owned(), kind, store: Store::Values(values), labels, attributes, parts: index(parts) }
    }

    pub fn part(&self, part: Part) -> &[u32] {
        &self.parts[part as usize]
    }

    pub fn label(&self, item: usize) -> Option<&str> {
        self.labels.get(item)
    }

    pub fn attribute(&self, item: usize, name: &str) -> Option<&str> {
        match name {
            "label" => self.label(item),
            _ => self.attributes.get(name)?.get(item),
        }
    }

    /// The names of the attributes, `label` first.
    pub fn attribute_names(&self) -> impl Iterator<Item = &str> {
        std::iter::once("label").chain(self.attributes.keys().map(String::as_str))
    }

    /// The file of an item, where items are files.
    pub fn file(&self, item: usize) -> Option<&Arc<Path>> {
        match &self.store {
            Store::Files(paths) => Some(&paths[item]),
            Store::Arrays(_) | Store::Values(_) => None,
        }
    }

    /// Whether items are decoded from files.
    pub fn is_files(&self) -> bool {
        matches!(self.store, Store::Files(_))
    }

    pub fn value(&self, item: usize, cache: &ByteCache) -> Result<Value, Fault> {
        match &self.store {
            Store::Values(values) => Ok(values[item].clone()),
            Store::Files(paths) => {
                let path = &paths[item];
                cache.get(path, || self.kind.decode(path)).map(Arc::unwrap_or_clone)
            }
            Store::Arrays(arrays) => {
                let mut at = item;
                let array = arrays
                    .iter()
                    .find(|array| {
                        let inside = at < array.len();
                        if !inside {
                            at -= array.len();
                        }
                        inside
                    })
                    .expect("a pool's indices lie within its arrays");
                arrays::slice(array, at, self.kind)
            }
        }
    }
}

fn index(parts: &[Part]) -> [Vec<u32>; 3] {
    let items = |part| (0u32..).zip(parts).filter(|(_, p)| **p == part).map(|(i, _)| i).collect();
    Part::ALL.map(items)
}

fn fault(pool: &str, reason: PoolFault) -> DataError {
    DataError::Pool { pool: pool.to_owned(), reason }
}
