//! `consil pathways ablate`: parts of a design with and without, measured on one's own models.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, ValueHint};
use consil::ablate::{self, Row};
use consil::pathways::architectural::{Ablation, AblationResult, read_ablations};
use consil::{RunContext, Workers};
use consil_diagnostic::file;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::files::{GivenError, text_of};
use crate::console::Console;
use crate::failure::{Failure, InputError};
use crate::interrupt;
use crate::runs::RunsArg;
use crate::style::TextStyle;
use crate::table::Table;
use consil::number::{clock, count, number, percent};

/// Where there is no terminal, a line at most this often.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// Measure what parts of a design gain: with and without, over seeds.
///
/// Trains each row of a list with a part of the design and without it, on the same samples, with several seeds: rules, shared encoders, a second modality,
/// attention, memory, learning to learn. The differences are paired by seed, and each row has what both sides cost. The result is a file that `consil pathways
/// profile` and `report` take with --ablations. A row that is there already is not measured again, so that an interrupted command goes on.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil pathways ablate                                    the built-in rows, on embedded data: some minutes
  consil pathways ablate --only 'rules against none' --seeds 3
  consil pathways ablate my-rows.toml --out my-ablations.json
  consil pathways profile my-system.toml --ablations ablations.json

A row:
  [[row]]
  name = \"wide against narrow\"
  innovation = \"modular-architecture\"                       may be left out
  task = \"digits\"
  [row.compare.specs]
  with = { spec = \"my.toml\", set = { \"network.digit.width\" = \"64\" } }
  without = { spec = \"my.toml\" }")]
pub struct AblateArgs {
    /// The rows: a TOML file [default: those that are built in]
    #[arg(value_name = "ROWS", conflicts_with = "runs", value_hint = ValueHint::FilePath)]
    rows: Option<PathBuf>,
    /// Measure the row of this name alone; can be repeated
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// How many seeds
    #[arg(long, value_name = "N", default_value_t = 5)]
    seeds: u64,
    /// Where the result is written
    #[arg(long, value_name = "FILE", default_value = "ablations.json", value_hint = ValueHint::FilePath)]
    out: PathBuf,
    #[command(flatten)]
    root: RunsArg,
}

#[derive(Serialize)]
struct Answer<'a> {
    file: &'a Path,
    ablations: Vec<AblationResult>,
}

impl AblateArgs {
    pub fn run(self, console: &Console, workers: &Workers) -> Result<(), Failure> {
        if self.seeds == 0 {
            let allowed = "a whole number above zero; one seed shows no spread";
            return Err(GivenError::OutOfRange { option: "--seeds", value: 0.0, allowed }.into());
        }
        let (name, text) = text_of(self.rows.as_deref(), ("the built-in rows", ablate::FILES[0].1))?;
        let rows = self.chosen(ablate::rows(&name, &text)?)?;
        let base = match &self.rows {
            Some(rows) => rows.parent().map(PathBuf::from).unwrap_or_default(),
            None => self.write_built_in()?,
        };
        let seeds: Vec<u64> = (1..=self.seeds).collect();
        let mut found = self.found_before()?;
        let is_found = |found: &[Ablation], row: &Row| {
            found.iter().any(|known| known.name == row.name && known.with.len() == seeds.len())
        };
        let missing: Vec<&Row> = rows.iter().filter(|row| !is_found(&found, row)).collect();
        if missing.len() < rows.len() {
            let known = count(rows.len() - missing.len(), "row");
            console.say(&format!("{} holds {known} of these already", self.out.display()));
        }
        let from = format!("consil pathways ablate --seeds {}, version {}", self.seeds, env!("CARGO_PKG_VERSION"));
        let mut progress = Progress::new(console, 2 * seeds.len() * missing.len());
        for row in missing {
            let before = progress.done;
            let context = RunContext::new(workers).interrupted_by(&interrupt::pressed);
            let measured = row.measure(&base, &seeds, &from, &context, &mut |done| {
                progress.show(before + done, &row.name);
            })?;
            let Some(measured) = measured else { return Err(Failure::Interrupted) };
            found.retain(|known| known.name != row.name);
            found.push(measured);
            let text = serde_json::to_string_pretty(&found).map_err(Failure::internal)?;
            file::write(&self.out, text.as_bytes())?;
        }
        drop(progress);
        let named = |result: &AblationResult| rows.iter().any(|row| row.name == result.name);
        let ablations = found.iter().map(Ablation::result).filter(named).collect();
        let answer = Answer { file: &self.out, ablations };
        console.answer(&answer, |style| render(&answer, style))
    }

