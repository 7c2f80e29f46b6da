//! Rows of numbers, categories, truth values and dates: columns of the manifest, JSON arrays, CSV files of one row, and
//! slices of idx arrays.
//!
//! | column | inputs of the network |
//! |---|---|
//! | `number` | `(x − mean) / sd` over the training rows |
//! | `boolean` | 1 or 0 |
//! | `category` | one for each of the 256 most frequent words of the training rows, and a last one for every other word |
//! | `date` | the days since 1970, standardised, and the sine and cosine of the place in the year, the week and the day |
//!
//! An absent cell gives zeros, and a column that lacks cells in the training rows has one more input: 1 where the cell is
//! absent. Words that the training rows never showed are counted.

mod cells;

use std::hash::{Hash, Hasher};
use std::io;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sensor::{Series, parse};
use super::{Content, Encoded, Mergeable, Modality, Nothing, Place, Prepare, PrepareError, Prepared, View};
use crate::date;
use crate::error::{DataError, Fault};
use crate::file::{self, Encoding};
use crate::idx::IdxArray;
use crate::manifest::Cell;
use crate::moments::{Counts, FeatureMoments, add_counts, standardised};
use crate::{ColumnType, ModalityConfig, ModalityKind, TableCell, Value};

pub(crate) use cells::{boolean, typed};

/// The most categories of a column that have an input of their own.
const MAX_CATEGORIES: usize = 256;
/// The inputs of a date.
const DATE_INPUTS: usize = 7;

impl Content for Vec<TableCell> {
    fn hash_into(&self, hasher: &mut impl Hasher) {
        self.iter().for_each(|cell| match cell {
            TableCell::Absent => hasher.write_u8(0),
            TableCell::Number(x) => x.to_bits().hash(hasher),
            TableCell::Category(word) => word.hash(hasher),
            TableCell::Date(seconds) => seconds.hash(hasher),
        });
    }

    fn bytes(&self) -> usize {
        let bytes = |cell: &TableCell| {
            size_of::<TableCell>() + if let TableCell::Category(word) = cell { word.len() } else { 0 }
        };
        self.iter().map(bytes).sum()
    }
}

impl Value {
    /// A row of numbers; NaN is absent.
    pub fn of_numbers(numbers: &[f64]) -> Self {
        Self::Row(cells_of(numbers))
    }
}

fn cells_of(numbers: &[f64]) -> Vec<TableCell> {
    let cell = |x: &f64| if x.is_nan() { TableCell::Absent } else { TableCell::Number(*x) };
    numbers.iter().map(cell).collect()
}

/// The modality of rows.
pub(crate) struct Table;

impl Modality for Table {
    type Survey = TableSurvey;
    type Moments = Nothing;
    type Preparation = TablePreparation;

    type Content = Vec<TableCell>;

