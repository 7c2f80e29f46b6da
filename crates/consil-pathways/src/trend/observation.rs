//! Dated values, from CSV tables and from METR's result files.

use std::io::Read;

use serde::Serialize;

use crate::date::Date;
use crate::source::Source;
use crate::table::{Table, TableError};

/// A value on a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Observation {
    /// Where it is written down: `models.csv:17`.
    pub origin: String,
    /// What was observed: the name of a model.
    pub name: String,
    /// When.
    pub date: Date,
    /// The value, above zero.
    pub value: f64,
}

/// Which columns of a table hold dated values.
#[derive(Clone, Debug)]
pub struct ObservationColumns<'n> {
    /// What was observed.
    pub name: &'n str,
    /// When.
    pub date: &'n str,
    /// The value.
    pub value: &'n str,
    /// Rows are kept only where this column is not empty: a criterion of notability, say.
    pub required: Option<&'n str>,
}

impl ObservationColumns<'_> {
    /// Reads the rows that have a value, a date from `from` on, and the required column.
    ///
    /// # Errors
    /// If a column is missing, or a field is no date, no number above zero, or a date after `today`.
    pub fn read(&self, table: &Table, from: Date, today: Date) -> Result<Vec<Observation>, TableError> {
        let (name, date) = (table.column(self.name)?, table.column(self.date)?);
        let value = table.column(self.value)?;
        let required = self.required.map(|required| table.column(required)).transpose()?;
        let mut observations = Vec::new();
        for row in 0..table.n_rows() {
            if required.is_some_and(|required| required.text(row).is_none()) {
                continue;
            }
            let (Some(value), Some(date)) = (value.positive(row)?, date.date(row, today)?) else { continue };
            if date >= from {
                let origin = format!("{}:{}", table.source().document, table.line(row));
                let name = name.text(row).unwrap_or("(no name)").to_owned();
                observations.push(Observation { origin, name, date, value });
            }
        }
        Ok(observations)
    }

    /// How many rows [`Self::read`] passes over because their value or their date is empty; those that are not required to count are not among them.
    ///
    /// # Errors
    /// If a column is missing.
    pub fn n_incomplete(&self, table: &Table) -> Result<usize, TableError> {
        let (date, value) = (table.column(self.date)?, table.column(self.value)?);
        let required = self.required.map(|required| table.column(required)).transpose()?;
        let counts = |row: &usize| required.is_none_or(|required| required.text(*row).is_some());
        let is_incomplete = |row: &usize| value.text(*row).is_none() || date.text(*row).is_none();
        Ok((0..table.n_rows()).filter(counts).filter(is_incomplete).count())
    }
}

/// Reads METR's `benchmark_results_*.yaml`: for each model that was state of the art when released, its release date and the length of tasks, in minutes,
/// that it completes half of the time. Gives also the source with the hash of what was read.
///
/// The file is a fixed nesting of maps by indentation, by as many spaces on each level as on the first; only what is needed is read, no other feature of YAML.
///
/// # Errors
/// If the file cannot be read, or a model lacks its date, its horizon or whether it was state of the art.
pub fn read_horizons(
    mut reader: impl Read,
    source: Source,
    today: Date,
) -> Result<(Vec<Observation>, Source), TableError> {
    let file = source.document.clone();
    let mut text = String::new();
    reader.read_to_string(&mut text).map_err(|error| TableError::Read { file: file.clone(), error })?;
    let source = source.of_bytes(text.as_bytes());
    let spaces = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let step = text
        .lines()
        .filter(|line| !line.trim_start().starts_with(['-', '#']))
        .map(spaces)
        .find(|n| *n > 0)
        .unwrap_or(2);
    let mut models: Vec<Model<'_>> = Vec::new();
    let mut path: Vec<&str> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let content = line.trim_start();
        let depth = (line.len() - content.len()) / step;
        let Some((key, value)) = content.split_once(':').filter(|_| !content.starts_with(['-', '#'])) else { continue };
        path.truncate(depth);
        path.push(key.trim());
        let value = Some((at as u64 + 1, value.trim()));
        match path[..] {
            ["results", name] => {
                models.push(Model { name, line: at as u64 + 1, is_sota: None, horizon: None, date: None });
            }
            ["results", _, "release_date"] => models.iter_mut().last().into_iter().for_each(|model| model.date = value),
            ["results", _, "metrics", "is_sota"] => {
                models.iter_mut().last().into_iter().for_each(|model| model.is_sota = value);
            }
            ["results", _, "metrics", "p50_horizon_length", "estimate"] => {
                models.iter_mut().last().into_iter().for_each(|model| model.horizon = value);
            }
            _ => {}
        }
    }
    if models.is_empty() {
        return Err(TableError::Empty { file });
    }
    let mut observations = Vec::new();
    for model in &models {
        if let Some(observation) = model.observation(&file, today)? {
            observations.push(observation);
        }
    }
    observations.sort_by_key(|observation| observation.date);
    Ok((observations, source))
}

/// One model of the file: each field with its line.
struct Model<'t> {
    name: &'t str,
    line: u64,
    is_sota: Option<(u64, &'t str)>,
    horizon: Option<(u64, &'t str)>,
    date: Option<(u64, &'t str)>,
}

impl Model<'_> {
    fn observation(&self, file: &str, today: Date) -> Result<Option<Observation>, TableError> {
        let refuse = |column: &str, field: Option<(u64, &str)>, needed| {
            let (line, found) = field.unwrap_or((self.line, ""));
            let column = format!("results.{}.{column}", self.name);
            TableError::Field { file: file.to_owned(), line, column, found: found.to_owned(), needed }
        };
        match self.is_sota.map(|(_, text)| text) {
            Some("true") => {}
            Some("false") => return Ok(None),
            _ => return Err(refuse("metrics.is_sota", self.is_sota, "true or false")),
        }
        let date = self.date.and_then(|(_, text)| Date::parse(text));
        let date = date.ok_or_else(|| refuse("release_date", self.date, "a date such as 2024-05-13"))?;
        let line = self.date.map_or(self.line, |(line, _)| line);
        if date > today {
            let column = format!("results.{}.release_date", self.name);
            return Err(TableError::FutureDate { file: file.to_owned(), line, column, date, today });
        }
        let horizon = self
            .horizon
            .and_then(|(_, text)| text.parse().ok())
            .filter(|minutes: &f64| *minutes > 0.0 && minutes.is_finite());
        let value = horizon.ok_or_else(|| {
            refuse("metrics.p50_horizon_length.estimate", self.horizon, "a number of minutes above zero")
        })?;
        Ok(Some(Observation { origin: format!("{file}:{}", self.line), name: self.name.to_owned(), date, value }))
    }
}
