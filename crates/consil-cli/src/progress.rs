//! How far a run has come: a bar on a terminal, a line now and then elsewhere.

use std::time::{Duration, Instant};

use consil::number::{clock, count, metric, number};
use consil::{Metrics, Progress, Unit};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::console::Console;
use crate::interrupt::{self, Watch};
use crate::spinner::spinner;

/// Where there is no terminal, a line at most this often.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// Shows a run's progress, and takes over Ctrl-C.
pub struct ProgressMeter<'a> {
    console: &'a Console,
    what: String,
    unit: &'static str,
    total: u64,
    done_before: u64,
    begin: Instant,
    last_line: Instant,
    bar: ProgressBar,
    _watch: Watch,
}

impl<'a> ProgressMeter<'a> {
    /// A meter of `what`, such as `training`. While it lives, the first Ctrl-C is a wish to stop and save.
    pub fn new(console: &'a Console, what: &str) -> Self {
        let target = if console.draws_bars() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        let watch = interrupt::watch({
            let (console, bar) = (console.clone(), bar.clone());
            move || bar.suspend(|| console.say("stopping and saving; press Ctrl-C again to leave at once"))
        });
        Self {
            console,
            what: what.to_owned(),
            unit: "",
            total: 0,
            done_before: 0,
            begin: Instant::now(),
            last_line: Instant::now(),
            bar,
            _watch: watch,
        }
    }

    /// Shows one event.
    pub fn observe(&mut self, progress: Progress) {
        match progress {
            Progress::Started { unit, total, done } => self.start(unit, total, done),
            Progress::Step { step, epoch, loss } => {
                self.advance(step, &format!("loss {}", number(loss)), || {
                    format!("epoch {epoch}, loss {}", number(loss))
                });
            }
            Progress::Epoch { epoch, loss, metrics } => self.milestone(&format!("epoch {epoch}"), loss, &metrics),
            Progress::Round { round, loss, metrics } => {
                self.advance(round, &format!("loss {}", number(loss)), || format!("loss {}", number(loss)));
                self.milestone(&format!("round {round}"), loss, &metrics);
            }
            Progress::StoppedEarly { best_epoch } => self.stopped_early(best_epoch),
            Progress::Testing { n_samples } => self.test(n_samples),
            _ => {}
        }
    }

    fn start(&mut self, unit: Unit, total: u64, done: u64) {
        self.unit = match unit {
            Unit::Steps => "step",
            Unit::Rounds => "round",
        };
        (self.total, self.done_before, self.begin, self.last_line) = (total, done, Instant::now(), Instant::now());
        if done > 0 {
            let resumed = format!("{} goes on after {} of {total}", self.what, count(done as usize, self.unit));
            self.bar.suspend(|| self.console.say(&resumed));
        }
        let template =
            format!("{{prefix}} {{wide_bar}} {{pos}}/{{len}} {}s  {{elapsed}}, {{eta}} left  {{msg}}", self.unit);
        let style = ProgressStyle::with_template(&template).expect("a template of known keys").progress_chars("━━─");
        self.bar.set_style(style);
        self.bar.set_prefix(self.what.clone());
        self.bar.set_length(total);
        self.bar.set_position(done);
        self.bar.reset_eta();
    }

    fn advance(&mut self, done: u64, message: &str, line: impl FnOnce() -> String) {
        if self.console.draws_bars() {
            self.bar.set_position(done);
            self.bar.set_message(message.to_owned());
        } else if self.last_line.elapsed() >= BETWEEN_LINES {
            self.last_line = Instant::now();
            let elapsed = self.begin.elapsed().as_secs_f64();
            let left = elapsed * (self.total - done) as f64 / (done - self.done_before).max(1) as f64;
            let (what, unit, total) = (&self.what, self.unit, self.total);
            let times = format!("{} elapsed, about {} left", clock(elapsed), clock(left));
            self.console.say(&format!("{what}: {unit} {done} of {total}, {}, {times}", line()));
        }
    }

    /// On a terminal, a line that stays above the bar; elsewhere the periodic lines must do.
    fn milestone(&self, at: &str, loss: f64, metrics: &Metrics) {
        if self.console.draws_bars() && !self.console.is_quiet() {
            let metrics: String =
                metrics.iter().map(|(name, value)| format!("  {name} {}", metric(name, value))).collect();
            self.bar.println(format!("{at:>9}  loss {}{metrics}", number(loss)));
        }
    }

    fn stopped_early(&self, best_epoch: usize) {
        let unit = if self.unit == "round" { "round" } else { "epoch" };
        let text =
            format!("{} ends early: the validation rows no longer gain; {unit} {best_epoch} was best", self.what);
        self.bar.suspend(|| self.console.say(&text));
    }

    fn test(&mut self, n_samples: usize) {
        self.bar.finish_and_clear();
        if self.console.draws_bars() {
            self.bar = spinner(&format!("testing on {}", count(n_samples, "sample")));
        }
    }
}

impl Drop for ProgressMeter<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
