//! `consil pathways compare`: five pathways, four stages, and what each cell stands on.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use consil::pathways::compare::{self, Comparison, Standing};
use consil::pathways::forecast::{Forecast, Model};

use super::files::text_of;
use super::measured::MeasuredFiles;
use super::profile::Assessments;
use crate::console::Console;
use crate::failure::Failure;
use crate::spinner::with_spinner;

/// Compare five pathways over four stages, each cell with what it stands on.
///
/// Samples a forecast and fills a cell for each pathway, stage and aspect (FLOP, cost, date, probability, binding constraint). A cell is
/// computed, computed from judgement, cited or a judgement, or it says which evidence is missing. Beside the cells stands what was measured on each pathway, with its
/// gain and cost: ablations, a search, a fitted law, horizons, the faculties of a profile. Without a file the built-in example is compared: an example, and not a
/// forecast by this project.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil pathways compare
  consil pathways compare my-forecast.toml --ablations ablations.json --runs runs.csv
  consil pathways evolve --json > search.json && consil pathways compare --search search.json
  consil pathways compare --json | jq '.rows[] | select(.stage == \"general\")'")]
pub struct CompareArgs {
    /// The forecast: a TOML file [default: the built-in example]
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
    /// The profile whose faculties stand beside the cognitive pathway: a TOML file [default: the built-in example]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    profile: Option<PathBuf>,
    #[command(flatten)]
    measured: MeasuredFiles,
}

/// The columns of text that no terminal shows.
const WIDTH: usize = 100;

impl CompareArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let measured = self.measured.read(console)?;
        let assessments = Assessments::of_files(self.profile.as_deref(), &measured.ablations)?;
        let (_, forecast) = sampled(console, self.file.as_deref())?;
        let comparison = Comparison::of(&forecast).with_measured(measured.rows(&assessments.cognitive)?);
        console.answer(&comparison, |_| {
            let counts: String = Standing::ALL
                .iter()
                .map(|standing| format!("{:>4} cells: {}\n", comparison.count(*standing), standing.name()))
                .collect();
            format!("{}\n{counts}", comparison.text(console.width().unwrap_or(WIDTH)))
        })
    }
}

/// A forecast's model, of a file or the example, and its run.
pub fn sampled(console: &Console, file: Option<&std::path::Path>) -> Result<(Model, Forecast), Failure> {
    let (name, text) = text_of(file, ("the built-in example", compare::EXAMPLE))?;
    let model = Model::parse(&name, &text)?;
    let forecast = with_spinner(console, "sampling the forecast", || model.run())?;
    Ok((model, forecast))
}
