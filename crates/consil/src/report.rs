//! `report.html`: what one or more runs came to, in one file that asks nothing of the network.
//!
//! The page is a pure function of its [`Contents`]: figures, curves, confusion matrices and explained samples become tables and
//! drawings that can be read without a script, in light and dark, on a phone and on paper.

mod curves;
mod matrix;
mod page;
mod picture;
mod sample;
#[cfg(test)]
pub(crate) mod tests;
mod verdict;

use std::path::PathBuf;

use consil_diagnostic::Hint;
use consil_report::number;

use crate::explain::Explanation;
use crate::outcome::Outcome;
use crate::run::{Record, Run, RunError, RunKind};

/// The report's file in a run folder.
pub const FILE: &str = "report.html";

/// Why a report cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// There is no run to report on.
    #[error("a report needs at least one run")]
    NoRuns,
    /// A run folder cannot be read or written.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl Hint for ReportError {
    fn help(&self) -> Option<String> {
        if let Self::Run(error) = self { error.help() } else { None }
    }
}

/// What a report shows.
#[derive(Clone, Copy, Debug)]
pub struct Contents<'a> {
    /// The runs, side by side; name, seed and spec are the last one's.
    pub runs: &'a [RunFacts],
    /// A drawing of the networks, as SVG.
    pub architecture: Option<&'a str>,
    /// Samples with their explanations.
    pub samples: &'a [Explanation],
}

/// What a report says of one run.
#[derive(Clone, Debug)]
pub struct RunFacts {
    /// What the report calls it: `central`, `federated`.
    pub label: String,
    /// What was run.
    pub kind: RunKind,
    /// The spec's name.
    pub name: String,
    /// The seed.
    pub seed: u64,
    /// The version of the program that made it.
    pub version: String,
    /// A hash of what the weights depend on.
    pub fingerprint: String,
    /// The run folder, as it was opened: where the command that repeats the run finds its spec.
    pub folder: String,
    /// The resolved spec.
    pub spec: String,
    /// The rule program, where there are rules.
    pub program: Option<String>,
    /// What happened.
    pub records: Vec<Record>,
    /// What it came to; none before the run has finished.
    pub outcome: Option<Outcome>,
}

impl RunFacts {
    /// Reads what a report says of a run.
    ///
    /// # Errors
    /// When a file of the run is damaged.
    pub fn read(label: &str, run: &Run) -> Result<Self, RunError> {
        let about = run.about();
        let text = |file: &str| std::fs::read_to_string(run.path(file)).ok();
        let finished = run.path(crate::run::RESULT).exists();
        Ok(Self {
            label: label.to_owned(),
            kind: about.kind,
            name: about.name.clone(),
            seed: about.seed,
            version: about.version.clone(),
            fingerprint: about.fingerprint.clone(),
            folder: run.folder().display().to_string(),
            spec: text("spec.toml").unwrap_or_default(),
            program: text("program.pl"),
            records: run.records()?,
            outcome: if finished { Some(run.read_json(crate::run::RESULT)?) } else { None },
        })
    }

    /// How many sites reported.
    fn n_sites(&self) -> usize {
        let sites = self.records.iter().filter_map(|record| match record {
            Record::Round { sites, .. } => Some(sites),
            _ => None,
        });
        sites.flatten().map(|site| site.site).collect::<std::collections::BTreeSet<_>>().len()
    }
}

/// A count with its thousands apart.
fn count(n: usize) -> String {
    number::thousands(n)
}

/// A share as a percentage that stays in one piece.
fn share(value: f64) -> String {
    number::unbroken(&number::percent(value))
}

/// The page as HTML.
///
/// # Errors
/// When there is no run.
pub fn html(contents: &Contents<'_>) -> Result<String, ReportError> {
    if contents.runs.is_empty() {
        return Err(ReportError::NoRuns);
    }
    Ok(page::html(contents))
}

/// Writes `report.html` into the folder of the last of `runs`, each with what the report is to call it, and returns its path.
///
/// # Errors
/// [`ReportError`].
pub fn write(
    runs: &[(&str, &Run)],
    architecture: Option<&str>,
    samples: &[Explanation],
) -> Result<PathBuf, ReportError> {
    let (_, last) = runs.last().ok_or(ReportError::NoRuns)?;
    let facts = runs.iter().map(|(label, run)| RunFacts::read(label, run)).collect::<Result<Vec<_>, _>>()?;
    let html = html(&Contents { runs: &facts, architecture, samples })?;
    last.write(FILE, html.as_bytes())?;
    Ok(last.path(FILE))
}
