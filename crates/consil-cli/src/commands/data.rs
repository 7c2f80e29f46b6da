//! `consil data`: public data sets that the examples and the audit use: which there are, where they are, and how to get them.

mod catalogue;
mod fetch;
mod list;
mod place;

use clap::Subcommand;
use consil_diagnostic::hint::{Row, row};

use crate::console::Console;
use crate::failure::Failure;

/// The errors of these commands that have hints.
pub const HINTS: &[Row] = &[row::<catalogue::ByHand>, row::<catalogue::CatalogueError>];

/// List public data sets, fetch them, or say where they are.
///
/// Examples and `pathways audit` use public data sets. Each has a source, a licence and hashes here. They are kept in the folder that CONSIL_DATA names, or else in
/// the cache of your user. Some can be fetched; the others are placed there by hand, and verified all the same.
#[derive(Subcommand)]
#[command(after_long_help = "\
EXAMPLES
  consil data list
  consil data fetch mnist
  export CONSIL_DATA=$(consil data where)
  consil data where mnist")]
pub enum DataCommand {
    List(list::ListArgs),
    Fetch(fetch::FetchArgs),
    Where(place::WhereArgs),
}

impl DataCommand {
    pub fn run(self, console: &Console) -> Result<(), Failure> {
        match self {
            Self::List(args) => args.run(console),
            Self::Fetch(args) => args.run(console),
            Self::Where(args) => args.run(console),
        }
    }
}
