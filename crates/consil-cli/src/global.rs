//! The options that every command takes, and how their numbers are read.

use std::ffi::OsString;
use std::num::NonZeroUsize;

use clap::{Args, ColorChoice};
use consil::{Override, SpecError};
use consil_diagnostic::Report;

use crate::failure::InputError;

/// Options of every command.
#[derive(Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Print one JSON object on stdout, and nothing else there
    #[arg(long, global = true)]
    pub json: bool,
    /// Print no progress and no messages; errors are still printed
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// How many threads compute [default: all cores]; results do not depend on it
    #[arg(long, global = true, value_name = "N", value_parser = threads)]
    workers: Option<NonZeroUsize>,
    /// When to colour; `auto` means on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

impl Global {
    /// How many threads compute.
    pub fn workers(&self) -> NonZeroUsize {
        self.workers.unwrap_or_else(|| std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
    }

    /// Refuses arguments that an answer in JSON could not name, before anything is done for it.
    ///
    /// # Errors
    /// [`InputError::JsonPath`].
    pub fn refuse_unnameable(&self, args: impl IntoIterator<Item = OsString>) -> Result<(), InputError> {
        match args.into_iter().find(|arg| self.json && arg.to_str().is_none()) {
            Some(path) => Err(InputError::JsonPath { path: path.into() }),
            None => Ok(()),
        }
    }
}

/// Reads a count that is not above `MOST`: what it counts is allocated.
///
/// # Errors
/// When it is not a whole number, or above.
pub fn up_to<const MOST: usize>(text: &str) -> Result<usize, String> {
    let refuse = || format!("a whole number up to {MOST} is needed");
    text.parse().ok().filter(|n| *n <= MOST).ok_or_else(refuse)
}

/// Reads a number of threads.
fn threads(text: &str) -> Result<NonZeroUsize, String> {
    let n = up_to::<4096>(text)?;
    NonZeroUsize::new(n).ok_or_else(|| "at least one thread is needed".to_owned())
}
/// A change of a spec, as in `train.epochs=5`.
pub fn change(text: &str) -> Result<Override, String> {
    text.parse().map_err(|error: SpecError| Report::of(&error).to_string())
}
