//! `consil new`: a folder to start from.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use consil::{InferredColumn, StartingSpec, example};
use consil_diagnostic::file;
use consil_diagnostic::suggest::nearest_or_all;
use serde::Serialize;

use crate::console::Console;
use crate::failure::{Failure, InputError};
use crate::style::TextStyle;
use crate::table::Table;
use consil::number::count;

/// Make a folder with a spec to start from: an example's, or one made for your table.
///
/// The files are those of an example project, ready to run, commented, and yours to change. With --from, the spec is made for a CSV or JSONL file: what its columns hold is
/// inferred, printed with the reasons, and written into the spec, which can be trained as it is.
#[derive(Args)]
#[command(after_long_help = examples())]
pub struct NewArgs {
    /// The folder to make; it must be empty or not there yet
    #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    folder: PathBuf,
    /// The example to start from
    #[arg(long, value_name = "NAME", default_value = "demo", conflicts_with = "from")]
    example: String,
    /// Make a spec for this table: a CSV or JSONL file with one sample a row
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    from: Option<PathBuf>,
}

fn examples() -> String {
    let mut text = "EXAMPLES\n  consil new my-project\n  consil new sums --example mnist-sum\n  consil new mine --from data.csv\n\nAVAILABLE".to_owned();
    for example in example::list() {
        text.push_str(&format!("\n  {:<14}  {}", example.name, example.about));
    }
    text
}

#[derive(Serialize)]
struct Answer<'a> {
    folder: &'a PathBuf,
    example: &'a str,
    spec: PathBuf,
}

impl NewArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        if std::fs::read_dir(&self.folder).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(InputError::NotEmpty { folder: self.folder }.into());
        }
        match &self.from {
            Some(table) => self.for_table(console, table),
            None => self.write_example(console),
        }
    }

    fn for_table(&self, console: &Console, table: &Path) -> Result<(), Failure> {
        let folder = std::path::absolute(&self.folder).unwrap_or_else(|_| self.folder.clone());
        let name = folder.file_name().map_or_else(|| "mine".to_owned(), |name| name.to_string_lossy().into_owned());
        let StartingSpec { text, inferred } = StartingSpec::new(&name, table, &self.folder)?;
        file::create_folder(&self.folder)?;
        let spec = self.folder.join("consil.toml");
        file::write(&spec, text.as_bytes())?;
        let columns: Vec<Column> = inferred.columns.iter().map(Column::from).collect();
        let target = inferred.target.map(|(name, _)| name);
        let answer =
            MadeFor { folder: &self.folder, from: table, spec: &spec, target, n_rows: inferred.n_rows, columns };
        console.answer(&answer, |style| {
            let mut found = Table::new(["column", "holds", "used as", "because"]).words(4);
            for column in &answer.columns {
                let used = column.used_as.clone().unwrap_or_else(|| "—".to_owned());
                found.row([column.name.clone(), column.holds.clone(), used, column.reason.clone()]);
            }
            let made = format!("made {} for {}", spec.display(), count(answer.n_rows, "row"));
            format!("{}\n{made}; what is not so, change there\n{}", found.render(style), next(&spec, style))
        })
    }

    fn write_example(self, console: &Console) -> Result<(), Failure> {
        let example = example::find(&self.example).ok_or_else(|| InputError::NoExample {
            name: self.example.clone(),
            help: nearest_or_all(&self.example, example::list().iter().map(|example| example.name)),
        })?;
        let spec = example.write(&self.folder)?;
        console.answer(&Answer { folder: &self.folder, example: example.name, spec: spec.clone() }, |style| {
            format!("made {}\n{}", self.folder.display(), next(&spec, style))
        })
    }
}

/// What to type next.
fn next(spec: &Path, style: TextStyle) -> String {
    let command = |command: &str| style.help(&format!("  consil {command} {}", spec.display()));
    format!("next:\n{}\n{}\n", command("check"), command("train"))
}

#[derive(Serialize)]
struct MadeFor<'a> {
    folder: &'a Path,
    from: &'a Path,
    spec: &'a Path,
    target: Option<String>,
    n_rows: usize,
    columns: Vec<Column>,
}

/// What a column seems to hold.
#[derive(Serialize)]
struct Column {
    name: String,
    holds: String,
    used_as: Option<String>,
    reason: String,
    n_absent: usize,
    n_distinct: usize,
}

impl From<&InferredColumn> for Column {
    fn from(column: &InferredColumn) -> Self {
        Self {
            name: column.name.clone(),
            holds: column.kind.to_string(),
            used_as: column.used_as.clone(),
            reason: column.reason.clone(),
            n_absent: column.n_absent,
            n_distinct: column.n_distinct,
        }
    }
}
