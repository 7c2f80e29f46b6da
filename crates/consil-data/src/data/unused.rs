//! Settings of `[data]` and `[modality]` that change nothing: whoever writes one expects that it does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::paths::resolve;
use crate::pool::PoolConfig;
use crate::target::{TargetConfig, TargetKind, TargetsConfig};
use crate::{DataConfig, Embedded, ModalityConfig, SplitConfig};

/// A setting that changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusedSetting {
    /// Its key in the spec.
    pub key: String,
    /// Why it changes nothing.
    pub reason: String,
    /// What to do.
    pub help: String,
}

/// The settings of a spec's data that change nothing, for a spec whose folder is `base`. Defaults that are written out are none.
///
/// Apart from [`open`](crate::open), so that runs of specs that were not refused when they were trained still open.
pub fn unused_settings(
    config: &DataConfig,
    modalities: &BTreeMap<String, ModalityConfig>,
    base: &Path,
) -> Vec<UnusedSetting> {
    let mut found = Found { settings: Vec::new() };
    let is_composed = config.compose.is_some() || config.source.is_some();
    if is_composed {
        found.composed(config, modalities);
    } else {
        found.listed(config, base);
    }
    found.pools(config, modalities, is_composed);
    found.targets(config, base);
    found.settings
}

struct Found {
    settings: Vec<UnusedSetting>,
}

impl Found {
    fn note(&mut self, is_set: bool, key: impl Into<String>, reason: &str, help: &str) {
        if is_set {
            self.settings.push(UnusedSetting { key: key.into(), reason: reason.to_owned(), help: help.to_owned() });
        }
    }

    /// Where samples are composed from pools. What says how a manifest is read stays: a trained model is asked about manifests.
    fn composed(&mut self, config: &DataConfig, modalities: &BTreeMap<String, ModalityConfig>) {
        let reason = "the samples are composed from pools";
        let help = "remove it, or [data.compose] and data.source";
        for (key, is_set) in [
            ("train", config.train.is_some()),
            ("valid", config.valid.is_some()),
            ("test", config.test.is_some()),
            ("split", config.split != SplitConfig::default()),
        ] {
            self.note(is_set, format!("data.{key}"), reason, help);
        }
        let reason = "the classes of composed samples are those that the rules derive, or their pools' labels";
        self.note(config.classes.is_some(), "data.classes", reason, "remove it");
        let draws = |modality: &ModalityConfig| modality.pool.is_none() && Embedded::of_kind(modality.kind).is_some();
        let is_idle = config.compose.is_some() && config.source.is_some() && !modalities.values().any(draws);
        self.note(is_idle, "data.source", "every modality draws from a pool of its own", "remove it");
    }

    /// Parts to hold out of rows that are given.
    fn listed(&mut self, config: &DataConfig, base: &Path) {
        let default = DataConfig::default();
        let is_valid = config.valid.is_some() && config.split.valid > 0.0;
        self.note(is_valid, "data.split.valid", "data.valid names the validation rows", "remove one of the two");
        let is_test = config.test.is_some() && config.split.test != default.split.test && config.split.test != 0.0;
        self.note(is_test, "data.split.test", "data.test names the test rows", "remove one of the two");
        let reason = "data.train is a folder of classes, whose files have no group";
        let help = "remove it, or list the samples in a CSV file";
        self.note(config.group.is_some() && is_folder(config, base), "data.group", reason, help);
    }

    fn pools(&mut self, config: &DataConfig, modalities: &BTreeMap<String, ModalityConfig>, is_composed: bool) {
        let drawn: BTreeSet<&str> = modalities.values().filter_map(|modality| modality.pool.as_deref()).collect();
        for (name, pool) in &config.pool {
            let key = format!("data.pool.{name}");
            if !is_composed {
                let help = "add [data.compose], or remove the pool";
                self.note(true, key, "nothing is composed from pools", help);
            } else if !drawn.contains(name.as_str()) {
                let help = format!("name it in a modality (pool = {name:?}), or remove it");
                self.note(true, key, "no modality draws from it", &help);
            } else {
                self.pool(&key, pool);
            }
        }
    }

    /// A pool is embedded, or files with a pattern, or arrays: what is of another is not looked at.
    fn pool(&mut self, key: &str, pool: &PoolConfig) {
        if pool.embedded.is_some() {
            for (field, is_set) in [
                ("files", pool.files.is_some()),
                ("pattern", pool.pattern.is_some()),
                ("train", pool.train.is_some()),
                ("valid", pool.valid.is_some()),
                ("test", pool.test.is_some()),
            ] {
                let reason = "the pool's items are embedded, in parts of their own";
                self.note(is_set, format!("{key}.{field}"), reason, "remove it, or `embedded`");
            }
        } else if pool.files.is_none() {
            let reason = "it says what the names of `files` mean, and the pool has none";
            self.note(pool.pattern.is_some(), format!("{key}.pattern"), reason, "name the pool's `files`");
        }
    }

    fn targets(&mut self, config: &DataConfig, base: &Path) {
        let is_composed = config.compose.is_some() || config.source.is_some();
        if is_composed {
            return;
        }
        let is_folder = is_folder(config, base);
        match &config.target {
            Some(TargetsConfig::Named(named)) => {
                let help = "write it in the target's own table";
                self.note(
                    config.classes.is_some(),
                    "data.classes",
                    "it is of the one target of data.target = \"COLUMN\"",
                    help,
                );
                for (name, target) in named {
                    self.target(&format!("data.target.{name}"), target);
                }
            }
            Some(TargetsConfig::Class(_)) => {}
            None => {
                let help = "name the column: data.target = \"COLUMN\"";
                self.note(config.classes.is_some() && !is_folder, "data.classes", "no target is named", help);
            }
        }
        let names_label = config.target.as_ref().and_then(TargetsConfig::column).is_none_or(|column| column == "label");
        let reason = "data.train is a folder of classes, whose names are the target";
        self.note(is_folder && !names_label, "data.target", reason, "remove it");
    }

    fn target(&mut self, key: &str, target: &TargetConfig) {
        let is_columns = target.kind == TargetKind::Numbers && !target.columns.is_empty();
        let reason = "it is an option of kind = \"numbers\"";
        let has_other_columns = !target.columns.is_empty() && target.kind != TargetKind::Numbers;
        self.note(has_other_columns, format!("{key}.columns"), reason, "name one `column`, or change the kind");
        let reason = "`columns` names those of the target";
        self.note(target.column.is_some() && is_columns, format!("{key}.column"), reason, "remove one of the two");
        let is_single = matches!(target.kind, TargetKind::Class | TargetKind::Number) || is_columns;
        let reason = "its cells hold one value each";
        self.note(
            target.separator.is_some() && is_single,
            format!("{key}.separator"),
            reason,
            "remove it, or change the kind",
        );
        let has_classes = matches!(target.kind, TargetKind::Class | TargetKind::Labels);
        let reason = "it is an option of kind = \"class\" and kind = \"labels\"";
        self.note(
            target.classes.is_some() && !has_classes,
            format!("{key}.classes"),
            reason,
            "remove it, or change the kind",
        );
    }
}

/// Whether the training rows are a folder with one subfolder for each class.
fn is_folder(config: &DataConfig, base: &Path) -> bool {
    let train = config.train.as_ref().and_then(|train| resolve(base, train).ok());
    train.is_some_and(|train| train.is_dir())
}