    const EXTENSIONS: &'static [&'static str] = &["csv", "tsv", "txt"];
    const OPTIONS: &'static [&'static str] = &["columns", "types", "normalize", "augment.jitter", "augment.scale"];

    fn decode(path: &Path) -> Result<Value, Fault> {
        let text = file::text(path, Encoding::Utf8).map_err(|fault| Fault::of_file(path, fault))?;
        match parse::series(path, ModalityKind::Table, &text)? {
            Value::Series(Series { values, .. }) => Ok(Value::of_numbers(&values)),
            other => Ok(other),
        }
    }

    /// Numbers `[D]`.
    fn slice(array: &IdxArray, i: usize) -> Option<Vec<TableCell>> {
        let [_] = array.shape[1..] else { return None };
        Some(cells_of(&array.numbers(i)))
    }

    fn encode(cells: &Vec<TableCell>) -> io::Result<Encoded> {
        let line = cells.iter().map(ToString::to_string).collect::<Vec<_>>().join(",") + "\n";
        Ok(Encoded::File("csv", line.into_bytes()))
    }

    fn place(cell: &Cell) -> Result<Place, Fault> {
        match cell {
            Cell::Text(path) if path.ends_with(".csv") => Ok(Place::File(path.clone())),
            Cell::Array(values) => parse::json_numbers(values).map(|row| Place::Value(Value::of_numbers(&row))),
            other => typed(other, ColumnType::Number).map(|cell| Place::Value(Value::Row(vec![cell]))),
        }
    }

    fn see(survey: &mut TableSurvey, value: &Value, times: u32) -> Result<(), Fault> {
        match value {
            Value::Row(cells) => survey.see(cells, times),
            _ => Ok(()),
        }
    }

    fn begin(modality: &str, _: &ModalityConfig, survey: &TableSurvey) -> Result<Nothing, DataError> {
        match survey.columns.is_empty() {
            true => Err(DataError::AllAbsent { modality: modality.to_owned() }),
            false => Ok(Nothing),
        }
    }

    fn measure(_: &mut Nothing, _: &Value, _: u32) {}

    fn finish(config: &ModalityConfig, survey: &TableSurvey, _: &Nothing) -> TablePreparation {
        survey.finish(config)
    }

    fn notes(config: &ModalityConfig, survey: &TableSurvey, _: &Nothing) -> Vec<String> {
        let name = |at: usize| config.columns.get(at).map_or_else(|| format!("{at}"), Clone::clone);
        let mut notes = Vec::new();
        for (at, column) in survey.columns.iter().enumerate() {
            let n = column.categories.len();
            if n > MAX_CATEGORIES {
                notes.push(format!(
                    "column {} has {n} categories: the {MAX_CATEGORIES} most frequent have inputs of their own, all others share one",
                    name(at)
                ));
            }
            if column.absent > 0 {
                notes.push(format!(
                    "column {} is absent from {} training rows: an input says where",
                    name(at),
                    column.absent
                ));
            }
        }
        notes
    }
}

/// The cells of the training rows by column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct TableSurvey {
    columns: Vec<ColumnSurvey>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct ColumnSurvey {
    absent: u64,
    categories: Counts<String>,
    dates: u64,
    /// Numbers, truth values, and the days of dates.
    numbers: FeatureMoments,
}

impl TableSurvey {
    fn see(&mut self, cells: &[TableCell], times: u32) -> Result<(), Fault> {
        self.widen(cells.len())?;
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            match cell {
                TableCell::Absent => column.absent += u64::from(times),
                TableCell::Number(x) => column.numbers.add_one(0, *x, times),
                TableCell::Category(word) => {
                    *column.categories.entry(word.clone()).or_default() += u64::from(times);
                }
                TableCell::Date(seconds) => {
                    column.dates += u64::from(times);
                    column.numbers.add_one(0, date::days(*seconds), times);
                }
            }
        }
        Ok(())
    }

    fn widen(&mut self, width: usize) -> Result<(), Fault> {
        if self.columns.is_empty() {
            let empty =
                ColumnSurvey { absent: 0, categories: Counts::new(), dates: 0, numbers: FeatureMoments::new(1) };
            self.columns = vec![empty; width];
        }
        match self.columns.len() {
            expected if expected == width => Ok(()),
            expected => Err(Fault::Members { expected, found: width }),
        }
    }

    fn finish(&self, config: &ModalityConfig) -> TablePreparation {
        let (mut columns, mut mean, mut sd) = (Vec::new(), Vec::new(), Vec::new());
        for (at, survey) in self.columns.iter().enumerate() {
            let kind = config.columns.get(at).map_or(ColumnType::Number, |column| config.column_type(column));
            let (means, deviations) = survey.numbers.finish_exact();
            let is_scaled = config.normalize && matches!(kind, ColumnType::Number | ColumnType::Date);
            mean.push(if is_scaled { means[0] } else { 0.0 });
            sd.push(if is_scaled { deviations[0] } else { 1.0 });
            let mut categories: Vec<(&String, &u64)> = survey.categories.iter().collect();
            categories.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
            categories.truncate(MAX_CATEGORIES);
            let categories = categories.into_iter().map(|(word, _)| word.clone()).collect();
            columns.push(ColumnPreparation { kind, flags_absent: survey.absent > 0, categories });
        }
        TablePreparation { columns, mean, sd, is_exact: true }
    }
}

