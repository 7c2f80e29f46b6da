//! From cells to targets.

use serde_json::Value as Json;

use consil_diagnostic::nearest;

use super::{Target, TargetConfig, TargetKind};
use crate::error::Fault;
use crate::manifest::Cell;
use crate::unicode::nfc;

/// What stands between members where the spec names nothing.
const SEPARATOR: &str = ";";

/// The target of a row in one or several cells; none where it is absent. `width` is the number of numbers that the rows
/// before had. A fault comes with the position of its cell.
pub(super) fn target(
    cells: &[&Cell],
    config: &TargetConfig,
    width: &mut Option<usize>,
) -> Result<Option<Target>, (usize, Fault)> {
    let first = cells[0];
    if config.kind == TargetKind::Numbers && cells.len() > 1 {
        return numbers_of_columns(cells);
    }
    let empty_is_none = config.kind == TargetKind::Labels && *first == Cell::Empty;
    if first.is_absent() && !empty_is_none {
        return Ok(None);
    }
    let value = match config.kind {
        TargetKind::Class => class(first, config).map(Target::Class),
        TargetKind::Number => number(first).map(Target::Number),
        TargetKind::Labels => labels(first, config),
        TargetKind::Numbers => numbers(first, config, width).map(Target::Numbers),
        TargetKind::Sequence => members(first, config).map(Target::Sequence),
        TargetKind::Facts => members(first, config).map(Target::Facts),
    };
    value.map(Some).map_err(|fault| (0, fault))
}

fn class(cell: &Cell, config: &TargetConfig) -> Result<String, Fault> {
    match cell {
        Cell::Array(_) => Err(Fault::JsonType { expected: "a class", found: cell.text().unwrap_or_default() }),
        _ => known(nfc(&cell.text().unwrap_or_default()), config),
    }
}

fn known(label: String, config: &TargetConfig) -> Result<String, Fault> {
    match &config.classes {
        Some(classes) if !classes.iter().any(|class| nfc(class) == label) => Err(Fault::UnknownClass {
            nearest: nearest(&label, classes.iter().map(String::as_str)).map(str::to_owned),
            label,
        }),
        _ => Ok(label),
    }
}

fn labels(cell: &Cell, config: &TargetConfig) -> Result<Target, Fault> {
    let members = if *cell == Cell::Empty { Vec::new() } else { members(cell, config)? };
    members.into_iter().map(|label| known(label, config)).collect::<Result<_, _>>().map(Target::Labels)
}

fn number(cell: &Cell) -> Result<f64, Fault> {
    match cell {
        Cell::Number(number, _) => finite(*number, cell),
        Cell::Text(text) => parse(text),
        _ => Err(Fault::JsonType { expected: "a number", found: cell.text().unwrap_or_default() }),
    }
}

fn parse(text: &str) -> Result<f64, Fault> {
    let number = text.trim().parse().map_err(|_| Fault::NotANumber { cell: text.to_owned() })?;
    finite(number, &Cell::Text(text.to_owned()))
}

/// Targets are compared in 32 bits, as all that networks compute.
fn finite(number: f64, cell: &Cell) -> Result<f64, Fault> {
    let fits = number.is_finite() && (number as f32).is_finite();
    if fits { Ok(number) } else { Err(Fault::NotFinite { cell: cell.text().unwrap_or_default() }) }
}

fn numbers(cell: &Cell, config: &TargetConfig, width: &mut Option<usize>) -> Result<Vec<f64>, Fault> {
    let numbers = match cell {
        Cell::Array(values) => values.iter().map(json_number).collect::<Result<Vec<_>, _>>()?,
        Cell::Number(number, _) => vec![finite(*number, cell)?],
        _ => split(&cell.text().unwrap_or_default(), config).map(parse).collect::<Result<Vec<_>, _>>()?,
    };
    let expected = *width.get_or_insert(numbers.len());
    if numbers.len() == expected { Ok(numbers) } else { Err(Fault::Members { expected, found: numbers.len() }) }
}

fn json_number(value: &Json) -> Result<f64, Fault> {
    match value {
        Json::Number(number) => finite(number.as_f64().unwrap_or(f64::NAN), &Cell::Text(number.to_string())),
        other => Err(Fault::JsonType { expected: "a number", found: other.to_string() }),
    }
}

/// All of the columns hold a number, or none does.
fn numbers_of_columns(cells: &[&Cell]) -> Result<Option<Target>, (usize, Fault)> {
    if cells.iter().all(|cell| cell.is_absent()) {
        return Ok(None);
    }
    let one = |(nth, cell): (usize, &&Cell)| match cell.is_absent() {
        true => Err((nth, Fault::NoTarget)),
        false => number(cell).map_err(|fault| (nth, fault)),
    };
    cells.iter().enumerate().map(one).collect::<Result<_, _>>().map(|numbers| Some(Target::Numbers(numbers)))
}

fn members(cell: &Cell, config: &TargetConfig) -> Result<Vec<String>, Fault> {
    match cell {
        Cell::Array(values) => values
            .iter()
            .map(|value| match value {
                Json::String(text) => Ok(nfc(text)),
                Json::Number(number) => Ok(number.to_string()),
                Json::Bool(yes) => Ok(yes.to_string()),
                other => Err(Fault::JsonType { expected: "a text", found: other.to_string() }),
            })
            .collect(),
        _ => Ok(split(&cell.text().unwrap_or_default(), config).map(nfc).collect()),
    }
}

/// The members of a cell without the white space around them; empty ones are left out.
fn split<'a>(text: &'a str, config: &TargetConfig) -> Box<dyn Iterator<Item = &'a str> + 'a> {
    match (&config.separator, config.kind) {
        (None, TargetKind::Sequence) => Box::new(text.split_whitespace()),
        (separator, _) => {
            let separator = separator.clone().unwrap_or_else(|| SEPARATOR.to_owned());
            let members: Vec<&str> = text.split(separator.as_str()).map(str::trim).filter(|m| !m.is_empty()).collect();
            Box::new(members.into_iter())
        }
    }
}
