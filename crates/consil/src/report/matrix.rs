//! Confusion matrices as tables whose cells are shaded by the share of their row.

use std::collections::BTreeMap;

use consil_report::Markup;

use super::{count, share};
use crate::accuracy::{Accuracies, total};
use crate::outcome::{Matrix, Score};

/// From this many labels on, the cells are set small.
const DENSE: usize = 13;
/// How many of the most frequent mistakes are listed.
const MISTAKES: usize = 6;

/// A matrix ready to be laid out.
pub(super) struct MatrixView {
    title: String,
    n: String,
    accuracy: String,
    /// What always saying the most frequent label would reach.
    most_frequent: String,
    balanced: String,
    dense: bool,
    labels: Vec<String>,
    rows: Vec<Row>,
    mistakes: Vec<Mistake>,
}

struct Row {
    label: String,
    cells: Vec<Cell>,
    /// The share of the row's samples that came out right.
    recall: String,
}

struct Cell {
    count: usize,
    right: bool,
    /// The share of the row, in percent, to shade the cell by.
    heat: u8,
    tip: String,
}

struct Mistake {
    truth: String,
    predicted: String,
    times: String,
}

impl MatrixView {
    /// The view of a matrix; none where nothing was counted.
    pub fn of(title: &str, matrix: &Matrix) -> Option<Self> {
        let n = total(matrix);
        if n == 0 {
            return None;
        }
        let rows = matrix.labels.iter().zip(&matrix.counts).enumerate().map(|(i, (truth, counts))| {
            let sum: usize = counts.iter().sum();
            let part = |n: usize| if sum == 0 { 0.0 } else { n as f64 / sum as f64 };
            let cells = matrix.labels.iter().zip(counts).enumerate().map(|(j, (predicted, &n))| Cell {
                count: n,
                right: i == j,
                heat: (100.0 * part(n)).ceil() as u8,
                tip: format!("{truth} called {predicted}: {} of {} ({})", count(n), count(sum), share(part(n))),
            });
            let recall = if sum == 0 { "–".to_owned() } else { share(part(counts.get(i).copied().unwrap_or(0))) };
            Row { label: truth.clone(), cells: cells.collect(), recall }
        });
        let right: usize = matrix.counts.iter().enumerate().filter_map(|(i, row)| row.get(i)).sum();
        let score = Score { n_samples: n, result_accuracy: right as f64 / n as f64, ..Score::default() };
        let found = Accuracies::new(&score, matrix, &BTreeMap::new(), None);
        Some(Self {
            title: title.to_owned(),
            n: count(n),
            accuracy: share(found.result.accuracy),
            most_frequent: share(found.most_frequent),
            balanced: share(found.balanced),
            dense: matrix.labels.len() >= DENSE,
            labels: matrix.labels.clone(),
            rows: rows.collect(),
            mistakes: mistakes(matrix),
        })
    }
}

impl MatrixView {
    /// Writes the matrix with what is most often confused.
    pub fn write(&self, html: &mut Markup) {
        html.element("figure", &[("class", &"matrix")], |html| {
            html.element("figcaption", &[], |html| {
                html.text("b", &[], &self.title);
                html.say(&format!(
                    " {} of {} right, {} as the mean of the recalls, {} by always saying the most frequent",
                    self.accuracy, self.n, self.balanced, self.most_frequent
                ));
                for (i, mistake) in self.mistakes.iter().enumerate() {
                    html.say(if i == 0 { "; most often confused: " } else { ", " });
                    html.element("span", &[("class", &"mistake")], |html| {
                        html.text("b", &[], &mistake.truth);
                        html.say(&format!("→{} {}", mistake.predicted, mistake.times));
                    });
                }
            });
            html.element("div", &[("class", &"scroll")], |html| self.write_table(html));
        });
        html.end_line();
    }

