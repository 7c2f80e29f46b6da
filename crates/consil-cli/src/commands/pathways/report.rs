//! `consil pathways report`: one HTML page.

use std::fs;
use std::path::PathBuf;

use clap::{Args, ValueHint};
use consil::pathways::Stage;
use consil::pathways::compare::Comparison;
use consil::pathways::hybrid::HybridAssessment;
use consil::pathways::report::Report;
use serde::Serialize;

use super::compare::sampled;
use super::profile::Assessments;
use super::runs_file::LawOptions;
use super::word;
use crate::console::Console;
use crate::failure::{Failure, InputError};

/// Write the comparison, a forecast and a profile as one HTML page.
///
/// The page holds all it needs: it makes no request and has no script. It shows the map of pathways, probabilities by year, the fans of the
/// forecast, which inputs the spread of each --sensitivity comes from, and the profile's faculties, scale and architecture. With --runs it also shows a
/// fitted law: predictions against losses, residuals, curves of equal compute.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil pathways report report.html
  consil pathways report report.html --forecast my-forecast.toml --profile my-system.toml
  consil pathways report report.html --sensitivity scaling-general
  consil pathways report report.html --runs runs.csv --law hoffmann")]
pub struct ReportArgs {
    /// The page to write
    #[arg(value_name = "PAGE", value_hint = ValueHint::FilePath)]
    page: PathBuf,
    /// The forecast: a TOML file [default: the built-in example]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    forecast: Option<PathBuf>,
    /// The profile: a TOML file [default: the built-in example]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    profile: Option<PathBuf>,
    /// Ablations that were measured: a file that `consil pathways ablate` wrote
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    ablations: Option<PathBuf>,
    /// Show which inputs the spread of this quantity or date comes from; can be repeated
    #[arg(long, value_name = "NAME")]
    sensitivity: Vec<String>,
    /// Fit a law to these runs as well: a CSV file or a folder of run folders, as `consil pathways fit` reads them
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    runs: Option<PathBuf>,
    #[command(flatten)]
    law: LawOptions,
}

#[derive(Serialize)]
struct Answer {
    page: PathBuf,
    bytes: usize,
}

impl ReportArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let assessments = Assessments::of_files(self.profile.as_deref(), self.ablations.as_deref())?;
        let (model, forecast) = sampled(console, self.forecast.as_deref())?;
        let mut sensitivities = Vec::new();
        for name in &self.sensitivity {
            sensitivities.push((name.clone(), model.sensitivity(name)?));
        }
        let read = self.runs.iter().map(|runs| self.law.read(std::slice::from_ref(runs))).next().transpose()?;
        let fitted = read.map(|read| self.law.fit(read, console)).transpose()?;
        let fits: Vec<_> = fitted.iter().map(|fitted| (word(&fitted.fit.config().law), &fitted.fit)).collect();
        let html = Report {
            title: &forecast.name,
            comparison: Some(&Comparison::of(&forecast)),
            forecast: Some(&forecast),
            sensitivities: &sensitivities,
            hybrid: Some(&HybridAssessment::of(&forecast, Stage::General)),
            cognitive: Some(&assessments.cognitive),
            scaling: assessments.scaling.as_ref(),
            architectural: assessments.architectural.as_ref(),
            evolutionary: None,
            contest: None,
            fits: &fits,
        }
        .html()?;
        fs::write(&self.page, &html).map_err(|source| InputError::Unwritable { path: self.page.clone(), source })?;
        let answer = Answer { page: self.page, bytes: html.len() };
        console.answer(&answer, |_| format!("{}\n", answer.page.display()))
    }
}
