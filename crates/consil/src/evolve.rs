//! Designs as genomes: a file says what of a spec may vary, and each genome becomes a spec that is trained for a moment.
//!
//! ```toml
//! [gene]
//! width = { integer = [2, 24] }
//! rate = { log-real = [5e-4, 1e-2] }
//! hidden = { choice = ["", "{ linear = 32 }, 'relu'"] }
//! [set]                                # as --set, with the genes' values
//! "network.digit.encoder" = "[{ conv = $width, kernel = 3 }, 'relu', 'flatten', $hidden]"
//! "train.optimizer" = "{ adam = { lr = $rate } }"
//! ```

mod journal;

use std::collections::BTreeMap;
use std::path::Path;

use consil_diagnostic::{Hint, Report};
use consil_pathways::search::{Allele, Gene, Genome, Space, SpaceError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::context::RunContext;
use crate::project::{OpenError, Project};
use crate::spec::{Override, Spec, SpecError};
use crate::train::TrainError;
use crate::trial::Trial;

pub use journal::{Entry, Journal, JournalError};

/// The space of the demo's networks.
pub const DEMO_SPACE: &str = include_str!("../../../examples/pathways/space.toml");

/// What may vary.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct SpaceFile {
    gene: BTreeMap<String, GeneConfig>,
    set: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum GeneConfig {
    Integer([i64; 2]),
    Real([f64; 2]),
    LogReal([f64; 2]),
    Choice(Vec<String>),
}

/// Why a search over a spec cannot begin or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvolveError {
    /// The file of genes is not one.
    #[error("{file}: {source}")]
    File {
        /// The file.
        file: String,
        /// Why.
        source: toml::de::Error,
    },
    /// The genes make no space.
    #[error("{file}: {source}")]
    Space {
        /// The file.
        file: String,
        /// Why.
        source: SpaceError,
    },
    /// A value names a gene that there is none of.
    #[error("{file}: `{key}` uses `${gene}`, and there is no such gene")]
    NoGene {
        /// The file.
        file: String,
        /// The key of `[set]`.
        key: String,
        /// The name.
        gene: String,
        /// The nearest names.
        help: String,
    },
    /// A gene that changes nothing.
    #[error("{file}: no value of [set] uses the gene `{gene}`")]
    Unused {
        /// The file.
        file: String,
        /// The gene.
        gene: String,
    },
    /// The spec has no rows to judge a design on.
    #[error("the spec holds out no validation rows, and a search that looks at the test rows spoils them")]
    NoValidation,
    /// A genome gives no spec.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The data cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A training failed.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// What was evaluated cannot be kept.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl Hint for EvolveError {
    fn help(&self) -> Option<String> {
        match self {
            Self::NoGene { help, .. } => Some(help.clone()),
            Self::Unused { gene, .. } => Some(format!("write `${gene}` where its value belongs, or leave it out")),
            Self::NoValidation => Some(
                "add --set data.compose.valid=400, --set data.split.valid=0.2, or name a file with data.valid"
                    .to_owned(),
            ),
            Self::Spec(error) => error.help(),
            Self::Open(error) => error.help(),
            Self::Train(error) => error.help(),
            Self::Journal(error) => error.help(),
            _ => None,
        }
    }
}

/// What of a spec may vary, and how.
#[derive(Clone, Debug)]
pub struct Designs {
    space: Space,
    set: BTreeMap<String, String>,
}

/// The values that a search makes small.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Objectives {
    /// The mean of `−log P(answer)` on the validation rows, in nats.
    pub loss: f64,
    /// Operations of a forward pass for one sample.
    pub forward_flops: u64,
    /// Bytes that inference holds at once.
    pub memory_bytes: u64,
}

impl Objectives {
    /// As a searcher takes them: the loss, and the logarithms (base 10) of the costs, since designs differ by factors.
    pub fn values(&self) -> Vec<f64> {
        vec![self.loss, (self.forward_flops as f64).log10(), (self.memory_bytes as f64).log10()]
    }
}

impl Designs {
    /// Reads a file of genes; `file` is what errors call it.
    ///
    /// # Errors
    /// If it is not TOML, a gene has no values, a value names no gene, or a gene is not used.
    pub fn parse(file: &str, text: &str) -> Result<Self, EvolveError> {
        let read: SpaceFile =
            toml::from_str(text).map_err(|source| EvolveError::File { file: file.to_owned(), source })?;
        for (key, value) in &read.set {
            for gene in placeholders(value) {
                if !read.gene.contains_key(gene) {
                    let help = consil_diagnostic::suggest::nearest_or_all(gene, read.gene.keys().map(String::as_str));
                    return Err(EvolveError::NoGene {
                        file: file.to_owned(),
                        key: key.clone(),
                        gene: gene.to_owned(),
                        help,
                    });
                }
            }
        }
        let unused = |gene: &&String| !read.set.values().any(|value| placeholders(value).any(|used| used == **gene));
        if let Some(gene) = read.gene.keys().find(unused) {
            return Err(EvolveError::Unused { file: file.to_owned(), gene: gene.clone() });
        }
        let genes = read.gene.into_iter().map(|(name, gene)| {
            let gene = match gene {
                GeneConfig::Integer([low, high]) => Gene::Integer { low, high },
                GeneConfig::Real([low, high]) => Gene::Real { low, high },
                GeneConfig::LogReal([low, high]) => Gene::LogReal { low, high },
                GeneConfig::Choice(names) => Gene::Category { names },
            };
            (name, gene)
        });
        let space =
            Space::new(genes.collect()).map_err(|source| EvolveError::Space { file: file.to_owned(), source })?;
        Ok(Self { space, set: read.set })
    }

