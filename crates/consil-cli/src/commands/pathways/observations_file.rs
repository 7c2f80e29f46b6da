//! The arguments of every command that reads observations over time.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use consil::pathways::trend::{ObservationColumns, read_horizons};
use consil::pathways::{Date, Observation, Source};

use super::files::{date_or_today, open, required_column, table};
use crate::failure::Failure;

/// A file of observations, and which of them count.
#[derive(Args)]
pub struct ObservationsFile {
    /// The observations: a CSV file, or METR's results as YAML
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// The column of values [default: value]
    #[arg(long, value_name = "COLUMN")]
    value: Option<String>,
    /// The column of dates, written as 2026-01-31 [default: date, publication date, release date]
    #[arg(long, value_name = "COLUMN")]
    date: Option<String>,
    /// The column of names [default: name, model, system]
    #[arg(long, value_name = "COLUMN")]
    name: Option<String>,
    /// Keep only rows that have something in this column
    #[arg(long, value_name = "COLUMN")]
    required: Option<String>,
    /// Keep only observations from this day on
    #[arg(long, value_name = "DATE", default_value = "0001-01-01")]
    from: String,
    /// What counts as today; nothing later was observed [default: today]
    #[arg(long, value_name = "DATE")]
    today: Option<String>,
}

/// What a file says.
pub struct Observed {
    pub observations: Vec<Observation>,
    /// Rows that were passed over since their value or their date is empty.
    pub n_incomplete: usize,
    pub source: Source,
    pub today: Date,
}

impl ObservationsFile {
    /// Reads the observations that count.
    pub fn read(&self) -> Result<Observed, Failure> {
        let (from, today) = (date_or_today(Some(&self.from))?, date_or_today(self.today.as_deref())?);
        let (mut observations, n_incomplete, source) =
            if self.file.extension().is_some_and(|end| end == "yaml" || end == "yml") {
                let (file, source) = open(&self.file)?;
                let (horizons, source) = read_horizons(file, source, today)?;
                (horizons, 0, source)
            } else {
                let table = table(&self.file)?;
                let column = |named: &'_ Option<String>, known: &[&str], what| {
                    required_column(&table, named.as_deref(), known, what).map(str::to_owned)
                };
                let name = column(&self.name, &["name", "model", "system"], ("names", "--name COLUMN"))?;
                let dates = ["date", "publication date", "release date"];
                let date = column(&self.date, &dates, ("dates", "--date COLUMN"))?;
                let value = column(&self.value, &["value"], ("values", "--value COLUMN"))?;
                let required = self.required.as_deref();
                let columns = ObservationColumns { name: &name, date: &date, value: &value, required };
                (columns.read(&table, from, today)?, columns.n_incomplete(&table)?, table.source().clone())
            };
        observations.retain(|observation| observation.date >= from);
        Ok(Observed { observations, n_incomplete, source, today })
    }
}
