//! A searcher's questions, answered by trainings, with progress.

use std::time::{Duration, Instant};

use consil::evolve::{Designs, Journal, Laboratory};
use consil::pathways::search::{Genome, Space};
use consil::{RunContext, Workers};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::console::Console;
use crate::failure::Failure;
use crate::interrupt::{self, Watch};
use consil::number::{clock, number};

/// Where there is no terminal, a line at most this often.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// Evaluates genomes until something fails or Ctrl-C is pressed; from then on it answers nothing.
pub struct Asked<'a> {
    console: &'a Console,
    workers: &'a Workers,
    laboratory: Laboratory<'a>,
    designs: Designs,
    journal: Journal,
    failure: Option<Failure>,
    n_asked: usize,
    total: usize,
    n_trained: usize,
    seconds_training: f64,
    training_flops: f64,
    last_line: Instant,
    bar: ProgressBar,
    _watch: Watch,
}

impl<'a> Asked<'a> {
    /// Answers `total` questions.
    pub fn new(
        console: &'a Console,
        workers: &'a Workers,
        laboratory: Laboratory<'a>,
        designs: Designs,
        journal: Journal,
        total: usize,
    ) -> Self {
        let target = if console.draws_bars() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} evaluations  {elapsed}, {msg}")
            .expect("a constant template")
            .progress_chars("━━─");
        let bar = ProgressBar::with_draw_target(Some(total as u64), target).with_style(style);
        let watch = interrupt::watch({
            let (console, bar) = (console.clone(), bar.clone());
            move || {
                bar.suspend(|| console.say("stopping; what was evaluated is kept. Press Ctrl-C again to leave at once"))
            }
        });
        Self {
            console,
            workers,
            laboratory,
            designs,
            journal,
            failure: None,
            n_asked: 0,
            total,
            n_trained: 0,
            seconds_training: 0.0,
            training_flops: 0.0,
            last_line: Instant::now(),
            bar,
            _watch: watch,
        }
    }

    /// The space that is searched.
    pub fn space(&self) -> &Space {
        self.designs.space()
    }

    /// How many designs were trained, and not found in the journal.
    pub fn n_trained(&self) -> usize {
        self.n_trained
    }

    /// Operations of the trainings of all evaluations, each counted as often as it was asked for.
    pub fn training_flops(&self) -> f64 {
        self.training_flops
    }

    /// What ended the search, if something did.
    pub fn take_failure(&mut self) -> Result<(), Failure> {
        self.failure.take().map_or(Ok(()), Err)
    }

    /// The objectives of a genome.
    pub fn objectives(&mut self, genome: &Genome) -> Option<Vec<f64>> {
        if self.failure.is_some() {
            return None;
        }
        let (known, begin) = (self.journal.len(), Instant::now());
        let context = RunContext::new(self.workers).interrupted_by(&interrupt::pressed);
        match self.laboratory.evaluate(&self.designs, genome, &mut self.journal, &context) {
            Err(error) => {
                self.failure = Some(error.into());
                None
            }
            Ok(None) => {
                self.failure = Some(Failure::Interrupted);
                None
            }
            Ok(Some(entry)) => {
                self.n_asked += 1;
                if self.journal.len() > known {
                    self.n_trained += 1;
                    self.seconds_training += begin.elapsed().as_secs_f64();
                }
                self.training_flops += entry.training_flops as f64;
                let loss = entry.objectives.map_or_else(|| "failed".to_owned(), |o| format!("loss {}", number(o.loss)));
                self.show(&loss);
                if interrupt::pressed() {
                    self.failure = Some(Failure::Interrupted);
                }
                entry.objectives.map(|objectives| objectives.values())
            }
        }
    }

    fn show(&mut self, loss: &str) {
        // Designs that come up again cost nothing: what is left takes as long as what was asked so far.
        let left = self.seconds_training / self.n_asked as f64 * (self.total - self.n_asked.min(self.total)) as f64;
        let left = format!("about {} left  {loss}", clock(left));
        if self.console.draws_bars() {
            self.bar.set_position(self.n_asked as u64);
            self.bar.set_message(left);
        } else if self.last_line.elapsed() >= BETWEEN_LINES {
            self.last_line = Instant::now();
            let (n, total, trained) = (self.n_asked, self.total, self.n_trained);
            self.console.say(&format!("searching: evaluation {n} of {total}, {trained} trained, {left}"));
        }
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
