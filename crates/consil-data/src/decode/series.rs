//! Series and rows of numbers in text: comma, semicolon, tab or space between cells, with or without a header.

use std::path::Path;

use crate::error::Fault;
use crate::{ModalityKind, Value};

/// Parses a series: one line for each time step, one cell for each channel. A first line with a cell that is neither a
/// number nor empty is a header. An empty cell is absent and becomes NaN.
pub(super) fn parse(path: &Path, text: &str) -> Result<Value, Fault> {
    let corrupt = |line: usize, fault: Fault| Fault::Corrupt {
        path: path.to_owned(),
        kind: ModalityKind::Sensor,
        message: format!("line {line}: {fault}"),
    };
    let mut channels = None;
    let mut values = Vec::new();
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    for (nth, (index, line)) in lines.enumerate() {
        let cells: Vec<Result<f32, Fault>> = cells(line).map(parse_number).collect();
        if nth == 0 && cells.iter().any(Result::is_err) {
            channels = Some(cells.len());
            continue;
        }
        let expected = *channels.get_or_insert(cells.len());
        if cells.len() != expected {
            return Err(corrupt(index + 1, Fault::Cells { expected, found: cells.len() }));
        }
        for cell in cells {
            values.push(cell.map_err(|fault| corrupt(index + 1, fault))?);
        }
    }
    match channels {
        Some(channels) if !values.is_empty() => Ok(Value::Series { channels, values }),
        _ => Err(Fault::NoContent { path: path.to_owned(), what: "rows of numbers" }),
    }
}

/// Parses a file that holds one row of numbers.
pub(super) fn parse_row(path: &Path, text: &str) -> Result<Value, Fault> {
    match parse(path, text)? {
        Value::Series { values, .. } => Ok(Value::Row(values)),
        other => Ok(other),
    }
}

/// A number, or NaN for an empty cell.
pub(crate) fn parse_number(cell: &str) -> Result<f32, Fault> {
    let cell = cell.trim();
    if cell.is_empty() {
        return Ok(f32::NAN);
    }
    cell.parse().map_err(|_| Fault::NotANumber { cell: cell.to_owned() })
}

fn cells(line: &str) -> Box<dyn Iterator<Item = &str> + '_> {
    match [',', ';', '\t'].into_iter().find(|separator| line.contains(*separator)) {
        Some(separator) => Box::new(line.split(separator)),
        None => Box::new(line.split_whitespace()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(text: &str) -> Result<(usize, Vec<f32>), Fault> {
        match parse(Path::new("s.csv"), text)? {
            Value::Series { channels, values } => Ok((channels, values)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn headers_and_separators_are_recognised() {
        let expected = (2, vec![1.0, 2.0, -3.5, 4e3]);
        for text in
            ["x,y\n1,2\n-3.5,4e3\n", "1,2\n-3.5,4e3", "1;2\n\n-3.5;4e3\n", "1\t2\r\n-3.5\t4e3\r\n", " 1  2\n-3.5 4e3"]
        {
            assert_eq!(series(text).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn an_empty_cell_is_absent() {
        let (channels, values) = series("1,,3\n4,5,6\n").unwrap();
        assert_eq!(channels, 3);
        assert!(values[1].is_nan() && values[4] == 5.0);
    }

    #[test]
    fn faults_name_the_line() {
        assert!(series("1,2\n3\n").unwrap_err().to_string().contains("line 2: 1 cells where the header has 2"));
        assert!(series("1,2\n3,x\n").unwrap_err().to_string().contains("line 2: \"x\" is not a number"));
        assert!(matches!(series("x,y\n"), Err(Fault::NoContent { .. })));
        assert!(matches!(series(""), Err(Fault::NoContent { .. })));
    }
}
