//! A setting of a spec that no training could use, with its place in the file and how to fix it.

use std::fmt;

use consil_diagnostic::Hint;
use toml::de::{DeTable, DeValue};

/// A key of a spec whose value cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecFault {
    /// The key, with dots between tables: `train.optimizer.adam.lr`.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// How to fix it.
    pub help: String,
    /// Where the key stands, once that is known.
    pub place: Option<SpecPlace>,
}

/// Where a key of a spec was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpecPlace {
    /// In the file.
    File {
        /// What errors call it.
        name: String,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// The line's text.
        source: String,
    },
    /// On the command line.
    Override(String),
}

impl fmt::Display for SpecFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, problem, place, .. } = self;
        match place {
            None => write!(f, "{key}: {problem}"),
            Some(SpecPlace::Override(text)) => write!(f, "--set {text}: {problem}"),
            Some(SpecPlace::File { name, line, column, source }) => {
                write!(f, "{name}:{line}:{column}: {key}: {problem}")?;
                write!(f, "\n  | {source}\n  | {}^", " ".repeat(column - 1))
            }
        }
    }
}

impl std::error::Error for SpecFault {}

impl Hint for SpecFault {
    fn help(&self) -> Option<String> {
        (!self.help.is_empty()).then(|| self.help.clone())
    }
}

impl SpecFault {
    /// A fault whose place is not known yet.
    pub(crate) fn new(key: impl Into<String>, problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self { key: key.into(), problem: problem.into(), help: help.into(), place: None }
    }

    /// A setting that changes nothing.
    pub(crate) fn without_effect(key: impl Into<String>, reason: &str, help: &str) -> Self {
        Self::new(key, format!("it has no effect: {reason}"), help)
    }

    /// The same with its place: the override that sets the key, of which `set_by` gives the text, or else where it, or the table that it belongs to, stands in `text`.
    pub(crate) fn located(self, name: &str, text: &str, set_by: impl Fn(&str) -> Option<String>) -> Self {
        let place = match set_by(&self.key) {
            Some(change) => Some(SpecPlace::Override(change)),
            None => place_of(&self.key, text).map(|start| {
                let (line, column, source) = line_and_column(text, start);
                SpecPlace::File { name: name.to_owned(), line, column, source: source.to_owned() }
            }),
        };
        Self { place, ..self }
    }
}

/// The byte at which the key begins, or the nearest table above it that is there.
fn place_of(key: &str, text: &str) -> Option<usize> {
    let document = DeTable::parse(text).ok()?;
    let (mut table, mut found) = (document.get_ref(), None);
    for part in key.split('.') {
        let Some((name, value)) = table.iter().find(|(name, _)| name.get_ref() == part) else { break };
        found = Some(name.span().start);
        match value.get_ref() {
            DeValue::Table(inner) => table = inner,
            _ => break,
        }
    }
    found
}

fn line_and_column(text: &str, start: usize) -> (usize, usize, &str) {
    let before = &text[..start.min(text.len())];
    let begin = before.rfind('\n').map_or(0, |newline| newline + 1);
    let source = text[begin..].lines().next().unwrap_or_default();
    (before.matches('\n').count() + 1, before[begin..].chars().count() + 1, source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Override;

    fn last_of(overrides: &[Override], key: &str) -> Option<String> {
        overrides.iter().rev().find(|change| change.sets(key)).map(|change| change.text().to_owned())
    }

    const TEXT: &str = "name = \"x\"\n[train]\nepochs = 0\noptimizer = { adam = { lr = -1.0 } }\n";

    fn place(key: &str, overrides: &[&str]) -> String {
        let overrides: Vec<Override> = overrides.iter().map(|text| text.parse().unwrap()).collect();
        let fault = SpecFault::new(key, "it must be another", "change it")
            .located("x.toml", TEXT, |key| last_of(&overrides, key));
        fault.to_string().lines().next().unwrap().to_owned()
    }

    #[test]
    fn a_fault_names_the_line_of_its_key_or_of_the_table_above() {
        assert_eq!(place("train.epochs", &[]), "x.toml:3:1: train.epochs: it must be another");
        assert_eq!(place("train.optimizer.adam.lr", &[]), "x.toml:4:24: train.optimizer.adam.lr: it must be another");
        assert_eq!(place("train.clip-norm", &[]), "x.toml:2:2: train.clip-norm: it must be another");
        assert_eq!(place("federate.sites", &[]), "federate.sites: it must be another");
    }

    #[test]
    fn an_override_is_a_place_too() {
        let text = "train={ epochs = 0 }";
        assert_eq!(place("train.epochs", &[text]), format!("--set {text}: it must be another"));
        assert_eq!(place("train.epochs", &["train.epochs=0"]), "--set train.epochs=0: it must be another");
        assert_eq!(place("train.epochs", &["train.epo=0"]), "x.toml:3:1: train.epochs: it must be another");
    }
}
