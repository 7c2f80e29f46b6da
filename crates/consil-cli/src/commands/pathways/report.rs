//! `consil pathways report`: one HTML page.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use consil::pathways::Stage;
use consil::pathways::compare::Comparison;
use consil::pathways::evolutionary::EvolutionaryAssessment;
use consil::pathways::hybrid::HybridAssessment;
use consil::pathways::report::Report;
use consil_diagnostic::file;
use serde::Serialize;

use super::compare::sampled;
use super::measured::MeasuredFiles;
use super::profile::Assessments;
use super::word;
use crate::console::Console;
use crate::failure::Failure;

/// Write the comparison, a forecast and a profile as one HTML page.
///
/// The page holds all it needs: it makes no request and has no script. It shows the map of pathways, probabilities by year, the fans of the
/// forecast, which inputs the spread of each --sensitivity comes from, and the profile's faculties, scale and architecture. With --runs it also shows a
/// fitted law: predictions against losses, residuals, curves of equal compute; with --search the fronts of a search.
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
    /// Show which inputs the spread of this quantity or date comes from; can be repeated
    #[arg(long, value_name = "NAME")]
    sensitivity: Vec<String>,
    #[command(flatten)]
    measured: MeasuredFiles,
}

#[derive(Serialize)]
struct Answer {
    page: PathBuf,
    bytes: usize,
}

impl ReportArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let measured = self.measured.read(console)?;
        let assessments = Assessments::of_files(self.profile.as_deref(), &measured.ablations)?;
        let (model, forecast) = sampled(console, self.forecast.as_deref())?;
        let mut sensitivities = Vec::new();
        for name in &self.sensitivity {
            sensitivities.push((name.clone(), model.sensitivity(name)?));
        }
        let fits: Vec<_> = measured.fitted.iter().map(|of| (word(&of.fit.config().law), &of.fit)).collect();
        let comparison = Comparison::of(&forecast).with_measured(measured.rows(&assessments.cognitive)?);
        let evolutionary = match &measured.search {
            Some(search) => search.assessment(assessments.scale.as_ref()),
            None => EvolutionaryAssessment::of(None, None, assessments.scale.as_ref()),
        };
        let html = Report {
            title: &forecast.name,
            comparison: Some(&comparison),
            forecast: Some(&forecast),
            sensitivities: &sensitivities,
            hybrid: Some(&HybridAssessment::of(&forecast, Stage::General)),
            cognitive: Some(&assessments.cognitive),
            scaling: assessments.scaling.as_ref(),
            architectural: assessments.architectural.as_ref(),
            evolutionary: Some(&evolutionary),
            contest: measured.search.as_ref().map(|search| (&search.contest, &search.objectives[..])),
            fits: &fits,
        }
        .html()?;
        file::write(&self.page, html.as_bytes())?;
        let answer = Answer { page: self.page, bytes: html.len() };
        console.answer(&answer, |_| format!("{}\n", answer.page.display()))
    }
}