    fn write_table(&self, html: &mut Markup) {
        let class = if self.dense { "confusion dense" } else { "confusion" };
        html.element("table", &[("class", &class)], |html| {
            html.element("thead", &[], |html| {
                html.element("tr", &[], |html| {
                    html.text("th", &[("scope", &"col"), ("class", &"corner")], "truth ↓ said →");
                    self.labels.iter().for_each(|label| html.text("th", &[("scope", &"col")], label));
                    html.text("th", &[("scope", &"col"), ("class", &"recall")], "recall");
                });
            });
            html.element("tbody", &[], |html| self.rows.iter().for_each(|row| row.write(html)));
        });
    }
}

impl Row {
    fn write(&self, html: &mut Markup) {
        html.element("tr", &[], |html| {
            html.text("th", &[("scope", &"row")], &self.label);
            self.cells.iter().for_each(|cell| cell.write(html));
            html.text("td", &[("class", &"recall")], &self.recall);
        });
        html.end_line();
    }
}

impl Cell {
    fn write(&self, html: &mut Markup) {
        match (self.count, self.right) {
            (0, true) => html.text("td", &[("class", &"r")], ""),
            (0, false) => html.text("td", &[], ""),
            (count, right) => {
                // Dark cells have light digits.
                let class = format!("{}{}", if right { "r" } else { "w" }, if self.heat > 55 { " full" } else { "" });
                let heat = format!("--h:{}%", self.heat);
                html.text("td", &[("class", &class), ("style", &heat), ("title", &self.tip)], &count.to_string());
            }
        }
    }
}

fn mistakes(matrix: &Matrix) -> Vec<Mistake> {
    let mut mistakes: Vec<(usize, usize, usize)> = Vec::new();
    for (i, row) in matrix.counts.iter().enumerate() {
        mistakes.extend(row.iter().enumerate().filter(|(j, n)| i != *j && **n > 0).map(|(j, n)| (*n, i, j)));
    }
    mistakes.sort_by_key(|(n, i, j)| (usize::MAX - n, *i, *j));
    let named = mistakes.iter().filter_map(|(n, i, j)| {
        let times = format!("({} ×)", count(*n));
        Some(Mistake { truth: matrix.labels.get(*i)?.clone(), predicted: matrix.labels.get(*j)?.clone(), times })
    });
    named.take(MISTAKES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix() -> Matrix {
        let labels = ["a", "b", "c"].map(str::to_owned).to_vec();
        Matrix { labels, counts: vec![vec![7, 1, 2], vec![0, 0, 0], vec![5, 0, 5]] }
    }

    #[test]
    fn a_row_is_shaded_by_its_own_shares() {
        let view = MatrixView::of("result", &matrix()).unwrap();
        assert_eq!((view.accuracy.as_str(), view.n.as_str()), ("60.0\u{a0}%", "20"));
        assert_eq!(view.rows[0].cells.iter().map(|cell| cell.heat).collect::<Vec<_>>(), [70, 10, 20]);
        assert_eq!(
            view.rows.iter().map(|row| row.recall.as_str()).collect::<Vec<_>>(),
            ["70.0\u{a0}%", "–", "50.0\u{a0}%"]
        );
        assert_eq!(view.rows[0].cells[2].tip, "a called c: 2 of 10 (20.0\u{a0}%)");
    }

    #[test]
    fn the_commonest_mistake_comes_first() {
        let named: Vec<String> =
            mistakes(&matrix()).iter().map(|m| format!("{}→{} {}", m.truth, m.predicted, m.times)).collect();
        assert_eq!(named, ["c→a (5 ×)", "a→c (2 ×)", "a→b (1 ×)"]);
    }

    #[test]
    fn an_empty_matrix_is_not_shown() {
        assert!(MatrixView::of("result", &Matrix::default()).is_none());
        let view = MatrixView::of("result", &matrix()).unwrap();
        assert_eq!((view.most_frequent.as_str(), view.balanced.as_str()), ("50.0\u{a0}%", "60.0\u{a0}%"));
    }
}
