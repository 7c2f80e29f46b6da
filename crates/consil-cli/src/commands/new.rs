//! `consil new`: a folder to start from.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use consil::example;
use serde::Serialize;

use crate::console::Console;
use crate::failure::{Failure, InputError};

/// Make a folder with a spec and a rule file to start from.
///
/// The files are those of an example project, ready to run, commented, and yours to change.
#[derive(Args)]
#[command(after_long_help = examples())]
pub struct NewArgs {
    /// The folder to make; it must be empty or not there yet
    #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    folder: PathBuf,
    /// The example to start from
    #[arg(long, value_name = "NAME", default_value = "demo")]
    example: String,
}

fn examples() -> String {
    let mut text = "EXAMPLES\n  consil new my-project\n  consil new sums --example mnist-sum\n\nAVAILABLE".to_owned();
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
        let example = example::find(&self.example)
            .ok_or_else(|| InputError::NoExample { name: self.example.clone(), help: nearest(&self.example) })?;
        if std::fs::read_dir(&self.folder).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(InputError::NotEmpty { folder: self.folder }.into());
        }
        let spec = example.write(&self.folder)?;
        console.answer(&Answer { folder: &self.folder, example: example.name, spec: spec.clone() }, |style| {
            let next = |command: &str| style.help(&format!("  consil {command} {}", spec.display()));
            format!("made {}\nnext:\n{}\n{}\n", self.folder.display(), next("check"), next("train"))
        })
    }
}

fn nearest(name: &str) -> String {
    let near = example::list().iter().find(|example| strsim::damerau_levenshtein(example.name, name) <= 2);
    match near {
        Some(example) => format!("did you mean `{}`?", example.name),
        None => {
            let names: Vec<&str> = example::list().iter().map(|example| example.name).collect();
            format!("the examples are {}", names.join(", "))
        }
    }
}
