//! Manifests with one row in a line, cells between separators, as in CSV (RFC 4180).

use std::path::Path;

use super::{Cell, Manifest, Row};
use crate::error::{BadRow, Fault};

/// The separators that a manifest may have where the spec names none, the likeliest first.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// The separator of a table: the one that gives its first lines the same number of cells, and the most of them.
pub(super) fn separator(text: &str) -> u8 {
    const LINES: usize = 20;
    let cells = |separator: u8| {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let widths: Vec<usize> = reader.records().take(LINES).map_while(Result::ok).map(|r| r.len()).collect();
        let header = widths.first().copied().unwrap_or(0);
        // A bad row or two must not decide: most rows agree with the header.
        let agreeing = widths.iter().filter(|width| **width == header).count();
        (header > 1 && 2 * agreeing > widths.len(), header)
    };
    // The first of equals wins: max_by_key alone would take the last.
    SEPARATORS.into_iter().rev().max_by_key(|separator| cells(*separator)).unwrap_or(b',')
}

/// Reads a table; rows that cannot be read are left out and reported in `bad`.
pub(super) fn read(path: &Path, text: &str, separator: u8, absent: &[String], bad: &mut Vec<BadRow>) -> Manifest {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut lines = Lines::new(text.as_bytes());
    let mut columns: Vec<String> = Vec::new();
    let mut rows = Vec::new();
    let mut record = csv::StringRecord::new();
    let mut fail = |row, fault| bad.push(BadRow { file: path.to_owned(), row: Some(row), column: None, fault });
    for nth in 0usize.. {
        let line = lines.of(reader.position().byte() as usize);
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) if nth == 0 => columns = record.iter().map(str::to_owned).collect(),
            Ok(true) if record.len() != columns.len() => {
                fail(line, Fault::Cells { expected: columns.len(), found: record.len() });
            }
            Ok(true) => {
                rows.push(Row { line, cells: record.iter().map(|cell| Cell::of_text(cell, absent)).collect() });
            }
            Err(error) => fail(line, Fault::Csv { message: error.to_string() }),
        }
    }
    Manifest { path: path.to_owned(), columns, rows, has_keys: false }
}

/// The numbers of lines at ascending byte offsets. The csv crate counts a line when it reads its `\n`; where lines end
/// in `\r\n` or are blank, a record's position is before them, and its count too small.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, line: 1 }
    }

    /// The line of the first character at or after `offset` that does not end a line. `\n`, `\r\n` and `\r` alone each
    /// end one.
    fn of(&mut self, offset: usize) -> usize {
        while let Some(byte) = self.bytes.get(self.at) {
            let ends = matches!(byte, b'\n' | b'\r');
            if self.at >= offset && !ends {
                break;
            }
            let is_pair = *byte == b'\r' && self.bytes.get(self.at + 1) == Some(&b'\n');
            self.line += usize::from(ends && !is_pair);
            self.at += 1;
        }
        self.line
    }
}
