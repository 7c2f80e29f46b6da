//! Everything that can be said of a spec without training.

use std::path::Path;

use serde::Serialize;

use crate::model::check_rules;
use crate::project::Project;
use crate::spec::{Override, Spec};

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// What must be mended, each with its place and how.
    pub problems: Vec<String>,
    /// What deserves a look: leakage between splits, say.
    pub warnings: Vec<String>,
    /// What the spec comes to, as label and value.
    pub facts: Vec<(String, String)>,
}

/// Reads a spec, its rules and all its data, decodes every sample once, and reports all that is wrong. Nothing is trained or written.
pub fn check(path: &Path, overrides: &[Override]) -> CheckReport {
    let mut report = CheckReport::default();
    let spec = match Spec::load(path, overrides) {
        Ok(spec) => spec,
        Err(error) => {
            report.problems.push(error.to_string());
            return report;
        }
    };
    let base = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Err(error) = check_rules(&spec, base) {
        report.problems.push(error.to_string());
    }
    match consil_data::check(&spec.data, &spec.modality, base, spec.seed) {
        Ok(found) => {
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
        }
        Err(error) => report.problems.push(error.to_string()),
    }
    if report.problems.is_empty() {
        match Project::open(&spec, base, base) {
            Ok(project) => {
                report.facts.extend(model_facts(&project));
                match project.initial_weights() {
                    Ok((_, found)) => {
                        report.facts.extend(found.map(|found| ("fine-tune".to_owned(), found.to_string())))
                    }
                    Err(error) => report.problems.push(error.to_string()),
                }
            }
            Err(error) => report.problems.push(error.to_string()),
        }
    }
    report
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
    facts.push(("answers".to_owned(), project.model().labels().join(", ")));
    facts
}