    /// The space of genomes.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// The same space without its categories, each held at its first value: what a search over ordered genes takes.
    pub fn ordered(&self) -> Self {
        let mut held = self.clone();
        let mut genes = Vec::new();
        for (name, gene) in self.space.genes() {
            match gene {
                Gene::Category { names } => {
                    for value in held.set.values_mut() {
                        *value = replace(value, |gene| (gene == name).then(|| names[0].clone()));
                    }
                }
                gene => genes.push((name.clone(), gene.clone())),
            }
        }
        if let Ok(space) = Space::new(genes) {
            held.space = space;
        }
        held
    }

    /// The values that a genome sets in a spec.
    ///
    /// # Errors
    /// If one is no override.
    pub fn overrides(&self, genome: &Genome) -> Result<Vec<Override>, SpecError> {
        let value = |name: &str| {
            let gene = self.space.genes().iter().find(|(gene, _)| gene == name).map(|(_, gene)| gene);
            match (self.space.value(genome, name), gene) {
                (Some(Allele::Category(i)), Some(Gene::Category { names })) => names.get(i).cloned(),
                (Some(Allele::Integer(n)), _) => Some(n.to_string()),
                // TOML wants a point or an exponent in a real number.
                (Some(Allele::Real(x)), _) => Some(format!("{x:e}")),
                _ => None,
            }
        };
        self.set.iter().map(|(key, text)| format!("{key}={}", replace(text, value)).parse()).collect()
    }
}

/// A spec whose designs are searched.
pub struct Laboratory<'a> {
    /// What errors call the spec.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
    /// Where its data paths begin.
    pub base: &'a Path,
    /// Where the path of its rule file begins.
    pub rules: &'a Path,
    /// What is set before the genes: the fidelity.
    pub fixed: &'a [Override],
}

impl Laboratory<'_> {
    /// The spec of a genome.
    ///
    /// # Errors
    /// If it is not a spec.
    pub fn spec(&self, designs: &Designs, genome: &Genome) -> Result<Spec, SpecError> {
        let mut overrides = self.fixed.to_vec();
        overrides.extend(designs.overrides(genome)?);
        Spec::parse(self.name, self.text, &overrides)
    }

    /// Trains a genome's spec, or finds it in the journal. `None` once the context is interrupted. A design whose layers do not fit has no objectives.
    ///
    /// # Errors
    /// [`EvolveError`]. That layers do not fit is none.
    pub fn evaluate(
        &self,
        designs: &Designs,
        genome: &Genome,
        journal: &mut Journal,
        context: &RunContext<'_>,
    ) -> Result<Option<Entry>, EvolveError> {
        let spec = self.spec(designs, genome)?;
        let key = digest(&spec, self.rules)?;
        if let Some(entry) = journal.find(&key) {
            return Ok(Some(entry.clone()));
        }
        let design = designs.space().describe(genome);
        let entry = match Project::open(&spec, self.base, self.rules) {
            Err(OpenError::Model(error)) => {
                Entry { key, design, failed: Some(Report::of(&error).to_string()), ..Entry::default() }
            }
            Err(error) => return Err(error.into()),
            Ok(project) => {
                if project.data().valid.is_none() {
                    return Err(EvolveError::NoValidation);
                }
                let Some(trial) = Trial::run(&project, &["valid"], context)? else { return Ok(None) };
                let loss = trial.scores["valid"].loss;
                let objectives =
                    Objectives { loss, forward_flops: trial.size.forward_flops, memory_bytes: trial.memory_bytes };
                Entry {
                    key,
                    design,
                    failed: (!loss.is_finite()).then(|| "the loss is not finite".to_owned()),
                    objectives: loss.is_finite().then_some(objectives),
                    accuracy: trial.scores["valid"].result_accuracy,
                    training_flops: trial.size.training_flops,
                    seconds: trial.seconds,
                }
            }
        };
        journal.append(entry.clone())?;
        Ok(Some(entry))
    }
}

/// What the result of a training depends on, hashed: the resolved spec, the rules and the version of the program.
fn digest(spec: &Spec, rules: &Path) -> Result<String, SpecError> {
    let mut hash = Sha256::new();
    hash.update(spec.to_toml()?);
    if let Some(logic) = &spec.logic {
        // A rule file that cannot be read is refused when the project is opened.
        hash.update(std::fs::read(rules.join(&logic.program)).unwrap_or_default());
    }
    hash.update(env!("CARGO_PKG_VERSION"));
    Ok(hash.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect())
}

/// The names after each `$`.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('$').skip(1).map(|rest| &rest[..name_length(rest)])
}

fn name_length(rest: &str) -> usize {
    rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).unwrap_or(rest.len())
}

/// The text with the values of the genes that have one.
fn replace(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut parts = text.split('$');
    let mut replaced = parts.next().unwrap_or_default().to_owned();
    for rest in parts {
        let (name, rest) = rest.split_at(name_length(rest));
        replaced.push_str(&value(name).unwrap_or_else(|| format!("${name}")));
        replaced.push_str(rest);
    }
    replaced
}

#[cfg(test)]
mod tests;
