//! `consil data where`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::catalogue::{CatalogueArgs, Presence, folder};
use crate::console::Console;
use crate::failure::Failure;
use crate::spinner::with_spinner;

/// Print the folder of data, or that of one set.
///
/// The folder is that of CONSIL_DATA, or else `consil/data` in your cache. Specs name it as $CONSIL_DATA, whether that is set or not.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil data where mnist --json | jq .presence
  export CONSIL_DATA=$(consil data where)            for a shell, and for programs other than this one")]
pub struct WhereArgs {
    /// The set
    #[arg(value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    catalogue: CatalogueArgs,
}

#[derive(Serialize)]
struct Answer {
    folder: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    presence: Option<Presence>,
}

impl WhereArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let folder = folder()?;
        let answer = match &self.name {
            None => Answer { folder, presence: None },
            Some(name) => {
                let catalogue = self.catalogue.read()?;
                let set = catalogue.find(name)?;
                let presence = with_spinner(console, "verifying", || set.presence(&folder));
                if presence != Presence::Verified {
                    console.say(&format!("{name}: {}", presence.name()));
                }
                Answer { folder: folder.join(name), presence: Some(presence) }
            }
        };
        console.answer(&answer, |_| format!("{}\n", answer.folder.display()))
    }
}
