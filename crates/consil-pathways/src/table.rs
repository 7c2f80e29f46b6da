//! Tables of numbers out of CSV files, whose every complaint names file, line and column.

use std::io::Read;

use csv::{ReaderBuilder, StringRecord};

use crate::date::Date;
use crate::source::Source;

/// A CSV file with a header, in memory, with its provenance.
#[derive(Clone, Debug)]
pub struct Table {
    source: Source,
    headers: Vec<String>,
    rows: Vec<(u64, StringRecord)>,
}

impl Table {
    /// Reads a CSV file: a header, then rows; quoted fields may hold line breaks, and a byte order mark is passed over. The source
    /// gets the hash of what was read.
    ///
    /// # Errors
    /// If the file cannot be read, is no UTF-8, has no header, a header twice, a row of another length, or no rows.
    pub fn read(mut reader: impl Read, source: Source) -> Result<Self, TableError> {
        let file = source.document.clone();
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(|error| TableError::Read { file: file.clone(), error })?;
        let source = source.of_bytes(&bytes);
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let mut csv = ReaderBuilder::new().from_reader(text);
        let malformed = |error: csv::Error| TableError::Malformed {
            file: file.clone(),
            line: error.position().map_or(0, csv::Position::line),
            problem: error.to_string(),
        };
        let headers: Vec<String> =
            csv.headers().map_err(malformed)?.iter().map(|header| header.trim().to_owned()).collect();
        if let Some((at, twice)) = headers.iter().enumerate().find(|(at, name)| headers[..*at].contains(name)) {
            return Err(TableError::DuplicateColumn { file, column: twice.clone(), number: at + 1 });
        }
        let mut rows = Vec::new();
        for record in csv.records() {
            let record = record.map_err(malformed)?;
            rows.push((record.position().map_or(0, csv::Position::line), record));
        }
        if rows.is_empty() {
            return Err(TableError::Empty { file });
        }
        Ok(Self { source, headers, rows })
    }

    /// Where the table comes from, with its hash.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The names of the columns.
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// The number of rows below the header.
    pub fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// The column of a name.
    ///
    /// # Errors
    /// If there is none; the message names the nearest, and all there are.
    pub fn column(&self, name: &str) -> Result<Column<'_>, TableError> {
        let index = self.headers.iter().position(|header| header == name);
        index.map(|index| Column { table: self, index }).ok_or_else(|| TableError::MissingColumn {
            file: self.source.document.clone(),
            column: name.to_owned(),
            nearest: consil_diagnostic::nearest(name, self.headers.iter().map(String::as_str)).map(str::to_owned),
            present: self.headers.join(", "),
        })
    }

    /// The line of the file on which a row begins; the header is line 1.
    pub fn line(&self, row: usize) -> u64 {
        self.rows[row].0
    }
}

/// One column of a [`Table`]. A field that is empty is absent (`None`), never zero.
#[derive(Clone, Copy, Debug)]
pub struct Column<'t> {
    table: &'t Table,
    index: usize,
}

impl<'t> Column<'t> {
    /// The field of a row, without surrounding blanks.
    pub fn text(&self, row: usize) -> Option<&'t str> {
        Some(self.table.rows[row].1.get(self.index)?.trim()).filter(|text| !text.is_empty())
    }

    /// The number in a row.
    ///
    /// # Errors
    /// If what stands there is no finite number.
    pub fn number(&self, row: usize) -> Result<Option<f64>, TableError> {
        // A sign that repeats the unit of the header says nothing else than the header does.
        let sign = if self.name().contains("USD") { "$" } else { "" };
        let read =
            |text: &str| text.strip_prefix(sign).unwrap_or(text).parse().ok().filter(|number: &f64| number.is_finite());
        self.text(row).map(|text| read(text).ok_or_else(|| self.refuse(row, "a finite number"))).transpose()
    }

    /// The number in a row, which must be above zero.
    ///
    /// # Errors
    /// If what stands there is no positive number.
    pub fn positive(&self, row: usize) -> Result<Option<f64>, TableError> {
        match self.number(row)? {
            Some(number) if number <= 0.0 => Err(self.refuse(row, "a number above zero")),
            number => Ok(number),
        }
    }

    /// The positive number in a row that must have one.
    ///
    /// # Errors
    /// If the field is empty, or holds no positive number.
    pub fn required_positive(&self, row: usize) -> Result<f64, TableError> {
        self.positive(row)?.ok_or_else(|| self.refuse(row, "a number above zero"))
    }

    /// The date in a row, which must not lie after `today`.
    ///
    /// # Errors
    /// If what stands there is no date (`2024-05-13`), or one in the future.
    pub fn date(&self, row: usize, today: Date) -> Result<Option<Date>, TableError> {
        let Some(text) = self.text(row) else { return Ok(None) };
        let date = Date::parse(text).ok_or_else(|| self.refuse(row, "a date such as 2024-05-13"))?;
        if date > today {
            return Err(TableError::FutureDate {
                file: self.table.source.document.clone(),
                line: self.table.line(row),
                column: self.name().to_owned(),
                date,
                today,
            });
        }
        Ok(Some(date))
    }

    /// The name of the column.
    pub fn name(&self) -> &'t str {
        &self.table.headers[self.index]
    }

    /// The complaint that a row has something else than was needed.
    pub fn refuse(&self, row: usize, needed: &'static str) -> TableError {
        TableError::Field {
            file: self.table.source.document.clone(),
            line: self.table.line(row),
            column: self.name().to_owned(),
            found: self.text(row).unwrap_or_default().to_owned(),
            needed,
        }
    }
}

