//! `consil check`: all that is wrong, before anything is trained.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use consil::check::{CheckReport, check};
use consil::{Override, SpecSource};

use crate::console::Console;
use crate::failure::Failure;
use crate::runs::BaseArg;
use crate::spinner::with_spinner;
use crate::style::TextStyle;
use crate::table::Table;
use consil::number::{count, thousands};

/// So many problems are written out; the others are counted.
const LISTED: usize = 20;

/// So many columns a terminal has at least.
const COLUMNS: usize = 80;

/// Find all that is wrong with a spec and its data, training nothing.
///
/// Reads the spec, its rules and every sample of its data, builds the networks, and prints either a summary or all problems, each with its
/// place and a way to fix it. Nothing is trained or written. The exit code is 2 where there are problems.
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
    /// Where the project lies.
    #[command(flatten)]
    base: BaseArg,
}

impl CheckArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let source = SpecSource::new(&self.spec, self.base.base.as_deref())?;
        let report = with_spinner(console, "reading every sample", || check(&source, &self.set));
        console.answer(&report, |style| render(&report, style))?;
        if !console.wants_json() {
            for warning in &report.warnings {
                console.warn(warning);
            }
            let style = console.err_style();
            for problem in report.problems.iter().take(LISTED) {
                console.complain(&format!("{} {}", style.error("error:"), style.help_lines(problem)));
            }
            if report.problems.len() > LISTED {
                let more = report.problems.len() - LISTED;
                console.complain(&format!("{} … and {more} more; --json has them all", style.error("error:")));
            }
        }
        if report.problems.is_empty() { Ok(()) } else { Err(Failure::Reported) }
    }
}

fn render(report: &CheckReport, style: TextStyle) -> String {
    let mut table = Table::of_facts();
    let widest = report.facts.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    for (label, value) in &report.facts {
        // The only answer may be a number; it is a name all the same.
        let n = value.parse().ok().filter(|_| label != "answers");
        let value = n.map_or_else(|| value.clone(), thousands);
        for (i, line) in wrapped(&value, COLUMNS.saturating_sub(widest + 2)).into_iter().enumerate() {
            table.row([if i == 0 { label.as_str() } else { "" }, line]);
        }
    }
    let verdict = match (report.problems.len(), report.warnings.len()) {
        (0, 0) => style.good("no problems"),
        (0, n) => format!("{}, {}", style.good("no problems"), count(n, "warning")),
        (n, _) => style.error(&count(n, "problem")),
    };
    format!("{}{verdict}\n", table.render(style))
}

/// Words of a text in lines of at most `width` characters; a longer word has a line of its own.
fn wrapped(text: &str, width: usize) -> Vec<&str> {
    let (mut lines, mut begin, mut end) = (Vec::new(), 0, 0);
    for (at, _) in text.match_indices(' ').chain([(text.len(), "")]) {
        if text[begin..at].chars().count() > width && end > begin {
            lines.push(&text[begin..end]);
            begin = end + 1;
        }
        end = at;
    }
    lines.push(&text[begin..]);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_keep_to_their_columns() {
        assert_eq!(wrapped("one, two, three", 9), ["one, two,", "three"]);
        assert_eq!(wrapped("one, two, three", 80), ["one, two, three"]);
        assert_eq!(wrapped("incomprehensibilities are long", 9), ["incomprehensibilities", "are long"]);
        assert_eq!(wrapped("", 9), [""]);
    }
}
