//! `consil check`: all that is wrong, before anything is trained.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use consil::Override;
use consil::check::{CheckReport, check};

use crate::console::Console;
use crate::failure::Failure;
use crate::spinner::with_spinner;
use crate::style::TextStyle;
use crate::table::Table;
use consil::number::{count, thousands};

/// Find all that is wrong with a spec and its data, training nothing.
///
/// Reads the spec, its rules and every sample of its data, builds the networks, and prints either a summary or all problems, each with its
/// place and a way to mend it. Nothing is trained or written. The exit code is 2 where there are problems.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil check my.toml
  consil check my.toml --set train.batch-size=16
  consil check my.toml --json | jq .problems")]
pub struct CheckArgs {
    /// The spec: a TOML file
    #[arg(value_name = "SPEC", value_hint = ValueHint::FilePath)]
    spec: PathBuf,
    /// Override a value of the spec, such as train.epochs=5; can be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<Override>,
}

impl CheckArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let report = with_spinner(console, "reading every sample", || check(&self.spec, &self.set));
        console.answer(&report, |style| render(&report, style))?;
        if !console.wants_json() {
            for warning in &report.warnings {
                console.warn(warning);
            }
            for problem in &report.problems {
                let style = console.err_style();
                console.complain(&format!("{} {}", style.error("error:"), style.help_lines(problem)));
            }
        }
        if report.problems.is_empty() { Ok(()) } else { Err(Failure::Reported) }
    }
}

fn render(report: &CheckReport, style: TextStyle) -> String {
    let mut table = Table::of_facts();
    for (label, value) in &report.facts {
        table.row([label.clone(), value.parse().map_or_else(|_| value.clone(), thousands)]);
    }
    let verdict = match (report.problems.len(), report.warnings.len()) {
        (0, 0) => style.good("no problems"),
        (0, n) => format!("{}, {}", style.good("no problems"), count(n, "warning")),
        (n, _) => style.error(&count(n, "problem")),
    };
    format!("{}{verdict}\n", table.render(style))
}
