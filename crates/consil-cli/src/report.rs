//! The report of finished runs.

use std::path::PathBuf;

use consil::describe::describe;
use consil::explain::{choose, explain};
use consil::{Project, Run, TrainedModel};

use crate::console::Console;
use crate::failure::Failure;
use crate::spinner::with_spinner;

/// Writes the report of `runs` of one project into the folder of the last of them: their course and results, the networks, and those of
/// the last run's answers on the test rows that tell most, explained.
///
/// # Errors
/// When a run cannot be read, or the report not be written.
pub fn write_report(console: &Console, runs: &[(&str, &Run)], project: &Project) -> Result<PathBuf, Failure> {
    with_spinner(console, "writing the report", || {
        let (_, last) = runs.last().expect("a report is of at least one run");
        let (trained, test) = (TrainedModel::load(last)?, &project.data().test);
        // What stayed at the sites cannot be asked here.
        let telling = if trained.kept_at_sites().is_empty() { choose(&trained, test)? } else { Vec::new() };
        let samples = telling.into_iter().map(|row| explain(&trained, test, row)).collect::<Result<Vec<_>, _>>()?;
        let architecture = describe(project.model()).svg;
        Ok(consil::report::write(runs, Some(&architecture), &samples)?)
    })
}
