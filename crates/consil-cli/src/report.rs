//! The report of finished runs: which samples it shows.

use std::path::PathBuf;

use consil::describe::describe;
use consil::explain::{Explanation, explain};
use consil::{Project, Run, Split, Trained};

use crate::console::Console;
use crate::failure::Failure;
use crate::waiting::waiting;

/// How many of the first test rows are looked through for samples to show.
const LOOKED_THROUGH: usize = 256;
/// How many right answers, and how many wrong ones, are shown.
const SHOWN: usize = 3;
/// How many proofs of each.
const PROOFS: usize = 2;

/// Writes the report of `runs` of one project into the folder of the last of them: their course and results, the networks, and the last
/// run's first right and wrong answers on the test rows, explained.
///
/// # Errors
/// When a run cannot be read, or the report not be written.
pub fn write_report(console: &Console, runs: &[(&str, &Run)], project: &Project) -> Result<PathBuf, Failure> {
    waiting(console, "writing the report", || {
        let (_, last) = runs.last().expect("a report is of at least one run");
        let samples = samples(&Trained::load(last)?, &project.data().test)?;
        let architecture = describe(project.model()).svg;
        Ok(consil::report::write(runs, Some(&architecture), &samples)?)
    })
}

/// The first right and the first wrong answers, explained.
fn samples(trained: &Trained, test: &Split) -> Result<Vec<Explanation>, Failure> {
    let rows: Vec<usize> = (0..test.len().min(LOOKED_THROUGH)).collect();
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    for prediction in trained.predict(test, &rows)? {
        let answer = prediction.best().map(|(label, _)| label);
        let chosen = if answer == test.target(prediction.row) { &mut right } else { &mut wrong };
        if chosen.len() < SHOWN {
            chosen.push(prediction.row);
        }
    }
    let rows = right.into_iter().chain(wrong);
    rows.map(|row| Ok(explain(trained, test, row, PROOFS)?)).collect()
}
