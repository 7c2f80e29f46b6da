//! The same programs in ProbLog with SDDs, as a process of its own.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Seconds after which a process is given up.
pub const LONGEST: u64 = 60;

/// What ProbLog made of a program.
#[derive(Clone, Copy)]
pub enum Outcome {
    /// The seconds that it reports in total, without the start of its interpreter.
    Seconds(f64),
    Unfinished,
    /// It gave up for a reason of its own: memory, or the depth of its recursion.
    Failed,
}

/// A `problog` command that answers with SDDs.
pub struct ProbLog {
    command: String,
}

impl ProbLog {
    /// The command that `PROBLOG` names, or the one on the path.
    pub fn find() -> Option<Self> {
        let command = std::env::var("PROBLOG").unwrap_or_else(|_| "problog".to_owned());
        let found = Self { command };
        // An installation without PySDD answers with other circuits, and is another peer.
        matches!(found.ask("0.5::a.\nquery(a).\n", Some(0.5)), Outcome::Seconds(_)).then_some(found)
    }

    /// Runs a program and compares its first answer.
    pub fn ask(&self, text: &str, expected: Option<f64>) -> Outcome {
        let Ok(folder) = tempfile::tempdir() else { return Outcome::Failed };
        let path = folder.path().join("program.pl");
        if std::fs::write(&path, text).is_err() {
            return Outcome::Failed;
        }
        let output = Command::new(&self.command)
            .args(["-v", "-k", "sdd", "--timeout", &LONGEST.to_string()])
            .arg(&path)
            .env("PYTHONRECURSIONLIMIT", "100000")
            .output();
        let Ok(output) = output else { return Outcome::Failed };
        let printed = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let mut totals = printed.lines().filter_map(|line| line.split_once("Total time:"));
        let seconds = totals.find_map(|(_, rest)| rest.trim().trim_end_matches('s').parse::<f64>().ok());
        let mut answers = printed.lines().filter_map(|line| line.rsplit_once(":\t"));
        let answer = answers.find_map(|(_, value)| value.trim().parse::<f64>().ok());
        match (answer, seconds) {
            (Some(answer), Some(seconds)) => {
                if let Some(expected) = expected {
                    assert!(
                        (answer - expected).abs() < 1e-6 * expected,
                        "ProbLog says {answer}, we {expected}:\n{text}"
                    );
                }
                Outcome::Seconds(seconds)
            }
            _ if printed.to_lowercase().contains("timeout") => Outcome::Unfinished,
            _ => Outcome::Failed,
        }
    }

    /// Seconds by the clock from the command to its answer on a program of one fact.
    pub fn start_up(&self) -> Option<f64> {
        let folder = tempfile::tempdir().ok()?;
        let path = folder.path().join("program.pl");
        std::fs::write(&path, "0.5::a.\nquery(a).\n").ok()?;
        by_the_clock(Command::new(&self.command).arg(&path))
    }
}

/// Seconds by the clock that a command takes; none if it fails.
pub fn by_the_clock(command: &mut Command) -> Option<f64> {
    let began = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    status.success().then(|| began.elapsed().as_secs_f64())
}

/// Where the example programs stand.
pub fn examples() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/reason")
}