    fn chosen(&self, rows: Vec<Row>) -> Result<Vec<Row>, Failure> {
        for name in &self.only {
            if !rows.iter().any(|row| row.name == *name) {
                let known: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
                return Err(InputError::NoRowNamed { name: name.clone(), known: known.join("; ") }.into());
            }
        }
        Ok(rows.into_iter().filter(|row| self.only.is_empty() || self.only.contains(&row.name)).collect())
    }

    /// Writes the built-in specs and rules where they can be read, and looked at.
    fn write_built_in(&self) -> Result<PathBuf, Failure> {
        let folder = self.root.runs.join("ablate");
        file::create_folder(&folder)?;
        for (file, text) in ablate::FILES {
            file::write(&folder.join(file), text.as_bytes())?;
        }
        Ok(folder)
    }

    fn found_before(&self) -> Result<Vec<Ablation>, Failure> {
        if !self.out.exists() {
            return Ok(Vec::new());
        }
        let (name, text) = text_of(Some(&self.out), ("", ""))?;
        Ok(read_ablations(&name, &text)?)
    }
}

/// How many sides are trained.
struct Progress<'a> {
    console: &'a Console,
    done: usize,
    total: usize,
    begin: Instant,
    last_line: Instant,
    bar: ProgressBar,
    _watch: interrupt::Watch,
}

impl<'a> Progress<'a> {
    fn new(console: &'a Console, total: usize) -> Self {
        let target = if console.draws_bars() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} trainings  {elapsed}, {eta} left  {msg}")
            .expect("a constant template")
            .progress_chars("━━─");
        let bar = ProgressBar::with_draw_target(Some(total as u64), target).with_style(style);
        let watch = interrupt::watch({
            let (console, bar) = (console.clone(), bar.clone());
            move || bar.suspend(|| console.say("stopping; finished rows are kept. Press Ctrl-C again to leave at once"))
        });
        Self { console, done: 0, total, begin: Instant::now(), last_line: Instant::now(), bar, _watch: watch }
    }

    fn show(&mut self, done: usize, row: &str) {
        self.done = done;
        if self.console.draws_bars() {
            self.bar.set_position(done as u64);
            self.bar.set_message(row.to_owned());
        } else if self.last_line.elapsed() >= BETWEEN_LINES {
            self.last_line = Instant::now();
            let left = self.begin.elapsed().as_secs_f64() / done.max(1) as f64 * (self.total - done) as f64;
            let total = self.total;
            self.console.say(&format!("measuring: training {done} of {total}, about {} left  {row}", clock(left)));
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn render(answer: &Answer<'_>, style: TextStyle) -> String {
    let mut text = render_ablations(&answer.ablations, style);
    text.push_str(&format!("\nwritten to {}\n", answer.file.display()));
    text
}

/// Ablations as a table.
pub fn render_ablations(ablations: &[AblationResult], style: TextStyle) -> String {
    let mut table =
        Table::new(["measured", "with", "without", "gain", "± error", "seeds", "FLOP", "parameters", "seconds", ""]);
    for result in ablations {
        let ratio = |unit: &str| {
            let cost = result.costs.iter().find(|cost| cost.unit.starts_with(unit));
            cost.map_or_else(|| "—".to_owned(), |cost| format!("{:.2} ×", cost.with / cost.without))
        };
        table.row([
            result.name.clone(),
            percent(result.with),
            percent(result.without),
            number(result.gain),
            result.gain_error.map_or_else(|| "—".to_owned(), number),
            result.n_seeds.to_string(),
            format!("{:.2} ×", result.cost_ratio),
            ratio("parameters"),
            ratio("seconds"),
            result.verdict.name().to_owned(),
        ]);
    }
    table.render(style)
}
