//! The conformance suite: runs every program of `tests/programs` and compares its answers with the `%!` lines.
//!
//! `%! answer: probability` is an answer; what is listed is all there is. `%! error: text` says that the program has an
//! error whose message holds the text. Expected values come from another implementation, which the file names, or, in
//! `beyond`, from the calculation in the file's comment. `crates/consil-bench/conformance` runs them through ProbLog.

mod certain;
mod modes;

use std::path::{Path, PathBuf};

use consil_logic::{Budget, Engine, Loaded, Program, Request, Term};

/// The expected values are printed with 15 digits and our constants are doubles: what remains is rounding.
const TOLERANCE: f64 = 1e-9;

#[test]
fn programs_have_the_answers_that_they_expect() {
    let files = programs();
    assert!(files.len() >= 150, "only {} programs", files.len());
    let failures: Vec<String> = files.iter().filter_map(|path| check(path).err()).collect();
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// The programs of all folders; what they load is in folders called `files`.
fn programs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let entries = |folder: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    let mut files: Vec<PathBuf> = entries(&folder).iter().flat_map(|subject| entries(subject)).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "pl"));
    files.sort();
    files
}

fn check(path: &Path) -> Result<(), String> {
    let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display();
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<(&str, &str)> = text
        .lines()
        .filter_map(|line| line.strip_prefix("%! "))
        .map(|line| if let Some(text) = line.strip_prefix("error: ") { ("error", text) } else { split(line) })
        .collect();
    match (answers(path, &text), lines.as_slice()) {
        (_, []) => Err(format!("{name} expects nothing")),
        (Err(error), [("error", expected)]) if error.contains(expected) => Ok(()),
        (Err(error), _) => Err(format!("{name}: {error}")),
        (Ok(got), [("error", expected)]) => Err(format!("{name}: {got:?} instead of an error: {expected}")),
        (Ok(got), expected) => {
            let expected: Vec<(Term, f64)> = expected
                .iter()
                .map(|(answer, probability)| (answer.parse().unwrap(), probability.parse().unwrap()))
                .collect();
            compare(&got, &expected, TOLERANCE).map_err(|difference| format!("{name}: {difference}"))
        }
    }
}

fn split(line: &str) -> (&str, &str) {
    line.rsplit_once(": ").expect("`answer: probability`")
}

/// Answers of probability zero need not be listed on either side.
fn compare(got: &[(Term, f64)], expected: &[(Term, f64)], tolerance: f64) -> Result<(), String> {
    let find = |list: &[(Term, f64)], answer: &Term| {
        list.iter().find(|(other, _)| same(other, answer)).map_or(0.0, |(_, probability)| *probability)
    };
    for (answer, probability) in expected {
        let found = find(got, answer);
        if (found - probability).abs() > tolerance {
            return Err(format!("{answer} is {found} but should be {probability}"));
        }
    }
    match got.iter().find(|(answer, probability)| *probability > 0.0 && find(expected, answer) == 0.0) {
        Some((answer, probability)) => Err(format!("unexpected answer {answer}: {probability}")),
        None => Ok(()),
    }
}

/// Equal up to the rounding of floats within.
fn same(a: &Term, b: &Term) -> bool {
    match (a, b) {
        (Term::Float(x), Term::Float(y)) => (x - y).abs() <= TOLERANCE * x.abs().max(1.0),
        (Term::Compound(x), Term::Compound(y)) => {
            x.functor() == y.functor()
                && x.args().len() == y.args().len()
                && x.args().iter().zip(y.args()).all(|(a, b)| same(a, b))
        }
        _ => a == b,
    }
}

/// Loads what stands beside the program that asks.
fn beside(request: &Request) -> Result<Loaded, String> {
    let file = Path::new(request.from).parent().unwrap().join(request.name);
    let text = std::fs::read_to_string(&file).map_err(|error| error.to_string())?;
    Ok(Loaded::text(file.display().to_string(), text))
}

fn answers(path: &Path, text: &str) -> Result<Vec<(Term, f64)>, String> {
    let name = path.display().to_string();
    let program = Program::parse_with(&name, text, &mut beside).map_err(|error| error.to_string())?;
    let engine = Engine::new(program).map_err(|error| error.to_string())?;
    let budget = Budget { max_steps: 1_000_000, ..Budget::default() };
    let solutions = engine.solve(&budget).map_err(|error| error.to_string())?;
    Ok(solutions.into_iter().map(|solution| (solution.answer, solution.probability)).collect())
}
