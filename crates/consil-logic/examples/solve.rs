//! Answers the queries of a program: `cargo run --release -p consil-logic --example solve -- FILE [SECONDS]`.
#![allow(clippy::print_stdout)] // The answers are what this program is for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use consil_logic::{Budget, Engine, Program};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("usage: solve FILE [SECONDS]")?;
    let start = Instant::now();
    let mut budget = Budget::default();
    if let Some(seconds) = args.next() {
        let limit = Duration::from_secs_f64(seconds.parse()?);
        budget.expired = Some(Arc::new(move || start.elapsed() > limit));
    }
    let engine = Engine::new(Program::parse(&path, &std::fs::read_to_string(&path)?)?)?;
    for solution in engine.solve(&budget)? {
        println!("{}: {:.6} ({})", solution.answer, solution.probability, solution.certificate);
    }
    println!("{path}: {:.2?}", start.elapsed());
    Ok(())
}
