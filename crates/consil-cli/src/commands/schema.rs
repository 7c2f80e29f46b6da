//! `consil schema`: what a spec may hold, for editors.

use clap::Args;
use consil::Spec;

use crate::console::Console;
use crate::failure::Failure;

/// Print the JSON schema of the spec, for editors.
///
/// Editors that know JSON schema complete and check a spec with it: every key, its type, its default and what it means.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil schema > consil.schema.json
  consil schema | jq '.properties | keys'

Editors with a TOML language server take this as the spec's first line:
  #:schema ./consil.schema.json")]
pub struct SchemaArgs {}

impl SchemaArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let schema = Spec::json_schema();
        console.answer(&schema, |_| format!("{schema:#}\n"))
    }
}
