//! Runs mutated programs or tables for a while:
//! `cargo run --release -p consil-logic --example fuzz -- program --seconds 600 --seed 1`, or `table` instead of `program`.
//!
//! A text that makes the process panic or overflow its stack is the one in the file that the first line names.
#![allow(clippy::print_stdout)]

#[path = "../tests/it/fuzz/mutate.rs"]
mod mutate;
#[path = "../tests/it/fuzz/tables.rs"]
mod tables;

use std::time::{Duration, Instant};

use mutate::{Dice, corpus, mutated, try_text};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let value = |name: &str, or: u64| {
        let at = args.iter().position(|arg| arg == name);
        at.and_then(|at| args.get(at + 1)).and_then(|text| text.parse().ok()).unwrap_or(or)
    };
    let (seconds, seed) = (value("--seconds", 60), value("--seed", 1));
    let of_tables = args.get(1).is_some_and(|mode| mode == "table");
    let file = std::env::temp_dir().join(format!("consil-fuzz-{}.pl", std::process::id()));
    println!("the text in hand is {}", file.display());
    let corpus = corpus();
    let mut dice = Dice(seed);
    let (begin, mut counts, mut slowest) = (Instant::now(), [0u64; 3], Duration::ZERO);
    while begin.elapsed() < Duration::from_secs(seconds) {
        let (text, table) = match of_tables {
            true => tables::mutated(&mut dice),
            false => (mutated(&corpus, &mut dice), Vec::new()),
        };
        let keep = |kind: &str| {
            std::fs::write(file.with_extension(format!("{kind}pl")), &text)
                .expect("the temporary folder can be written");
            if of_tables {
                let name = file.with_extension(format!("{kind}csv"));
                std::fs::write(name, &table).expect("the temporary folder can be written");
            }
        };
        keep("");
        let start = Instant::now();
        let outcome = if of_tables { tables::try_table(&text, &table) } else { try_text(&text) };
        counts[outcome as usize] += 1;
        if start.elapsed() > slowest {
            slowest = start.elapsed();
            keep("slowest.");
        }
    }
    let [refused, failed, answered] = counts;
    println!(
        "{} texts in {seconds} s: {refused} refused, {failed} failed, {answered} answered",
        counts.iter().sum::<u64>()
    );
    println!("slowest {slowest:?}");
}
