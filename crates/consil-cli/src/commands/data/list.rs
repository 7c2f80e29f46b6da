//! `consil data list`.

use clap::Args;
use serde::Serialize;

use super::catalogue::{CatalogueArgs, Presence, Set, folder};
use crate::console::Console;
use crate::failure::Failure;
use crate::spinner::with_spinner;
use crate::table::Table;
use consil::number::thousands;

/// List the data sets: what each holds, its licence, and whether it is there.
///
/// Every file that is there is verified by its hash.
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  consil data list
  consil data list --json | jq '.sets[] | {name, source, licence}'")]
pub struct ListArgs {
    #[command(flatten)]
    catalogue: CatalogueArgs,
}

#[derive(Serialize)]
struct Answer {
    folder: std::path::PathBuf,
    sets: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    #[serde(flatten)]
    set: Set,
    presence: Presence,
    bytes: u64,
}

impl ListArgs {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        let (catalogue, folder) = (self.catalogue.read()?, folder()?);
        let sets: Vec<Entry> = with_spinner(console, "verifying", || {
            let entry = |set: Set| Entry { presence: set.presence(&folder), bytes: set.bytes(), set };
            catalogue.set.into_iter().map(entry).collect()
        });
        let answer = Answer { folder, sets };
        console.answer(&answer, |style| {
            let mut table = Table::new(["set", "holds", "licence", "how", "state", "bytes"]).words(5);
            for Entry { set, presence, bytes } in &answer.sets {
                let how = if set.can_be_fetched() { "fetch" } else { "by hand" };
                let bytes = if *bytes == 0 { "—".to_owned() } else { thousands(*bytes as usize) };
                let words = [&set.name, &set.about, &set.licence, how, presence.name()].map(str::to_owned);
                table.row(words.into_iter().chain([bytes]));
            }
            format!("{}\nfolder  {}\n", table.render(style), answer.folder.display())
        })
    }
}
