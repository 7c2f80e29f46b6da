//! The cells of a table: numbers, words, truth values and dates.

use super::parse::{finite, parse_number};
use crate::date::date;
use crate::error::Fault;
use crate::manifest::Cell;
use crate::unicode::nfc;
use crate::{ColumnType, TableCell};

/// The cell of a column of a type.
pub(crate) fn typed(cell: &Cell, kind: ColumnType) -> Result<TableCell, Fault> {
    if cell.is_absent() {
        return Ok(TableCell::Absent);
    }
    let text = || cell.text().unwrap_or_default();
    match (kind, cell) {
        (_, Cell::Array(_)) => Err(Fault::JsonType { expected: "one value", found: text() }),
        (ColumnType::Number, Cell::Number(x, written)) => finite(*x, || written.clone()).map(TableCell::Number),
        (ColumnType::Number, _) => parse_number(&text()).map(|x| match x.is_nan() {
            true => TableCell::Absent,
            false => TableCell::Number(x),
        }),
        (ColumnType::Category, _) => Ok(TableCell::Category(nfc(text().trim()))),
        (ColumnType::Boolean, _) => match boolean(&text()) {
            Some(yes) => Ok(TableCell::Number(f64::from(u8::from(yes)))),
            None => Err(Fault::NotABoolean { cell: text() }),
        },
        (ColumnType::Date, _) => date(&text()).map(TableCell::Date).ok_or_else(|| Fault::NotADate { cell: text() }),
    }
}

/// A truth value, in any case: `true`/`false`, `yes`/`no`, `t`/`f`, `y`/`n`, `1`/`0`.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "true" | "yes" | "t" | "y" | "1" => Some(true),
        "false" | "no" | "f" | "n" | "0" => Some(false),
        _ => None,
    }
}
