//! Ablations measured on one's own models: the same task with and without a part of the design, over seeds.
//!
//! A file lists rows; each says what is compared and how:
//!
//! ```toml
//! [[row]]
//! name = "rules against none"
//! innovation = "modular-architecture"
//! task = "image ± speech, trained on the result alone"
//! [row.compare.specs]
//! with = { spec = "rules.toml" }
//! without = { spec = "head.toml", set = { "train.epochs" = "4" } }
//! ```

mod few_shot;
mod recall;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use consil_diagnostic::Hint;
use consil_pathways::architectural::{Ablation, Better, CostPair};
use serde::Deserialize;

use crate::context::RunContext;
use crate::project::{OpenError, Project};
use crate::spec::{Override, Spec, SpecError};
use crate::train::TrainError;
use crate::trial::Trial;

pub use few_shot::FewShotConfig;
pub use recall::RecallConfig;

/// The built-in rows with their specs and rules: name and text, the list of rows first.
pub const FILES: &[(&str, &str)] = &[
    ("rows.toml", include_str!("../../../examples/ablations/rows.toml")),
    ("rules.toml", include_str!("../../../examples/ablations/rules.toml")),
    ("result.pl", include_str!("../../../examples/ablations/result.pl")),
    ("sum.toml", include_str!("../../../examples/ablations/sum.toml")),
    ("shared.pl", include_str!("../../../examples/ablations/shared.pl")),
    ("separate.pl", include_str!("../../../examples/ablations/separate.pl")),
    ("modalities.toml", include_str!("../../../examples/ablations/modalities.toml")),
    ("recall.toml", include_str!("../../../examples/ablations/recall.toml")),
    ("digits.toml", include_str!("../../../examples/ablations/digits.toml")),
    ("head.toml", include_str!("../../../examples/ablations/head.toml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowsFile {
    row: Vec<Row>,
}

/// What is compared.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Row {
    /// Its name, such as "rules against none".
    pub name: String,
    /// The innovation that it speaks to, by the name of the architectural pathway.
    #[serde(default)]
    pub innovation: Option<String>,
    /// The task in words.
    pub task: String,
    /// How.
    pub compare: Compare,
}

/// How a row is measured.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Compare {
    /// Two specs over the same samples, by the share of test rows that come out right.
    Specs {
        /// The spec with the part.
        with: Variant,
        /// The spec without it.
        without: Variant,
    },
    /// Two specs on texts that ask for what was said before; the texts are made.
    Recall {
        /// The texts.
        #[serde(default)]
        texts: RecallConfig,
        /// The spec with a memory.
        with: Variant,
        /// The spec without.
        without: Variant,
    },
    /// Learning new classes from a few samples, from weights that Reptile found and from those of ordinary training.
    FewShot(FewShotConfig),
}

/// A spec and what is set in it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Variant {
    /// The spec, relative to the file of rows.
    pub spec: PathBuf,
    /// As --set.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
}

/// Why ablations cannot be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AblateError {
    /// The file of rows is not one.
    #[error("{file}: {source}")]
    File {
        /// The file.
        file: String,
        /// Why.
        source: toml::de::Error,
    },
    /// A file cannot be written.
    #[error("{0}")]
    Unwritable(#[from] consil_diagnostic::FileError),
    /// A row's numbers cannot be used.
    #[error("the row `{row}`: {problem}")]
    Row {
        /// Its name.
        row: String,
        /// What is wrong, and what is needed.
        problem: String,
    },
    /// A setting that no training could use.
    #[error(transparent)]
    Settings(consil_nn::SettingErrors),
    /// A spec is refused.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// Its data or its model is refused.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A training failed.
    #[error(transparent)]
    Train(#[from] TrainError),
}

impl Hint for AblateError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Spec(error) => error.help(),
            Self::Open(error) => error.help(),
            Self::Train(error) => error.help(),
            _ => None,
        }
    }
}

/// What one side of a row came to with one seed.
pub(crate) struct Side {
    accuracy: f64,
    parameters: f64,
    training_flops: f64,
    seconds: f64,
}

