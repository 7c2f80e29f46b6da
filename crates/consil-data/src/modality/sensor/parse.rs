//! Series and rows of numbers in text: comma, semicolon, tab or space between cells, with or without a header.

use std::path::Path;

use serde_json::Value as Json;

use super::Names;
use crate::error::{Fault, is_absent_spelling};
use crate::{ModalityKind, Series, Value};

/// Parses a series: one line for each time step, one cell for each channel. A first line with a cell that is neither a
/// number nor empty is a header. An empty cell is absent and becomes NaN.
pub(crate) fn series(path: &Path, kind: ModalityKind, text: &str) -> Result<Value, Fault> {
    let corrupt = |line: usize, fault: Fault| Fault::Corrupt {
        path: path.to_owned(),
        kind,
        message: format!("line {line}: {fault}"),
    };
    let mut channels = None;
    let mut names: Option<Names> = None;
    let mut values = Vec::new();
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    for (nth, (index, line)) in lines.enumerate() {
        let cells: Vec<&str> = cells(line).map(bare).collect();
        if nth == 0 && cells.iter().any(|cell| is_name(cell)) {
            channels = Some(cells.len());
            names = Some(header(&cells).map_err(|fault| corrupt(index + 1, fault))?);
            continue;
        }
        let expected = *channels.get_or_insert(cells.len());
        if cells.len() != expected {
            return Err(corrupt(index + 1, Fault::Cells { expected, found: cells.len() }));
        }
        for cell in cells {
            values.push(parse_number(cell).map_err(|fault| corrupt(index + 1, fault))?);
        }
    }
    match channels {
        Some(channels) if !values.is_empty() => Ok(Value::Series(Series { channels, names, values })),
        _ => Err(Fault::NoContent { path: path.to_owned(), what: "rows of numbers" }),
    }
}

/// Whether a cell of the first line is a name: neither empty nor any spelling of a number, finite, infinite or absent.
fn is_name(cell: &str) -> bool {
    !cell.is_empty() && cell.parse::<f64>().is_err() && !is_absent_spelling(cell)
}

fn header(cells: &[&str]) -> Result<Names, Fault> {
    for (i, name) in cells.iter().enumerate() {
        if cells[..i].contains(name) {
            return Err(Fault::Refused {
                reason: format!("the header names {name:?} twice"),
                fix: "give each column a name of its own".to_owned(),
            });
        }
    }
    Ok(cells.iter().map(|name| (*name).to_owned()).collect())
}

/// A number that is finite in 32 bits, with all of its digits, or NaN for an empty cell.
pub(crate) fn parse_number(cell: &str) -> Result<f64, Fault> {
    let cell = cell.trim();
    if cell.is_empty() {
        return Ok(f64::NAN);
    }
    match cell.parse::<f64>() {
        Ok(x) if (x as f32).is_finite() => Ok(x),
        // "NaN" is how many programs write an absent number: the remedy is that of any other spelling.
        Ok(x) if x.is_nan() => Err(Fault::NotANumber { cell: cell.to_owned() }),
        Ok(_) => Err(Fault::NotFinite { cell: cell.to_owned() }),
        Err(_) => Err(Fault::NotANumber { cell: cell.to_owned() }),
    }
}

fn cells(line: &str) -> Box<dyn Iterator<Item = &str> + '_> {
    match [',', ';', '\t'].into_iter().find(|separator| line.contains(*separator)) {
        Some(separator) => Box::new(line.split(separator)),
        None => Box::new(line.split_whitespace()),
    }
}

/// A cell without the white space and quotes around it.
fn bare(cell: &str) -> &str {
    let cell = cell.trim();
    cell.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(cell)
}

/// The numbers of a JSON array; null is absent and becomes NaN.
pub(crate) fn json_numbers(values: &[Json]) -> Result<Vec<f64>, Fault> {
    let number = |value: &Json| match value {
        Json::Null => Ok(f64::NAN),
        Json::Number(x) => finite(x.as_f64().unwrap_or(f64::NAN), || x.to_string()),
        other => Err(Fault::JsonType { expected: "a number", found: other.to_string() }),
    };
    values.iter().map(number).collect()
}

/// A number that is finite in 32 bits, with all of its digits.
pub(crate) fn finite(x: f64, cell: impl Fn() -> String) -> Result<f64, Fault> {
    if (x as f32).is_finite() { Ok(x) } else { Err(Fault::NotFinite { cell: cell() }) }
}

/// A series as an array of time steps, each an array of channels (or one number).
pub(crate) fn json_series(steps: &[Json]) -> Result<Value, Fault> {
    let mut values = Vec::new();
    let mut channels = None;
    for step in steps {
        let row = match step {
            Json::Array(row) => json_numbers(row)?,
            one => json_numbers(std::slice::from_ref(one))?,
        };
        let expected = *channels.get_or_insert(row.len());
        if row.len() != expected {
            return Err(Fault::Channels { expected, found: row.len(), line: None });
        }
        values.extend(row);
    }
    match channels {
        Some(channels) if channels > 0 => Ok(Value::Series(Series { channels, names: None, values })),
        _ => Err(Fault::JsonType { expected: "a series", found: "[]".to_owned() }),
    }
}
