//! Aligned columns.

use crate::style::TextStyle;

/// A table whose first column is words, to the left, and whose others are numbers, to the right.
#[derive(Default)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    n_words: usize,
}

impl Table {
    /// A table with these columns.
    pub fn new<S: Into<String>>(header: impl IntoIterator<Item = S>) -> Self {
        Self { header: header.into_iter().map(Into::into).collect(), rows: Vec::new(), n_words: 1 }
    }

    /// A table without a header, for labels and values: every column is words.
    pub fn of_facts() -> Self {
        Self { n_words: usize::MAX, ..Self::default() }
    }

    /// The same with the first `n` columns as words.
    pub fn words(self, n: usize) -> Self {
        Self { n_words: n, ..self }
    }

    /// Adds a row.
    pub fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines, each ending in a newline; the header is bold.
    pub fn render(&self, style: TextStyle) -> String {
        let all = || std::iter::once(&self.header).chain(&self.rows);
        let n_columns = all().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..n_columns)
            .map(|column| all().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0))
            .collect();
        let mut text = String::new();
        if !self.header.is_empty() {
            text.push_str(&style.bold(&self.line(&self.header, &widths)));
            text.push('\n');
        }
        for row in &self.rows {
            text.push_str(&self.line(row, &widths));
            text.push('\n');
        }
        text
    }

    fn line(&self, cells: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for (column, (cell, width_of_column)) in cells.iter().zip(widths).enumerate() {
            let space = " ".repeat(width_of_column - width(cell));
            if column > 0 {
                line.push_str("  ");
            }
            if column < self.n_words {
                line.push_str(cell);
                line.push_str(&space);
            } else {
                line.push_str(&space);
                line.push_str(cell);
            }
        }
        line.truncate(line.trim_end().len());
        line
    }
}

/// How many columns of a terminal a cell takes: its characters; no wide scripts occur in names of ours.
fn width(cell: &str) -> usize {
    cell.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_left_and_numbers_right() {
        let mut table = Table::new(["", "accuracy", "samples"]);
        table.row(["result", "97.3 %", "2,000"]);
        table.row(["gesture", "9.0 %", "12,000"]);
        let expected = "         accuracy  samples\nresult     97.3 %    2,000\ngesture     9.0 %   12,000\n";
        assert_eq!(table.render(TextStyle::PLAIN), expected);
    }

    #[test]
    fn facts_have_no_header_and_no_trailing_blanks() {
        let mut table = Table::of_facts();
        table.row(["train rows", "6,000"]);
        table.row(["answers", ""]);
        assert_eq!(table.render(TextStyle::PLAIN), "train rows  6,000\nanswers\n");
    }
}
