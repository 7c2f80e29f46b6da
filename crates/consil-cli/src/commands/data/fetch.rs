//! `consil data fetch`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::catalogue::{ByHand, CatalogueArgs, CatalogueError, Presence, Set, folder};
use crate::console::Console;
use crate::failure::Failure;
use crate::fetch::{FetchError, Patience, Wanted, fetch};
use crate::interrupt;
use consil::number::{clock, thousands};

/// Where there is no terminal, a line at most this often.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// Fetch data sets, verify them, and keep them.
///
/// Files come over HTTPS from the address of the list into the folder of data. A transfer that was broken off goes on where it was, also when the command is
/// started again. A file is there only once its SHA-256 is right; one that is there and right is not fetched again. A set that cannot be fetched is verified, and
/// the command says how to place it.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil data fetch mnist
  CONSIL_DATA=/big/disk/data consil data fetch mnist trec")]
pub struct FetchArgs {
    /// The sets
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    #[command(flatten)]
    catalogue: CatalogueArgs,
}

#[derive(Serialize)]
struct Answer {
    folder: PathBuf,
    fetched: Vec<PathBuf>,
    there: Vec<PathBuf>,
}

impl FetchArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let (catalogue, folder) = (self.catalogue.read()?, folder()?);
        let sets: Vec<&Set> = self.names.iter().map(|name| catalogue.find(name)).collect::<Result<_, _>>()?;
        let mut answer = Answer { folder, fetched: Vec::new(), there: Vec::new() };
        for set in sets {
            answer.take(console, set)?;
        }
        console.answer(&answer, |_| {
            let mut text = String::new();
            for (word, paths) in [("fetched", &answer.fetched), ("was there", &answer.there)] {
                text.extend(paths.iter().map(|path| format!("{word:<9}  {}\n", path.display())));
            }
            text + &format!("\nfor specs: export CONSIL_DATA={}\n", answer.folder.display())
        })
    }
}

impl Answer {
    fn take(&mut self, console: &Console, set: &Set) -> Result<(), Failure> {
        if !set.can_be_fetched() {
            let presence = set.presence(&self.folder);
            if matches!(presence, Presence::Verified | Presence::Unverified) {
                self.there.push(self.folder.join(&set.name));
                return Ok(());
            }
            return Err(CatalogueError::ByHand(Box::new(ByHand {
                name: set.name.clone(),
                there: presence.name(),
                folder: self.folder.join(&set.name),
                how: set.by_hand.clone().unwrap_or_else(|| "place its files by hand".to_owned()),
                source_page: set.source.clone(),
                licence: set.licence.clone(),
            }))
            .into());
        }
        console.say(&format!("{}: {} ({})", set.name, set.source, set.licence));
        for file in &set.file {
            let path = self.folder.join(&file.path);
            if file.is_verified(&self.folder) {
                self.there.push(path);
                continue;
            }
            let url = file.url.as_deref().unwrap_or_default();
            let (hashed, bytes) = (file.hashed, file.bytes);
            let wanted = Wanted { url, path: &path, sha256: &file.sha256, hashed, bytes };
            let mut progress = Progress::new(console, &file.path.display().to_string());
            match fetch(wanted, Patience::default(), &interrupt::pressed, &mut |have, total| progress.show(have, total))
            {
                Err(FetchError::Interrupted) => return Err(Failure::Interrupted),
                fetched => fetched?,
            }
            self.fetched.push(path);
        }
        Ok(())
    }
}

/// How far a transfer is.
struct Progress<'a> {
    console: &'a Console,
    what: String,
    begin: Option<(Instant, u64)>,
    last_line: Instant,
    bar: ProgressBar,
    _watch: interrupt::Watch,
}

impl<'a> Progress<'a> {
    fn new(console: &'a Console, what: &str) -> Self {
        let target = if console.draws_bars() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style = ProgressStyle::with_template("{prefix} {wide_bar} {bytes}/{total_bytes}  {eta} left")
            .expect("a constant template")
            .progress_chars("━━─");
        let bar = ProgressBar::with_draw_target(None, target).with_style(style).with_prefix(what.to_owned());
        let watch = interrupt::watch({
            let (console, bar) = (console.clone(), bar.clone());
            move || bar.suspend(|| console.say("stopping; what came is kept. Press Ctrl-C again to leave at once"))
        });
        Self { console, what: what.to_owned(), begin: None, last_line: Instant::now(), bar, _watch: watch }
    }

    fn show(&mut self, have: u64, total: Option<u64>) {
        let (begin, had) = *self.begin.get_or_insert_with(|| {
            self.bar.reset_eta();
            (Instant::now(), have)
        });
        if self.console.draws_bars() {
            if let Some(total) = total {
                self.bar.set_length(total);
            }
            self.bar.set_position(have);
        } else if self.last_line.elapsed() >= BETWEEN_LINES {
            self.last_line = Instant::now();
            let of = total.map_or_else(String::new, |total| {
                let left = begin.elapsed().as_secs_f64() / have.saturating_sub(had).max(1) as f64
                    * (total.saturating_sub(have)) as f64;
                format!(" of {}, about {} left", thousands(total as usize), clock(left))
            });
            self.console.say(&format!("{}: {} bytes{of}", self.what, thousands(have as usize)));
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