/// Reads a file of rows; `file` is what errors call it.
///
/// # Errors
/// If it is not one.
pub fn rows(file: &str, text: &str) -> Result<Vec<Row>, AblateError> {
    let read: RowsFile = toml::from_str(text).map_err(|source| AblateError::File { file: file.to_owned(), source })?;
    Ok(read.row)
}

impl Row {
    /// Measures both sides with each seed; paths begin at `base`, where made data is written. `done` hears how many of the `2 · seeds` sides are done. `None`
    /// once the context is interrupted.
    ///
    /// # Errors
    /// [`AblateError`].
    pub fn measure(
        &self,
        base: &Path,
        seeds: &[u64],
        from: &str,
        context: &RunContext<'_>,
        done: &mut dyn FnMut(usize),
    ) -> Result<Option<Ablation>, AblateError> {
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for seed in seeds {
            let pair = match &self.compare {
                Compare::Specs { with, without } => specs(base, with, without, *seed, context)?,
                Compare::Recall { texts, with, without } => {
                    texts.write(base)?;
                    specs(base, with, without, *seed, context)?
                }
                Compare::FewShot(config) => config.measure(&self.name, base, *seed, context)?,
            };
            let Some([first, second]) = pair else { return Ok(None) };
            with.push(first);
            without.push(second);
            done(with.len() + without.len());
        }
        let of = |sides: &[Side], value: fn(&Side) -> f64| -> Vec<f64> { sides.iter().map(value).collect() };
        let mean = |value: fn(&Side) -> f64| {
            let mean = |sides: &[Side]| of(sides, value).iter().sum::<f64>() / sides.len().max(1) as f64;
            (mean(&with), mean(&without))
        };
        let pair = |unit: &str, (with, without): (f64, f64)| CostPair { unit: unit.to_owned(), with, without };
        let flops = mean(|side| side.training_flops);
        Ok(Some(Ablation {
            name: self.name.clone(),
            innovation: self.innovation.clone(),
            task: self.task.clone(),
            metric: "accuracy on test rows".to_owned(),
            better: Better::Higher,
            with: of(&with, |side| side.accuracy),
            without: of(&without, |side| side.accuracy),
            cost_with: flops.0,
            cost_without: flops.1,
            cost_unit: "FLOP of training".to_owned(),
            costs: vec![
                pair("parameters", mean(|side| side.parameters)),
                pair("seconds of training", mean(|side| side.seconds)),
            ],
            from: from.to_owned(),
        }))
    }
}

impl Variant {
    fn spec(&self, base: &Path, seed: u64) -> Result<Spec, SpecError> {
        let mut set: Vec<Override> =
            self.set.iter().map(|(key, value)| format!("{key}={value}").parse()).collect::<Result<_, _>>()?;
        set.push(format!("seed={seed}").parse()?);
        Spec::load(&base.join(&self.spec), &set)
    }
}

/// Both sides of a comparison of specs. Where one has no rules to derive its targets, they are those of the other: the samples are the same.
fn specs(
    base: &Path,
    with: &Variant,
    without: &Variant,
    seed: u64,
    context: &RunContext<'_>,
) -> Result<Option<[Side; 2]>, AblateError> {
    let specs = [with.spec(base, seed)?, without.spec(base, seed)?];
    let projects = match (&specs[0].logic, &specs[1].logic) {
        (Some(_), None) => {
            let first = Project::open(&specs[0], base, base)?;
            let second = Project::open_labelled_by(&specs[1], base, &first)?;
            [first, second]
        }
        _ => [Project::open(&specs[0], base, base)?, Project::open(&specs[1], base, base)?],
    };
    let mut sides = Vec::with_capacity(2);
    for project in &projects {
        let Some(trial) = Trial::run(project, &["test"], context)? else { return Ok(None) };
        sides.push(Side {
            accuracy: trial.scores["test"].result_accuracy,
            parameters: trial.size.parameters as f64,
            training_flops: trial.size.training_flops as f64,
            seconds: trial.seconds,
        });
    }
    Ok(<[Side; 2]>::try_from(sides).ok())
}

#[cfg(test)]
mod tests;
