//! `cargo bench -p consil-bench --bench train`: a step of training (forward, backward, Adam) against PyTorch, both with two threads.
//!
//! Each side is a process of its own, and both take turns, some steps each, so that whatever else the machine does falls on both. Printed are the
//! medians of the steps, their ratio, and the ratio of the processes' peak memory. `TORCH_PYTHON` names a Python with PyTorch where `python3` has
//! none (`pip install torch`); without one the peer is reported as absent.
//! Arguments: `--quick` (few steps, as a test that it runs), `--only NAME`, `--markdown FILE`.
#![allow(clippy::print_stdout, reason = "a table is what a benchmark is for")]

#[path = "train/models.rs"]
mod models;
#[path = "train/side.rs"]
mod side;

use std::error::Error;

use models::MODELS;
use side::Side;

/// The allocator of the binaries.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let value = |flag: &str| args.iter().position(|arg| arg == flag).and_then(|at| args.get(at + 1)).cloned();
    if let Some(model) = value("--serve") {
        return models::serve(&model);
    }
    let is_quick = args.iter().any(|arg| arg == "--quick");
    let only = value("--only");
    let mut table = String::from(
        "| model | ours, ms | PyTorch, ms | ratio | bar | memory, ours | PyTorch | ratio |\n|---|---|---|---|---|---|---|---|\n",
    );
    print!("{table}");
    for model in MODELS.iter().filter(|model| only.as_deref().is_none_or(|only| model.name.contains(only))) {
        let row = measure(model, is_quick)?;
        print!("{row}");
        table.push_str(&row);
    }
    if let Some(path) = value("--markdown") {
        std::fs::write(path, table)?;
    }
    Ok(())
}

/// One row of the table.
fn measure(model: &models::Model, is_quick: bool) -> Result<String, Box<dyn Error>> {
    let mut ours = Side::start(&std::env::current_exe()?, &["--serve", model.name])?;
    let python = std::env::var("TORCH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/train/torch_side.py");
    let mut theirs = Side::start(&python, &[script, model.name]).ok();
    let (rounds, steps) = if is_quick { (1, 2) } else { (model.rounds, model.steps) };
    let (mut of_ours, mut of_theirs) = (Vec::new(), Vec::new());
    // A round first that does not count: caches fill, threads start, memory is had from the system.
    for round in 0..=rounds {
        let seconds = ours.run(steps)?;
        of_ours.extend(seconds.into_iter().filter(|_| round > 0));
        if let Some(side) = &mut theirs {
            match side.run(steps) {
                Ok(seconds) => of_theirs.extend(seconds.into_iter().filter(|_| round > 0)),
                Err(_) => theirs = None,
            }
        }
    }
    let our_memory = ours.end()?;
    let (ms, mib) =
        (|seconds: f64| format!("{:.3}", 1e3 * seconds), |bytes: f64| format!("{:.0} MiB", bytes / 1048576.0));
    let our_time = median(&mut of_ours);
    let Some(their_memory) = theirs.map(Side::end).transpose()? else {
        let row =
            format!("| {} | {} | absent | | {} | {} | | |\n", model.name, ms(our_time), model.bar, mib(our_memory));
        return Ok(row);
    };
    let their_time = median(&mut of_theirs);
    Ok(format!(
        "| {} | {} | {} | {:.2} | {} | {} | {} | {:.2} |\n",
        model.name,
        ms(our_time),
        ms(their_time),
        our_time / their_time,
        model.bar,
        mib(our_memory),
        mib(their_memory),
        our_memory / their_memory
    ))
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
