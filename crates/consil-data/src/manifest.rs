//! Manifests: a table with one sample in each row, as CSV or as one JSON object on each line.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::error::{BadRow, DataError, Fault, nearest};

/// A manifest as read, before its cells are given a meaning.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    pub path: PathBuf,
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
}

#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The line in the file, from 1.
    pub line: usize,
    /// One cell for each column.
    pub cells: Vec<Cell>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Absent,
    Text(String),
    Number(f64, String),
    Array(Vec<Json>),
}

impl Manifest {
    /// Reads a manifest by its extension. Rows that cannot be read are left out and reported in `bad`.
    pub fn read(path: &Path, absent: &[String], bad: &mut Vec<BadRow>) -> Result<Self, DataError> {
        let text = std::fs::read_to_string(path).map_err(|source| DataError::Read { path: path.to_owned(), source })?;
        let text = text.trim_start_matches('\u{feff}');
        let is_json = path.extension().is_some_and(|e| e == "jsonl" || e == "ndjson" || e == "json");
        Ok(if is_json { Self::from_jsonl(path, text, absent, bad) } else { Self::from_csv(path, text, absent, bad) })
    }

    fn from_csv(path: &Path, text: &str, absent: &[String], bad: &mut Vec<BadRow>) -> Self {
        let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
        let mut fail = |row, fault| bad.push(BadRow { file: path.to_owned(), row, column: None, fault });
        let columns: Vec<String> = match reader.headers() {
            Ok(header) => header.iter().map(str::to_owned).collect(),
            Err(error) => {
                fail(Some(1), Fault::Csv { message: error.to_string() });
                Vec::new()
            }
        };
        let mut rows = Vec::new();
        for record in reader.records() {
            match record {
                Ok(record) => {
                    let line = record.position().map_or(0, |p| p.line() as usize);
                    if record.len() != columns.len() {
                        fail(Some(line), Fault::Cells { expected: columns.len(), found: record.len() });
                        continue;
                    }
                    rows.push(Row { line, cells: record.iter().map(|cell| text_cell(cell, absent)).collect() });
                }
                Err(error) => {
                    let line = error.position().map(|p| p.line() as usize);
                    fail(line, Fault::Csv { message: error.to_string() });
                }
            }
        }
        Self { path: path.to_owned(), columns, rows }
    }

    fn from_jsonl(path: &Path, text: &str, absent: &[String], bad: &mut Vec<BadRow>) -> Self {
        let mut columns: Vec<String> = Vec::new();
        let mut rows: Vec<Row> = Vec::new();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let object = match serde_json::from_str::<serde_json::Map<String, Json>>(line) {
                Ok(object) => object,
                Err(error) => {
                    let fault = Fault::Json { message: error.to_string() };
                    bad.push(BadRow { file: path.to_owned(), row: Some(index + 1), column: None, fault });
                    continue;
                }
            };
            let mut cells = vec![Cell::Absent; columns.len()];
            for (name, value) in object {
                let cell = json_cell(value, absent);
                match columns.iter().position(|column| *column == name) {
                    Some(at) => cells[at] = cell,
                    None => {
                        columns.push(name);
                        cells.push(cell);
                    }
                }
            }
            rows.push(Row { line: index + 1, cells });
        }
        // A key that first occurs in a later line is absent from the earlier ones.
        rows.iter_mut().for_each(|row| row.cells.resize(columns.len(), Cell::Absent));
        Self { path: path.to_owned(), columns, rows }
    }

    /// The position of a column.
    pub fn column(&self, name: &str, purpose: impl Into<String>) -> Result<usize, DataError> {
        self.columns.iter().position(|column| column == name).ok_or_else(|| DataError::UnknownColumn {
            file: self.path.clone(),
            column: name.to_owned(),
            purpose: purpose.into(),
            found: self.columns.clone(),
            nearest: nearest(name, self.columns.iter().map(String::as_str)),
        })
    }

    /// The column's cells as text; numbers as they were written.
    pub fn texts(&self, column: usize) -> Vec<Option<String>> {
        self.rows.iter().map(|row| row.cells[column].text()).collect()
    }
}

impl Cell {
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Absent => None,
            Self::Text(text) | Self::Number(_, text) => Some(text.clone()),
            Self::Array(values) => Some(Json::Array(values.clone()).to_string()),
        }
    }
}

fn text_cell(text: &str, absent: &[String]) -> Cell {
    if text.is_empty() || absent.iter().any(|marker| marker == text) {
        Cell::Absent
    } else {
        Cell::Text(text.to_owned())
    }
}

fn json_cell(value: Json, absent: &[String]) -> Cell {
    match value {
        Json::Null => Cell::Absent,
        Json::String(text) => text_cell(&text, absent),
        Json::Number(number) => Cell::Number(number.as_f64().unwrap_or(f64::NAN), number.to_string()),
        Json::Bool(yes) => Cell::Number(f64::from(u8::from(yes)), yes.to_string()),
        Json::Array(values) => Cell::Array(values),
        Json::Object(_) => Cell::Text(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> (Manifest, Vec<BadRow>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let mut bad = Vec::new();
        let manifest = Manifest::read(&path, &[String::new(), "NA".to_owned()], &mut bad).unwrap();
        (manifest, bad)
    }

    #[test]
    fn csv_and_jsonl_give_the_same_table() {
        let (csv, bad) = read("a.csv", "\u{feff}image, label\n\"a,b.png\",3\nNA,4\n,5\n");
        assert!(bad.is_empty());
        let lines = "{\"image\": \"a,b.png\", \"label\": 3}\n\n{\"image\": null, \"label\": 4}\n{\"label\": 5}\n";
        let (jsonl, bad) = read("a.jsonl", lines);
        assert!(bad.is_empty());
        for manifest in [&csv, &jsonl] {
            assert_eq!(manifest.columns, ["image", "label"]);
            assert_eq!(manifest.texts(0), [Some("a,b.png".to_owned()), None, None]);
            assert_eq!(manifest.texts(1), ["3", "4", "5"].map(|s| Some(s.to_owned())));
        }
        assert_eq!(csv.rows.iter().map(|r| r.line).collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!(jsonl.rows.iter().map(|r| r.line).collect::<Vec<_>>(), [1, 3, 4]);
    }

    #[test]
    fn every_bad_line_is_reported_and_the_good_ones_kept() {
        let (manifest, bad) = read("a.csv", "x,y\n1,2\n3\n4,5,6\n7,8\n");
        assert_eq!(manifest.rows.len(), 2);
        assert_eq!(bad.iter().map(|b| b.row).collect::<Vec<_>>(), [Some(3), Some(4)]);
        let (manifest, bad) = read("a.jsonl", "{\"x\": 1}\n[1]\n{\"x\": \n");
        assert_eq!(manifest.rows.len(), 1);
        assert_eq!(bad.iter().map(|b| b.row).collect::<Vec<_>>(), [Some(2), Some(3)]);
    }

    #[test]
    fn a_missing_column_lists_those_that_exist_and_the_nearest() {
        let (manifest, _) = read("a.csv", "image,speaker,label\n");
        let error = manifest.column("speakr", "data.group").unwrap_err().to_string();
        assert!(error.contains("did you mean \"speaker\"?") && error.contains("image, speaker, label"), "{error}");
    }
}
