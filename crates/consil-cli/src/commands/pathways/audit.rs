//! `consil pathways audit`: published numbers, worked out again.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use clap::{Args, ValueHint};
use consil::Key;
use consil::pathways::audit::{Audit, AuditFile, audit};

use super::files::date_or_today;
use crate::console::Console;
use crate::failure::Failure;
use crate::spinner::with_spinner;
use crate::style::TextStyle;
use crate::table::Table;
use consil::number::{count, number};

/// Work out published numbers again from their data: theirs beside ours.
///
/// Each check has the published number, ours, and how far apart they may be. Checks of what is built in run always; the others need public data
/// sets, below the folder that CONSIL_DATA or --data names. A check whose file is not there is left out and named; it does not pass.
/// The exit code is 2 where a check disagrees.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil pathways audit
  consil pathways audit --data ~/data
  consil pathways audit --json | jq '.[] | select(.ok | not)'

Under --json: a list of {check, published, publication, ours, tolerance, ok, source}; what was left out is said on stderr.")]
pub struct AuditArgs {
    /// The folder of data sets [default: that of `consil data where`]
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    data: Option<PathBuf>,
    /// The seed of the resamples
    #[arg(long, default_value_t = 7)]
    seed: u64,
}

impl AuditArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let data = self.data.or_else(consil::data_folder);
        let open = |file: AuditFile| -> io::Result<Option<Box<dyn Read>>> {
            let Some(folder) = &data else { return Ok(None) };
            match File::open(folder.join(file.path())) {
                Ok(file) => Ok(Some(Box::new(file))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            }
        };
        let today = date_or_today(None)?;
        let audit = with_spinner(console, "working it out again", || audit(open, today, Key::new(self.seed)))?;
        console.answer(&audit.rows, |style| render(&audit, style))?;
        if !audit.left_out.is_empty() {
            let files: String = audit.left_out.iter().map(|file| format!("\n  {}", file.path())).collect();
            let help = match &data {
                Some(folder) => format!("`consil data list` says how they get below {}", folder.display()),
                None => "name the folder that holds them with --data or CONSIL_DATA".to_owned(),
            };
            let what = count(audit.left_out.len(), "file");
            console.warn(&format!("{what} not there, whose checks were left out:{files}\n  help: {help}"));
        }
        if audit.rows.iter().all(|row| row.ok) { Ok(()) } else { Err(Failure::Reported) }
    }
}

fn render(audit: &Audit, style: TextStyle) -> String {
    let mut table = Table::new(["check", "published", "ours", "tolerance", ""]);
    for row in &audit.rows {
        let verdict = if row.ok { "ok" } else { "DISAGREES" };
        table.row([&row.check, &digits(row.published), &digits(row.ours), &number(row.tolerance), verdict]);
    }
    let wrong = audit.rows.iter().filter(|row| !row.ok).count();
    let verdict = match wrong {
        0 => style.good(&format!("{} agree", count(audit.rows.len(), "check"))),
        n => style.error(&format!("{n} of {} disagree", count(audit.rows.len(), "check"))),
    };
    format!("{}{verdict}\n", table.render(style))
}

/// Seven digits: enough to see that two numbers agree.
fn digits(value: f64) -> String {
    if value != 0.0 && value.abs() < 0.01 { format!("{value:.9e}") } else { format!("{value:.6}") }
}
