//! What was measured, for the commands that set it beside pathways: ablations, a search, runs, a trend of horizons.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use consil::Key;
use consil::pathways::Trend;
use consil::pathways::architectural::{Ablation, read_ablations};
use consil::pathways::compare::{Measurement, SearchRun, read_search};
use consil::pathways::profile::CognitiveAssessment;
use consil::pathways::trend::read_horizons;

use super::files::{date_or_today, open, text_of};
use super::runs_file::{Fitted, LawOptions};
use super::word;
use crate::console::Console;
use crate::failure::Failure;

/// The ablations that this project measured, by `consil pathways ablate`, and where they stand.
const ABLATIONS: (&str, &str) =
    ("examples/ablations/measured.json", include_str!("../../../../../examples/ablations/measured.json"));

/// Files of what was measured.
#[derive(Args)]
pub struct MeasuredFiles {
    /// Ablations that were measured: a file that `consil pathways ablate` wrote [default: those of this project]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    ablations: Option<PathBuf>,
    /// A search over designs: a file that `consil pathways evolve --json` wrote
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    search: Option<PathBuf>,
    /// Time horizons: METR's results as YAML
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    horizons: Option<PathBuf>,
    /// Fit a law to these runs as well: a CSV file or a folder of run folders, as `consil pathways fit` reads them
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    runs: Option<PathBuf>,
    #[command(flatten)]
    law: LawOptions,
}

/// What the files say.
pub struct Measured {
    pub ablations: Vec<Ablation>,
    pub search: Option<SearchRun>,
    pub horizons: Option<Trend>,
    pub fitted: Option<Fitted>,
    seed: u64,
}

impl MeasuredFiles {
    /// Reads them all, and fits.
    pub fn read(&self, console: &Console) -> Result<Measured, Failure> {
        let (name, text) = text_of(self.ablations.as_deref(), ABLATIONS)?;
        let ablations = read_ablations(&name, &text)?;
        let read = |path: &Path| -> Result<SearchRun, Failure> {
            let (name, text) = text_of(Some(path), ("", ""))?;
            Ok(read_search(&name, &text)?)
        };
        let search = self.search.as_deref().map(read).transpose()?;
        let trend = |path: &Path| -> Result<Trend, Failure> {
            let today = date_or_today(None)?;
            let (file, source) = open(path)?;
            let (horizons, source) = read_horizons(file, source, today)?;
            Ok(Trend::fit(&horizons, today)?.with_sources(vec![source]))
        };
        let horizons = self.horizons.as_deref().map(trend).transpose()?;
        let runs = self.runs.as_ref().map(|runs| self.law.read(std::slice::from_ref(runs))).transpose()?;
        let fitted = runs.map(|runs| self.law.fit(runs, console)).transpose()?;
        Ok(Measured { ablations, search, horizons, fitted, seed: self.law.seed() })
    }
}

impl Measured {
    /// All of it, pathway by pathway, with the faculties of a profile and the evolution anchor, which are there without any file.
    pub fn rows(&self, profile: &CognitiveAssessment) -> Result<Vec<Measurement>, Failure> {
        let mut rows = Vec::new();
        if let Some(fitted) = &self.fitted {
            let law = word(&fitted.fit.config().law);
            rows.push(Measurement::of_fit(&law, &fitted.fit, Key::new(self.seed))?);
        }
        rows.extend(self.ablations.iter().map(|ablation| Measurement::of_ablation(&ablation.result())));
        rows.extend(
            self.horizons.as_ref().map(|trend| Measurement::of_trend("length of tasks, half of which succeed", trend)),
        );
        rows.push(Measurement::of_profile(profile));
        rows.extend(self.search.as_ref().map(Measurement::of_search));
        rows.push(Measurement::of_anchor());
        Ok(rows)
    }
}
