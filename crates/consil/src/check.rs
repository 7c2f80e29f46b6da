//! Everything that can be said of a spec without training.

use consil_data::DataError;
use consil_diagnostic::Report;
use serde::Serialize;

use crate::project::{OpenError, Project};
use crate::source::SpecSource;
use crate::spec::Override;
use crate::understanding::Understanding;

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// What must be fixed, each with its place and how.
    pub problems: Vec<String>,
    /// What deserves a look: leakage between splits, say.
    pub warnings: Vec<String>,
    /// What the spec comes to, as label and value.
    pub facts: Vec<(String, String)>,
}

/// Reads a spec, its rules and all its data, decodes every sample once, and reports all that is wrong. Nothing is trained or written.
///
/// What is refused here is what a training refuses: both open the same [`Project`], and only here every sample is decoded too.
pub fn check(source: &SpecSource, overrides: &[Override]) -> CheckReport {
    let mut report = CheckReport::default();
    let opened = Project::load_from(source, overrides);
    let sampled = samples(source, overrides, &mut report);
    match opened {
        Ok(project) => {
            report.facts.extend(model_facts(&project));
            let Understanding { facts, warnings } = Understanding::new(&project);
            report.facts.extend(facts);
            report.warnings.extend(warnings);
            report.warnings.extend(project.notes().iter().cloned());
            preparable(&project, &mut report);
        }
        Err(error) => refused(error, sampled, &mut report),
    }
    report
}

/// Says why a spec is refused. Most rows that cannot be used were found with the samples, and are said once.
fn refused(error: OpenError, sampled: Result<(), DataError>, report: &mut CheckReport) {
    let mut are_all_rows = true;
    for problem in error.each() {
        let found = match &problem {
            OpenError::Data(DataError::Rows(bad)) => bad.iter().map(ToString::to_string).collect(),
            other => {
                are_all_rows = false;
                vec![Report::of(other).to_string()]
            }
        };
        let new: Vec<String> = found.into_iter().filter(|text| !report.problems.contains(text)).collect();
        report.problems.extend(new);
    }
    // Bad rows hide what is wrong besides, such as a column that is not there.
    if let (true, Err(error)) = (are_all_rows, sampled) {
        report.problems.push(Report::new(&error).to_string());
    }
}

/// Decodes every sample. A spec that cannot be read has none.
///
/// # Errors
/// When the data cannot be opened.
fn samples(source: &SpecSource, overrides: &[Override], report: &mut CheckReport) -> Result<(), DataError> {
    let Ok((spec, _)) = source.read(overrides) else { return Ok(()) };
    let found = consil_data::check(&spec.data, &spec.modality, source.base(), spec.seed)?;
    report.problems.extend(found.bad.iter().map(ToString::to_string));
    report.warnings.extend(found.warnings.iter().map(ToString::to_string));
    for (split, n_rows) in &found.rows {
        report.facts.push((format!("{split} rows"), n_rows.to_string()));
    }
    for (split, distinct) in &found.distinct {
        let counts: Vec<String> = distinct.iter().map(|(modality, n)| format!("{n} {modality}")).collect();
        report.facts.push((format!("{split} distinct items"), counts.join(", ")));
    }
    for ((split, item), n_rows) in &found.absent {
        report.facts.push((format!("{split} rows without {item}"), n_rows.to_string()));
    }
    Ok(())
}

/// Prepares what the model is judged by as it would: what it cannot take, what is cut and which words it does not know.
fn preparable(project: &Project, report: &mut CheckReport) {
    for (name, split) in project.splits().filter(|(name, _)| *name != "train") {
        match consil_data::inspect(split, project.model().preparations()) {
            Ok(found) => {
                report.problems.extend(found.bad.iter().map(|(_, bad)| bad.to_string()));
                report.warnings.extend(found.notes().iter().map(|note| format!("{name}: {note}")));
            }
            Err(error) => report.problems.push(Report::new(&error).to_string()),
        }
    }
}

fn model_facts(project: &Project) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    for (name, preparation) in project.model().preparations() {
        let axes: Vec<String> = preparation.shape().iter().map(ToString::to_string).collect();
        facts.push((format!("modality {name}"), axes.join(" × ")));
    }
    for (name, network) in project.model().networks() {
        facts.push((format!("network {name}"), format!("{} parameters", network.graph().cost().parameters)));
    }
    facts.push(("answers".to_owned(), listed(&project.model().labels())));
    if let Ok((_, Some(found))) = project.initial_weights() {
        facts.push(("fine-tune".to_owned(), found.to_string()));
    }
    facts
}

/// Labels, or some of them and how many there are.
fn listed(labels: &[String]) -> String {
    const LISTED: usize = 20;
    let shown = labels.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
    if labels.len() > LISTED { format!("{shown}, … {} in all", labels.len()) } else { shown }
}
