//! The `consil` command line: the one crate that knows terminals.
//!
//! - [`allocator`] is mimalloc, with its delay set;
//! - [`args`] says what can be typed, and [`commands`] holds a file for each command, its arguments beside what it does;
//! - [`global`] are the options of all;
//! - [`console`] keeps data (stdout) apart from messages (stderr); [`progress`] and [`spinner`] show progress there;
//! - [`failure`] turns errors into text and exit codes: 0 done, 1 internal failure, 2 bad input, 3 a failing machine or network,
//!   130 interrupted;
//! - [`hints`] lists which errors know what would help;
//! - [`fetch`] is the one place that knows a network;
//! - [`interrupt`] lets a training save its state on the first Ctrl-C.
//!
//! Nothing is computed here.

mod accuracy;
mod allocator;
mod args;
mod commands;
mod console;
mod failure;
mod fetch;
mod global;
mod hints;
mod interrupt;
mod progress;
mod report;
mod rows;
mod runs;
mod spinner;
mod style;
mod table;
mod target_scores;
mod training;

use std::process::ExitCode;

use consil::Workers;
use console::Console;

fn main() -> ExitCode {
    allocator::keep_freed_pages();
    let cli = args::parse();
    let console = Console::new(&cli.global, hints::help_of);
    let outcome = failure::catching_panics(|| {
        cli.global.refuse_unnameable(std::env::args_os().skip(1))?;
        interrupt::install()?;
        let workers = Workers::new(cli.global.workers())?;
        cli.command.run(&console, &workers)
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => console.report(&failure),
    }
}
