//! The rows of a Parquet file.

use std::fs::File;
use std::path::Path;

use parquet::basic::{ConvertedType, LogicalType, Type as Physical};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::schema::types::Type;

use super::{CellKind, Table, TableColumn, TableError};

/// Reads a file. A damaged one must be an error, and its reader stops the thread at some of what no writer writes (such as a column that begins before the file).
pub(super) fn read(path: &Path) -> Result<Table, TableError> {
    std::panic::catch_unwind(|| read_rows(path)).unwrap_or_else(|_| {
        Err(TableError::Format { path: path.to_owned(), message: "its bytes contradict each other".to_owned() })
    })
}

fn read_rows(path: &Path) -> Result<Table, TableError> {
    let file = File::open(path).map_err(|source| TableError::Unreadable { path: path.to_owned(), source })?;
    let format =
        |error: parquet::errors::ParquetError| TableError::Format { path: path.to_owned(), message: error.to_string() };
    let reader = SerializedFileReader::new(file).map_err(format)?;
    let schema = reader.metadata().file_metadata().schema();
    let columns = schema.get_fields().iter().map(|field| column(field, path)).collect::<Result<Vec<_>, _>>()?;
    let mut rows = Vec::new();
    for row in reader.get_row_iter(None).map_err(format)? {
        let row = row.map_err(format)?;
        let number = rows.len() + 1;
        let cell = |((_, field), column): ((&String, &Field), &TableColumn)| {
            let problem = |problem: String| TableError::Cell {
                path: path.to_owned(),
                row: number,
                column: column.name.clone(),
                problem,
            };
            text(field).map_err(problem)
        };
        rows.push(row.get_column_iter().zip(&columns).map(cell).collect::<Result<_, _>>()?);
    }
    Ok(Table { columns, rows })
}

/// The kind of a column by its schema: an empty file has one as well.
fn column(field: &Type, path: &Path) -> Result<TableColumn, TableError> {
    let name = field.name().to_owned();
    let nested = |found| Err(TableError::Nested { path: path.to_owned(), column: name.clone(), found });
    if !field.is_primitive() {
        return nested("lists, maps or groups");
    }
    let info = field.get_basic_info();
    if info.has_repetition() && info.repetition() == parquet::basic::Repetition::REPEATED {
        return nested("lists");
    }
    let is_number = match info.logical_type_ref() {
        None => matches!(
            info.converted_type(),
            ConvertedType::NONE
                | ConvertedType::INT_8
                | ConvertedType::INT_16
                | ConvertedType::INT_32
                | ConvertedType::INT_64
                | ConvertedType::UINT_8
                | ConvertedType::UINT_16
                | ConvertedType::UINT_32
                | ConvertedType::UINT_64
        ),
        Some(logical) => matches!(logical, LogicalType::Integer { .. } | LogicalType::Float16),
    };
    let is_decimal = info.converted_type() == ConvertedType::DECIMAL;
    let kind = match field.get_physical_type() {
        _ if is_decimal => CellKind::Float,
        Physical::FLOAT | Physical::DOUBLE => CellKind::Float,
        Physical::FIXED_LEN_BYTE_ARRAY if is_number => CellKind::Float,
        Physical::INT32 | Physical::INT64 if is_number => CellKind::Integer,
        _ => CellKind::Text,
    };
    Ok(TableColumn { name, kind })
}

fn text(field: &Field) -> Result<String, String> {
    // The shortest digits that read back, with an exponent where that is shorter.
    let finite = |value: f64, text: String| {
        if value.is_finite() { Ok(text) } else { Err(format!("{value} is no finite number: leave the row out")) }
    };
    match field {
        Field::Null => {
            Err("it is empty (null), and an argument needs a value: fill it, or leave the row out".to_owned())
        }
        Field::Float(value) => finite(f64::from(*value), format!("{value:?}")),
        Field::Double(value) => finite(*value, format!("{value:?}")),
        Field::ULong(value) if i64::try_from(*value).is_err() => {
            Err(format!("{value} does not fit into 64 bits with a sign: store it as a text"))
        }
        Field::Str(text) => Ok(text.clone()),
        Field::Bytes(bytes) => bytes
            .as_utf8()
            .map(str::to_owned)
            .map_err(|_| "its bytes are no UTF-8 text: store them as a text or leave the column out".to_owned()),
        Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_) => Err("it is nested".to_owned()),
        // Numbers, truth values, dates and times, in the form that each is written in.
        plain => Ok(plain.to_string()),
    }
}

#[cfg(test)]
mod tests;
