//! Tables that several commands print.

use consil::Matrix;

use crate::style::TextStyle;
use crate::table::Table;
use consil::number::thousands;

/// The most frequent mistakes of a confusion matrix, as a table after an empty line; nothing where there are none.
pub fn confusion(matrix: &Matrix, style: TextStyle) -> String {
    const SHOWN: usize = 5;
    let cells =
        matrix.counts.iter().enumerate().flat_map(|(t, row)| row.iter().enumerate().map(move |(p, n)| (t, p, *n)));
    let mut mistakes: Vec<(usize, usize, usize)> = cells.filter(|(t, p, n)| t != p && *n > 0).collect();
    mistakes.sort_by_key(|(t, p, n)| (std::cmp::Reverse(*n), *t, *p));
    if mistakes.is_empty() {
        return String::new();
    }
    let mut table = Table::new(["most frequent mistakes", "answered", "times"]).words(2);
    for (truth, predicted, n) in mistakes.into_iter().take(SHOWN) {
        table.row([matrix.labels[truth].clone(), matrix.labels[predicted].clone(), thousands(n)]);
    }
    format!("\n{}", table.render(style))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_come_by_how_often_they_are_made() {
        let labels = ["0", "1", "2"].map(String::from).to_vec();
        let matrix = Matrix { labels, counts: vec![vec![9, 1, 0], vec![0, 9, 4], vec![0, 1, 9]] };
        let text = confusion(&matrix, TextStyle::PLAIN);
        let lines: Vec<Vec<&str>> = text.lines().skip(2).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines, [["1", "2", "4"], ["0", "1", "1"], ["2", "1", "1"]]);
        let right = Matrix { labels: vec!["a".into()], counts: vec![vec![3]] };
        assert_eq!(confusion(&right, TextStyle::PLAIN), "");
    }
}
