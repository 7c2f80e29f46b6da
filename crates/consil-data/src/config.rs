//! The `[data]` section of a spec.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::file::Encoding;
use crate::pool::PoolConfig;
use crate::target::TargetsConfig;

/// Where samples come from. Paths are relative to the spec; `$NAME/…` begins with an environment variable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct DataConfig {
    /// Data that ships with the program; with `"demo"` each modality without a pool takes the embedded pool of its
    /// kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The training manifest (`.csv` or `.jsonl`), or a folder with one subfolder for each class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train: Option<PathBuf>,
    /// The validation manifest or folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid: Option<PathBuf>,
    /// The test manifest or folder; when absent, a part of the training rows is held out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<PathBuf>,
    /// What is to be learned: the column of a class, or `[data.target.NAME]` tables. Rows of a pool-composed data set get
    /// theirs from the rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetsConfig>,
    /// The classes that may occur in the column of a single target; any when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<String>>,
    /// The column that says which rows belong together (a speaker, a patient): a held-out part never splits a group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The column that names a row in what `predict` writes, such as a patient's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Cells that mean "absent".
    pub absent: Vec<String>,
    /// The folder that every file of the data must lie in, links followed: for a manifest that comes from others, which could
    /// name any file that you may read. Any folder when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<PathBuf>,
    /// How the characters of manifests are stored.
    #[serde(skip_serializing_if = "is_default")]
    pub encoding: Encoding,
    /// What stands between the cells of a manifest: `,`, `;` or a tab, whichever its first lines agree on, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separator: Option<char>,
    /// The most megabytes of decoded files to keep.
    pub cache_mb: usize,
    /// The parts of the training rows to hold out where no manifest is given for them.
    pub split: SplitConfig,
    /// Labelled items that compose into samples, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub pool: BTreeMap<String, PoolConfig>,
    /// How samples are composed from pools.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compose: Option<ComposeConfig>,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            source: None,
            train: None,
            valid: None,
            test: None,
            target: None,
            classes: None,
            group: None,
            id: None,
            absent: vec![String::new(), "NA".to_owned()],
            root: None,
            encoding: Encoding::default(),
            separator: None,
            cache_mb: 512,
            split: SplitConfig::default(),
            pool: BTreeMap::new(),
            compose: None,
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Data that ships with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Handwritten digits, spoken digits and drawn signs.
    Demo,
}

/// Fractions of the training rows (or groups) to hold out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct SplitConfig {
    /// The validation part, where `data.valid` is absent.
    pub valid: f64,
    /// The test part, where `data.test` is absent.
    pub test: f64,
}

impl Default for SplitConfig {
    fn default() -> Self {
        Self { valid: 0.0, test: 0.2 }
    }
}

/// How samples are drawn from pools.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ComposeConfig {
    /// The number of training samples; with `reuse = false`, as many as the pools allow when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train: Option<usize>,
    /// The number of validation samples, from pool items that no training sample holds.
    pub valid: usize,
    /// The number of test samples; with `reuse = false`, as many as the pools allow when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<usize>,
    /// Whether an item may occur in several samples of a split.
    pub reuse: bool,
    /// Which items may meet in one sample.
    pub pairing: Pairing,
}

impl Default for ComposeConfig {
    fn default() -> Self {
        Self { train: None, valid: 0, test: None, reuse: true, pairing: Pairing::Independent }
    }
}

/// Which pool items may meet in one sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pairing {
    /// Each item is drawn on its own; the rules derive the target from the labels.
    #[default]
    Independent,
    /// All items of a sample have one label, which is the sample's target.
    SameLabel,
}
