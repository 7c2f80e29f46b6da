//! Runs every program of `tests/programs` and compares its answers with the probabilities in its `%!` comments, which
//! another implementation computed (each file says which).

#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not what they call")]

use std::collections::BTreeMap;
use std::path::Path;

use consil_logic::{Budget, Engine, Program, Term};

/// The expected values are printed with 15 digits and our constants are doubles: what remains is rounding.
const TOLERANCE: f64 = 1e-9;

#[test]
fn programs_have_the_probabilities_that_problog_gives() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 40, "only {} programs", files.len());
    let failures: Vec<String> = files.iter().filter_map(|path| check(path).err()).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn check(path: &Path) -> Result<(), String> {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).unwrap();
    let expected = expectations(&text);
    assert!(!expected.is_empty(), "{name} expects nothing");
    let program = Program::parse(&name, &text).map_err(|error| error.to_string())?;
    let engine = Engine::new(program).map_err(|error| format!("{name}: {error}"))?;
    let solutions = engine.solve(&Budget::default()).map_err(|error| format!("{name}: {error}"))?;
    let got: BTreeMap<Term, f64> = solutions.into_iter().map(|s| (s.answer, s.probability)).collect();
    for (answer, probability) in &expected {
        match got.get(answer) {
            Some(value) if (value - probability).abs() <= TOLERANCE => {}
            // An answer that cannot be is not listed unless it was asked for.
            None if *probability == 0.0 => {}
            other => return Err(format!("{name}: {answer} is {other:?} but should be {probability}")),
        }
    }
    match got.keys().find(|answer| !expected.contains_key(answer)) {
        Some(answer) => Err(format!("{name}: unexpected answer {answer}")),
        None => Ok(()),
    }
}

fn expectations(text: &str) -> BTreeMap<Term, f64> {
    text.lines()
        .filter_map(|line| line.strip_prefix("%! "))
        .map(|line| {
            let (answer, probability) = line.rsplit_once(": ").expect("`answer: probability`");
            (answer.parse().unwrap(), probability.parse().unwrap())
        })
        .collect()
}
