//! A spec from what was inferred, as text with its reasons.

use std::fmt::{self, Write};

use super::Inferred;
use crate::target::TargetsConfig;
use crate::{ColumnType, DataConfig, Encoding};

impl Inferred {
    /// The table of what each column seems to hold, how it is used, and why: a line for each column, without line ends in
    /// their cells.
    pub fn table(&self) -> Vec<[String; 4]> {
        let line = |column: &super::InferredColumn| {
            let used_as = column.used_as.clone().unwrap_or_else(|| "left out".to_owned());
            let absent = match column.n_absent {
                0 => String::new(),
                n => format!("; absent from {n} of {} rows", self.n_rows),
            };
            [column.name.clone(), column.kind.to_string(), used_as, format!("{}{absent}", column.reason)]
        };
        self.columns.iter().map(line).collect()
    }

    /// A spec of this name that learns the target from all other columns with a head, which `consil train` takes as it is.
    /// Paths are those of a spec in the manifest's folder.
    pub fn spec(&self, name: &str) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write_spec(name, &mut text);
        text
    }

    fn write_spec(&self, name: &str, out: &mut String) -> fmt::Result {
        writeln!(out, "name = {}\n", quoted(name))?;
        writeln!(out, "# What each column seemed to hold when this was written, what it is used for, and why:")?;
        for [column, kind, used_as, reason] in self.table() {
            writeln!(out, "#   {}: {kind}, {used_as} ({})", bare(&column), bare(&reason))?;
        }
        writeln!(out, "[data]")?;
        let manifest = self.data.train.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
        writeln!(out, "train = {}", quoted(&manifest))?;
        if self.data.encoding != Encoding::Utf8 {
            writeln!(out, "encoding = \"latin1\"")?;
        }
        for (key, column) in [("id", &self.data.id), ("group", &self.data.group)] {
            if let Some(column) = column {
                writeln!(out, "{key} = {}", quoted(column))?;
            }
        }
        if self.data.absent != DataConfig::default().absent {
            writeln!(out, "absent = [{}]", list(&self.data.absent))?;
        }
        match &self.data.target {
            Some(TargetsConfig::Class(column)) => writeln!(out, "target = {}", quoted(column))?,
            Some(TargetsConfig::Named(targets)) => {
                for (name, target) in targets {
                    let kind = format!("{:?}", target.kind).to_lowercase();
                    writeln!(out, "\n[data.target.{}]\nkind = {}", key(name), quoted(&kind))?;
                }
            }
            None => writeln!(out, "# No column can be learned: name one with target = \"…\".")?,
        }
        for (name, modality) in &self.modalities {
            writeln!(out, "\n[modality.{}]\nkind = {}", key(name), quoted(modality.kind.name()))?;
            if let Some(column) = &modality.column {
                writeln!(out, "column = {}", quoted(column))?;
            }
            if !modality.columns.is_empty() {
                writeln!(out, "columns = [{}]", list(&modality.columns))?;
            }
            if !modality.types.is_empty() {
                let types =
                    modality.types.iter().map(|(column, kind)| format!("{} = {}", key(column), type_name(*kind)));
                writeln!(out, "types = {{ {} }}", types.collect::<Vec<_>>().join(", "))?;
            }
        }
        writeln!(out, "\n[head]")
    }
}

fn type_name(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Number => "\"number\"",
        ColumnType::Category => "\"category\"",
        ColumnType::Boolean => "\"boolean\"",
        ColumnType::Date => "\"date\"",
    }
}

/// A TOML string. Its escapes are those of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn list(texts: &[String]) -> String {
    texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")
}

/// A TOML key, quoted where it must be.
fn key(name: &str) -> String {
    let is_bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if is_bare { name.to_owned() } else { quoted(name) }
}

/// Text for a comment of one line.
fn bare(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
