//! Answers the queries of programs, one line of JSON for each file: what `crates/consil-bench/conformance` compares with
//! ProbLog.
//!
//! ```sh
//! cargo run -p consil-logic --example answers -- tests/programs/basic/coins.pl
//! ```
#![allow(clippy::print_stdout)]

use std::path::Path;

use consil_logic::{Budget, Engine, Loaded, Program, Request};

fn main() {
    for file in std::env::args().skip(1) {
        let outcome = match answer(&file) {
            Ok(answers) => format!("\"answers\": [{}]", answers.join(", ")),
            Err(error) => format!("\"error\": {}", quoted(&error)),
        };
        println!("{{\"file\": {}, {outcome}}}", quoted(&file));
    }
}

fn answer(file: &str) -> Result<Vec<String>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let program = Program::parse_with(file, &text, &mut beside).map_err(|error| error.to_string())?;
    let engine = Engine::new(program).map_err(|error| error.to_string())?;
    let budget = Budget { max_steps: 1_000_000, ..Budget::default() };
    let solutions = engine.solve(&budget).map_err(|error| error.to_string())?;
    Ok(solutions.iter().map(|s| format!("[{}, {:?}]", quoted(&s.answer.to_string()), s.probability)).collect())
}

/// Files stand beside the file that asks for them.
fn beside(request: &Request) -> Result<Loaded, String> {
    let folder = Path::new(request.from).parent().unwrap_or(Path::new("."));
    let path = folder.join(request.name);
    let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
    Ok(Loaded::text(path.display().to_string(), text))
}

fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