impl Mergeable for TableSurvey {
    fn merge(&mut self, other: &Self) -> Result<(), Fault> {
        if other.columns.is_empty() {
            return Ok(());
        }
        self.widen(other.columns.len())?;
        for (mine, theirs) in self.columns.iter_mut().zip(&other.columns) {
            mine.absent += theirs.absent;
            mine.dates += theirs.dates;
            add_counts(&mut mine.categories, &theirs.categories);
            mine.numbers.merge(&theirs.numbers);
        }
        Ok(())
    }
}

/// Rows become `[D]`, the inputs of one column after those of another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct TablePreparation {
    /// What each column becomes; a number each in what version 0.1 wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    columns: Vec<ColumnPreparation>,
    /// By column, not by input.
    mean: Vec<f64>,
    sd: Vec<f64>,
    /// Whether cells are scaled in 64 bits; what version 0.1 wrote does so in 32.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_exact: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct ColumnPreparation {
    kind: ColumnType,
    flags_absent: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    categories: Vec<String>,
}

impl ColumnPreparation {
    fn width(&self) -> usize {
        usize::from(self.flags_absent)
            + match self.kind {
                ColumnType::Number | ColumnType::Boolean => 1,
                ColumnType::Category => self.categories.len() + 1,
                ColumnType::Date => DATE_INPUTS,
            }
    }

    /// Writes a cell's inputs into zeros; whether the cell is a word that the training rows never showed.
    fn write(&self, cell: &TableCell, scaled: impl Fn(f64) -> f32, out: &mut [f32]) -> bool {
        match cell {
            TableCell::Absent if self.flags_absent => out[out.len() - 1] = 1.0,
            TableCell::Absent => {}
            TableCell::Number(x) => out[0] = scaled(*x),
            TableCell::Date(seconds) => {
                out[0] = scaled(date::days(*seconds));
                out[1..DATE_INPUTS].copy_from_slice(&date::cycles(*seconds));
            }
            TableCell::Category(word) => {
                let at = self.categories.iter().position(|known| known == word);
                out[at.unwrap_or(self.categories.len())] = 1.0;
                return at.is_none();
            }
        }
        false
    }

    fn fits(&self, cell: &TableCell) -> bool {
        match cell {
            TableCell::Absent => true,
            TableCell::Number(_) => matches!(self.kind, ColumnType::Number | ColumnType::Boolean),
            TableCell::Category(_) => self.kind == ColumnType::Category,
            TableCell::Date(_) => self.kind == ColumnType::Date,
        }
    }
}

impl Prepare for TablePreparation {
    fn shape(&self) -> Vec<usize> {
        let typed: usize = self.columns.iter().map(ColumnPreparation::width).sum();
        vec![if self.columns.is_empty() { self.mean.len() } else { typed }]
    }

    fn apply(&self, value: &Value) -> Result<Prepared, PrepareError> {
        let Value::Row(cells) = value else { return Err(PrepareError::kind(ModalityKind::Table, value)) };
        if cells.len() != self.mean.len() {
            return Err(PrepareError::Channels { expected: self.mean.len(), found: cells.len() });
        }
        let mut values = vec![0.0; self.shape()[0]];
        let mut rest = values.as_mut_slice();
        let mut unknown = 0;
        let number = ColumnPreparation { kind: ColumnType::Number, flags_absent: false, categories: Vec::new() };
        for (at, cell) in cells.iter().enumerate() {
            let column = self.columns.get(at).unwrap_or(&number);
            if !column.fits(cell) {
                return Err(PrepareError::Column { at, expected: column.kind });
            }
            let (out, tail) = rest.split_at_mut(column.width());
            let scaled = |x| standardised(x, (self.mean[at], self.sd[at]), self.is_exact);
            unknown += usize::from(column.write(cell, scaled, out));
            rest = tail;
        }
        let words = cells.iter().filter(|cell| matches!(cell, TableCell::Category(_))).count();
        Ok(Prepared { unknown, known: words - unknown, ..Prepared::new(values) })
    }

    fn view(&self, value: &Value) -> View {
        match value {
            Value::Row(cells) => View::Row { cells: cells.iter().map(ToString::to_string).collect() },
            _ => View::Absent,
        }
    }
}

#[cfg(test)]
mod tests;