/// Why a table, or a field of it, cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The bytes could not be read.
    #[error("{file}: cannot be read: {error}")]
    Read {
        /// The file.
        file: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// The file is no CSV.
    #[error("{file}:{line}: {problem}")]
    Malformed {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// A header and nothing below it.
    #[error("{file}: has no rows; needed are a header and one row for each run or model")]
    Empty {
        /// The file.
        file: String,
    },
    /// Two columns of one name.
    #[error("{file}:1: column {number} is called `{column}` again; rename one of the two")]
    DuplicateColumn {
        /// The file.
        file: String,
        /// The name.
        column: String,
        /// Which column repeats it, from 1.
        number: usize,
    },
    /// A column that is needed is not there.
    #[error("{file}:1: has no column `{column}`{}; it has: {present}", nearest.as_ref().map(|n| format!(" (is `{n}` meant?)")).unwrap_or_default())]
    MissingColumn {
        /// The file.
        file: String,
        /// The column that is needed.
        column: String,
        /// The most similar name that there is.
        nearest: Option<String>,
        /// All names there are.
        present: String,
    },
    /// A field holds something else than was needed.
    #[error("{file}:{line}: column `{column}` has `{found}` where {needed} is needed")]
    Field {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// The column.
        column: String,
        /// What stands there.
        found: String,
        /// What is needed.
        needed: &'static str,
    },
    /// A date after today.
    #[error("{file}:{line}: column `{column}` has {date}, which is after today, {today}: nothing was observed then")]
    FutureDate {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// The column.
        column: String,
        /// The date.
        date: Date,
        /// The day that counts as today.
        today: Date,
    },
    /// A header names a unit that is not known.
    #[error("{file}:1: column `{column}` is in `{unit}`; known are {known}")]
    Unit {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// The unit it names.
        unit: String,
        /// The units that are known.
        known: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Basis;

    fn table(text: &str) -> Result<Table, TableError> {
        Table::read(text.as_bytes(), Source::new("runs.csv", Basis::Measured))
    }

    #[test]
    fn lines_are_those_of_the_file_even_after_a_quoted_line_break() {
        let table = table("\u{feff}name,loss\n\"a\nb\",2.5\nc,\nd,-1\n").expect("a table");
        let loss = table.column("loss").expect("a column");
        assert_eq!(table.headers(), ["name", "loss"]);
        assert_eq!(loss.positive(0).expect("a number"), Some(2.5));
        assert_eq!(loss.positive(1).expect("absent is no error"), None);
        let negative = loss.positive(2).expect_err("negative").to_string();
        assert_eq!(negative, "runs.csv:5: column `loss` has `-1` where a number above zero is needed");
    }

    #[test]
    fn a_missing_column_names_the_nearest_and_all() {
        let error = table("Params,tokens\n1,2\n").expect("a table").column("params").expect_err("missing").to_string();
        assert_eq!(error, "runs.csv:1: has no column `params` (is `Params` meant?); it has: Params, tokens");
    }

    #[test]
    fn a_date_after_today_is_refused() {
        let table = table("date\n2025-01-01\n2027-01-01\n2025-02-30\n").expect("a table");
        let (date, today) = (table.column("date").expect("a column"), Date::from_ymd(2026, 1, 1).expect("a day"));
        assert!(date.date(0, today).is_ok());
        assert!(date.date(1, today).expect_err("future").to_string().contains("runs.csv:3"));
        assert!(date.date(2, today).expect_err("no day").to_string().contains("`2025-02-30`"));
    }

    #[test]
    fn a_dollar_sign_is_read_under_a_header_in_dollars_only() {
        let table = table("cost (2023 USD),tokens\n$12.5,$12.5\n").expect("a table");
        assert_eq!(table.column("cost (2023 USD)").expect("a column").number(0).expect("a number"), Some(12.5));
        assert!(table.column("tokens").expect("a column").number(0).is_err());
    }

    #[test]
    fn what_is_no_table_is_refused() {
        for (text, part) in [("a,b\n", "has no rows"), ("a,a\n1,2\n", "called `a` again"), ("a,b\n1\n", "runs.csv:2")] {
            let error = table(text).expect_err(text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
        let table = table("x\nnan\ninf\n1e400\nabc\n").expect("a table");
        for row in 0..4 {
            assert!(table.column("x").expect("a column").number(row).is_err(), "{row}");
        }
    }
}
